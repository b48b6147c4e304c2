//! What may be done to teams. Each function checks who acts, loads the facts inside its own transaction, asks the engine
//! and writes the change with its audit event.
//!
//! Invariants: nobody is nominated, applied or confirmed without the engine's consent on the facts of that very moment;
//! nothing is removed silently (an assignment that ends keeps its row, reason and events); the national programme decides,
//! a host may object, everybody else is refused. Files: `nominate` (places), `open` (slots left open), `propose` (whole teams), `confirm`, `waive`,
//! `object`, `decide`, `ending` (what follows when a place becomes free).

pub mod confirm;
pub mod decide;
pub mod ending;
pub mod nominate;
pub mod object;
pub mod open;
pub mod propose;
pub mod waive;

use entity::{
    assignment, challenge, challenge_window,
    enums::{AssignmentStatus, Stage},
    team_slot,
};
use matching::{Status, Verdict, WindowIx};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    codes,
    redact::{self, Sight},
    repo,
    world::Facts,
};
use crate::{
    challenge::{repo as challenges, service::choose_window},
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode},
    },
};

/// Longest reason that is kept.
const MAX_REASON: usize = 2_000;

/// Refuses everybody but the national programme. Call it only once the thing is known to be visible.
pub(super) fn programme_only(act: &Act) -> Outcome<()> {
    if act.viewer.is_programme() {
        Ok(())
    } else {
        Err(UserError::new(UserErrorCode::Forbidden, "Only the national programme may do this.").into())
    }
}

/// A reason, trimmed.
fn reason(text: &str, path: &str) -> Result<String, UserError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_REASON {
        return Err(UserError::at(
            UserErrorCode::Required,
            path,
            "Say why, in 1 to 2,000 characters.",
        ));
    }
    Ok(text.to_owned())
}

/// The challenge, locked, if the viewer may see it.
async fn challenge_for_update(tx: &Tx, act: &Act, id: Uuid, path: &str) -> Outcome<challenge::Model> {
    tx.enter(Queue::Teams).await?;
    let row = challenges::find_for_update(tx, &act.viewer, id).await?;
    row.ok_or_else(|| UserError::not_found(path, "challenge").into())
}

/// An assignment with its challenge, both locked, if the viewer may see them.
async fn assignment_for_update(
    tx: &Tx,
    act: &Act,
    id: Uuid,
    path: &str,
) -> Outcome<(assignment::Model, challenge::Model)> {
    tx.enter(Queue::Teams).await?;
    let found = assignment::Entity::find_by_id(id)
        .filter(repo::visible_assignments(&act.viewer))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    let Some(found) = found else {
        return Err(UserError::not_found(path, "assignment").into());
    };
    let row = challenges::find_for_update(tx, &act.viewer, found.challenge_id).await?;
    let Some(row) = row else {
        return Err(UserError::not_found(path, "assignment").into());
    };
    Ok((found, row))
}

/// The slot of a team, with its challenge locked, if the viewer may see it.
async fn slot_for_update(tx: &Tx, act: &Act, id: Uuid, path: &str) -> Outcome<(team_slot::Model, challenge::Model)> {
    tx.enter(Queue::Teams).await?;
    let Some(slot) = team_slot::Entity::find_by_id(id).one(tx).await? else {
        return Err(UserError::not_found(path, "slot").into());
    };
    let row = challenges::find_for_update(tx, &act.viewer, slot.challenge_id).await?;
    let Some(row) = row else {
        return Err(UserError::not_found(path, "slot").into());
    };
    Ok((slot, row))
}

/// Refuses unless the challenge is in one of `stages`.
fn in_stage(row: &challenge::Model, stages: &[Stage], what: &str) -> Result<(), UserError> {
    if stages.contains(&row.stage) {
        return Ok(());
    }
    let message = format!("{what} is not possible while the challenge is in {}.", row.stage);
    Err(UserError::new(UserErrorCode::IllegalStage, message).allowing(stages.iter().map(ToString::to_string)))
}

/// Stages in which a place may change hands.
pub(crate) const REPLACEABLE: [Stage; 3] = [Stage::TeamBuilding, Stage::TeamConfirmed, Stage::Preparing];

fn is_live(row: &assignment::Model) -> bool {
    AssignmentStatus::LIVE.contains(&row.status)
}

/// The window to work in: the chosen one, or else the one given.
fn window(facts: &Facts, given: Option<Uuid>, path: &str) -> Result<WindowIx, UserError> {
    let id = match (facts.row.window_id, given) {
        (Some(chosen), Some(given)) if chosen != given => {
            let message = "The challenge has another window; choose this one first (chooseWindow).";
            return Err(UserError::at(UserErrorCode::Invalid, path, message));
        }
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) => {
            let message = "The challenge has no chosen window yet: name one of its windows.";
            return Err(UserError::at(UserErrorCode::Required, path, message));
        }
    };
    facts
        .window(id)
        .ok_or_else(|| UserError::not_found(path, "window of this challenge"))
}

/// Chooses the window on the challenge, unless it is chosen already.
pub(crate) async fn choose(tx: &Tx, act: &Act, facts: &Facts, window: WindowIx) -> Outcome<()> {
    let id = facts.window_id(window);
    if facts.row.window_id == Some(id) {
        return Ok(());
    }
    let row = challenge_window::Entity::find_by_id(id).one(tx).await?;
    choose_window(tx, act, &facts.row, row.as_ref()).await?;
    Ok(())
}

/// The error for a person whom the engine does not let serve; `None` when it does.
pub(crate) fn verdict_error(facts: &Facts, verdict: &Verdict, path: &str) -> Option<UserError> {
    let code = match verdict.status {
        Status::Eligible => return None,
        Status::NeedsWaiver => UserErrorCode::NeedsWaiver,
        Status::Ineligible => UserErrorCode::NotEligible,
    };
    // Only the national programme gets here, so the reasons may be told.
    let labels = facts.labels(verdict.peer, &verdict.findings);
    let why = redact::refusal(verdict, Sight::Full, &labels);
    let open = verdict.findings.iter().filter(|finding| finding.waived_by.is_none());
    let mut rules: Vec<String> = open.map(|finding| codes::name(finding.rule)).collect();
    rules.dedup();
    let name = facts.peer_name(verdict.peer);
    let rules = rules.join(", ");
    let message = if verdict.status == Status::NeedsWaiver {
        format!("{name} needs a waiver ({rules}). {why}")
    } else {
        format!("{name} cannot serve here ({rules}). {why}")
    };
    Some(UserError::at(code, path, message))
}
