//! Bounds on what the slots from the s-th on can still bring, given the themes known so far, as if homes and regions did not
//! matter but for a charge for each region. The charges are moved a few times to where people of one region stop being
//! picked too often; any charges give a bound.

use super::{Item, SCALE};
use crate::season::problem::{Ask, Problem};

/// Themes that the tables tell apart; of more, those that weigh most.
const TABLE_THEMES: usize = 6;

/// How often the charges of regions are moved.
const CHARGE_STEPS: usize = 6;

/// Bounds.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Themes in the tables, by position in the challenge's list.
    themes: Vec<usize>,
    pub(super) masks: usize,
    /// For each group and set of themes, the item that brings most; `u32::MAX` for none.
    best: Vec<u32>,
    /// For each slot and set of themes known before it, what can still come.
    pub(super) rest: Vec<i64>,
    pub(super) charge: Vec<i64>,
    kept_charge: Vec<i64>,
    counts: Vec<u32>,
    /// For each region and number of its people so far, the most that its charge and points can give back.
    pub(super) back: Vec<i64>,
    pub(super) widths: usize,
}

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

    pub(super) fn build(
        &mut self,
        problem: &Problem,
        ask: &Ask,
        items: &[Item],
        groups: &[(usize, usize)],
        order: &[u8],
    ) -> i64 {
        self.charge.clear();
        self.charge.extend(ask.spread.iter().map(|points| -points * SCALE));
        let spread = ask.spread.iter().max().copied().unwrap_or(0) * SCALE;
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
                let most = self.most_back(ask, region, so_far);
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
