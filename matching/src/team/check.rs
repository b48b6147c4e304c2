//! May this team be confirmed? Every member re-assessed beside the others, and the team as a whole.

use crate::eligibility::{Case, ChallengeError};
use crate::{Challenge, Control, Policy, Role, RuleCode, Severity, SlotIx, Status, Verdict, WindowIx, World};

/// What is wrong with a team as a whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TeamFault {
    /// The team has no slots, so there is nothing to confirm.
    NoSlots,
    /// A slot has no holder.
    VacantSlot {
        /// The slot.
        slot: SlotIx,
        /// Whether it is the lead's.
        lead: bool,
    },
    /// No slot is marked as the lead's.
    NoLeadSlot,
    /// The host has no overall control and all member peers are of one known group. The members' verdicts carry
    /// `MEMBER_GROUP` too, where it may be waived; this says it once for the team.
    OneGroup {
        /// The policy's severity.
        severity: Severity,
    },
}

/// A team re-assessed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TeamCheck {
    /// One verdict per member, in the order of [`Challenge::members`], each beside all the others.
    pub verdicts: Vec<(SlotIx, Verdict)>,
    /// What is wrong with the team as a whole.
    pub faults: Vec<TeamFault>,
    /// Whether every slot is filled, there is a lead, and every member is eligible (waivers counted).
    pub confirmable: bool,
}

/// Re-assesses [`Challenge::members`] in `window`.
pub fn check(
    world: &World,
    policy: &Policy,
    challenge: &Challenge,
    window: WindowIx,
) -> Result<TeamCheck, ChallengeError> {
    let case = Case::at_window(world, policy, challenge, window)?;
    let verdicts: Vec<(SlotIx, Verdict)> = challenge
        .members
        .iter()
        .map(|member| (member.slot, case.verdict(Some(member.slot), member.peer)))
        .collect();
    let mut faults = Vec::new();
    if challenge.slots.is_empty() {
        faults.push(TeamFault::NoSlots);
    }
    if !challenge.slots.is_empty() && !challenge.slots.iter().any(|slot| slot.lead) {
        faults.push(TeamFault::NoLeadSlot);
    }
    for slot in challenge
        .slot_positions()
        .filter(|&slot| challenge.holder(slot).is_none())
    {
        faults.push(TeamFault::VacantSlot {
            slot,
            lead: challenge.slot(slot).is_some_and(|slot| slot.lead),
        });
    }
    let complete = faults.is_empty();
    let no_control = world.councils()[challenge.host.index()].control == Some(Control::NoOverallControl);
    let member_slots = challenge
        .slots
        .iter()
        .filter(|slot| slot.role == Role::MemberPeer)
        .count();
    let of_one_group = verdicts
        .iter()
        .flat_map(|(_, verdict)| &verdict.findings)
        .filter(|finding| finding.rule == RuleCode::MemberGroup)
        .map(|finding| finding.severity)
        .max();
    if let (true, true, Some(severity)) = (no_control, member_slots > 1, of_one_group) {
        faults.push(TeamFault::OneGroup { severity });
    }
    let confirmable = complete && verdicts.iter().all(|(_, verdict)| verdict.status == Status::Eligible);
    Ok(TeamCheck {
        verdicts,
        faults,
        confirmable,
    })
}
