//! From a plan to better ones: challenges take what they would like best, those whose people they took look for others.

use super::control::Control;
use super::draft::{Draft, Place, Space};
use super::oracle::Oracle;
use super::prices::Prices;
use super::problem::Problem;
use super::threads;

/// One worker: working space and a copy of the plan.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) space: Space,
    pub(super) oracle: Oracle,
    pub(super) draft: Draft,
    /// A plan of nothing, to ask what a challenge would like best.
    pub(super) empty: Draft,
}

/// A change of some challenges.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) gain: i64,
    pub(super) places: Vec<(usize, Option<Place>)>,
}

/// Moves tried from the same plan; the same on any number of threads.
const ROUND: usize = 16;

/// Steps that the search of one team may take.
const TEAM_STEPS: u64 = 3_000;

/// Prices count in full, in quarters.
const FULL: i64 = 4;

/// A plan from nothing: the most urgent first, at prices; then everybody once more without prices, so that no slot stays
/// vacant for a price alone. Also whether it was done before the run was stopped; what was built until then is given anyway.
pub(super) fn build(
    problem: &Problem,
    space: &mut Space,
    prices: Option<&Prices>,
    order: &[usize],
    control: &dyn Control,
) -> (Draft, bool) {
    let mut draft = Draft::new(problem);
    for &challenge in order {
        if control.stop() {
            return (draft, false);
        }
        if let Some(place) = draft.best(problem, space, prices, FULL, challenge, TEAM_STEPS) {
            draft.put_in(problem, challenge, place);
        }
    }
    if prices.is_some() {
        polish(problem, space, &mut draft, order, control);
    }
    (draft, true)
}

/// Lets each challenge choose again among everybody who is free.
pub(super) fn polish(problem: &Problem, space: &mut Space, draft: &mut Draft, order: &[usize], control: &dyn Control) {
    for &challenge in order {
        if control.stop() {
            return;
        }
        let before = draft.value();
        let old = draft.take_out(problem, challenge);
        if let Some(place) = draft.best(problem, space, None, 0, challenge, TEAM_STEPS) {
            draft.put_in(problem, challenge, place);
        }
        if draft.value() < before {
            draft.set(problem, vec![(challenge, old)]);
        }
    }
}

/// Challenges, those with the most to win first.
pub(super) fn by_urgency(problem: &Problem) -> Vec<usize> {
    let mut order: Vec<usize> = (0..problem.challenges.len()).collect();
    order.sort_by_key(|&c| {
        let ask = &problem.challenges[c];
        let points = ask.groups.iter().map(|group| group.points).max().unwrap_or(0);
        (std::cmp::Reverse(points), ask.windows.len(), c)
    });
    order
}

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64, round: u64, task: u64) -> Self {
        Self(crate::lots::mixed(
            seed ^ crate::lots::mixed(round ^ crate::lots::mixed(task)),
        ))
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = crate::lots::mixed(self.0);
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}

/// One round: gives how many moves were taken; `None` when the run was stopped.
pub(super) fn round(
    problem: &Problem,
    workers: &mut [Worker],
    prices: Option<&Prices>,
    seed: u64,
    round: u64,
    control: &dyn Control,
) -> Option<usize> {
    let moves = threads::each(workers, ROUND, control, |worker, task| {
        attempt(problem, worker, prices, &mut Random::new(seed, round, task as u64))
    })?;
    Some(take(problem, workers, moves.into_iter().flatten().collect()))
}

/// Makes changes that were found one beside the other, the largest gain first, as far as they go together; gives how many.
pub(super) fn take(problem: &Problem, workers: &mut [Worker], mut moves: Vec<Move>) -> usize {
    moves.sort_by_key(|found| std::cmp::Reverse(found.gain));
    let mut taken = 0;
    let mut touched = vec![false; problem.challenges.len()];
    for found in moves {
        if found.places.iter().any(|(c, _)| touched[*c]) {
            continue;
        }
        let Some((first, rest)) = workers.split_first_mut() else {
            break;
        };
        // Moves were found one beside the other: together they may not fit, or gain less.
        let before = first.draft.value();
        let old: Vec<(usize, Option<Place>)> = found
            .places
            .iter()
            .map(|(c, _)| (*c, first.draft.take_out(problem, *c)))
            .collect();
        let fits = found.places.iter().all(|(c, place)| {
            let Some(place) = place else { return true };
            let fits = first.draft.fits(problem, *c, place);
            if fits {
                first.draft.put_in(problem, *c, place.clone());
            }
            fits
        });
        if !fits || first.draft.value() < before {
            first.draft.set(problem, old);
            continue;
        }
        for (c, _) in &found.places {
            touched[*c] = true;
        }
        for worker in rest {
            worker.draft.set(problem, found.places.clone());
        }
        taken += 1;
    }
    taken
}

/// Tries one change; the worker's plan is as before afterwards.
fn attempt(problem: &Problem, worker: &mut Worker, prices: Option<&Prices>, random: &mut Random) -> Option<Move> {
    let count = problem.challenges.len();
    if count == 0 {
        return None;
    }
    let before = worker.draft.value();
    let most = 2 + random.below(6);
    let quarters = [4, 4, 4, 3, 2, 0][random.below(6)];
    let mut out: Vec<(usize, Option<Place>)> = Vec::new();
    let mut waiting: Vec<usize> = vec![random.below(count)];
    let mut done: Vec<usize> = Vec::new();
    while let Some(challenge) = (!waiting.is_empty()).then(|| waiting.remove(random.below(waiting.len()))) {
        let draft = &mut worker.draft;
        if !out.iter().any(|(c, _)| *c == challenge) {
            let old = draft.take_out(problem, challenge);
            out.push((challenge, old));
        }
        // While there is room, somebody may take what others have.
        if out.len() < most && random.below(3) > 0 {
            let wish = worker
                .empty
                .best(problem, &mut worker.space, prices, quarters, challenge, TEAM_STEPS);
            if let Some(wish) = wish {
                let in_the_way = draft.in_the_way(problem, challenge, &wish);
                if out.len() + in_the_way.len() <= most + 1 && !in_the_way.iter().any(|c| done.contains(c)) {
                    for other in in_the_way {
                        let old = draft.take_out(problem, other);
                        out.push((other, old));
                        waiting.push(other);
                    }
                    if draft.fits(problem, challenge, &wish) {
                        draft.put_in(problem, challenge, wish);
                        done.push(challenge);
                        continue;
                    }
                }
            }
        }
        let left = if waiting.is_empty() { 0 } else { quarters };
        if let Some(place) = draft.best(problem, &mut worker.space, prices, left, challenge, TEAM_STEPS) {
            draft.put_in(problem, challenge, place);
        }
        done.push(challenge);
    }
    let gain = worker.draft.value() - before;
    let places: Vec<(usize, Option<Place>)> = out.iter().map(|(c, _)| (*c, worker.draft.places[*c].clone())).collect();
    let changed = places.iter().zip(&out).any(|(new, old)| new.1 != old.1);
    worker.draft.set(problem, out);
    (changed && gain >= 0).then_some(Move { gain, places })
}
