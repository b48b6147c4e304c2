//! Goes through the slots depth first and drops what the tables cannot lift above the best team so far.

use super::tables::Tables;
use super::{Item, Pricing, RunOfItems, SCALE, State};
use crate::season::problem::{Ask, Problem};

/// A search on its way.
pub(super) struct Walk<'w, P: Pricing> {
    pub(super) problem: &'w Problem,
    pub(super) ask: &'w Ask,
    pub(super) pricing: &'w P,
    pub(super) items: &'w [Item],
    pub(super) runs: &'w [RunOfItems],
    pub(super) runs_of: &'w [(usize, usize)],
    pub(super) order: &'w [u8],
    pub(super) tables: &'w Tables,
    pub(super) state: &'w mut State,
    pub(super) regions: Vec<u32>,
    pub(super) steps: u64,
    pub(super) found: bool,
}

impl<P: Pricing> Walk<'_, P> {
    /// Fills the slots from `slot` on. `worth` is with charges, `value` without them and without themes; `back` is what
    /// regions can give back at most; items of the same group begin at `from`.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn slot(
        &mut self,
        slot: usize,
        from: usize,
        mask: u64,
        tabled: usize,
        value: i64,
        worth: i64,
        back: i64,
    ) {
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
        if worth + self.tables.rest[slot * masks + tabled] + back <= self.state.value {
            return;
        }
        let same = self.order.get(slot + 1).is_some_and(|&next| usize::from(next) == g);
        let (first, last) = self.runs_of[g];
        for run in &self.runs[first..last] {
            let together = tabled | run.tabled;
            let promised = worth + self.tables.rest[(slot + 1) * masks + together];
            for i in run.from.max(from)..run.until {
                let item = &self.items[i];
                // Nobody after this one brings more.
                if promised + item.charged + back <= self.state.value {
                    break;
                }
                let region = usize::from(item.region);
                let count = self.regions[region] as usize;
                let place = region * self.tables.widths + count;
                let back_then = back - self.tables.back[place] + self.tables.back[place + 1];
                if promised + item.charged + back_then <= self.state.value {
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
                let spread = if count == 0 { self.ask.spread[region] * SCALE } else { 0 };
                self.regions[region] += 1;
                self.state.chosen.push(i);
                self.slot(
                    slot + 1,
                    if same { i + 1 } else { 0 },
                    mask | item.mask,
                    together,
                    value + item.value + spread,
                    worth + item.charged,
                    back_then,
                );
                self.state.chosen.pop();
                self.regions[region] -= 1;
                if self.state.stopped {
                    return;
                }
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
        let settled = self.ask.of_home(item.home);
        let mut same = settled;
        for &i in &self.state.chosen {
            let other = &self.items[i];
            if other.peer == item.peer {
                return false;
            }
            same += u32::from(other.home == item.home);
        }
        same < self.problem.limits.per_home && same - settled < self.pricing.of_home(item.home)
    }
}
