//! Bounds on what the slots from the s-th on can still bring, given the themes known so far, as if homes and regions did not
//! matter but for a charge for each region. The charges are moved a few times to where people of one region stop being
//! picked too often; any charges give a bound.

use super::{Item, SCALE};
use crate::season::problem::{Ask, Problem};

/// Themes that the tables tell apart; of more, those that weigh most.
const TABLE_THEMES: usize = 6;

/// How often the charges of regions are moved.
const CHARGE_STEPS: usize = 8;

/// Bounds.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Themes in the tables, by position in the challenge's list.
    themes: Vec<usize>,
    pub(super) masks: usize,
    /// For each group and set of themes, the item that brings most, and the next that can go with it; `u32::MAX` for none.
    best: Vec<[u32; 2]>,
    /// For each group of several slots and set of themes, the two items that bring most and know these together.
    pairs: Vec<Option<Pair>>,
    /// The sets of themes that somebody of the group at hand knows, with what they bring.
    some: Vec<(usize, i64)>,
    /// For each slot and set of themes known before it, what can still come.
    pub(super) rest: Vec<i64>,
    pub(super) charge: Vec<i64>,
    pub(super) kept_charge: Vec<i64>,
    counts: Vec<u32>,
    /// For each region and number of its people so far, the most that its charge and points can give back.
    pub(super) back: Vec<i64>,
    pub(super) widths: usize,
}

/// Two who go together.
#[derive(Clone, Copy, Debug)]
struct Pair {
    worth: i64,
    items: [u32; 2],
}

const NOBODY: u32 = u32::MAX;

impl Tables {
    pub(super) fn choose_themes(&mut self, ask: &Ask) {
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
    pub(super) fn tabled(&self, ask: &Ask, mask: u64) -> (u32, i64) {
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

    /// Charges of regions that make the bound small, and the tables for them; `floor` is what the bound has to exceed to be of
    /// interest. Begins with the charges given, if any.
    pub(super) fn build(
        &mut self,
        problem: &Problem,
        ask: &Ask,
        items: &[Item],
        groups: &[(usize, usize)],
        order: &[u8],
        (floor, warm): (i64, &[i64]),
    ) -> i64 {
        self.charge.clear();
        if warm.is_empty() {
            self.charge.extend(ask.spread.iter().map(|points| -points * SCALE));
        } else {
            self.charge.extend_from_slice(warm);
        }
        let spread = ask.spread.iter().max().copied().unwrap_or(0) * SCALE;
        self.widths = order.len() + 1;
        let (mut least, mut step) = (i64::MAX, spread.max(8 * SCALE));
        if !warm.is_empty() {
            step /= 4;
        }
        for round in 0..=CHARGE_STEPS {
            self.fill(problem, ask, items, groups, order);
            let bound = self.rest[0] + self.given_back(problem, ask);
            if bound < least {
                least = bound;
                self.kept_charge.clone_from(&self.charge);
            } else {
                step /= 2;
            }
            // A bound below the floor needs no tables any more.
            if least <= floor {
                return least;
            }
            if round == CHARGE_STEPS || !self.move_charges(problem, ask, items, order, step) {
                break;
            }
        }
        if self.charge != self.kept_charge {
            self.charge.clone_from(&self.kept_charge);
            self.fill(problem, ask, items, groups, order);
        }
        self.back.clear();
        for region in 0..problem.regions {
            for so_far in 0..self.widths {
                let most = self.most_back(ask, region, so_far);
                self.back.push(most);
            }
        }
        least
    }

    /// What somebody brings when their region is charged.
    fn worth(&self, item: &Item) -> i64 {
        item.charged - self.charge[usize::from(item.region)]
    }

    /// The best items of each group for each set of themes, then what slots can bring, last slot first. Slots of one group are
    /// filled two at a time, since the best of the group cannot be taken twice, nor (mostly) two of one home.
    fn fill(&mut self, problem: &Problem, ask: &Ask, items: &[Item], groups: &[(usize, usize)], order: &[u8]) {
        let masks = self.masks;
        self.best.clear();
        self.best.resize(groups.len() * masks, [NOBODY; 2]);
        self.pairs.clear();
        self.pairs.resize(groups.len() * masks, None);
        for (g, group) in groups.iter().enumerate() {
            self.choose(problem, items, g, *group);
            if ask.groups[g].slots > 1 {
                self.pair_up(problem, items, g);
            }
        }
        let slots = order.len();
        self.rest.clear();
        self.rest.resize((slots + 1) * masks, 0);
        for mask in 0..masks {
            let known = self.themes.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
            self.rest[slots * masks + mask] = known.map(|(_, &theme)| ask.themes[theme]).sum::<i64>() * SCALE;
        }
        let mut some = std::mem::take(&mut self.some);
        let mut left = 0;
        for slot in (0..slots).rev() {
            let g = usize::from(order[slot]);
            left = if order.get(slot + 1) == Some(&order[slot]) {
                left + 1
            } else {
                1
            };
            let single = (0..masks).map(|mask| (mask, self.best[g * masks + mask][0]));
            some.clear();
            some.extend(
                single
                    .filter(|(_, i)| *i != NOBODY)
                    .map(|(mask, i)| (mask, self.worth(&items[i as usize]))),
            );
            let (here, later) = self.rest[slot * masks..].split_at_mut(masks);
            // Whoever is the only one of the slots left in the group; then nobody of it comes after them.
            let after = &later[(left - 1) * masks..left * masks];
            for (mask, place) in here.iter_mut().enumerate() {
                let mut best = after[mask];
                for &(adds, worth) in &some {
                    best = best.max(worth + after[mask | adds]);
                }
                *place = best;
            }
            if left > 1 {
                let after = &later[masks..2 * masks];
                for (adds, pair) in self.pairs[g * masks..(g + 1) * masks].iter().enumerate() {
                    let Some(pair) = pair else { continue };
                    for (mask, place) in here.iter_mut().enumerate() {
                        *place = (*place).max(pair.worth + after[mask | adds]);
                    }
                }
            }
        }
        self.some = some;
    }

    /// The two best items of a group for each set of themes.
    fn choose(&mut self, problem: &Problem, items: &[Item], g: usize, (from, until): (usize, usize)) {
        let masks = self.masks;
        for (i, item) in items.iter().enumerate().take(until).skip(from) {
            let at = g * masks + item.tabled as usize;
            let [first, second] = self.best[at];
            let worth = self.worth(item);
            let beats = |other: u32| other == NOBODY || self.worth(&items[other as usize]) < worth;
            let i = crate::season::small(i);
            self.best[at] = if beats(first) {
                // Of one home only the best counts, where only one of it can come.
                let stays = first != NOBODY && together(problem, &items[first as usize], item);
                [i, if stays { first } else { second }]
            } else if together(problem, &items[first as usize], item) && beats(second) {
                [first, i]
            } else {
                [first, second]
            };
        }
    }

    /// The best two of a group for each set of themes that two can know together.
    fn pair_up(&mut self, problem: &Problem, items: &[Item], g: usize) {
        let masks = self.masks;
        let known: Vec<usize> = (0..masks)
            .filter(|mask| self.best[g * masks + mask][0] != NOBODY)
            .collect();
        for (at, &one) in known.iter().enumerate() {
            for &other in &known[at..] {
                let ([first, next], [others, others_next]) = (self.best[g * masks + one], self.best[g * masks + other]);
                let apart = [(first, others), (first, others_next), (next, others)];
                let same = [(first, next)];
                let options: &[(u32, u32)] = if one == other { &same } else { &apart };
                for &(i, j) in options {
                    if i == NOBODY || j == NOBODY {
                        continue;
                    }
                    let pair = [&items[i as usize], &items[j as usize]];
                    if !together(problem, pair[0], pair[1]) {
                        continue;
                    }
                    let worth = self.worth(pair[0]) + self.worth(pair[1]);
                    let place = &mut self.pairs[g * masks + (one | other)];
                    if place.is_none_or(|known| known.worth < worth) {
                        *place = Some(Pair { worth, items: [i, j] });
                    }
                }
            }
        }
    }

    /// The most that region `region` can give back when it has `so_far` people already.
    fn most_back(&self, ask: &Ask, region: usize, so_far: usize) -> i64 {
        let cap = (ask.region_caps[region] as usize).min(self.widths - 1).max(so_far);
        let of = |n: usize| {
            let spread = if n > 0 { ask.spread[region] * SCALE } else { 0 };
            spread + self.charge[region] * i64::try_from(n).unwrap_or(i64::MAX)
        };
        (so_far..=cap).map(of).max().unwrap_or(0)
    }

    fn given_back(&self, problem: &Problem, ask: &Ask) -> i64 {
        (0..problem.regions).map(|region| self.most_back(ask, region, 0)).sum()
    }

    pub(super) fn back_at_start(&self, regions: usize) -> i64 {
        (0..regions).map(|region| self.back[region * self.widths]).sum()
    }

    /// Follows the tables' own team and charges regions that it takes too much from; false when there is nothing to move.
    fn move_charges(&mut self, problem: &Problem, ask: &Ask, items: &[Item], order: &[u8], step: i64) -> bool {
        let masks = self.masks;
        self.counts.clear();
        self.counts.resize(problem.regions, 0);
        let (mut mask, mut slot) = (0, 0);
        while slot < order.len() {
            let g = usize::from(order[slot]);
            let here = self.rest[slot * masks + mask];
            let left = order[slot..].iter().take_while(|other| **other == order[slot]).count();
            let after = |rest: &[i64], slots: usize, mask: usize| rest[(slot + slots) * masks + mask];
            if here == after(&self.rest, left, mask) {
                slot += left;
                continue;
            }
            let alone = (0..masks).find(|adds| {
                let i = self.best[g * masks + adds][0];
                i != NOBODY && self.worth(&items[i as usize]) + after(&self.rest, left, mask | adds) == here
            });
            if let Some(adds) = alone {
                let item = &items[self.best[g * masks + adds][0] as usize];
                self.counts[usize::from(item.region)] += 1;
                (mask, slot) = (mask | adds, slot + left);
                continue;
            }
            let two = (0..masks).find_map(|adds| {
                let pair = self.pairs[g * masks + adds]?;
                (left > 1 && pair.worth + after(&self.rest, 2, mask | adds) == here).then_some((adds, pair))
            });
            let Some((adds, pair)) = two else { break };
            for i in pair.items {
                self.counts[usize::from(items[i as usize].region)] += 1;
            }
            (mask, slot) = (mask | adds, slot + 2);
        }
        let mut moved = false;
        for region in 0..problem.regions {
            let spread = ask.spread[region] * SCALE;
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

/// Whether two can be in one team as far as themselves and their homes go.
fn together(problem: &Problem, one: &Item, other: &Item) -> bool {
    one.peer != other.peer && (problem.limits.per_home > 1 || one.home != other.home)
}
