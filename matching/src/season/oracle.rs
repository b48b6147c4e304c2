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

use super::problem::{Ask, Problem, Window};

/// Fixed point: prices and values are points times this.
pub(super) const SCALE: i64 = 1 << 10;

/// Themes that the tables tell apart; of more, those that weigh most.
const TABLE_THEMES: usize = 6;

/// How often the charges of regions are moved.
const CHARGE_STEPS: usize = 6;

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
}

#[derive(Clone, Copy, Debug)]
struct Item {
    /// Points times scale by themselves, price taken off.
    value: i64,
    /// The same, with themes that the tables do not hold, and without the region's charge.
    charged: i64,
    peer: u32,
    home: u32,
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
    state: State,
    /// Steps taken since the beginning.
    pub steps: u64,
}

/// Bounds.
#[derive(Debug, Default)]
struct Tables {
    /// Themes in the tables, by position in the challenge's list.
    themes: Vec<usize>,
    masks: usize,
    /// For each group and set of themes, the item that brings most; `u32::MAX` for none.
    best: Vec<u32>,
    /// For each slot and set of themes known before it, what can still come.
    rest: Vec<i64>,
    charge: Vec<i64>,
    kept_charge: Vec<i64>,
    counts: Vec<u32>,
    /// For each region and number of its people so far, the most that its charge and points can give back.
    back: Vec<i64>,
    widths: usize,
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
    /// `seeds` are teams to begin with. `limit` steps are tried at most.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn solve(
        &mut self,
        problem: &Problem,
        ask: &Ask,
        window: &Window,
        pricing: &impl Pricing,
        floor: i64,
        limit: u64,
    ) -> Answer {
        self.gather(problem, ask, window, pricing);
        let base = window.points * SCALE;
        let bound = self.bound(problem, ask) + base;
        if bound <= floor {
            return Answer {
                value: i64::MIN,
                bound,
                team: Vec::new(),
            };
        }
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
        self.items[from..].sort_unstable_by_key(|item| (std::cmp::Reverse(item.value), item.peer));
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
    fn bound(&mut self, problem: &Problem, ask: &Ask) -> i64 {
        self.order.clear();
        let mut groups: Vec<usize> = (0..ask.groups.len()).collect();
        groups.sort_by_key(|&g| (self.groups[g].1 - self.groups[g].0, g));
        for g in groups {
            for _ in 0..ask.groups[g].slots {
                self.order.push(u8::try_from(g).unwrap_or(u8::MAX));
            }
        }
        let bound = self.tables.build(problem, ask, &self.items, &self.groups, &self.order);
        // Items with the largest promise first, so that the search finds good teams early.
        let (charge, rest, masks) = (&self.tables.charge, &self.tables.rest, self.tables.masks);
        for (g, &(from, until)) in self.groups.iter().enumerate() {
            let slot = self.order.iter().position(|&o| usize::from(o) == g).unwrap_or(0);
            let after = &rest[(slot + 1) * masks..(slot + 2) * masks];
            self.items[from..until].sort_by_cached_key(|item| {
                let promise = item.charged - charge[usize::from(item.region)] + after[item.tabled as usize];
                (std::cmp::Reverse(promise), item.peer)
            });
        }
        bound
    }

    fn search(&mut self, problem: &Problem, ask: &Ask, pricing: &impl Pricing) -> bool {
        let mut walk = Walk {
            problem,
            ask,
            pricing,
            items: &self.items,
            groups: &self.groups,
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

impl Tables {
    fn choose_themes(&mut self, ask: &Ask) {
        self.themes.clear();
        self.themes.extend(0..ask.themes.len());
        if self.themes.len() > TABLE_THEMES {
            self.themes.sort_by_key(|&i| (std::cmp::Reverse(ask.themes[i]), i));
            self.themes.truncate(TABLE_THEMES);
            self.themes.sort_unstable();
        }
        self.masks = 1 << self.themes.len();
    }

    /// The tables' part of a set of themes, and the points (times scale) of the rest.
    fn tabled(&self, ask: &Ask, mask: u64) -> (u32, i64) {
        if self.themes.len() == ask.themes.len() {
            return (u32::try_from(mask).unwrap_or(u32::MAX), 0);
        }
        let (mut tabled, mut rest) = (0, mask);
        for (bit, &theme) in self.themes.iter().enumerate() {
            if mask >> theme & 1 == 1 {
                tabled |= 1 << bit;
                rest &= !(1 << theme);
            }
        }
        (tabled, ask.theme_points(rest) * SCALE)
    }

    fn build(&mut self, problem: &Problem, ask: &Ask, items: &[Item], groups: &[(usize, usize)], order: &[u8]) -> i64 {
        let spread = problem.spread * SCALE;
        self.charge.clear();
        self.charge.resize(problem.regions, -spread);
        self.widths = order.len() + 1;
        let (mut least, mut step) = (i64::MAX, spread.max(8 * SCALE));
        for round in 0..=CHARGE_STEPS {
            self.fill(ask, items, groups, order);
            let bound = self.rest[0] + self.given_back(problem, ask);
            if bound < least {
                least = bound;
                self.kept_charge.clone_from(&self.charge);
            } else {
                step /= 2;
            }
            if round == CHARGE_STEPS || !self.move_charges(problem, ask, items, order, step) {
                break;
            }
        }
        if self.charge != self.kept_charge {
            self.charge.clone_from(&self.kept_charge);
            self.fill(ask, items, groups, order);
        }
        self.back.clear();
        for region in 0..problem.regions {
            for so_far in 0..self.widths {
                let most = self.most_back(problem, ask, region, so_far);
                self.back.push(most);
            }
        }
        least
    }

    /// The best item of each group for each set of themes, then what slots can bring, last slot first.
    fn fill(&mut self, ask: &Ask, items: &[Item], groups: &[(usize, usize)], order: &[u8]) {
        let masks = self.masks;
        self.best.clear();
        self.best.resize(groups.len() * masks, u32::MAX);
        for (g, &(from, until)) in groups.iter().enumerate() {
            for (i, item) in items.iter().enumerate().take(until).skip(from) {
                let place = &mut self.best[g * masks + item.tabled as usize];
                let worth = |item: &Item| item.charged - self.charge[usize::from(item.region)];
                if *place == u32::MAX || worth(&items[*place as usize]) < worth(item) {
                    *place = u32::try_from(i).unwrap_or(u32::MAX);
                }
            }
        }
        let slots = order.len();
        self.rest.clear();
        self.rest.resize((slots + 1) * masks, 0);
        for mask in 0..masks {
            let known = self.themes.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
            self.rest[slots * masks + mask] = known.map(|(_, &theme)| ask.themes[theme]).sum::<i64>() * SCALE;
        }
        let mut some: Vec<(usize, i64)> = Vec::with_capacity(masks);
        for slot in (0..slots).rev() {
            let g = usize::from(order[slot]);
            some.clear();
            for mask in 0..masks {
                let i = self.best[g * masks + mask];
                if i != u32::MAX {
                    let item = &items[i as usize];
                    some.push((mask, item.charged - self.charge[usize::from(item.region)]));
                }
            }
            let (here, after) = self.rest[slot * masks..].split_at_mut(masks);
            for (mask, place) in here.iter_mut().enumerate() {
                let mut best = after[mask];
                for &(adds, worth) in &some {
                    best = best.max(worth + after[mask | adds]);
                }
                *place = best;
            }
        }
    }

    /// The most that region `region` can give back when it has `so_far` people already.
    fn most_back(&self, problem: &Problem, ask: &Ask, region: usize, so_far: usize) -> i64 {
        let cap = (ask.region_caps[region] as usize).min(self.widths - 1).max(so_far);
        let of = |n: usize| {
            let spread = if n > 0 { problem.spread * SCALE } else { 0 };
            spread + self.charge[region] * i64::try_from(n).unwrap_or(i64::MAX)
        };
        (so_far..=cap).map(of).max().unwrap_or(0)
    }

    fn given_back(&self, problem: &Problem, ask: &Ask) -> i64 {
        (0..problem.regions)
            .map(|region| self.most_back(problem, ask, region, 0))
            .sum()
    }

    fn back_at_start(&self, regions: usize) -> i64 {
        (0..regions).map(|region| self.back[region * self.widths]).sum()
    }

    /// Follows the tables' own team and charges regions that it takes too much from; false when there is nothing to move.
    fn move_charges(&mut self, problem: &Problem, ask: &Ask, items: &[Item], order: &[u8], step: i64) -> bool {
        let masks = self.masks;
        self.counts.clear();
        self.counts.resize(problem.regions, 0);
        let mut mask = 0;
        for (slot, &g) in order.iter().enumerate() {
            let here = self.rest[slot * masks + mask];
            if here == self.rest[(slot + 1) * masks + mask] {
                continue;
            }
            for adds in 0..masks {
                let i = self.best[usize::from(g) * masks + adds];
                if i == u32::MAX {
                    continue;
                }
                let item = &items[i as usize];
                let worth = item.charged - self.charge[usize::from(item.region)];
                if worth + self.rest[(slot + 1) * masks + (mask | adds)] == here {
                    self.counts[usize::from(item.region)] += 1;
                    mask |= adds;
                    break;
                }
            }
        }
        let mut moved = false;
        let spread = problem.spread * SCALE;
        for region in 0..problem.regions {
            let used = i64::from(self.counts[region]);
            let cap = i64::from(ask.region_caps[region]).min(i64::try_from(order.len()).unwrap_or(i64::MAX));
            let charge = &mut self.charge[region];
            // How many people of the region its own part would like to have at this charge.
            let (low, high) = match *charge {
                c if c < -spread => (0, 0),
                c if c == -spread => (0, 1.min(cap)),
                c if c < 0 => (1.min(cap), 1.min(cap)),
                0 => (1.min(cap), cap),
                _ => (cap, cap),
            };
            let wish = used.clamp(low, high);
            if used > wish {
                let target = *charge + step * (used - wish);
                *charge = if *charge < 0 && target > 0 { 0 } else { target };
                moved = true;
            } else if used < wish && *charge > -spread {
                let target = (*charge - step * (wish - used)).max(-spread);
                *charge = if *charge > 0 && target < 0 { 0 } else { target };
                moved = true;
            }
        }
        moved
    }
}

struct Walk<'w, P: Pricing> {
    problem: &'w Problem,
    ask: &'w Ask,
    pricing: &'w P,
    items: &'w [Item],
    groups: &'w [(usize, usize)],
    order: &'w [u8],
    tables: &'w Tables,
    state: &'w mut State,
    regions: Vec<u32>,
    steps: u64,
    found: bool,
}

impl<P: Pricing> Walk<'_, P> {
    /// Fills the slots from `slot` on. `worth` is with charges, `value` without them and without themes; `back` is what
    /// regions can give back at most; items of the same group begin at `from`.
    #[allow(clippy::too_many_arguments)]
    fn slot(&mut self, slot: usize, from: usize, mask: u64, tabled: usize, value: i64, worth: i64, back: i64) {
        if slot == self.order.len() {
            let total = value + self.ask.theme_points(mask) * SCALE;
            if total > self.state.value {
                self.state.value = total;
                self.state.best.clone_from(&self.state.chosen);
                self.found = true;
            }
            return;
        }
        let g = usize::from(self.order[slot]);
        let masks = self.tables.masks;
        let (start, until) = self.groups[g];
        let from = from.max(start);
        let after = &self.tables.rest[(slot + 1) * masks..(slot + 2) * masks];
        for i in from..until {
            let item = &self.items[i];
            let region = usize::from(item.region);
            let together = tabled | item.tabled as usize;
            let own = item.charged - self.tables.charge[region];
            let count = self.regions[region] as usize;
            if worth + own + after[together] + back <= self.state.value {
                continue;
            }
            let place = region * self.tables.widths + count;
            let back_then = back - self.tables.back[place] + self.tables.back[place + 1];
            if worth + own + after[together] + back_then <= self.state.value {
                continue;
            }
            if self.regions[region] >= self.ask.region_caps[region] || !self.fits(item) {
                continue;
            }
            self.steps += 1;
            if self.steps > self.state.limit {
                self.state.stopped = true;
                return;
            }
            let spread = if count == 0 { self.problem.spread * SCALE } else { 0 };
            self.regions[region] += 1;
            self.state.chosen.push(i);
            let same = self.order.get(slot + 1).is_some_and(|&next| usize::from(next) == g);
            self.slot(
                slot + 1,
                if same { i + 1 } else { 0 },
                mask | item.mask,
                together,
                value + item.value + spread,
                worth + own,
                back_then,
            );
            self.state.chosen.pop();
            self.regions[region] -= 1;
            if self.state.stopped {
                return;
            }
        }
        // The slot, and the others of its group after it, stay vacant.
        let mut next = slot + 1;
        while self.order.get(next).is_some_and(|&other| usize::from(other) == g) {
            next += 1;
        }
        if worth + self.tables.rest[next * masks + tabled] + back > self.state.value {
            self.slot(next, 0, mask, tabled, value, worth, back);
        }
    }

    fn fits(&self, item: &Item) -> bool {
        let mut same = 0;
        for &i in &self.state.chosen {
            let other = &self.items[i];
            if other.peer == item.peer {
                return false;
            }
            same += u32::from(other.home == item.home);
        }
        same < self.problem.limits.per_home.min(self.pricing.of_home(item.home))
    }
}
