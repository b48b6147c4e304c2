//! Who could step in: people who are eligible in the holder's stead and beside whom everybody else stays eligible.
//!
//! The second half matters where somebody's waiver tolerates what a colleague without one does not.

use super::Reserve;
use crate::eligibility::Case;
use crate::{PeerIx, RuleCode, SlotIx, Status};

/// The first `wanted` of `ranked` who could replace the holder of `slot` in the team as it stands.
pub(super) fn reserves(
    case: &Case<'_>,
    holders: &[(SlotIx, PeerIx)],
    slot: SlotIx,
    ranked: &[(PeerIx, i64)],
    wanted: usize,
) -> Vec<Reserve> {
    let possible = ranked
        .iter()
        .filter(|&&(peer, _)| case.is_eligible(Some(slot), peer) && harmed(case, holders, slot, peer).is_none());
    possible
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
