//! An upper bound on the points of any team of one window.
//!
//! Places of regions and councils get prices (Lagrange multipliers). At given prices every person is worth their points
//! less the prices of the places they take, people may be chosen freely, and the best choice is a table over the
//! themes covered so far: `table[slots left][vacancies][themes]`. Unused places pay their price back, and a region
//! pays for its first person (spread) while it keeps to its cap. *Any* prices give a valid bound (planner-study.md,
//! section 6); steps along the subgradient find good ones.
//!
//! Everything is an integer, scaled by [`SCALE`], so that the bound is proven to the point. The table holds the
//! [`TABLE_THEMES`] weightiest themes; a lighter one, worth w, is priced too: for any price between 0 and w, those who
//! know it are credited w less the price, and the price is paid once, which is never less than w if anybody knows it.

mod prices;
mod scope;

use self::prices::{FIRST_STEPS, Prices, REFINING_STEPS};
use self::scope::{Places, Themes};
use super::model::Model;

/// Parts of a point.
pub(super) const SCALE: i64 = 64;
/// Themes in the table; it has two to the power of this many columns.
const TABLE_THEMES: usize = 6;
/// Worse than any team, and safe to add to.
const NEVER: i64 = i64::MIN / 4;

/// Slots to fill, in the order of the search, with who may fill them.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Positions in [`Model::open`].
    pub(super) slots: Vec<usize>,
    /// For each of them, positions in [`Model::people`].
    pub(super) lists: Vec<Vec<usize>>,
}

/// Prices, and the table at these prices.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// For each person, their bits among the themes of the table.
    pub(super) bits: Vec<usize>,
    /// For each person, their scaled points less prices, lighter themes included.
    pub(super) priced: Vec<i64>,
    /// Scaled points for a set of the table's themes.
    pub(super) theme_points: Vec<i64>,
    /// `region[r][n]`: what region r with n people who joined pays at most for these and more of them.
    pub(super) region: Vec<Vec<i64>>,
    /// What places of councils, and people, are worth at their prices: paid back if unused.
    constant: i64,
    /// Sum of `region[r][0]`, for the root.
    pub(super) regions: i64,
    table: Vec<i64>,
    vacancies: usize,
    prices: Prices,
}

impl Bound {
    /// A fair bound for teams with at least `least_vacancies` vacancies, valid for all.
    pub(super) fn new(model: &Model<'_>, order: &Order, least_vacancies: usize) -> Self {
        let prices = Prices {
            region: vec![0; model.regions.len()],
            counter: vec![0; model.counters.len()],
            person: vec![0; model.people.len()],
            theme: Themes::new(model)
                .light
                .iter()
                .map(|&(_, points)| SCALE * points / 2)
                .collect(),
        };
        Self::descend(model, order, prices, least_vacancies, None, FIRST_STEPS)
    }

    /// A better bound, from the prices of this one towards `target`, the points of a team known to be possible.
    pub(super) fn refined(&self, model: &Model<'_>, order: &Order, least_vacancies: usize, target: i64) -> Self {
        Self::descend(
            model,
            order,
            self.prices.clone(),
            least_vacancies,
            Some(target),
            REFINING_STEPS,
        )
    }

    /// The same prices for fewer people or another order of slots.
    pub(super) fn reordered(&self, model: &Model<'_>, order: &Order) -> Self {
        let places = Places::new(model, order);
        Self::at(
            model,
            order,
            &Themes::new(model),
            &places,
            &self.prices,
            order.slots.len(),
        )
    }

    fn at(
        model: &Model<'_>,
        order: &Order,
        themes: &Themes,
        places: &Places,
        prices: &Prices,
        vacancies: usize,
    ) -> Self {
        let worth = model
            .people
            .iter()
            .zip(&prices.person)
            .map(|(person, own)| {
                let region = person.region.map_or(0, |region| prices.region[region]);
                let places = person
                    .entries
                    .iter()
                    .filter(|entry| entry.counter >= places.first && entry.adds > 0);
                let paid: i64 = places.map(|entry| prices.counter[entry.counter]).sum();
                let light = themes
                    .light
                    .iter()
                    .zip(&prices.theme)
                    .filter(|((entry, _), _)| person.themes & 1 << entry != 0);
                let brought: i64 = light.map(|((_, points), price)| SCALE * points - price).sum();
                SCALE * person.points + brought - region - paid - own
            })
            .collect();
        let mut bound = Self {
            bits: themes.bits.clone(),
            priced: worth,
            theme_points: themes.points.clone(),
            region: Vec::new(),
            constant: places
                .room
                .iter()
                .zip(&prices.counter)
                .map(|(&room, &price)| i64::from(room) * price)
                .chain(prices.person.iter().copied())
                .chain(prices.theme.iter().copied())
                .sum(),
            regions: 0,
            table: Vec::new(),
            vacancies,
            prices: prices.clone(),
        };
        let spread = SCALE * model.case.policy.weights.spread;
        for (region, &price) in prices.region.iter().enumerate() {
            let most = places.region_room[region];
            let pays = |n: usize| {
                let first = if n > 0 && model.region_counts[region] == 0 {
                    spread
                } else {
                    0
                };
                first + price * i64::from(crate::world::position(n))
            };
            // From the back: with n people already, the best of n and more.
            let mut best = vec![NEVER; most + 1];
            for n in (0..=most).rev() {
                best[n] = if n < most { pays(n).max(best[n + 1]) } else { pays(n) };
            }
            bound.regions += best[0];
            bound.region.push(best);
        }
        bound.fill_table(order);
        bound
    }

    fn columns(&self) -> usize {
        self.theme_points.len()
    }

    fn fill_table(&mut self, order: &Order) {
        let (columns, rows) = (self.columns(), self.vacancies + 1);
        self.table = vec![NEVER; (order.slots.len() + 1) * rows * columns];
        let end = order.slots.len() * rows * columns;
        self.table[end..end + columns].fill(0);
        for depth in (0..order.slots.len()).rev() {
            let offers = self.offers(&order.lists[depth]);
            for vacancies in 0..rows {
                for mask in 0..columns {
                    let skip = if vacancies > 0 {
                        self.rest(depth + 1, vacancies - 1, mask)
                    } else {
                        NEVER
                    };
                    let best = offers.iter().map(|&(bits, value, _)| {
                        let covered = mask | bits;
                        value + self.theme_points[covered] - self.theme_points[mask]
                            + self.rest(depth + 1, vacancies, covered)
                    });
                    let best = best.fold(skip, i64::max);
                    self.table[(depth * rows + vacancies) * columns + mask] = best.max(NEVER);
                }
            }
        }
    }

    /// The best person of a list for each set of themes: (themes, value, person).
    fn offers(&self, list: &[usize]) -> Vec<(usize, i64, usize)> {
        let mut best: Vec<Option<(i64, usize)>> = vec![None; self.columns()];
        for &person in list {
            let at = &mut best[self.bits[person]];
            if at.is_none_or(|(value, _)| self.priced[person] > value) {
                *at = Some((self.priced[person], person));
            }
        }
        let found = best.iter().enumerate();
        found
            .filter_map(|(bits, best)| best.map(|(value, person)| (bits, value, person)))
            .collect()
    }

    /// What the slots from `depth` on can add, with exactly so many of them vacant and these themes covered before.
    pub(super) fn rest(&self, depth: usize, vacancies: usize, mask: usize) -> i64 {
        if vacancies > self.vacancies {
            return NEVER;
        }
        self.table[(depth * (self.vacancies + 1) + vacancies) * self.columns() + mask]
    }

    /// What the slots from `depth` on can add whatever the vacancies, beyond what prices pay back.
    pub(super) fn constant(&self) -> i64 {
        self.constant
    }

    fn root(&self, vacancies: usize) -> i64 {
        self.rest(0, vacancies, 0) + self.constant + self.regions
    }

    /// The bound in whole points on what those who join can add, with exactly so many vacancies.
    pub(super) fn root_points(&self, vacancies: usize) -> i64 {
        self.root(vacancies).div_euclid(SCALE)
    }
}

impl Bound {
    /// For each slot of the order, those of its people with whom the bound, with no vacancy, is above `points`.
    pub(super) fn worth_trying(&self, order: &Order, points: i64) -> Vec<Vec<usize>> {
        let mut before = vec![NEVER; self.columns()];
        before[0] = 0;
        let mut lists = Vec::with_capacity(order.lists.len());
        for (depth, list) in order.lists.iter().enumerate() {
            let with = |person: usize| {
                let ways = before.iter().enumerate().map(|(mask, so_far)| {
                    let covered = mask | self.bits[person];
                    so_far + self.theme_points[covered] - self.theme_points[mask] + self.rest(depth + 1, 0, covered)
                });
                ways.max().unwrap_or(NEVER) + self.priced[person] + self.constant + self.regions
            };
            lists.push(
                list.iter()
                    .copied()
                    .filter(|&person| with(person).div_euclid(SCALE) > points)
                    .collect(),
            );
            let mut after = vec![NEVER; self.columns()];
            for (bits, value, _) in self.offers(list) {
                for (mask, so_far) in before.iter().enumerate() {
                    let covered = mask | bits;
                    let total = so_far + value + self.theme_points[covered] - self.theme_points[mask];
                    after[covered] = after[covered].max(total);
                }
            }
            before = after;
        }
        lists
    }
}
