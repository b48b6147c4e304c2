//! Decisions about late conflicts: waive, replace or stop, with actor, reason and time.

use chrono::NaiveDate;
use entity::{
    assignment, conflict_decision,
    enums::{AssignmentStatus, DecisionCause, DecisionStatus},
};
use matching::{RuleCode, WaiverRight};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{REPLACEABLE, assignment_for_update, ending, in_stage, is_live, nominate, programme_only, reason, waive};
use crate::{
    challenge::service::reopen_team,
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, UserError, UserErrorCode, refuse_if_any},
    },
    team::{
        codes, late, repo,
        world::{self, Whom},
    },
};

/// What is to be done about a late conflict.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resolution {
    /// Accept every reason, with waivers that hold until this day.
    Waive {
        /// Last day of the waivers.
        expires_on: NaiveDate,
    },
    /// Put this person in the place.
    Replace {
        /// Who comes.
        with: Uuid,
    },
    /// End the place and leave it vacant. A confirmed team goes back to TEAM_BUILDING.
    Stop,
}

/// Decides about a late conflict. The facts are looked at once more: what is waived is what speaks against the person now.
///
/// # Errors
/// Refused for anybody but the programme, when the decision is not open or changed, `NOT_WAIVABLE` when a reason cannot
/// be waived, and as the replacement's own rules say.
pub async fn decide(
    tx: &Tx,
    act: &Act,
    id: Uuid,
    version: i32,
    resolution: Resolution,
    why: &str,
) -> Outcome<conflict_decision::Model> {
    tx.enter(Queue::Teams).await?;
    let found = conflict_decision::Entity::find_by_id(id)
        .filter(repo::visible_decisions(&act.viewer))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    let row = found.ok_or_else(|| UserError::not_found("decisionId", "decision"))?;
    programme_only(act)?;
    UserError::unless_fresh("This", version, row.version)?;
    if row.status != DecisionStatus::Open {
        let message = format!("It has been decided already ({}).", row.status);
        return Err(UserError::at(UserErrorCode::Invalid, "decisionId", message).into());
    }
    let why = reason(why, "reason")?;
    let (member, challenge) = assignment_for_update(tx, act, row.assignment_id, "decisionId").await?;
    match resolution {
        // Cancelling once released places and left open what was to be decided about them.
        Resolution::Stop if !is_live(&member) => {
            ending::close_decision(tx, act, row, DecisionStatus::Stopped, &why).await?;
        }
        Resolution::Waive { .. } | Resolution::Replace { .. } if !is_live(&member) => {
            let message = format!("The place has ended already ({}): there is only STOP.", member.status);
            return Err(UserError::at(UserErrorCode::Invalid, "resolution", message).into());
        }
        Resolution::Waive { expires_on } => {
            let facts = world::load(challenge, Whom::Only(&[]), act.today, tx).await?;
            waive_all(tx, act, &facts, &member, expires_on, &why).await?;
            let waived = ending::close_decision(tx, act, row, DecisionStatus::Waived, &why).await?;
            late::recheck_peer(tx, act, member.peer_id, DecisionCause::Assignment, Some(waived.id)).await?;
        }
        Resolution::Replace { with } => {
            in_stage(&challenge, &REPLACEABLE, "Replacing")?;
            nominate::replace_live(tx, act, (member, challenge), with, &why, "withPeerId").await?;
        }
        Resolution::Stop => {
            let peer = member.peer_id;
            ending::end(tx, act, &challenge, member, AssignmentStatus::Stopped, &why).await?;
            reopen_team(tx, act, &challenge).await?;
            late::recheck_peer(tx, act, peer, DecisionCause::Assignment, Some(id)).await?;
            late::recheck_challenge(tx, act, challenge.id, DecisionCause::Assignment, Some(id)).await?;
        }
    }
    let row = conflict_decision::Entity::find_by_id(id).one(tx).await?;
    Ok(row.ok_or_else(|| ApiError::internal("the decision vanished"))?)
}

async fn waive_all(
    tx: &Tx,
    act: &Act,
    facts: &world::Facts,
    member: &assignment::Model,
    expires_on: NaiveDate,
    why: &str,
) -> Outcome<()> {
    let (_, verdict) = facts.verdict(member)?;
    let open: Vec<_> = verdict
        .findings
        .iter()
        .filter(|finding| finding.waived_by.is_none())
        .collect();
    let mut errors: Vec<UserError> = open
        .iter()
        .filter(|finding| finding.waivable_by == WaiverRight::Nobody)
        .map(|finding| {
            let message = format!("{} cannot be waived: replace or stop.", codes::name(finding.rule));
            UserError::at(UserErrorCode::NotWaivable, "resolution", message)
        })
        .collect();
    errors.extend(waive::expiry_error(facts, act, expires_on));
    refuse_if_any(errors)?;
    let mut rules: Vec<RuleCode> = open.iter().map(|finding| finding.rule).collect();
    rules.dedup();
    for rule in rules {
        waive::record(tx, act, facts, member.peer_id, rule, why, expires_on).await?;
    }
    Ok(())
}
