//! Confirming a team: every rule once more, on the facts of this moment, and nothing left open.

use entity::{
    challenge,
    enums::{AssignmentStatus, Stage},
    open_slot,
};
use matching::team::{TeamFault, check};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use uuid::Uuid;

use super::{challenge_for_update, in_stage, programme_only, verdict_error, window};
use crate::{
    audit::{self, Event},
    challenge::{
        evidence,
        lifecycle::Verb,
        requirements::{Requirement, missing},
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
    team::world::{self, Facts, Whom},
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

/// What is missing by the lifecycle's own list. Window, slots and people are judged more closely below.
async fn gaps(tx: &Tx, act: &Act, row: &challenge::Model, reason: Option<&str>) -> Outcome<Vec<UserError>> {
    let found = evidence::of(row, act.today, tx).await?;
    let path = "withoutFirstTeam";
    let mut errors: Vec<UserError> = missing(Verb::ConfirmTeam, &found)
        .into_iter()
        .filter_map(|gap| match gap.requirement {
            Requirement::Answers | Requirement::Decisions | Requirement::Objections => {
                Some(UserError::at(UserErrorCode::DecisionOpen, "challengeId", gap.message))
            }
            Requirement::FirstTeam if reason.is_none() => {
                Some(UserError::at(UserErrorCode::Required, path, gap.message))
            }
            _ => None,
        })
        .collect();
    if let Some(reason) = reason {
        errors.extend(refusals(text(path, reason, TEXT_MAX), true));
    }
    Ok(errors)
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
    let mut errors = gaps(tx, act, &row, reason.as_deref()).await?;
    let facts = world::load(row, Whom::Only(&[]), act.today, tx).await?;
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
