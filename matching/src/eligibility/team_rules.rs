//! Rules about the person beside the others of the team (domain.md, "Team rules").
//!
//! Council limits count every home council of a person; region limits count the region of the primary home only.

use std::ops::ControlFlow;

use super::case::{Case, Seat};
use super::ledger::{Details, Ledger};
use crate::{CouncilIx, EvidenceKind, PeerIx, Reach, RuleCode, Severity, SlotIx};

impl Case<'_> {
    /// `ALREADY_IN_TEAM`, `TEAM_COUNCIL_CAP`, `TEAM_REGION_CAP`, `HOST_REGION_CAP`, `COUNCIL_WEEK`.
    pub(super) fn team_rules(&self, slot: Option<SlotIx>, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let person = &self.world.peers()[peer.index()];
        let profile = || Details::of(EvidenceKind::Peer, person.id);
        if slot.is_some()
            && self
                .seats
                .iter()
                .any(|seat| seat.peer == peer && Some(seat.slot) != slot)
        {
            ledger.raise(RuleCode::AlreadyInTeam, Severity::Block, profile)?;
        }
        let homes = self.world.homes(peer, self.span);
        let rules = &self.policy.team;
        let with = |seats: &[&Seat], limit: u32| self.beside(peer, seats).people(seats.len(), limit);
        // One finding for all homes, with everybody who shares a full one.
        let from = |home: &CouncilIx| -> Vec<&Seat> {
            self.others(slot, peer)
                .filter(|seat| seat.homes.all.contains(home))
                .collect()
        };
        let full = |home: &&CouncilIx| from(home).len() >= rules.max_per_council as usize;
        if let Some(most) = homes.all.iter().filter(full).map(|home| from(home).len()).max() {
            ledger.raise(RuleCode::TeamCouncilCap, Severity::Block, || {
                let sharing = |seat: &&Seat| homes.all.iter().filter(full).any(|home| seat.homes.all.contains(home));
                let sharing: Vec<&Seat> = self.others(slot, peer).filter(sharing).collect();
                self.beside(peer, &sharing).people(most, rules.max_per_council)
            })?;
        }
        let region = homes.primary.map(|council| self.world.region(council));
        if let (Some(region), Reach::National) = (region, self.challenge.reach) {
            let same: Vec<&Seat> = self
                .others(slot, peer)
                .filter(|seat| seat.region == Some(region))
                .collect();
            if same.len() >= rules.max_per_region as usize {
                ledger.raise(RuleCode::TeamRegionCap, Severity::Block, || {
                    with(&same, rules.max_per_region)
                })?;
            }
            if region == self.host_region {
                let (warn, block) = self.host_region_limits();
                if same.len() >= block as usize {
                    ledger.raise(RuleCode::HostRegionCap, Severity::Block, || with(&same, block))?;
                } else if same.len() >= warn as usize {
                    ledger.raise(RuleCode::HostRegionCap, Severity::Warn, || with(&same, warn))?;
                }
            }
        }
        self.council_week(slot, peer, &homes.all, ledger)
    }

    /// Evidence: the person's profile and those of others on the team.
    pub(super) fn beside(&self, peer: PeerIx, seats: &[&Seat]) -> Details {
        let profile = |peer: PeerIx| self.world.peers()[peer.index()].id;
        let start = Details::of(EvidenceKind::Peer, profile(peer));
        seats.iter().fold(start, |details, seat| {
            details.and(EvidenceKind::Peer, profile(seat.peer))
        })
    }

    /// How many peers of the host's own region a team may have before a WARN, and before a BLOCK.
    pub(crate) fn host_region_limits(&self) -> (u32, u32) {
        let rules = &self.policy.team;
        let slots = self.challenge.slots.len() as u64;
        let block = slots * u64::from(rules.host_region_block_above_percent) / 100;
        (rules.host_region_warn_above, u32::try_from(block).unwrap_or(u32::MAX))
    }
}
