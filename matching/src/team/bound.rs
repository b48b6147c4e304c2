//! An upper bound on the points of any team of one window.
//!
//! Places of regions and councils get prices (Lagrange multipliers). At given prices every person is worth their points
//! less the prices of the places they take, people may be chosen freely, and the best choice is a table over the
//! themes covered so far: `table[slots left][vacancies][themes]`. Unused places pay their price back, and a region
//! pays for its first person (spread) while it keeps to its cap. *Any* prices give a valid bound (planner-study.md,
//! section 6); steps along the subgradient find good ones.
//!
//! Everything is an integer, scaled by [`SCALE`], so that the bound is proven to the point. The table holds the
//! [`TABLE_THEMES`] weightiest themes; lighter ones are credited to everybody who knows them, which only raises the
//! bound.

use super::model::Model;

/// Parts of a point.
pub(super) const SCALE: i64 = 64;
/// Themes in the table; it has two to the power of this many columns.
const TABLE_THEMES: usize = 8;
const FIRST_STEPS: usize = 30;
const REFINING_STEPS: usize = 80;
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

/// Prices of places, scaled like points. A region's may be negative (its first person earns spread); the others not.
#[derive(Clone, Debug)]
struct Prices {
    region: Vec<i64>,
    counter: Vec<i64>,
    /// Of choosing a person, who can be chosen once.
    person: Vec<i64>,
}

impl Bound {
    /// A fair bound for teams with at least `least_vacancies` vacancies, valid for all.
    pub(super) fn new(model: &Model<'_>, order: &Order, least_vacancies: usize) -> Self {
        let prices = Prices {
            region: vec![0; model.regions.len()],
            counter: vec![0; model.counters.len()],
            person: vec![0; model.people.len()],
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

    /// Follows the subgradient: fixed steps without a target, steps in proportion to the gap with one (Polyak's rule).
    fn descend(
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
            let excess = bound.excess(model, order, &places, least_vacancies);
            let length = excess
                .region
                .iter()
                .chain(&excess.counter)
                .chain(&excess.person)
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
        }
        Self::at(model, order, &themes, &places, &best, order.slots.len())
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
            .zip(&themes.light)
            .zip(&prices.person)
            .map(|((person, light), own)| {
                let region = person.region.map_or(0, |region| prices.region[region]);
                let places = person
                    .entries
                    .iter()
                    .filter(|entry| entry.counter >= places.first && entry.adds > 0);
                let paid: i64 = places.map(|entry| prices.counter[entry.counter]).sum();
                SCALE * (person.points + light) - region - paid - own
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

    /// How much more the best free choice takes than there is; negative where it takes less.
    fn excess(&self, model: &Model<'_>, order: &Order, places: &Places, vacancies: usize) -> Prices {
        let mut region = vec![0_i64; model.regions.len()];
        let mut counter: Vec<i64> = places.room.iter().map(|&room| -i64::from(room)).collect();
        let mut person = vec![0; model.people.len()];
        for at in self.free_choice(order, vacancies) {
            let chosen = &model.people[at];
            if let Some(home) = chosen.region {
                region[home] += 1;
            }
            for entry in chosen.entries.iter().filter(|entry| entry.counter >= places.first) {
                counter[entry.counter] += i64::from(entry.adds);
            }
            person[at] += 1;
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

/// Required themes, weightiest first, as far as the table holds them.
struct Themes {
    bits: Vec<usize>,
    light: Vec<i64>,
    points: Vec<i64>,
}

impl Themes {
    fn new(model: &Model<'_>) -> Self {
        let known = model.people.iter().fold(0, |mask, person| mask | person.themes);
        let wanted = known & !model.themes;
        let points_of = |entry: usize| model.case.theme_points(1 << entry);
        let mut entries: Vec<usize> = (0..model.case.challenge.themes.len())
            .filter(|&i| wanted & 1 << i != 0 && points_of(i) > 0)
            .collect();
        entries.sort_by_key(|&entry| (std::cmp::Reverse(points_of(entry)), entry));
        let light = entries.split_off(entries.len().min(TABLE_THEMES));
        let has = |themes: u64, entry: usize| themes & 1 << entry != 0;
        let bits = model
            .people
            .iter()
            .map(|person| {
                let held = entries
                    .iter()
                    .enumerate()
                    .filter(|&(_, &entry)| has(person.themes, entry));
                held.map(|(bit, _)| 1 << bit).sum()
            })
            .collect();
        let light = model
            .people
            .iter()
            .map(|person| {
                light
                    .iter()
                    .filter(|&&entry| has(person.themes, entry))
                    .map(|&entry| points_of(entry))
                    .sum()
            })
            .collect();
        let points = (0..1_usize << entries.len())
            .map(|mask| {
                let covered = entries.iter().enumerate().filter(|&(bit, _)| mask & 1 << bit != 0);
                SCALE * covered.map(|(_, &entry)| points_of(entry)).sum::<i64>()
            })
            .collect();
        Self { bits, light, points }
    }
}

/// How much room there is at most.
struct Places {
    /// Counters before this one are regions.
    first: usize,
    /// For each counter, how many more can join.
    room: Vec<u32>,
    /// For each region, how many more can join.
    region_room: Vec<usize>,
}

impl Places {
    fn new(model: &Model<'_>, order: &Order) -> Self {
        let first = model.regions.len();
        let most = crate::world::position(order.slots.len());
        let mut room = vec![0; model.counters.len()];
        let mut region_room = vec![0; first];
        for person in order.lists.iter().flatten().map(|&i| &model.people[i]) {
            for entry in &person.entries {
                let left = entry.limit.saturating_sub(model.counters[entry.counter]).min(most);
                room[entry.counter] = left.max(room[entry.counter]);
            }
            if let Some(region) = person.region {
                let left = person
                    .region_limit
                    .saturating_sub(model.region_counts[region])
                    .min(most);
                region_room[region] = left.max(region_room[region]);
            }
        }
        room[..first].fill(0);
        Self {
            first,
            room,
            region_room: region_room.into_iter().map(|room| room as usize).collect(),
        }
    }
}
