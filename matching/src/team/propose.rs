//! All windows at once: the one with the highest bound first, the others only as far as their bound can beat it.

use std::cmp::Reverse;

use super::explain::{places, team_contributions};
use super::model::Model;
use super::search::Team;
use super::window::Prepared;
use super::{Options, Proposal, SetAside, TradedOff, Value, WindowSummary};
use crate::eligibility::{Case, ChallengeError};
use crate::world::position;
use crate::{Challenge, Policy, SlotIx, WindowIx, World};

/// Steps spent on finding some team in the best other window, to say what was traded off.
const LOOK_ELSEWHERE: u64 = 2_000;

/// Fills all open slots of `challenge` together, in the best of its windows.
///
/// Of equally good windows the one with the higher bound wins, then the earlier in the list; between people worth the
/// same the seed decides. The same input and seed always give the same answer.
pub fn propose(
    world: &World,
    policy: &Policy,
    challenge: &Challenge,
    options: &Options,
) -> Result<Proposal, ChallengeError> {
    let windows = windows(challenge, options)?;
    let mut ready = Vec::with_capacity(windows.len());
    for &window in &windows {
        let case = Case::at_window(world, policy, challenge, window)?;
        let preference = challenge.windows[window.index()].preference;
        let models = Model::new(case, window, preference, options.seed).split();
        ready.extend(
            models
                .into_iter()
                .map(|model| Prepared::new(model, options.table_limit)),
        );
    }
    let mut order: Vec<usize> = (0..ready.len()).collect();
    order.sort_by_key(|&i| (Reverse(ready[i].root()), i));
    let mut best: Option<(usize, Value, Team)> = None;
    let mut results: Vec<Searched> = vec![Searched::default(); ready.len()];
    let mut nodes = 0;
    for &i in &order {
        let floor = best.as_ref().map(|&(_, value, _)| value);
        if floor.is_some_and(|floor| ready[i].root() <= floor) {
            continue;
        }
        let found = ready[i].solve(floor, &mut nodes, options.node_limit);
        results[i] = Searched {
            value: found.best.as_ref().map(|&(value, _)| value),
            bound: Some(found.bound),
            complete: found.complete,
        };
        if let Some((value, team)) = found.best {
            best = Some((i, value, team));
        }
    }
    let Some((chosen, value, team)) = best else {
        return Err(ChallengeError::NoWindow);
    };
    // A window searched to the end holds nothing better than the best team known by then.
    let bounds: Vec<Value> = ready
        .iter()
        .zip(&results)
        .map(|(ready, result)| {
            if result.complete {
                ready.root().min(result.value.unwrap_or(value))
            } else {
                result.bound.unwrap_or(ready.root())
            }
        })
        .collect();
    let bound = bounds.iter().copied().max().unwrap_or(value).max(value);
    let traded_off = traded_off(&ready, &results, &bounds, chosen, &mut nodes);
    let summaries = windows
        .iter()
        .filter_map(|&window| summary(window, &ready, &results, &bounds))
        .collect();
    let ready_one = &ready[chosen];
    Ok(Proposal {
        window: ready_one.model().window,
        places: places(ready_one.model(), &team, options),
        value,
        contributions: team_contributions(ready_one.model(), &team),
        bound,
        proven: bound == value,
        windows: summaries,
        considered: position(world.peers().len()),
        eligible: position(ready_one.model().people.len()),
        set_aside: set_aside(ready_one),
        traded_off,
        nodes,
    })
}

#[derive(Clone, Copy, Debug, Default)]
struct Searched {
    value: Option<Value>,
    bound: Option<Value>,
    complete: bool,
}

/// The windows to consider, in window order, each once.
fn windows(challenge: &Challenge, options: &Options) -> Result<Vec<WindowIx>, ChallengeError> {
    let mut windows = match &options.windows {
        Some(windows) => windows.clone(),
        None => (0..position(challenge.windows.len())).map(WindowIx).collect(),
    };
    windows.sort_unstable();
    windows.dedup();
    for window in &windows {
        if window.index() >= challenge.windows.len() {
            return Err(ChallengeError::Unknown {
                place: "options.windows",
                what: "window",
                position: window.0,
            });
        }
    }
    if windows.is_empty() {
        Err(ChallengeError::NoWindow)
    } else {
        Ok(windows)
    }
}

/// Of all that was searched in a window (mostly one thing, see [`Model::split`]), the best.
fn summary(window: WindowIx, ready: &[Prepared<'_>], results: &[Searched], bounds: &[Value]) -> Option<WindowSummary> {
    let parts = || (0..ready.len()).filter(|&i| ready[i].model().window == window);
    let model = ready[parts().next()?].model();
    let counts = || {
        model
            .open
            .iter()
            .zip(&model.lists)
            .map(|(&slot, list)| (slot, position(list.len())))
    };
    let eligible = model
        .case
        .challenge
        .slot_positions()
        .map(|slot| counts().find(|&(open, _)| open == slot).map(|(_, count)| count))
        .collect();
    let bottleneck: Option<SlotIx> = counts()
        .min_by_key(|&(slot, count)| (count, slot))
        .map(|(slot, _)| slot);
    let value = parts().filter_map(|i| results[i].value).max();
    Some(WindowSummary {
        window,
        eligible,
        bottleneck,
        value,
        bound: parts().map(|i| bounds[i]).max()?,
    })
}

fn traded_off(
    ready: &[Prepared<'_>],
    results: &[Searched],
    bounds: &[Value],
    chosen: usize,
    nodes: &mut u64,
) -> Option<TradedOff> {
    let other = (0..ready.len())
        .filter(|&i| i != chosen)
        .min_by_key(|&i| (Reverse(bounds[i]), i))?;
    let window = ready[other].model().window;
    let bound = bounds[other];
    let beside = (0..ready.len())
        .filter(|&i| i != other && ready[i].model().window == window)
        .map(|i| bounds[i])
        .max();
    let whole = |bound: Value| beside.map_or(bound, |beside| bound.max(beside));
    if let Some(value) = results[other].value {
        return Some(TradedOff {
            window,
            value: Some(value),
            bound: whole(bound),
        });
    }
    let limit = nodes.saturating_add(LOOK_ELSEWHERE);
    let found = ready[other].look(nodes, limit);
    let value = found.best.map(|(value, _)| value);
    let bound = if found.complete {
        value.unwrap_or(bound).min(bound)
    } else {
        bound.min(found.bound)
    };
    Some(TradedOff {
        window,
        value,
        bound: whole(bound),
    })
}

fn set_aside(ready: &Prepared<'_>) -> SetAside {
    let all: usize = ready.model().lists.iter().map(Vec::len).sum();
    let kept: usize = ready.lists().iter().map(Vec::len).sum();
    let mut people: Vec<usize> = ready.lists().iter().flatten().copied().collect();
    people.sort_unstable();
    people.dedup();
    SetAside {
        people: position(ready.model().people.len() - people.len()),
        pairs: position(all - kept),
    }
}
