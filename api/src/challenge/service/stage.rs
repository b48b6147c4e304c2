//! Moving a challenge from stage to stage, and the verbs that suspend or end it.
//!
//! Invariants: every move goes through [`move_stage`], which judges it by the lifecycle, writes under the optimistic lock and
//! leaves an audit event; a suspended challenge remembers where it came from; a challenge that ends or whose scope becomes
//! void holds nobody's days (its live assignments are released in the same transaction).

use chrono::NaiveDate;
use entity::{
    challenge, challenge_window,
    enums::{SideReason, Stage},
    sign_off,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

use super::{Void, Warning, claim, fresh, programme_only, requester_only, setting_of, stored_windows, trimmed};
use crate::{
    audit::{self, Event},
    challenge::{
        deadlines,
        lifecycle::{self, Actor, Verb},
        rules,
    },
    clock::civil_date,
    db::{Queue, Tx, violated},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    programme::policy::Milestone,
    team::service::ending::release_team,
};

/// What else changes with a stage.
#[derive(Default)]
pub struct Change {
    /// Reason code and note, for side states.
    pub side: Option<(SideReason, Option<String>)>,
    /// Further columns of the challenge.
    pub set: challenge::ActiveModel,
    /// Facts for the audit event.
    pub details: serde_json::Map<String, serde_json::Value>,
}

/// A verb that needs only a reason: withdraw, postpone, cancel.
pub struct SideMove {
    /// The challenge.
    pub challenge: Uuid,
    /// Its version as read.
    pub version: i32,
    /// Why.
    pub reason: SideReason,
    /// More about why.
    pub note: Option<String>,
}

/// Moves `row` (found in this transaction) to `to` and records it. The caller has judged what the move means; the legality of
/// the move and who may make it are judged here.
///
/// # Errors
/// `ILLEGAL_STAGE` with the legal next stages, `FORBIDDEN`, `ALREADY_LIVE` for a second live challenge of the programme for
/// the host in the season, `CONFLICT` when the row changed meanwhile.
pub async fn move_stage(
    tx: &Tx,
    act: &Act,
    row: &challenge::Model,
    to: Stage,
    change: Change,
) -> Outcome<challenge::Model> {
    let verb = lifecycle::judge(row.stage, row.resumes_to, to).map_err(|illegal| illegal_stage(row, to, &illegal))?;
    match verb.actor() {
        Actor::Requester => requester_only(&act.viewer, "submit and withdraw requests")?,
        Actor::Programme => programme_only(&act.viewer, "moves a challenge there")?,
        Actor::Consequence => {}
    }
    let mut set = change.set;
    set.stage = Set(to);
    set.stage_changed_at = Set(act.at);
    set.resumes_to = Set(lifecycle::is_suspended(to).then_some(row.stage));
    let (reason, note) = change.side.unzip();
    set.side_reason = Set(reason);
    set.side_note = Set(note.flatten());
    let moved = save(tx, act, row, set).await?;
    let mut details = change.details;
    details.insert("from".to_owned(), json!(row.stage));
    details.insert("to".to_owned(), json!(to));
    if let Some(reason) = reason {
        details.insert("reason".to_owned(), json!(reason));
    }
    record(tx, act, action(verb, to), &moved, details).await?;
    if matches!(to, Stage::Cancelled | Stage::Withdrawn) {
        release_team(tx, act, &moved, "The challenge was given up.").await?;
    }
    Ok(moved)
}

fn illegal_stage(row: &challenge::Model, to: Stage, illegal: &lifecycle::IllegalMove) -> UserError {
    let message = match illegal.allowed.as_slice() {
        [] => format!(
            "{} is {}, where it ends; it cannot become {to}.",
            row.reference, illegal.from
        ),
        _ => format!(
            "{} is {} and cannot become {to} from there.",
            row.reference, illegal.from
        ),
    };
    UserError::new(UserErrorCode::IllegalStage, message).allowing(illegal.allowed.iter().map(|stage| stage.as_str()))
}

/// Refuses unless `row` is in one of `stages`; the message names the current stage and `allowed` the legal next ones.
pub(super) fn needs_stage(row: &challenge::Model, stages: &[Stage], what: &str) -> Outcome<()> {
    if stages.contains(&row.stage) {
        return Ok(());
    }
    let wanted = stages
        .iter()
        .map(|stage| stage.as_str())
        .collect::<Vec<_>>()
        .join(" or ");
    let message = format!("{} is {}; {what} needs {wanted}.", row.reference, row.stage);
    let next = lifecycle::next_stages(row.stage, row.resumes_to);
    Err(UserError::new(UserErrorCode::IllegalStage, message)
        .allowing(next.iter().map(|stage| stage.as_str()))
        .into())
}

/// What the audit record calls a move.
fn action(verb: Verb, to: Stage) -> &'static str {
    match verb {
        Verb::Submit => "CHALLENGE_SUBMITTED",
        Verb::Withdraw => "CHALLENGE_WITHDRAWN",
        Verb::Accept => "CHALLENGE_TRIAGED",
        Verb::Decline => "CHALLENGE_DECLINED",
        Verb::StartScoping => "SCOPING_STARTED",
        Verb::CompleteScope => "SCOPE_COMPLETED",
        Verb::StartTeamBuilding => "TEAM_BUILDING_STARTED",
        Verb::ConfirmTeam => "TEAM_CONFIRMED",
        Verb::ReopenTeam => "TEAM_REOPENED",
        Verb::Postpone => "CHALLENGE_POSTPONED",
        Verb::Pause => "CHALLENGE_PAUSED",
        Verb::Resume => "CHALLENGE_RESUMED",
        Verb::Cancel => "CHALLENGE_CANCELLED",
        Verb::Advance if to == Stage::Closed => "CHALLENGE_CLOSED",
        Verb::Advance => "CHALLENGE_ADVANCED",
    }
}

/// Records `action` on a challenge.
pub(super) async fn record(
    tx: &Tx,
    act: &Act,
    action: &'static str,
    row: &challenge::Model,
    details: serde_json::Map<String, serde_json::Value>,
) -> Outcome<()> {
    let event = Event::new(action, Kind::PeerChallenge, row.id)
        .of_challenge(row.id)
        .of_council(row.host_id)
        .with(serde_json::Value::Object(details));
    Ok(audit::record(tx, act, event).await?)
}

/// Writes `set` under the optimistic lock and returns the row as it is then.
pub(super) async fn save(
    tx: &Tx,
    act: &Act,
    row: &challenge::Model,
    mut set: challenge::ActiveModel,
) -> Outcome<challenge::Model> {
    set.version = Set(row.version + 1);
    set.updated_at = Set(act.at);
    let written = challenge::Entity::update_many()
        .set(set)
        .filter(challenge::Column::Id.eq(row.id))
        .filter(challenge::Column::Version.eq(row.version))
        .exec(tx)
        .await
        .map_err(refused_by_database)?;
    if written.rows_affected == 0 {
        let message = format!(
            "{} changed meanwhile. Read it again and repeat your change.",
            row.reference
        );
        return Err(UserError::at(UserErrorCode::Conflict, "expectedVersion", message).into());
    }
    let saved = challenge::Entity::find_by_id(row.id).one(tx).await?;
    Ok(saved.ok_or_else(|| ApiError::internal("a challenge vanished while it was changed"))?)
}

/// Turns a broken invariant of the challenge table into its refusal.
pub(super) fn refused_by_database(error: sea_orm::DbErr) -> ServiceError {
    match violated(&error).as_deref() {
        Some(entity::constraint::CHALLENGE_LIVE) => already_live().into(),
        Some("uq_challenge_reference") => UserError::at(
            UserErrorCode::Taken,
            "reference",
            "There is a challenge with this reference already.",
        )
        .into(),
        _ => error.into(),
    }
}

/// The refusal of a second live challenge.
pub(super) fn already_live() -> UserError {
    UserError::new(
        UserErrorCode::AlreadyLive,
        "The host has a live challenge of this programme in this season already. It has to end (or be withdrawn or \
         cancelled) before another one can be submitted.",
    )
}

/// A place of the team of `row` has become vacant: a confirmed team goes back to TEAM_BUILDING, where the place is filled
/// and the whole team confirmed anew; a postponed one will resume there. Nothing happens while the team is being built
/// anyway, and once fieldwork has begun (the team then goes on without).
///
/// # Errors
/// `STALE_VERSION` when the row changed meanwhile.
pub async fn reopen_team(tx: &Tx, act: &Act, row: &challenge::Model) -> Outcome<()> {
    let confirmed = |stage| matches!(stage, Stage::TeamConfirmed | Stage::Preparing);
    if confirmed(row.stage) {
        move_stage(tx, act, row, Stage::TeamBuilding, Change::default()).await?;
    } else if row.stage == Stage::Postponed && row.resumes_to.is_some_and(confirmed) {
        let set = challenge::ActiveModel {
            resumes_to: Set(Some(Stage::TeamBuilding)),
            ..Default::default()
        };
        let saved = save(tx, act, row, set).await?;
        let mut details = serde_json::Map::new();
        details.insert("resumesTo".to_owned(), json!(saved.resumes_to));
        record(tx, act, action(Verb::ReopenTeam, Stage::TeamBuilding), &saved, details).await?;
    }
    Ok(())
}

/// Checks reason and note of a side move.
pub(super) fn reason_faults(verb: Verb, reason: SideReason, note: Option<&str>) -> Vec<UserError> {
    let mut errors = Vec::new();
    if !verb.reasons().contains(&reason) {
        let message = format!("{reason} is not a reason for this.");
        let allowed = verb.reasons().iter().map(|reason| reason.as_str());
        errors.push(UserError::at(UserErrorCode::Invalid, "reason", message).allowing(allowed));
    }
    match note {
        None if reason == SideReason::Other => {
            errors.push(UserError::at(
                UserErrorCode::Required,
                "note",
                "OTHER needs a note that says what.",
            ));
        }
        Some(note) => errors.extend(super::refusals(
            rules::text("note", note, rules::TEXT_MAX).into_iter().collect(),
            true,
        )),
        None => {}
    }
    errors
}

async fn side_move(tx: &Tx, act: &Act, input: SideMove, to: Stage, verb: Verb) -> Outcome<challenge::Model> {
    // A team may be released: before any row is locked.
    tx.enter(Queue::Teams).await?;
    let row = claim(tx, act, input.challenge).await?;
    match verb.actor() {
        Actor::Requester => requester_only(&act.viewer, "withdraw a request")?,
        Actor::Programme | Actor::Consequence => programme_only(&act.viewer, "postpones and cancels challenges")?,
    }
    fresh(&row, input.version)?;
    if let Err(illegal) = lifecycle::judge(row.stage, row.resumes_to, to) {
        return Err(illegal_stage(&row, to, &illegal).into());
    }
    let note = trimmed(input.note);
    refuse_if_any(reason_faults(verb, input.reason, note.as_deref()))?;
    move_stage(
        tx,
        act,
        &row,
        to,
        Change {
            side: Some((input.reason, note)),
            ..Change::default()
        },
    )
    .await
}

/// The requester takes the request back, until team building begins.
pub async fn withdraw(tx: &Tx, act: &Act, input: SideMove) -> Outcome<challenge::Model> {
    side_move(tx, act, input, Stage::Withdrawn, Verb::Withdraw).await
}

/// The programme puts the challenge off before fieldwork begins. The team stays as it is.
pub async fn postpone(tx: &Tx, act: &Act, input: SideMove) -> Outcome<challenge::Model> {
    side_move(tx, act, input, Stage::Postponed, Verb::Postpone).await
}

/// The programme gives the challenge up. Its team is released.
pub async fn cancel(tx: &Tx, act: &Act, input: SideMove) -> Outcome<challenge::Model> {
    side_move(tx, act, input, Stage::Cancelled, Verb::Cancel).await
}

/// Takes a postponed or paused challenge up again where it stood. After a postponement beyond the policy's limit, or when
/// no window is left to come, scope and consent are void: it returns to SCOPING at most, without sign-off and team.
pub async fn resume(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<(challenge::Model, Vec<Warning>)> {
    // A team may be released: before any row is locked.
    tx.enter(Queue::Teams).await?;
    let row = claim(tx, act, id).await?;
    programme_only(&act.viewer, "takes challenges up again")?;
    fresh(&row, version)?;
    needs_stage(&row, &[Stage::Postponed, Stage::Paused], "resuming")?;
    let resumes_to = row
        .resumes_to
        .ok_or_else(|| ApiError::internal("a suspended challenge has lost where it came from"))?;
    let void = if row.stage == Stage::Postponed {
        void_reason(tx, act, &row).await?
    } else {
        None
    };
    let to = lifecycle::resume_target(resumes_to, void.is_some());
    if to == resumes_to {
        return Ok((move_stage(tx, act, &row, to, Change::default()).await?, Vec::new()));
    }
    let set = challenge::ActiveModel {
        window_id: Set(None),
        starts_on: Set(None),
        ends_on: Set(None),
        ..Default::default()
    };
    let mut details = serde_json::Map::new();
    details.insert("scopeVoid".to_owned(), json!(true));
    let moved = move_stage(
        tx,
        act,
        &row,
        to,
        Change {
            set,
            details,
            side: None,
        },
    )
    .await?;
    sign_off::Entity::delete_many()
        .filter(sign_off::Column::ChallengeId.eq(row.id))
        .exec(tx)
        .await?;
    release_team(
        tx,
        act,
        &moved,
        "The challenge was postponed so long that its scope is worked out anew.",
    )
    .await?;
    let warnings = void.map(|because| Warning::ScopeVoid { because }).into_iter().collect();
    Ok((moved, warnings))
}

/// Why the scope of a postponed challenge is void today; `None` while it holds.
async fn void_reason(tx: &Tx, act: &Act, row: &challenge::Model) -> Outcome<Option<Void>> {
    let setting = setting_of(tx, act, row, None).await?;
    let since = civil_date(row.stage_changed_at);
    let last = setting
        .body
        .deadline(Milestone::PostponementVoid)
        .and_then(|deadline| deadlines::day_of(deadline, since))
        .filter(|last| *last < act.today);
    if let Some(last) = last {
        return Ok(Some(Void::PostponedBeyond(last)));
    }
    let to_come = match row.starts_on {
        Some(chosen) => chosen > act.today,
        None => stored_windows(tx, row.id)
            .await?
            .iter()
            .any(|window| window.starts_on > act.today),
    };
    Ok((!to_come).then_some(Void::WindowsPassed))
}

/// Sets (or with `None` clears) the window in which the fieldwork takes place, and its days with it. For the team aggregate,
/// which judges the people's days.
///
/// # Errors
/// `NOT_FOUND` for a window of another challenge, `CONFLICT` when the row changed meanwhile.
pub async fn choose_window(
    tx: &Tx,
    act: &Act,
    row: &challenge::Model,
    window: Option<&challenge_window::Model>,
) -> Outcome<challenge::Model> {
    if window.is_some_and(|window| window.challenge_id != row.id) {
        let message = "This window belongs to another challenge.";
        return Err(UserError::at(UserErrorCode::NotFound, "windowId", message).into());
    }
    let days: Option<(NaiveDate, NaiveDate)> = window.map(|window| (window.starts_on, window.ends_on));
    let set = challenge::ActiveModel {
        window_id: Set(window.map(|window| window.id)),
        starts_on: Set(days.map(|days| days.0)),
        ends_on: Set(days.map(|days| days.1)),
        ..Default::default()
    };
    let saved = save(tx, act, row, set).await?;
    let mut details = serde_json::Map::new();
    details.insert("startsOn".to_owned(), json!(saved.starts_on));
    details.insert("endsOn".to_owned(), json!(saved.ends_on));
    record(tx, act, "WINDOW_CHOSEN", &saved, details).await?;
    Ok(saved)
}
