//! Who would serve best in one slot, given the team as it stands.
//!
//! Only eligible people are ranked ([`crate::eligibility`] answers for the others). Points are what each would add to
//! the team: theme cover and spread beyond what the members (other than the slot's present holder) already bring.
//! Equal points are ranked by lot: the same for the same seed, another for another.

use std::cmp::Reverse;

use crate::eligibility::{Case, ChallengeError};
use crate::lots::lot;
use crate::points::{Contribution, Criterion, decisive, total};
use crate::{Challenge, PeerIx, Policy, RegionIx, SlotIx, WindowIx, World};

/// An eligible person, with what they would add.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// Who.
    pub peer: PeerIx,
    /// Points in total.
    pub points: i64,
    /// Points by criterion.
    pub contributions: Vec<Contribution>,
    /// By how much and why they stand before the next; `None` for the last.
    pub ahead: Option<Ahead>,
}

/// What decided between two candidates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ahead {
    /// Points between them, 0 or more.
    pub points: i64,
    /// The criterion with the largest difference; `None` where they are equal on all (the lot decided).
    pub decided_by: Option<Criterion>,
}

/// Ranks everybody who is eligible for `slot` in `window`, best first; `seed` decides among equals.
pub fn rank(
    world: &World,
    policy: &Policy,
    challenge: &Challenge,
    slot: SlotIx,
    window: WindowIx,
    seed: u64,
) -> Result<Vec<Candidate>, ChallengeError> {
    let case = Case::at_window(world, policy, challenge, window)?;
    case.check_slot(Some(slot))?;
    let mut ranked: Vec<Candidate> = world
        .everybody()
        .filter(|&peer| case.is_eligible(Some(slot), peer))
        .map(|peer| {
            let person = case.personal(peer);
            let others: Vec<_> = case.others(Some(slot), peer).collect();
            let themes = others
                .iter()
                .fold(0, |mask, seat| mask | case.personal(seat.peer).themes);
            let regions: Vec<RegionIx> = others.iter().filter_map(|seat| seat.region).collect();
            let contributions = case.contributions(&person, themes, &regions);
            Candidate {
                peer,
                points: total(&contributions),
                contributions,
                ahead: None,
            }
        })
        .collect();
    ranked.sort_by_key(|candidate| (Reverse(candidate.points), lot(seed, candidate.peer)));
    for i in 1..ranked.len() {
        let (better, worse) = (&ranked[i - 1], &ranked[i]);
        let points = better.points - worse.points;
        let decided_by = decisive(&better.contributions, &worse.contributions).filter(|_| points > 0);
        ranked[i - 1].ahead = Some(Ahead { points, decided_by });
    }
    Ok(ranked)
}
