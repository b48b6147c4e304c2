//! The member-group rule between people who join together ([`super::model::GroupRule`]).

use super::model::{GroupRule, Model};
use super::search::Team;
use crate::eligibility::Case;
use crate::{Control, Party, Role, SlotIx};

impl Model<'_> {
    /// Whether the member-group rule can only be met by leaving one of the slots yet to fill vacant: too few of them to
    /// reach two groups.
    pub(super) fn group_forces_vacancy(&self, team: &Team, rest: &[usize]) -> bool {
        let Some(rule) = &self.group_rule else { return false };
        let left = rest.iter().filter(|&&slot| self.grouped[slot]).count();
        let mut groups = rule.present.clone();
        let mut all_waived = true;
        for slot in (0..team.len()).filter(|slot| self.grouped[*slot] && !rest.contains(slot)) {
            let Some(person) = team[slot].map(|person| &self.people[person]) else {
                return false;
            };
            all_waived &= person.group_waived;
            if let Some(group) = person.group.filter(|group| !groups.contains(group)) {
                groups.push(group);
            }
        }
        left > 0 && !all_waived && groups.len() + left < 2
    }

    /// Whether the member-group rule lets these people join together.
    pub(super) fn groups_agree(&self, team: &Team) -> bool {
        let Some(rule) = &self.group_rule else { return true };
        let mut groups = rule.present.clone();
        for (place, _) in team.iter().zip(&self.grouped).filter(|&(_, &grouped)| grouped) {
            let Some(person) = place.map(|person| &self.people[person]) else {
                return true;
            };
            if let Some(group) = person.group.filter(|group| !groups.contains(group)) {
                groups.push(group);
            }
        }
        let joined = || {
            team.iter()
                .zip(&self.grouped)
                .filter(|&(_, &grouped)| grouped)
                .filter_map(|(place, _)| *place)
        };
        groups.len() > 1 || joined().all(|person| self.people[person].group_waived)
    }

    /// If no way of filling all member slots satisfies the group rule (one group only, too few waivers), a valid team
    /// leaves one of them vacant and then meets the rule whatever else: one model for each slot that may be the one.
    pub(super) fn split(self) -> Vec<Self> {
        let Some(rule) = &self.group_rule else {
            return vec![self];
        };
        let grouped: Vec<usize> = (0..self.open.len()).filter(|&open| self.grouped[open]).collect();
        let candidates = || {
            grouped
                .iter()
                .flat_map(|&open| &self.lists[open])
                .map(|&i| &self.people[i])
        };
        let mut groups: Vec<Party> = candidates()
            .filter_map(|person| person.group)
            .chain(rule.present.clone())
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let unfilled = grouped.iter().any(|&open| self.lists[open].is_empty());
        let plain = |closed| Self {
            group_rule: None,
            grouped: vec![false; self.open.len()],
            closed,
            ..self.clone()
        };
        if unfilled {
            return vec![plain(None)];
        }
        let all_waived = grouped
            .iter()
            .all(|&open| self.lists[open].iter().any(|&i| self.people[i].group_waived));
        if groups.len() > 1 || all_waived {
            return vec![self];
        }
        grouped.iter().map(|&open| plain(Some(open))).collect()
    }
}

/// The rule, if it depends on who else joins.
pub(super) fn group_rule(case: &Case<'_>, open: &[SlotIx]) -> Option<GroupRule> {
    case.policy.team.member_group.severity()?;
    let host = &case.world.councils()[case.challenge.host.index()];
    let is_member = |slot: SlotIx| {
        case.challenge
            .slot(slot)
            .is_some_and(|slot| slot.role == Role::MemberPeer)
    };
    let open_members = open.iter().filter(|&&slot| is_member(slot)).count();
    // With one open member slot the rule depends on nobody else who joins: eligibility has applied it.
    if host.control != Some(Control::NoOverallControl) || open_members < 2 {
        return None;
    }
    let members = case.seats.iter().filter(|seat| is_member(seat.slot));
    let mut present: Vec<Party> = members
        .filter_map(|seat| case.world.peers()[seat.peer.index()].party)
        .collect();
    present.sort_unstable();
    present.dedup();
    (present.len() < 2).then_some(GroupRule { present })
}
