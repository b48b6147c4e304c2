//! Who could step in: people who are eligible in the holder's stead and beside whom everybody else stays eligible.
//!
//! The second half matters where somebody's waiver tolerates what a colleague without one does not.

use std::cmp::Reverse;

use super::Reserve;
use crate::eligibility::Case;
use crate::lots::lot;
use crate::points::{Contribution, total};
use crate::{PeerIx, RegionIx, RuleCode, SlotIx, Status};

/// The team without the holder of one slot, as far as points need it.
pub(super) struct Rest {
    themes: u64,
    regions: Vec<RegionIx>,
}

impl Rest {
    pub(super) fn new(case: &Case<'_>, slot: SlotIx, holder: PeerIx) -> Self {
        let others = || case.others(Some(slot), holder);
        Self {
            themes: others().fold(0, |mask, seat| mask | case.personal(seat.peer).themes),
            regions: others().filter_map(|seat| seat.region).collect(),
        }
    }

    pub(super) fn contributions(&self, case: &Case<'_>, peer: PeerIx) -> Vec<Contribution> {
        case.contributions(&case.personal(peer), self.themes, &self.regions)
    }

    /// Everybody of `pool` outside the team, with the change of points if they replaced the holder, who brings `now`; best first,
    /// equals by lot.
    pub(super) fn ranked(
        &self,
        case: &Case<'_>,
        pool: impl Iterator<Item = PeerIx>,
        now: i64,
        seed: u64,
    ) -> Vec<(PeerIx, i64)> {
        let mut ranked: Vec<(PeerIx, i64)> = pool
            .filter(|peer| case.seats.iter().all(|seat| seat.peer != *peer))
            .map(|peer| (peer, total(&self.contributions(case, peer)) - now))
            .collect();
        ranked.sort_by_key(|&(peer, delta)| (Reverse(delta), lot(seed, peer)));
        ranked
    }

    /// The same of everybody in the world who is eligible for the slot beside the team.
    pub(super) fn everybody(&self, case: &Case<'_>, slot: SlotIx, now: i64, seed: u64) -> Vec<(PeerIx, i64)> {
        let able = case
            .world
            .everybody()
            .filter(|&peer| case.is_eligible(Some(slot), peer));
        self.ranked(case, able, now, seed)
    }
}

/// Who could step in for the holder of `slot` in the team as it stands, best first, as many as the policy wants; nobody where
/// the slot is vacant. `seed` decides between equals.
pub fn standing(case: &Case<'_>, slot: SlotIx, seed: u64) -> Vec<Reserve> {
    let holders: Vec<(SlotIx, PeerIx)> = case.seats.iter().map(|seat| (seat.slot, seat.peer)).collect();
    let Some(&(_, holder)) = holders.iter().find(|&&(held, _)| held == slot) else {
        return Vec::new();
    };
    let rest = Rest::new(case, slot, holder);
    let now = total(&rest.contributions(case, holder));
    let ranked = rest.everybody(case, slot, now, seed);
    reserves(
        case,
        &holders,
        slot,
        &ranked,
        case.policy.team.reserves_per_slot as usize,
    )
}

/// Whether somebody could step in for the holder of `slot` in the team as it stands.
pub fn could_step_in(case: &Case<'_>, slot: SlotIx, peer: PeerIx) -> bool {
    let holders: Vec<(SlotIx, PeerIx)> = case.seats.iter().map(|seat| (seat.slot, seat.peer)).collect();
    let outside = holders.iter().all(|&(_, holder)| holder != peer);
    outside && replaces(case, &holders, slot, peer)
}

/// Whether the rules let somebody replace the holder of `slot`, and everybody else stay.
fn replaces(case: &Case<'_>, holders: &[(SlotIx, PeerIx)], slot: SlotIx, peer: PeerIx) -> bool {
    case.is_eligible(Some(slot), peer) && harmed(case, holders, slot, peer).is_none()
}

/// The first `wanted` of `ranked` who could replace the holder of `slot` in the team as it stands.
pub(super) fn reserves(
    case: &Case<'_>,
    holders: &[(SlotIx, PeerIx)],
    slot: SlotIx,
    ranked: &[(PeerIx, i64)],
    wanted: usize,
) -> Vec<Reserve> {
    ranked
        .iter()
        .filter(|&&(peer, _)| replaces(case, holders, slot, peer))
        .take(wanted)
        .map(|&(peer, delta)| Reserve { peer, delta })
        .collect()
}

/// The rule that speaks against `peer` replacing the holder of `slot`, by themselves or for what it does to others.
pub(super) fn objection(case: &Case<'_>, holders: &[(SlotIx, PeerIx)], slot: SlotIx, peer: PeerIx) -> Option<RuleCode> {
    Case::decisive(&case.verdict(Some(slot), peer)).or_else(|| harmed(case, holders, slot, peer))
}

/// The rule by which somebody else on the team would stop being eligible.
fn harmed(case: &Case<'_>, holders: &[(SlotIx, PeerIx)], slot: SlotIx, peer: PeerIx) -> Option<RuleCode> {
    let replaced: Vec<(SlotIx, PeerIx)> = holders
        .iter()
        .map(|&(held, holder)| (held, if held == slot { peer } else { holder }))
        .collect();
    let then = case.with_holders(&replaced);
    replaced
        .iter()
        .filter(|&&(held, _)| held != slot)
        .find_map(|&(held, holder)| {
            let verdict = then.verdict(Some(held), holder);
            let hurt = verdict.status != Status::Eligible && case.is_eligible(Some(held), holder);
            if hurt { Case::decisive(&verdict) } else { None }
        })
}
