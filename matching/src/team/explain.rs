//! Why this team: what everybody brings, who would have been next, why slots stay vacant.

use super::model::Model;
use super::reserves::{Rest, objection, reserves};
use super::search::Team;
use super::{Decision, Holder, Options, Place, RunnerUp, Vacancy};
use crate::eligibility::{Case, Pool};
use crate::points::{Contribution, Criterion, decisive, total};
use crate::world::position;
use crate::{PeerIx, RegionIx, SlotIx};

/// Everybody on the proposed team, by slot: those who stay and those who join.
fn holders(model: &Model<'_>, team: &Team) -> Vec<(SlotIx, PeerIx)> {
    let staying = model.case.seats.iter().map(|seat| (seat.slot, seat.peer));
    let joining = model
        .open
        .iter()
        .zip(team)
        .filter_map(|(&slot, at)| Some((slot, model.people[(*at)?].peer)));
    let mut holders: Vec<(SlotIx, PeerIx)> = staying.chain(joining).collect();
    holders.sort_unstable();
    holders
}

/// One place per slot.
pub(super) fn places(model: &Model<'_>, team: &Team, options: &Options) -> Vec<Place> {
    let holders = holders(model, team);
    let case = model.case.with_holders(&holders);
    let wanted = case.policy.team.reserves_per_slot as usize;
    case.challenge
        .slot_positions()
        .map(|slot| {
            let open = model.open.iter().position(|&open| open == slot);
            let Some(&(_, peer)) = holders.iter().find(|&&(held, _)| held == slot) else {
                let eligible = open.map_or(0, |open| position(model.lists[open].len()));
                return Place {
                    slot,
                    holder: None,
                    vacancy: Some(vacancy(&case, slot, eligible)),
                    reserves: Vec::new(),
                };
            };
            let rest = Rest::new(&case, slot, peer);
            let contributions = rest.contributions(&case, peer);
            let ranked = match open {
                Some(open) => {
                    let pool = model.lists[open].iter().map(|&i| model.people[i].peer);
                    rest.ranked(&case, pool, total(&contributions), model.seed)
                }
                None => rest.everybody(&case, slot, total(&contributions), model.seed),
            };
            let pinned = open.is_none();
            let runners_up = if pinned {
                Vec::new()
            } else {
                let runners = ranked.iter().take(options.runners_up);
                runners
                    .map(|&(peer, delta)| runner_up(&case, &holders, &rest, slot, peer, delta, &contributions))
                    .collect()
            };
            let reserves = reserves(&case, &holders, slot, &ranked, wanted);
            let holder = Holder {
                peer,
                pinned,
                points: total(&contributions),
                contributions,
                runners_up,
            };
            Place {
                slot,
                holder: Some(holder),
                vacancy: None,
                reserves,
            }
        })
        .collect()
}

/// The team's points by criterion.
pub(super) fn team_contributions(model: &Model<'_>, team: &Team) -> Vec<Contribution> {
    let case = &model.case;
    let holders = holders(model, team);
    let people: Vec<_> = holders.iter().map(|&(_, peer)| case.personal(peer)).collect();
    let mut regions: Vec<RegionIx> = people.iter().filter_map(|person| person.region).collect();
    regions.sort_unstable();
    regions.dedup();
    let weights = case.policy.weights;
    let preference = case
        .challenge
        .windows
        .get(model.window.index())
        .map_or(0, |window| i64::from(window.preference));
    [
        (Criterion::Seat, case.seat_points() * i64::from(position(people.len()))),
        (Criterion::Preference, weights.preference * preference),
        (
            Criterion::Themes,
            case.theme_points(people.iter().fold(0, |mask, person| mask | person.themes)),
        ),
        (Criterion::Likeness, people.iter().map(|person| person.likeness).sum()),
        (Criterion::Travel, people.iter().map(|person| person.travel).sum()),
        (Criterion::Load, people.iter().map(|person| person.load).sum()),
        (Criterion::Spread, weights.spread * i64::from(position(regions.len()))),
    ]
    .map(|(criterion, points)| Contribution { criterion, points })
    .into()
}

fn runner_up(
    case: &Case<'_>,
    holders: &[(SlotIx, PeerIx)],
    rest: &Rest,
    slot: SlotIx,
    peer: PeerIx,
    delta: i64,
    holder: &[Contribution],
) -> RunnerUp {
    let decided_by = match objection(case, holders, slot, peer) {
        Some(rule) => Decision::Rule(rule),
        None if delta == 0 => Decision::Equal,
        None => decisive(holder, &rest.contributions(case, peer)).map_or(Decision::Equal, Decision::Criterion),
    };
    RunnerUp {
        peer,
        delta,
        decided_by,
    }
}

fn vacancy(case: &Case<'_>, slot: SlotIx, eligible: u32) -> Vacancy {
    let by_rule = case
        .pool(Some(slot))
        .map(|Pool { by_rule, .. }| by_rule)
        .unwrap_or_default();
    Vacancy { eligible, by_rule }
}
