//! The verbs that suspend a challenge, take it up again, or end it before its time.
//!
//! Neighbours: `stage` (makes the moves), `lifecycle` (which are legal, with which reasons), `team` (lets the team go).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    challenge,
    enums::{NoticeKind, SideReason, Stage},
};
use sea_orm::Set;
use serde_json::json;
use uuid::Uuid;

use super::{
    Warning, claim, mover_only, programme_only, requester_only,
    scope::void_sign_off,
    stage::{Change, News, illegal_stage, move_stage, needs_stage, reason_faults},
    trimmed,
};
use crate::{
    challenge::{
        evidence,
        lifecycle::{self, Verb},
    },
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, UserError, UserErrorCode, refuse_if_any},
    },
    invitation::service::resume::go_on,
    notice::{Reader, readers},
    team::service::ending::release_team,
};

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

async fn side_move(tx: &Tx, act: &Act, input: SideMove, to: Stage, verb: Verb) -> Outcome<challenge::Model> {
    // A team may be released: before any row is locked.
    tx.enter(Queue::Teams).await?;
    let row = claim(tx, act, input.challenge).await?;
    mover_only(tx, act, row.id, verb.actor()).await?;
    UserError::unless_fresh(&row.reference, input.version, row.version)?;
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

/// The programme interrupts the challenge after fieldwork began. The team stays as it is.
pub async fn pause(tx: &Tx, act: &Act, input: SideMove) -> Outcome<challenge::Model> {
    side_move(tx, act, input, Stage::Paused, Verb::Pause).await
}

/// A notice of inspection: the challenge is put off at once, or interrupted if fieldwork has begun. Gives who was told.
///
/// # Errors
/// Refused for anybody but the programme, the host and the hub of its region, where the challenge cannot be suspended, and
/// for a day in the future.
pub async fn inspection_notice(
    tx: &Tx,
    act: &Act,
    (id, version): (Uuid, i32),
    noticed_on: NaiveDate,
    note: Option<String>,
) -> Outcome<(challenge::Model, Vec<Reader>)> {
    tx.enter(Queue::Teams).await?;
    let row = claim(tx, act, id).await?;
    requester_only(&act.viewer, "report notices of inspection")?;
    UserError::unless_fresh(&row.reference, version, row.version)?;
    let note = trimmed(note);
    let legal = lifecycle::next_stages(row.stage, row.resumes_to);
    let to = [Stage::Postponed, Stage::Paused]
        .into_iter()
        .find(|stage| legal.contains(stage));
    let mut errors = reason_faults(Verb::Postpone, SideReason::InspectionNotice, note.as_deref());
    if noticed_on > act.today {
        let message = format!("{noticed_on} lies in the future; today is {}.", act.today);
        errors.push(UserError::at(UserErrorCode::Invalid, "noticedOn", message));
    }
    let Some(to) = to else {
        let message = format!("{} is {} and cannot be suspended from there.", row.reference, row.stage);
        errors.push(
            UserError::new(UserErrorCode::IllegalStage, message).allowing(legal.iter().map(|stage| stage.as_str())),
        );
        refuse_if_any(errors)?;
        return Err(ApiError::internal("a refusal refused nothing").into());
    };
    refuse_if_any(errors)?;
    let mut details = serde_json::Map::new();
    details.insert("noticedOn".to_owned(), json!(noticed_on));
    let verb = lifecycle::judge(row.stage, row.resumes_to, to).map_err(|illegal| illegal_stage(&row, to, &illegal))?;
    let told = readers(tx, &row, verb.hears()).await?;
    // How many of whom: the record outlives the people.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reader in &told {
        *counts.entry(reader.audience().as_str()).or_default() += 1;
    }
    details.insert("told".to_owned(), json!(counts));
    let news = News {
        kind: NoticeKind::Suspended,
        text: format!("{}: notice of an inspection", verb.news()),
        readers: told.clone(),
    };
    let moved = move_stage(
        tx,
        act,
        &row,
        to,
        Change {
            side: Some((SideReason::InspectionNotice, note)),
            details,
            // Host and hub may report it as well.
            actor: Some(lifecycle::INSPECTION_NOTICE.1),
            news: Some(news),
            ..Change::default()
        },
    )
    .await?;
    Ok((moved, told))
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
    UserError::unless_fresh(&row.reference, version, row.version)?;
    needs_stage(&row, &[Stage::Postponed, Stage::Paused], "resuming")?;
    let resumes_to = row
        .resumes_to
        .ok_or_else(|| ApiError::internal("a suspended challenge has lost where it came from"))?;
    let void = evidence::of(&row, act.today, tx).await?.void;
    let to = lifecycle::resume_target(resumes_to, void.is_some());
    let Some(because) = void.filter(|_| to != resumes_to) else {
        let moved = move_stage(tx, act, &row, to, Change::default()).await?;
        go_on(tx, act, &row, &moved).await?;
        return Ok((moved, Vec::new()));
    };
    let set = challenge::ActiveModel {
        window_id: Set(None),
        starts_on: Set(None),
        ends_on: Set(None),
        ..Default::default()
    };
    let mut details = serde_json::Map::new();
    details.insert("scopeVoid".to_owned(), json!(true));
    let news = News {
        kind: NoticeKind::ScopeVoid,
        text: format!(
            "is taken up again, but {}: its scope and the consent to it are void. The scope is worked out anew, places on \
             the team have ended, and a team will be asked anew",
            because.words()
        ),
        readers: readers(tx, &row, Verb::Resume.hears()).await?,
    };
    let moved = move_stage(
        tx,
        act,
        &row,
        to,
        Change {
            set,
            details,
            news: Some(news),
            ..Change::default()
        },
    )
    .await?;
    void_sign_off(tx, act, row.id).await?;
    release_team(
        tx,
        act,
        &moved,
        "The challenge was postponed so long that its scope is worked out anew.",
    )
    .await?;
    Ok((moved, vec![Warning::ScopeVoid { because }]))
}
