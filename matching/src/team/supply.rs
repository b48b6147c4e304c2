//! How many slots can be filled at most: a flow from slots through people, home councils and regions.
//!
//! The flow charges everybody to their primary home council and its region only and leaves out the member-group rule,
//! so it never says too few. Without people of several homes it is exact but for that rule, which lets the search see at
//! once that, say, three slots for which all candidates come from one region will not all be filled.

use std::collections::{BTreeMap, VecDeque};

/// Somebody who could still join.
#[derive(Clone, Copy, Debug)]
pub(super) struct Supplier {
    /// Bit i: can fill remaining slot i.
    pub(super) slots: u32,
    /// Their primary home council's counter and how many more it takes.
    pub(super) home: Option<(usize, u32)>,
    /// Their region's counter and how many more it takes.
    pub(super) region: Option<(usize, u32)>,
}

/// The most of `slots` remaining slots that `suppliers` can fill.
pub(super) fn fillable(slots: usize, suppliers: &[Supplier]) -> u32 {
    let mut flow = Flow::new(slots, suppliers);
    let mut filled = 0;
    while flow.augment() {
        filled += 1;
    }
    filled
}

struct Flow {
    /// For each node, its arcs: (to, room, position of the arc back).
    arcs: Vec<Vec<(usize, u32, usize)>>,
}

const SOURCE: usize = 0;
const SINK: usize = 1;

impl Flow {
    fn new(slots: usize, suppliers: &[Supplier]) -> Self {
        let mut flow = Self {
            arcs: vec![Vec::new(); 2 + slots],
        };
        let mut homes = BTreeMap::new();
        let mut regions = BTreeMap::new();
        for slot in 0..slots {
            flow.connect(SOURCE, 2 + slot, 1);
        }
        for supplier in suppliers {
            let person = flow.node();
            for slot in (0..slots).filter(|slot| supplier.slots & 1 << slot != 0) {
                flow.connect(2 + slot, person, 1);
            }
            let region = supplier.region.map_or(SINK, |(region, room)| {
                *regions.entry(region).or_insert_with(|| {
                    let node = flow.node();
                    flow.connect(node, SINK, room);
                    node
                })
            });
            let home = supplier.home.map_or(region, |(home, room)| {
                *homes.entry((home, region)).or_insert_with(|| {
                    let node = flow.node();
                    flow.connect(node, region, room);
                    node
                })
            });
            flow.connect(person, home, 1);
        }
        flow
    }

    fn node(&mut self) -> usize {
        self.arcs.push(Vec::new());
        self.arcs.len() - 1
    }

    fn connect(&mut self, from: usize, to: usize, room: u32) {
        let (there, back) = (self.arcs[from].len(), self.arcs[to].len());
        self.arcs[from].push((to, room, back));
        self.arcs[to].push((from, 0, there));
    }

    /// Sends one more through, along a shortest way.
    fn augment(&mut self) -> bool {
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.arcs.len()];
        let mut queue = VecDeque::from([SOURCE]);
        while let Some(node) = queue.pop_front() {
            for (at, &(to, room, _)) in self.arcs[node].iter().enumerate() {
                if room > 0 && to != SOURCE && came[to].is_none() {
                    came[to] = Some((node, at));
                    queue.push_back(to);
                }
            }
        }
        let mut node = SINK;
        if came[node].is_none() {
            return false;
        }
        while let Some((from, at)) = came[node] {
            let (_, _, back) = self.arcs[from][at];
            self.arcs[from][at].1 -= 1;
            self.arcs[node][back].1 += 1;
            node = from;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supplier(slots: u32, home: usize, region: usize) -> Supplier {
        Supplier {
            slots,
            home: Some((home, 1)),
            region: Some((region, 2)),
        }
    }

    #[test]
    fn regions_and_homes_limit_what_people_could_fill() {
        // Three slots, many people, all of one region that takes two.
        let crowd: Vec<Supplier> = (0..9).map(|i| supplier(0b111, 10 + i, 0)).collect();
        assert_eq!(fillable(3, &crowd), 2);
        // Two slots, two people of one council that sends one.
        assert_eq!(fillable(2, &[supplier(0b11, 10, 0), supplier(0b11, 10, 0)]), 1);
        // The only person for slot 0 can also fill slot 1: both are filled, by moving the other.
        assert_eq!(fillable(2, &[supplier(0b11, 10, 0), supplier(0b10, 11, 1)]), 2);
        assert_eq!(fillable(2, &[]), 0);
    }
}
