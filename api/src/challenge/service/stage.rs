//! Moving a challenge from stage to stage.
//!
//! Invariants: every move goes through [`move_stage`], which judges it by the lifecycle, writes under the optimistic lock and
//! leaves an audit event; a suspended challenge remembers where it came from; a challenge that ends or whose scope becomes
//! void holds nobody's days (its live assignments are released in the same transaction).

use chrono::NaiveDate;
use entity::{
    challenge, challenge_request, challenge_window,
    enums::{NoticeKind, SideReason, Stage},
    stage_change,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;
use uuid::Uuid;

use super::{claim, mover_only, programme_only};
use crate::{
    audit::{self, Event},
    challenge::{
        deadlines::Anchors,
        evidence,
        lifecycle::{self, Actor, Verb},
        repo::days_by_hand,
        requirements::{Missing, missing},
        rules, timeline,
    },
    clock::civil_date,
    db::{Queue, Tx, violated},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    notice::{Notice, Reader, readers, tell_all},
    programme::{policy::Milestone, repo::pinned},
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
    /// What is wrong with what was asked: it is refused together with what is missing, in one answer.
    pub faults: Vec<UserError>,
    /// Who may make the move, where that is not whom its verb says.
    pub actor: Option<Actor>,
    /// What people are told, where that is not what its verb says.
    pub news: Option<News>,
}

/// What people are told of a move.
pub struct News {
    /// Of which kind it is.
    pub kind: NoticeKind,
    /// The end of a sentence that begins with the challenge.
    pub text: String,
    /// Whom, as they were before the move.
    pub readers: Vec<Reader>,
}

/// Moves `row` (found in this transaction) to `to` and records it. The caller has judged what the move means; the legality of
/// the move and who may make it are judged here.
///
/// # Errors
/// All faults and everything that is missing; `ILLEGAL_STAGE` with the legal next stages, `FORBIDDEN`, `ALREADY_LIVE` for a second live challenge of the programme for
/// the host in the season, `CONFLICT` when the row changed meanwhile.
pub async fn move_stage(
    tx: &Tx,
    act: &Act,
    row: &challenge::Model,
    to: Stage,
    change: Change,
) -> Outcome<challenge::Model> {
    let verb = lifecycle::judge(row.stage, row.resumes_to, to).map_err(|illegal| illegal_stage(row, to, &illegal))?;
    mover_only(tx, act, row.id, change.actor.unwrap_or(verb.actor())).await?;
    let mut errors = change.faults;
    if verb.counts() {
        let found = evidence::of(row, act.today, tx).await?;
        errors.extend(missing(verb, &found).into_iter().map(lacking));
    }
    refuse_if_any(errors)?;
    let mut set = change.set;
    set.stage = Set(to);
    set.stage_changed_at = Set(act.at);
    set.resumes_to = Set(lifecycle::is_suspended(to).then_some(row.stage));
    let (reason, note) = change.side.unzip();
    set.side_reason = Set(reason);
    set.side_note = Set(note.flatten());
    let moved = save(tx, act, row, set).await?;
    note_stage(tx, act, &moved, Some(row.stage)).await?;
    let mut details = change.details;
    details.insert("from".to_owned(), json!(row.stage));
    details.insert("to".to_owned(), json!(to));
    if let Some(reason) = reason {
        details.insert("reason".to_owned(), json!(reason));
    }
    record(tx, act, action(verb), &moved, details).await?;
    announce(tx, act, &moved, verb, change.news).await?;
    if matches!(to, Stage::Cancelled | Stage::Withdrawn) {
        release_team(tx, act, row, "The challenge was given up.").await?;
    }
    Ok(moved)
}

/// Tells those who hear of a move (`Verb::hears`); the host besides what it is to do now. `news` says something else than the
/// verb does.
async fn announce(tx: &Tx, act: &Act, row: &challenge::Model, verb: Verb, news: Option<News>) -> Outcome<()> {
    let usual = match verb {
        Verb::Postpone | Verb::Pause | Verb::Cancel => NoticeKind::Suspended,
        Verb::Resume => NoticeKind::Resumed,
        _ => NoticeKind::StageReached,
    };
    let news = match news {
        Some(news) => news,
        None => News {
            kind: usual,
            text: verb.news().to_owned(),
            readers: readers(tx, row, verb.hears()).await?,
        },
    };
    let (kind, what) = (news.kind, news.text);
    let key = format!("stage:{}:{}", row.id, row.version);
    let text = format!("{} {what}.", row.reference);
    let notice = Notice::new(kind, key.clone(), text.clone()).of_challenge(row.id);
    let asked = verb.asks_host().map(|ask| {
        let notice = Notice::new(kind, key, format!("{text} {ask}"));
        notice.of_challenge(row.id)
    });
    let all: Vec<(Reader, &Notice)> = news
        .readers
        .into_iter()
        .map(|reader| match (reader, &asked) {
            (Reader::Host(_), Some(asked)) => (reader, asked),
            _ => (reader, &notice),
        })
        .collect();
    tell_all(tx, act, &all).await?;
    Ok(())
}

/// The refusal of a move for something that is missing.
fn lacking(gap: Missing) -> UserError {
    UserError::at(UserErrorCode::Required, "challengeId", gap.message)
}

pub(super) fn illegal_stage(row: &challenge::Model, to: Stage, illegal: &lifecycle::IllegalMove) -> UserError {
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
pub(crate) fn needs_stage(row: &challenge::Model, stages: &[Stage], what: &str) -> Outcome<()> {
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
fn action(verb: Verb) -> &'static str {
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
        Verb::StartPreparation => "PREPARATION_STARTED",
        Verb::StartFieldwork => "FIELDWORK_STARTED",
        Verb::GiveFeedback => "FEEDBACK_GIVEN",
        Verb::DraftReport => "REPORT_DRAFTED",
        Verb::FinaliseReport => "REPORT_FINALISED",
        Verb::Publish => "REPORT_PUBLISHED",
        Verb::PublishPlan => "ACTION_PLAN_PUBLISHED",
        Verb::CompleteReview => "PROGRESS_REVIEWED",
        Verb::Close => "CHALLENGE_CLOSED",
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
        record(tx, act, action(Verb::ReopenTeam), &saved, details).await?;
    }
    Ok(())
}

/// The day by which a challenge was to come to the stage that it is in: as set by hand, or else by its policy.
async fn due_on(tx: &Tx, row: &challenge::Model, milestone: Milestone) -> Outcome<Option<NaiveDate>> {
    let submitted = challenge_request::Entity::find()
        .filter(challenge_request::Column::ChallengeId.eq(row.id))
        .one(tx)
        .await?
        .and_then(|request| request.submitted_at);
    let policy = pinned(row.policy_id, tx).await?;
    let drafted = stage_change::Entity::find()
        .filter(stage_change::Column::ChallengeId.eq(row.id))
        .filter(stage_change::Column::Stage.eq(Stage::ReportDrafted))
        .order_by_asc(stage_change::Column::At)
        .one(tx)
        .await?;
    let anchors = Anchors {
        submitted: submitted.map(civil_date),
        fieldwork: row.starts_on.zip(row.ends_on),
        drafted: drafted.map(|change| change.on_day),
        ..Anchors::default()
    };
    let Some(due_on) = timeline::due_on(&policy, &anchors, row.stage) else {
        return Ok(None);
    };
    let by_hand = days_by_hand(std::slice::from_ref(row), tx).await?;
    Ok(Some(by_hand.get(&(row.id, milestone)).copied().unwrap_or(due_on)))
}

/// Writes down that a challenge came to the stage that it is in.
pub(super) async fn note_stage(tx: &Tx, act: &Act, row: &challenge::Model, from: Option<Stage>) -> Outcome<()> {
    // What it was due by is kept with it: policies and dates move on.
    let due_on = match timeline::milestone_of(row.stage) {
        Some(milestone) => due_on(tx, row, milestone).await?,
        None => None,
    };
    let change = stage_change::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        stage: Set(row.stage),
        from_stage: Set(from),
        at: Set(act.at),
        on_day: Set(act.today),
        due_on: Set(due_on),
        actor: Set(act.viewer.subject.clone()),
    };
    change.insert(tx).await?;
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
        Some(note) => errors.extend(super::refusals(rules::text("note", note, rules::TEXT_MAX), true)),
        None => {}
    }
    errors
}

/// Makes a step of the main path that needs nothing but what its requirements say.
pub async fn step(tx: &Tx, act: &Act, id: Uuid, version: i32, to: Stage) -> Outcome<challenge::Model> {
    tx.enter(Queue::Teams).await?;
    let row = claim(tx, act, id).await?;
    programme_only(&act.viewer, "moves a challenge there")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    move_stage(tx, act, &row, to, Change::default()).await
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
