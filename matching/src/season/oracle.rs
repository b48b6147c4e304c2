//! The best team for one challenge in one window when people have prices, exactly.
//!
//! Everything across challenges is in the prices; what is left is one team: roles, at most so many of a home and of a
//! region, themes that count once, points for each home region. Numbers are points times [`SCALE`], all of them integers.
//!
//! 1. [`gather`](Oracle::gather) takes from each bucket the few who can matter: with at most k people of a region in the
//!    team, the k best of different homes, since whoever else is in the team can stand in the way of only k − 1 of them.
//!    People who know no more themes than others of their region and role, and bring no more, go too.
//! 2. [`Tables`] bounds what the slots from the s-th on can still bring, given the themes known so far, as if homes and
//!    regions did not matter but for a charge for each region. The charges are moved a few times to where people of one
//!    region stop being picked too often. Any charges give a bound.
//! 3. [`search`](Oracle::search) goes through the slots depth first and drops what the tables cannot lift above the best.
//!
//! When the step limit stops a search, the bound stays valid and is that of the tables.

mod tables;
mod walk;

use super::problem::{Ask, Problem, Window};
use tables::Tables;
use walk::Walk;

/// Fixed point: prices and values are points times this.
pub(super) const SCALE: i64 = 1 << 10;

/// What it costs to take somebody.
pub(super) trait Pricing {
    /// Points times [`SCALE`] lost by taking this person; `None` if they cannot be taken. Never below zero.
    fn cost(&self, peer: u32, home: u32) -> Option<i64>;
    /// How many of a home can be taken.
    fn of_home(&self, home: u32) -> u32;
}

/// Somebody on a team.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Member {
    /// Position of the group.
    pub group: u8,
    /// Who.
    pub peer: u32,
}

/// The best team found, and what none can exceed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Answer {
    /// Points times [`SCALE`] of `team`, the window's included; `i64::MIN` if none above the floor was found.
    pub value: i64,
    /// No team is worth more.
    pub bound: i64,
    /// Who.
    pub team: Vec<Member>,
    /// Charges of regions with which the next search of this window may begin.
    pub charges: Vec<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    /// Points times scale by themselves, price taken off.
    value: i64,
    /// The same, with themes that the tables do not hold; in the search the region's charge is taken off.
    charged: i64,
    peer: u32,
    home: u32,
    /// Decides between people worth the same.
    lot: u32,
    mask: u64,
    /// The themes that the tables hold.
    tabled: u32,
    group: u8,
    region: u8,
}

/// Working space, kept between calls.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    items: Vec<Item>,
    /// Where each group's items lie.
    groups: Vec<(usize, usize)>,
    kept: Vec<Item>,
    tables: Tables,
    /// Group of each slot, in the order of the search.
    order: Vec<u8>,
    /// Items of one group and one set of themes, in the order of the search.
    runs: Vec<RunOfItems>,
    /// Where each group's runs lie.
    runs_of: Vec<(usize, usize)>,
    state: State,
    /// For each set of themes, the most that somebody of a group who knows it promises.
    promise: Vec<i64>,
    /// Steps taken since the beginning.
    pub steps: u64,
}

/// Items of one group that know the same of the tables' themes, the best first: once one of them cannot matter, none after it can.
#[derive(Clone, Copy, Debug)]
struct RunOfItems {
    from: usize,
    until: usize,
    tabled: usize,
}

#[derive(Debug, Default)]
struct State {
    chosen: Vec<usize>,
    best: Vec<usize>,
    value: i64,
    limit: u64,
    stopped: bool,
}

impl Oracle {
    /// The best team worth more than `floor` (points times scale), or none; and a bound for all.
    ///
    /// Charges of regions begin at `warm`, if any are known. `limit` steps are tried at most.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn solve(
        &mut self,
        problem: &Problem,
        ask: &Ask,
        window: &Window,
        pricing: &impl Pricing,
        (floor, warm): (i64, &[i64]),
        limit: u64,
    ) -> Answer {
        self.gather(problem, ask, window, pricing);
        let base = window.points * SCALE;
        let bound = self.bound(problem, ask, (floor - base, warm)) + base;
        if bound <= floor {
            return Answer {
                value: i64::MIN,
                bound,
                team: Vec::new(),
                charges: self.tables.kept_charge.clone(),
            };
        }
        self.arrange();
        self.state.chosen.clear();
        self.state.best.clear();
        self.state.value = floor - base;
        self.state.limit = limit;
        self.state.stopped = false;
        let found = self.search(problem, ask, pricing);
        let value = if found { self.state.value + base } else { i64::MIN };
        let team = if found {
            self.state
                .best
                .iter()
                .map(|&i| Member {
                    group: self.items[i].group,
                    peer: self.items[i].peer,
                })
                .collect()
        } else {
            Vec::new()
        };
        Answer {
            value,
            bound: if self.state.stopped { bound } else { value.max(floor) },
            team,
            charges: self.tables.kept_charge.clone(),
        }
    }

    /// Everybody who can matter.
    fn gather(&mut self, problem: &Problem, ask: &Ask, window: &Window, pricing: &impl Pricing) {
        self.items.clear();
        self.groups.clear();
        self.tables.choose_themes(ask);
        let slots = ask.slots();
        let per_home = problem.limits.per_home;
        let mut at = 0;
        for (g, group) in ask.groups.iter().enumerate() {
            let start = self.items.len();
            let own = group.points;
            while at < ask.buckets.len() && usize::from(ask.buckets[at].group) == g {
                let region = ask.buckets[at].region;
                let cap = ask.region_caps[usize::from(region)].min(slots) as usize;
                let from = self.items.len();
                while at < ask.buckets.len()
                    && usize::from(ask.buckets[at].group) == g
                    && ask.buckets[at].region == region
                {
                    let bucket = ask.buckets[at];
                    at += 1;
                    if cap == 0 {
                        continue;
                    }
                    let first = self.items.len();
                    let (tabled, extra) = self.tables.tabled(ask, bucket.mask);
                    for entry in &ask.entries[bucket.from as usize..bucket.until as usize] {
                        let points = (entry.points + own) * SCALE;
                        if full(&self.items[first..], cap, points) {
                            break;
                        }
                        if !window.free.has(entry.peer) {
                            continue;
                        }
                        let Some(cost) = pricing.cost(entry.peer, entry.home) else {
                            continue;
                        };
                        let value = points - cost;
                        let item = Item {
                            value,
                            charged: value + extra,
                            peer: entry.peer,
                            home: entry.home,
                            lot: problem.people[entry.peer as usize].lot,
                            mask: bucket.mask,
                            tabled,
                            group: bucket.group,
                            region,
                        };
                        keep(&mut self.items, first, item, cap, per_home);
                    }
                }
                self.dominate(from, cap, per_home);
            }
            self.groups.push((start, self.items.len()));
        }
    }

    /// Takes out who knows no more and brings no more than enough others of the same group and region.
    fn dominate(&mut self, from: usize, cap: usize, per_home: u32) {
        if self.items.len() - from < 2 {
            return;
        }
        self.items[from..].sort_unstable_by_key(|item| (std::cmp::Reverse(item.value), item.lot));
        self.kept.clear();
        for &item in &self.items[from..] {
            let mut homes = [u32::MAX; 8];
            let mut count = 0;
            let mut beaten = false;
            for other in &self.kept {
                if other.mask & item.mask != item.mask {
                    continue;
                }
                if other.home == item.home && per_home == 1 {
                    beaten = true;
                    break;
                }
                if count < homes.len() && !homes[..count].contains(&other.home) {
                    homes[count] = other.home;
                    count += 1;
                }
                if count >= cap {
                    beaten = true;
                    break;
                }
            }
            if !beaten {
                self.kept.push(item);
            }
        }
        self.items.truncate(from);
        self.items.extend_from_slice(&self.kept);
    }

    /// The bound of the tables, with charges moved to make it small. Leaves the tables ready for the search.
    fn bound(&mut self, problem: &Problem, ask: &Ask, from: (i64, &[i64])) -> i64 {
        self.order.clear();
        let mut groups: Vec<usize> = (0..ask.groups.len()).collect();
        groups.sort_by_key(|&g| (self.groups[g].1 - self.groups[g].0, g));
        for g in groups {
            for _ in 0..ask.groups[g].slots {
                self.order.push(u8::try_from(g).unwrap_or(u8::MAX));
            }
        }
        self.tables
            .build(problem, ask, &self.items, &self.groups, &self.order, from)
    }

    /// Puts the items of each group in the order of the search: by what they know, the sets with the largest promise first, so
    /// that the search finds good teams early.
    fn arrange(&mut self) {
        let (charge, rest, masks) = (&self.tables.charge, &self.tables.rest, self.tables.masks);
        self.runs.clear();
        self.runs_of.clear();
        for (g, &(from, until)) in self.groups.iter().enumerate() {
            let slot = self.order.iter().position(|&o| usize::from(o) == g).unwrap_or(0);
            let after = &rest[(slot + 1) * masks..(slot + 2) * masks];
            for item in &mut self.items[from..until] {
                item.charged -= charge[usize::from(item.region)];
            }
            self.promise.clear();
            self.promise.resize(masks, i64::MIN);
            for item in &self.items[from..until] {
                let best = &mut self.promise[item.tabled as usize];
                *best = (*best).max(item.charged + after[item.tabled as usize]);
            }
            let promise = &self.promise;
            self.items[from..until].sort_unstable_by_key(|item| {
                let run = (std::cmp::Reverse(promise[item.tabled as usize]), item.tabled);
                (run, std::cmp::Reverse(item.charged), item.lot)
            });
            let first = self.runs.len();
            for i in from..until {
                let tabled = self.items[i].tabled as usize;
                match self.runs[first..].last_mut() {
                    Some(run) if run.tabled == tabled => run.until = i + 1,
                    _ => self.runs.push(RunOfItems {
                        from: i,
                        until: i + 1,
                        tabled,
                    }),
                }
            }
            self.runs_of.push((first, self.runs.len()));
        }
    }

    fn search(&mut self, problem: &Problem, ask: &Ask, pricing: &impl Pricing) -> bool {
        let mut walk = Walk {
            problem,
            ask,
            pricing,
            items: &self.items,
            runs: &self.runs,
            runs_of: &self.runs_of,
            order: &self.order,
            tables: &self.tables,
            state: &mut self.state,
            regions: vec![0; problem.regions],
            steps: 0,
            found: false,
        };
        let back = walk.tables.back_at_start(problem.regions);
        walk.slot(0, 0, 0, 0, 0, 0, back);
        let (steps, found) = (walk.steps, walk.found);
        self.steps += steps;
        found
    }
}

/// Whether a bucket holds enough of different homes that none worth less can matter.
fn full(kept: &[Item], cap: usize, points: i64) -> bool {
    kept.len() >= cap && kept[kept.len() - 1].value >= points && distinct(kept) >= cap
}

fn distinct(kept: &[Item]) -> usize {
    (0..kept.len())
        .filter(|&i| kept[..i].iter().all(|other| other.home != kept[i].home))
        .count()
}

/// Puts an item into its bucket (sorted, best first) if it can matter there.
fn keep(items: &mut Vec<Item>, first: usize, item: Item, cap: usize, per_home: u32) {
    let at = items[first..].partition_point(|other| other.value >= item.value) + first;
    let same = items[first..at].iter().filter(|other| other.home == item.home).count();
    if same >= per_home as usize {
        return;
    }
    if distinct(&items[first..at]) >= cap {
        return;
    }
    items.insert(at, item);
    // What the newcomer pushed out: later ones of its home beyond the limit, and all after the last home that counts.
    let mut same = 0;
    let mut i = first;
    while i < items.len() {
        if items[i].home == item.home {
            same += 1;
            if same > per_home as usize {
                items.remove(i);
                continue;
            }
        }
        if i > first && distinct(&items[first..i]) >= cap {
            items.truncate(i);
            break;
        }
        i += 1;
    }
}
