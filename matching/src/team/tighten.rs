//! A short search, a better bound, fewer people, and again; then the full search has little left to do.
//!
//! Leaving people out here differs from `dominance`: it depends on a team already found, and is sound only for finding a
//! better one. So it works on a copy.

use super::Value;
use super::bound::Order;
use super::search::{Ready, Team};
use crate::world::position;

/// Steps of the short searches that look for a good team before the bound is improved.
const FIRST_LOOK: u64 = 300;
/// How often the bound is improved and people are left out before the full search.
const ROUNDS: usize = 3;

impl Ready<'_> {
    /// The best team that is worth more than `floor`, and whether that is proven within `limit` steps.
    ///
    /// A short search finds some team; its points are the target for better prices; at these, people with whom the
    /// bound does not beat the team found are left out; the full search has little left to do.
    pub(super) fn solve(&self, floor: Option<Value>, nodes: &mut u64, limit: u64) -> (Option<(Value, Team)>, bool) {
        let (mut best, complete) = self.search(floor, nodes, limit.min(nodes.saturating_add(FIRST_LOOK)));
        if complete {
            return (best, true);
        }
        let mut ready = self.clone();
        for _ in 0..ROUNDS {
            let bar = best.as_ref().map(|(value, _)| *value).max(floor);
            let full = self.model.filled + position(self.order.slots.len());
            let Some(bar) = bar.filter(|bar| bar.filled == full) else {
                break;
            };
            if !ready.tighten(bar) {
                return (best, true);
            }
            let (found, complete) = ready.search(Some(bar), nodes, limit.min(nodes.saturating_add(FIRST_LOOK)));
            best = found.or(best);
            if complete {
                return (best, true);
            }
        }
        let bar = best.as_ref().map(|(value, _)| *value).max(floor);
        let (found, complete) = ready.search(bar, nodes, limit);
        (found.or(best), complete)
    }

    /// Better prices, and fewer people; `bar` is a full team's value. False if nothing can beat it.
    fn tighten(&mut self, bar: Value) -> bool {
        let target = bar.points - self.base;
        self.bound = self.bound.refined(&self.model, &self.order, 0, target);
        self.root.points = self.root.points.min(self.base + self.bound.root_points(0));
        let mut lists = self.bound.worth_trying(&self.order, target);
        // Only full teams can beat a full one: whoever forces a vacancy by the group rule is no use.
        for (at, &slot) in self
            .order
            .slots
            .iter()
            .enumerate()
            .filter(|&(_, &slot)| self.model.grouped[slot])
        {
            let rest: Vec<usize> = self
                .order
                .slots
                .iter()
                .copied()
                .filter(|&other| other != slot)
                .collect();
            let mut alone = vec![None; self.model.open.len()];
            lists[at].retain(|&person| {
                alone[slot] = Some(person);
                !self.model.group_forces_vacancy(&alone, &rest)
            });
        }
        if self.root <= bar || lists.iter().any(Vec::is_empty) {
            return false;
        }
        let mut slots: Vec<(usize, Vec<usize>)> = self.order.slots.iter().copied().zip(lists).collect();
        slots.sort_by(|(a, one), (b, other)| {
            let key = |slot: usize, list: &Vec<usize>| (!self.model.grouped[slot], list.len());
            key(*a, one)
                .cmp(&key(*b, other))
                .then_with(|| one.cmp(other))
                .then(a.cmp(b))
        });
        let (slots, lists) = slots.into_iter().unzip();
        self.order = Order { slots, lists };
        self.bound = self.bound.reordered(&self.model, &self.order);
        true
    }
}
