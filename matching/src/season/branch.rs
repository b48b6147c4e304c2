//! Proof by cases: where prices alone leave a little open, the plans are divided in two, and prices of each half say more.
//!
//! What the prices' mix of teams is undecided about is decided both ways: first in which window a challenge takes place, then
//! who is on its team. The case with the largest bound is next, so that the bound falls as fast as it can; cases whose bound is
//! no more than the best plan's points are done. Each case is also dived in, so that better plans are found on the way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use super::cases::{Case, Fork, Given, Proof, narrowed};
use super::dive::{Depth, Tools, dive};
use super::draft::{Draft, value_of};
use super::improve;
use super::oracle::SCALE;
use super::pricing::{Market, Patience, Rest};
use super::problem::Problem;
use super::rows::Row;

/// Moves of prices in one case at most.
const ROUNDS: usize = 60;

/// A case is divided when in so many moves its bound has not fallen by a part (one over [`WORTH_WAITING`]) of what is open.
const PATIENCE: usize = 6;

const WORTH_WAITING: i64 = 20;

/// Every so many cases a plan is made of the prices' mix.
const DIVE_EVERY: u64 = 4;

/// Less than this share, or less than this short of all, is as good as decided.
const DECIDED: f64 = 0.02;

/// A bound and its prices, its own or those of the case that it is part of; and the two cases that it was divided into.
struct Node {
    prices: Rc<Vec<(Row, i64)>>,
    bound: i64,
    parts: Option<(Fork, [usize; 2])>,
    /// What is known of a case that was not looked at yet: all sides that are meant, and where the prices of the case that it is part of
    /// came to rest.
    open: Option<(Vec<Given>, Rc<Rest>)>,
}

/// What is proven.
pub(super) struct Proven {
    pub(super) bound: i64,
    pub(super) proof: Proof,
    /// Whether the run was stopped on the way.
    pub(super) stopped: bool,
}

/// All cases so far.
struct Tree {
    nodes: Vec<Node>,
    /// Cases to be looked at by their bounds; of equal ones the oldest first.
    queue: BinaryHeap<(i64, Reverse<usize>)>,
}

/// Divides until nothing is worth more than the best plan, or `most` cases were looked at. `best` becomes better plans that are
/// found; `told` hears of each case the best plan and the bound, and says whether that is close enough.
pub(super) fn prove(
    problem: &Problem,
    market: &Market,
    best: &mut Draft,
    tools: &mut Tools<'_>,
    most: u64,
    mut told: impl FnMut(&Draft, i64) -> bool,
) -> Proven {
    let mut tree = Tree::new(problem, market);
    tree.divide(0, &[], market, problem);
    let mut stopped = false;
    for looked in 0..most {
        let Some((case, given, before)) = tree.next(best.value()) else {
            break;
        };
        let small = narrowed(problem, &given);
        let Some(side) = given.last() else { break };
        let mut market = Market::resume(&small, &before, side);
        drop(before);
        if !settle(&small, &mut market, best.value(), tools) {
            stopped = true;
            break;
        }
        tree.learn(case, &small, &market);
        if tree.nodes[case].bound > best.value() {
            if looked % DIVE_EVERY == 0 {
                plan_of(problem, &small, &market, best, tools);
            }
            tree.divide(case, &given, &market, &small);
        }
        if told(best, tree.bound()) {
            break;
        }
    }
    Proven {
        bound: tree.bound(),
        proof: tree.proof(),
        stopped,
    }
}

impl Tree {
    fn new(problem: &Problem, market: &Market) -> Self {
        let all = Node {
            prices: Rc::new(market.best_prices(problem).priced().collect()),
            bound: market.bound.div_euclid(SCALE),
            parts: None,
            open: None,
        };
        Self {
            nodes: vec![all],
            queue: BinaryHeap::new(),
        }
    }

    /// The case with the largest bound, if that is more than `value`.
    fn next(&mut self, value: i64) -> Option<(usize, Vec<Given>, Rc<Rest>)> {
        let (bound, Reverse(case)) = self.queue.pop()?;
        let (given, before) = self.nodes[case].open.take()?;
        (bound > value).then_some((case, given, before))
    }

    fn learn(&mut self, case: usize, problem: &Problem, market: &Market) {
        let bound = market.bound.div_euclid(SCALE);
        let case = &mut self.nodes[case];
        if bound < case.bound {
            case.bound = bound;
            case.prices = Rc::new(market.best_prices(problem).priced().collect());
        }
    }

    /// Divides a case by what its mix is least decided about; one that is decided stays as it is.
    fn divide(&mut self, case: usize, given: &[Given], market: &Market, problem: &Problem) {
        let Some(fork) = undecided(problem, market) else { return };
        let before = Rc::new(market.rest());
        let (prices, bound) = (Rc::clone(&self.nodes[case].prices), self.nodes[case].bound);
        let parts = [true, false].map(|first| {
            let given = given.iter().cloned().chain([(fork.clone(), first)]).collect();
            self.queue.push((bound, Reverse(self.nodes.len())));
            self.nodes.push(Node {
                prices: Rc::clone(&prices),
                bound,
                parts: None,
                open: Some((given, Rc::clone(&before))),
            });
            self.nodes.len() - 1
        });
        self.nodes[case].parts = Some((fork, parts));
    }

    /// No plan is worth more.
    fn bound(&self) -> i64 {
        let whole = self.nodes.iter().filter(|node| node.parts.is_none());
        whole.map(|node| node.bound).max().unwrap_or(i64::MAX)
    }

    fn proof(self) -> Proof {
        let nodes = self.nodes.into_iter();
        let case = |node: Node| match node.parts {
            None => Case::Prices(node.prices.to_vec()),
            Some((fork, parts)) => Case::Divided(fork, parts),
        };
        Proof(nodes.map(case).collect())
    }
}

/// Moves prices until the case is done or they give no more; `false` when the run was stopped.
fn settle(problem: &Problem, market: &mut Market, value: i64, tools: &mut Tools<'_>) -> bool {
    let mut patience = Patience::new(WORTH_WAITING);
    for _ in 0..ROUNDS {
        market.reached = value * SCALE;
        if !market.round(problem, tools.oracles, tools.control) {
            return false;
        }
        let open = market.bound - market.reached;
        let waited = patience.waited(market.bound, open);
        if open < SCALE || market.settled && market.added == 0 || waited >= PATIENCE {
            break;
        }
    }
    true
}

/// A plan of the case's mix, if it is a better one.
fn plan_of(problem: &Problem, small: &Problem, market: &Market, best: &mut Draft, tools: &mut Tools<'_>) {
    let mut market = market.clone();
    let mut found = Draft::new(small);
    let depth = Depth { part: 3, rounds: 2 };
    dive(small, &mut market, &mut found, tools, depth);
    let mut draft = Draft::new(problem);
    for (challenge, place) in found.places.into_iter().enumerate() {
        if let Some(mut place) = place.filter(|place| !place.team.is_empty()) {
            place.value = value_of(problem, challenge, place.window, &place.team);
            draft.put_in(problem, challenge, place);
        }
    }
    improve::polish(problem, tools.space, &mut draft, tools.order, tools.control);
    if draft.value() > best.value() {
        *best = draft;
    }
}

/// What the mix is least decided about.
fn undecided(problem: &Problem, market: &Market) -> Option<Fork> {
    let mut window: Option<(f64, usize, usize)> = None;
    for (challenge, columns) in market.bundle.columns.iter().enumerate() {
        let mut shares = vec![0.0; problem.challenges[challenge].windows.len()];
        for column in columns.iter().filter(|column| !column.team.is_empty()) {
            shares[column.window] += column.share;
        }
        for (w, &share) in shares.iter().enumerate() {
            let open = f64::min(share, 1.0 - share);
            if open > DECIDED && window.is_none_or(|(most, ..)| open > most) {
                window = Some((open, challenge, w));
            }
        }
    }
    if let Some((_, challenge, w)) = window {
        return Some(Fork::Window { challenge, window: w });
    }
    let mut member: Option<(f64, usize, u32)> = None;
    for (challenge, columns) in market.bundle.columns.iter().enumerate() {
        let mut people: Vec<(u32, f64)> = Vec::new();
        for column in columns.iter().filter(|column| column.share > 0.0) {
            people.extend(column.team.iter().map(|member| (member.peer, column.share)));
        }
        people.sort_unstable_by_key(|&(peer, _)| peer);
        for same in people.chunk_by(|one, other| one.0 == other.0) {
            let share: f64 = same.iter().map(|(_, share)| share).sum();
            let open = f64::min(share, 1.0 - share);
            if open > DECIDED && member.is_none_or(|(most, ..)| open > most) {
                member = Some((open, challenge, same[0].0));
            }
        }
    }
    let (_, challenge, peer) = member?;
    let ask = &problem.challenges[challenge];
    Some(Fork::Member {
        challenge,
        peer: peer as usize,
        bonus: ask.groups.iter().map(|group| group.points).max().unwrap_or(0),
    })
}
