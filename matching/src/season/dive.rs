//! A plan from the prices' own mix of teams: the surest teams are fixed, prices move on for the rest, and so on.
//!
//! Whenever nobody's team fits any more, the most urgent challenge takes the best place that is left. Where prices are
//! settled, the plan so made is mostly within a few points of the bound.

use super::control::Control;
use super::draft::{Draft, Place, Space};
use super::oracle::Oracle;
use super::pricing::Market;
use super::problem::Problem;

/// How a dive is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth {
    /// At least this part of the challenges left is fixed in a pass (one over it).
    pub(super) part: usize,
    /// Rounds of pricing between passes.
    pub(super) rounds: usize,
}

/// Teams with at least this share are as good as sure.
const SURE: f64 = 0.98;

/// Steps that the search of one team may take.
const TEAM_STEPS: u64 = 5_000;

/// What a search works with.
pub(super) struct Tools<'t> {
    pub(super) oracles: &'t mut [Oracle],
    pub(super) space: &'t mut Space,
    /// Challenges, the most urgent first.
    pub(super) order: &'t [usize],
    pub(super) control: &'t dyn Control,
}

/// Fills `draft`, in which some places may be set and fixed in the market already. `false` when the run was stopped on the way.
pub(super) fn dive(
    problem: &Problem,
    market: &mut Market,
    draft: &mut Draft,
    tools: &mut Tools<'_>,
    depth: Depth,
) -> bool {
    loop {
        let left = market.fixed.iter().filter(|fixed| !**fixed).count();
        if left == 0 {
            return true;
        }
        let quota = left.div_ceil(depth.part);
        let mut wishes: Vec<(f64, usize, usize)> = Vec::new();
        for (c, columns) in market.bundle.columns.iter().enumerate() {
            if !market.fixed[c] {
                let some = columns.iter().enumerate().filter(|(_, column)| column.share > 0.01);
                wishes.extend(some.map(|(j, column)| (column.share, c, j)));
            }
        }
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut done = 0;
        for (share, c, j) in wishes {
            if done >= quota && share < SURE {
                break;
            }
            // A challenge fixed just now has only that team left, so `j` means nothing there any more.
            if market.fixed[c] {
                continue;
            }
            let column = &market.bundle.columns[c][j];
            if column.value == 0 {
                continue;
            }
            let place = Place {
                window: column.window,
                team: column.team.clone(),
                value: column.value,
            };
            if draft.fits(problem, c, &place) {
                market.fix(problem, c, Some(&place));
                draft.put_in(problem, c, place);
                done += 1;
            }
        }
        if done == 0 {
            let Some(&c) = tools.order.iter().find(|&&c| !market.fixed[c]) else {
                return true;
            };
            let place = draft.best(problem, tools.space, Some(&market.prices), 4, c, TEAM_STEPS);
            let place = match place {
                Some(place) if place.team.len() == problem.challenges[c].slots() as usize => Some(place),
                _ => draft.best(problem, tools.space, None, 0, c, TEAM_STEPS),
            };
            market.fix(problem, c, place.as_ref());
            if let Some(place) = place {
                draft.put_in(problem, c, place);
            }
        }
        for _ in 0..depth.rounds {
            if !market.round(problem, tools.oracles, tools.control) {
                return false;
            }
            if market.settled && market.added == 0 {
                break;
            }
        }
    }
}
