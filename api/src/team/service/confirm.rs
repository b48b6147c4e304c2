//! Confirming a team: every rule once more, on the facts of this moment, and nothing left open.

use entity::{
    challenge, conflict_decision,
    enums::{AssignmentStatus, DecisionStatus, ObjectionStatus, Stage},
    host_objection, open_slot,
};
use matching::team::{TeamFault, check};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{challenge_for_update, in_stage, programme_only, verdict_error, window};
use crate::{
    audit::{self, Event},
    challenge::{
        requirements::NO_FIRST_TEAM,
        rules::TEXT_MAX,
        service::{Change, move_stage, trimmed},
    },
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    team::{
        repo::members,
        world::{self, Facts, Whom},
    },
};

/// A team to be confirmed.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The challenge.
    pub challenge: Uuid,
    /// Its version as read.
    pub version: i32,
    /// Why a progress review goes ahead with nobody of the first team.
    pub without_first_team: Option<String>,
}

/// Whether a progress review has somebody of the first team, or else a reason; the fault otherwise.
async fn continuity(tx: &Tx, facts: &Facts, reason: Option<&str>) -> Outcome<Vec<UserError>> {
    let path = "withoutFirstTeam";
    let Some(first) = facts.row.first_challenge_id else {
        return Ok(Vec::new());
    };
    if let Some(reason) = reason {
        return Ok(refusals(text(path, reason, TEXT_MAX), true));
    }
    let before = members(first, &[AssignmentStatus::Confirmed], tx).await?;
    if before.is_empty() || facts.team.iter().any(|member| before.contains(&member.peer_id)) {
        return Ok(Vec::new());
    }
    Ok(vec![UserError::at(UserErrorCode::Required, path, NO_FIRST_TEAM)])
}

/// Confirms the team of a challenge: its assignments become CONFIRMED and the challenge TEAM_CONFIRMED.
///
/// # Errors
/// All at once: vacant slots that were not left open, no window, people who have not said that they come, rules that speak against a member
/// or the team, open decisions and objections, and a progress review with nobody of the first team and no reason why.
pub async fn confirm(tx: &Tx, act: &Act, wanted: Confirmation) -> Outcome<challenge::Model> {
    let (id, version) = (wanted.challenge, wanted.version);
    let row = challenge_for_update(tx, act, id, "challengeId").await?;
    programme_only(act)?;
    in_stage(&row, &[Stage::TeamBuilding], "Confirming the team")?;
    UserError::unless_fresh("This", version, row.version)?;
    let reason = trimmed(wanted.without_first_team);
    let facts = world::load(row, Whom::Only(&[]), act.today, tx).await?;
    let mut errors = continuity(tx, &facts, reason.as_deref()).await?;
    errors.extend(silent(&facts));
    errors.extend(open_matters(tx, id).await?);
    let left_open: Vec<Uuid> = open_slot::Entity::find()
        .filter(open_slot::Column::ChallengeId.eq(id))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| row.slot_id)
        .collect();
    let excused = |fault: &TeamFault| match fault {
        TeamFault::VacantSlot { slot, lead } => !lead && left_open.contains(&facts.slot_id(*slot)),
        _ => false,
    };
    match window(&facts, None, "challengeId") {
        Err(error) => errors.push(error),
        Ok(window) => {
            let checked = check(&facts.world, &facts.policy, &facts.challenge, window).map_err(ApiError::from)?;
            let faults: Vec<TeamFault> = checked.faults.iter().copied().filter(|fault| !excused(fault)).collect();
            errors.extend(faults.iter().filter_map(|fault| team_error(&facts, *fault)));
            for (_, verdict) in &checked.verdicts {
                errors.extend(verdict_error(&facts, verdict, "challengeId"));
            }
            let sound = checked.confirmable || faults.len() < checked.faults.len();
            if !sound && errors.is_empty() {
                let message = "The team as a whole breaks a rule.";
                errors.push(UserError::at(UserErrorCode::TeamRule, "challengeId", message));
            }
        }
    }
    refuse_if_any(errors)?;
    // Whoever stayed when a confirmed team was reopened is confirmed still.
    let newly = |member: &&entity::assignment::Model| member.status != AssignmentStatus::Confirmed;
    for member in facts.team.iter().filter(newly) {
        let mut confirmed = member.clone().into_active_model();
        confirmed.status = Set(AssignmentStatus::Confirmed);
        confirmed.version = Set(member.version + 1);
        confirmed.updated_at = Set(act.at);
        confirmed.update(tx).await?;
        let event = Event::new("ASSIGNMENT_CONFIRMED", Kind::Assignment, member.id)
            .of_challenge(id)
            .of_council(member.home_council_id)
            .of_peer(member.peer_id);
        audit::record(tx, act, event).await?;
    }
    let mut details = serde_json::Map::new();
    if let Some(reason) = reason {
        details.insert("withoutFirstTeam".to_owned(), reason.into());
    }
    let change = Change {
        details,
        ..Change::default()
    };
    move_stage(tx, act, &facts.row, Stage::TeamConfirmed, change).await
}

/// Refuses a team of which somebody has not said that they come: nobody is put down for days that they know nothing of.
fn silent(facts: &Facts) -> Option<UserError> {
    let silent = |member: &&entity::assignment::Model| AssignmentStatus::UNCERTAIN.contains(&member.status);
    let count = facts.team.iter().filter(silent).count();
    let message =
        format!("{count} on the team have not said that they come: invite them (inviteTeam), or record their answer.");
    (count > 0).then(|| UserError::at(UserErrorCode::DecisionOpen, "challengeId", message))
}

async fn open_matters(tx: &Tx, challenge: Uuid) -> Outcome<Vec<UserError>> {
    let decisions = conflict_decision::Entity::find()
        .filter(conflict_decision::Column::ChallengeId.eq(challenge))
        .filter(conflict_decision::Column::Status.eq(DecisionStatus::Open))
        .count(tx)
        .await?;
    let objections = host_objection::Entity::find()
        .filter(host_objection::Column::ChallengeId.eq(challenge))
        .filter(host_objection::Column::Status.eq(ObjectionStatus::Open))
        .count(tx)
        .await?;
    let open = [
        (decisions, "decision(s) about late conflicts"),
        (objections, "objection(s) of the host"),
    ];
    let errors = open.into_iter().filter(|&(count, _)| count > 0).map(|(count, what)| {
        let message = format!("{count} {what} stand open: decide them first.");
        UserError::at(UserErrorCode::DecisionOpen, "challengeId", message)
    });
    Ok(errors.collect())
}

fn team_error(facts: &Facts, fault: TeamFault) -> Option<UserError> {
    let message = match fault {
        TeamFault::NoSlots => "The scope has no slots.".to_owned(),
        TeamFault::NoLeadSlot => "No slot is marked as the lead's.".to_owned(),
        TeamFault::VacantSlot { slot, lead } => {
            let role = facts.challenge.slots[slot.index()].role;
            let role = serde_json::to_value(role)
                .ok()
                .and_then(|text| text.as_str().map(str::to_owned));
            let lead = if lead { "lead " } else { "" };
            format!(
                "The {lead}slot {} ({}) is vacant.",
                slot.0 + 1,
                role.unwrap_or_default()
            )
        }
        // The members' own findings say the same, with the right to waive them.
        TeamFault::OneGroup { .. } => return None,
    };
    Some(UserError::at(UserErrorCode::TeamRule, "challengeId", message))
}
