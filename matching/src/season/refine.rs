//! Parts of a plan made anew: challenges that want the same people are freed together, priced again and dived for, while all
//! others stay as they are.
//!
//! Where to look is in the prices. What a plan lacks to the bound is, challenge by challenge, what its team brings less than
//! the best one at these prices, and what priced people are left unused; so a challenge is picked the more often the more it
//! loses, and with it go those that share its dearest people, whether in the plan or in the prices' mix.

use std::collections::HashMap;

use super::control::Control;
use super::dive::{Depth, Tools, dive};
use super::draft::Draft;
use super::improve::{self, Move, Random, Worker};
use super::oracle::SCALE;
use super::pricing::Market;
use super::problem::Problem;
use super::threads;

/// Parts that are made anew from the same plan; the same on any number of threads.
const TASKS: usize = 4;

/// How many challenges are freed together.
const SIZES: [usize; 3] = [8, 14, 22];

/// Moves of prices before the dive.
const ROUNDS: usize = 4;

/// Teams with less than this share say nothing about who wants whom.
const SOME: f64 = 0.01;

/// Who wants whom at some prices.
struct Ties {
    /// What each challenge's team brings less than its best, points times scale.
    loss: Vec<i64>,
    /// Priced rows that each challenge uses, in the plan or in the prices' mix.
    uses: Vec<Vec<u32>>,
    /// The challenges that use a row.
    users: HashMap<u32, Vec<u32>>,
}

impl Ties {
    fn of(problem: &Problem, market: &Market, draft: &Draft) -> Self {
        let prices = market.tried();
        let mut users: HashMap<u32, Vec<u32>> = HashMap::new();
        let (mut wanted, mut loss) = (Vec::new(), Vec::new());
        for (c, columns) in market.bundle.columns.iter().enumerate() {
            let place = draft.places[c].as_ref();
            let now = place.map(|place| market.rows.used(problem, c, place.window, &place.team));
            let worth =
                place.map_or(0, |place| place.value * SCALE) - now.as_deref().map_or(0, |used| prices.cost(used));
            loss.push((market.promise(c) - worth).max(0));
            let mixed = columns.iter().filter(|column| column.share > SOME);
            let mut rows: Vec<u32> = mixed
                .flat_map(|column| column.used.iter().copied())
                .chain(now.into_iter().flatten())
                .collect();
            rows.sort_unstable();
            rows.dedup();
            rows.retain(|&row| prices.cost(&[row]) > 0);
            for &row in &rows {
                users.entry(row).or_default().push(super::small(c));
            }
            wanted.push(rows);
        }
        Self {
            loss,
            uses: wanted,
            users,
        }
    }

    /// Challenges that want the same people, one of those that lose most among them.
    fn part(&self, market: &Market, size: usize, random: &mut Random) -> Vec<usize> {
        let count = self.loss.len();
        let most = self.loss.iter().max().copied().unwrap_or(0);
        // Of a few challenges the one that loses most.
        let mut first = random.below(count);
        if most > 0 {
            for _ in 0..4 {
                let other = random.below(count);
                if self.loss[other] > self.loss[first] {
                    first = other;
                }
            }
        }
        let mut part = vec![first];
        let mut pull = vec![0i64; count];
        while part.len() < size.min(count) {
            for row in part.last().into_iter().flat_map(|c| &self.uses[*c]) {
                let price = market.tried().cost(&[*row]);
                for other in &self.users[row] {
                    pull[*other as usize] += price * i64::try_from(50 + random.below(101)).unwrap_or(100) / 100;
                }
            }
            let strongest = (0..count)
                .filter(|c| !part.contains(c))
                .max_by_key(|c| (pull[*c], std::cmp::Reverse(*c)));
            let Some(next) = strongest else { break };
            let next = if pull[next] > 0 { next } else { random.below(count) };
            if !part.contains(&next) {
                part.push(next);
            }
        }
        part
    }
}

/// One round: gives how many parts became better; `None` when the run was stopped.
pub(super) fn round(
    problem: &Problem,
    market: &Market,
    workers: &mut [Worker],
    order: &[usize],
    (seed, round): (u64, u64),
    control: &dyn Control,
) -> Option<usize> {
    if problem.challenges.is_empty() {
        return Some(0);
    }
    let ties = Ties::of(problem, market, &workers.first()?.draft);
    let moves = threads::each(workers, TASKS, control, |worker, task| {
        let mut random = Random::new(!seed, round, task as u64);
        let size = SIZES[random.below(SIZES.len())];
        let part = ties.part(market, size, &mut random);
        anew(problem, market, worker, &part, order, control)
    })?;
    Some(improve::take(problem, workers, moves.into_iter().flatten().collect()))
}

/// Makes a part of the plan anew; the worker's plan is as before afterwards.
fn anew(
    problem: &Problem,
    market: &Market,
    worker: &mut Worker,
    part: &[usize],
    order: &[usize],
    control: &dyn Control,
) -> Option<Move> {
    let before = worker.draft.value();
    let mut market = market.clone();
    for (c, place) in worker.draft.places.iter().enumerate() {
        if part.contains(&c) {
            if let Some(place) = place {
                market.learn(problem, c, place);
            }
        } else {
            market.fix(problem, c, place.as_ref());
        }
    }
    let old: Vec<_> = part.iter().map(|&c| (c, worker.draft.take_out(problem, c))).collect();
    let mut tools = Tools {
        oracles: std::slice::from_mut(&mut worker.oracle),
        space: &mut worker.space,
        order,
        control,
    };
    let mut whole = true;
    for _ in 0..ROUNDS {
        whole = whole && market.round(problem, tools.oracles, control);
        if !whole || market.settled && market.added == 0 {
            break;
        }
    }
    if whole {
        let depth = Depth { part: 4, rounds: 2 };
        dive(problem, &mut market, &mut worker.draft, &mut tools, depth);
        let own: Vec<usize> = order.iter().copied().filter(|c| part.contains(c)).collect();
        improve::polish(problem, &mut worker.space, &mut worker.draft, &own, control);
    }
    let gain = worker.draft.value() - before;
    let places = part.iter().map(|&c| (c, worker.draft.places[c].clone())).collect();
    worker.draft.set(problem, old);
    (whole && gain > 0).then_some(Move { gain, places })
}
