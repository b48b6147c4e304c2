//! Good prices, found by following the subgradient of the bound.

use super::scope::{Places, Themes};
use super::{Bound, Order, SCALE};
use crate::team::model::Model;

/// Steps to fair prices.
pub(super) const FIRST_STEPS: usize = 30;
/// Steps to good ones, once a team is known.
pub(super) const REFINING_STEPS: usize = 80;

/// Prices of places, scaled like points. A region's may be negative (its first person earns spread); the others not.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    pub(super) region: Vec<i64>,
    pub(super) counter: Vec<i64>,
    /// Of choosing a person, who can be chosen once.
    pub(super) person: Vec<i64>,
    /// Of bringing a lighter theme, which counts once; at most what the theme is worth.
    pub(super) theme: Vec<i64>,
}

impl Bound {
    /// Follows the subgradient: fixed steps without a target, steps in proportion to the gap with one (Polyak's rule).
    pub(super) fn descend(
        model: &Model<'_>,
        order: &Order,
        mut prices: Prices,
        least_vacancies: usize,
        target: Option<i64>,
        steps: usize,
    ) -> Self {
        let themes = Themes::new(model);
        let places = Places::new(model, order);
        let mut best = prices.clone();
        let mut best_value = i64::MAX;
        let mut pace = if target.is_some() { SCALE } else { 8 * SCALE };
        let mut stalled = 0;
        for _ in 0..steps {
            let bound = Self::at(model, order, &themes, &places, &prices, least_vacancies);
            let value = bound.root(least_vacancies);
            if value < best_value {
                (best_value, best) = (value, prices.clone());
                stalled = 0;
            } else {
                stalled += 1;
                if stalled == 3 {
                    stalled = 0;
                    pace /= 2;
                    prices = best.clone();
                }
            }
            let gap = target.map(|target| value - SCALE * target);
            if pace == 0 || gap.is_some_and(|gap| gap < SCALE) {
                break;
            }
            let excess = bound.excess(model, order, &themes, &places, least_vacancies);
            let length = excess
                .region
                .iter()
                .chain(&excess.counter)
                .chain(&excess.person)
                .chain(&excess.theme)
                .map(|by| by * by)
                .sum::<i64>();
            if length == 0 {
                break;
            }
            let step = gap.map_or(pace, |gap| (pace * gap / SCALE / length).max(1));
            let moved = |prices: &mut Vec<i64>, excess: &[i64], least: i64| {
                for (price, by) in prices.iter_mut().zip(excess) {
                    *price = (*price + step * by).max(least);
                }
            };
            moved(&mut prices.region, &excess.region, i64::MIN);
            moved(&mut prices.counter, &excess.counter, 0);
            moved(&mut prices.person, &excess.person, 0);
            moved(&mut prices.theme, &excess.theme, 0);
            for (price, &(_, points)) in prices.theme.iter_mut().zip(&themes.light) {
                *price = (*price).min(SCALE * points);
            }
        }
        Self::at(model, order, &themes, &places, &best, order.slots.len())
    }

    /// How much more the best free choice takes than there is; negative where it takes less.
    fn excess(&self, model: &Model<'_>, order: &Order, themes: &Themes, places: &Places, vacancies: usize) -> Prices {
        let mut region = vec![0_i64; model.regions.len()];
        let mut counter: Vec<i64> = places.room.iter().map(|&room| -i64::from(room)).collect();
        let mut person = vec![0; model.people.len()];
        let light = &themes.light;
        let mut theme = vec![-1; light.len()];
        for at in self.free_choice(order, vacancies) {
            let chosen = &model.people[at];
            if let Some(home) = chosen.region {
                region[home] += 1;
            }
            for entry in chosen.entries.iter().filter(|entry| entry.counter >= places.first) {
                counter[entry.counter] += i64::from(entry.adds);
            }
            person[at] += 1;
            for (taken, (entry, _)) in theme.iter_mut().zip(light) {
                *taken += i64::from(chosen.themes & 1 << entry != 0);
            }
        }
        for (list, taken) in self.region.iter().zip(&mut region) {
            // The number that pays most; the list holds the best of so many and more.
            let wanted = (0..list.len()).rev().find(|&n| list[n] == list[0]).unwrap_or(0);
            *taken -= i64::from(crate::world::position(wanted));
        }
        // What is free and left over stays free: it must not stand in the way of the other prices.
        for (by, price) in counter.iter_mut().zip(&self.prices.counter) {
            if *by < 0 && *price == 0 {
                *by = 0;
            }
        }
        for (by, price) in person.iter_mut().zip(&self.prices.person) {
            *by -= i64::from(*by > 0 || *price > 0);
        }
        Prices {
            region,
            counter,
            person,
            theme,
        }
    }

    /// The people that the table's best value is made of.
    fn free_choice(&self, order: &Order, mut vacancies: usize) -> Vec<usize> {
        let mut chosen = Vec::new();
        let mut mask = 0;
        for depth in 0..order.slots.len() {
            let target = self.rest(depth, vacancies, mask);
            let mut taken = None;
            for (bits, value, person) in self.offers(&order.lists[depth]) {
                let covered = mask | bits;
                let total = value + self.theme_points[covered] - self.theme_points[mask]
                    + self.rest(depth + 1, vacancies, covered);
                if total == target {
                    taken = Some((person, covered));
                    break;
                }
            }
            match taken {
                Some((person, covered)) => {
                    chosen.push(person);
                    mask = covered;
                }
                None => vacancies = vacancies.saturating_sub(1),
            }
        }
        chosen
    }
}
