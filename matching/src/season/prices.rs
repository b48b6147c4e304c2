//! Prices of what couples challenges, and the bound that any prices give.
//!
//! With a price on every row, challenges fall apart: the best team of each by itself ([`super::oracle`]), plus what the rows'
//! limits are worth. No plan is worth more than that sum, whatever the prices (0 or more) are. Prices are integers in
//! units of 1 / [`SCALE`] point, so the bound is exact; and as a plan's points are whole, it may be rounded down.

use super::control::Control;
use super::drift::Drift;
use super::oracle::{Answer, Oracle, Pricing, SCALE};
use super::problem::Problem;
use super::rows::{Row, Rows};
use super::threads;

/// Prices by row.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    rows: Rows,
    of: Vec<i64>,
    /// Rows with a price.
    priced: Vec<u32>,
    /// For each span and person, what the person costs then.
    people: Vec<i64>,
    /// For each challenge, the homes that cost something because of a pair's price.
    pairs: Vec<Vec<(u32, i64)>>,
    pool: usize,
}

/// What one challenge costs in one window.
pub(super) struct Priced<'p> {
    people: &'p [i64],
    homes: &'p [i64],
    of_home: u32,
}

impl Pricing for Priced<'_> {
    #[inline]
    fn cost(&self, peer: u32, home: u32) -> Option<i64> {
        Some(self.people[peer as usize] + self.homes[home as usize])
    }

    fn of_home(&self, _: u32) -> u32 {
        self.of_home
    }
}

/// What is known of a challenge's windows at some prices.
#[derive(Clone, Debug, Default)]
pub(super) struct Promise {
    /// What each is worth at most, points times scale; empty when nothing is known.
    pub(super) windows: Vec<i64>,
    /// Charges of regions with which the search of each may begin.
    charges: Vec<Vec<i64>>,
}

/// The best of one challenge at given prices.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    /// Not more than this, points times scale; at least 0 (not taking place).
    pub(super) bound: i64,
    /// The window and team that were found to be worth more than the floor given.
    pub(super) found: Option<(usize, Answer)>,
    /// What is known of each window now.
    pub(super) promise: Promise,
    /// Steps of the search.
    pub(super) steps: u64,
}

impl Prices {
    pub(super) fn new(problem: &Problem, rows: Rows) -> Self {
        Self {
            rows,
            of: vec![0; rows.count()],
            priced: Vec::new(),
            people: vec![0; problem.spans.len() * problem.people.len()],
            pairs: vec![Vec::new(); problem.challenges.len()],
            pool: problem.people.len(),
        }
    }

    /// Takes prices in points over; rows that are not named cost nothing.
    pub(super) fn set(&mut self, problem: &Problem, rows: &[u32], points: &[f64]) {
        let scaled = rows.iter().map(|&row| {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                reason = "bounded by points"
            )]
            let price = (points[row as usize] * SCALE as f64).round() as i64;
            (row, price)
        });
        self.set_scaled(problem, scaled.collect());
    }

    /// Takes prices (points times scale) over; rows that are not named cost nothing.
    pub(super) fn set_scaled(&mut self, problem: &Problem, prices: Vec<(u32, i64)>) {
        for row in self.priced.drain(..) {
            self.of[row as usize] = 0;
        }
        self.people.fill(0);
        self.pairs.iter_mut().for_each(Vec::clear);
        for (row, price) in prices {
            if price <= 0 {
                continue;
            }
            self.of[row as usize] = price;
            self.priced.push(row);
            match self.rows.row(row as usize) {
                Row::Person(peer) => {
                    for span in 0..problem.spans.len() {
                        self.people[span * self.pool + peer] += price;
                    }
                }
                Row::Rest(peer, clique) => {
                    for &span in &problem.cliques[clique].spans {
                        self.people[span * self.pool + peer] += price;
                    }
                }
                Row::Week(..) => {}
                Row::Pair(one, other) => {
                    self.pairs[one].push((problem.challenges[other].host, price));
                    self.pairs[other].push((problem.challenges[one].host, price));
                }
            }
        }
        self.priced.sort_unstable();
    }

    /// Prices that are not 0, points times scale, by row.
    pub(super) fn priced(&self) -> impl Iterator<Item = (Row, i64)> {
        self.priced
            .iter()
            .map(|&row| (self.rows.row(row as usize), self.of[row as usize]))
    }

    /// The same, by position of the row.
    pub(super) fn by_position(&self) -> Vec<(u32, i64)> {
        self.priced.iter().map(|&row| (row, self.of[row as usize])).collect()
    }

    /// What each home costs a challenge in a window, beside the people themselves.
    pub(super) fn homes(&self, problem: &Problem, challenge: usize, window: usize, homes: &mut Vec<i64>) {
        let weeks = problem.challenges[challenge].windows[window].weeks;
        homes.clear();
        homes.resize(problem.councils, 0);
        for week in weeks.0..=weeks.1 {
            let at = self.rows.week(0, week as usize);
            for (home, price) in homes.iter_mut().zip(&self.of[at..]) {
                *home += price;
            }
        }
        for &(home, price) in &self.pairs[challenge] {
            homes[home as usize] += price;
        }
    }

    pub(super) fn for_span(&self, span: u32) -> &[i64] {
        &self.people[span as usize * self.pool..(span as usize + 1) * self.pool]
    }

    /// What a team costs, points times scale.
    pub(super) fn cost(&self, used: &[u32]) -> i64 {
        used.iter().map(|&row| self.of[row as usize]).sum()
    }

    /// The best of a challenge worth more than `floor`; windows are tried in the order of what each was worth at most `before`
    /// prices moved by `drift`.
    #[allow(clippy::too_many_arguments, reason = "what the best of a challenge depends on")]
    pub(super) fn best(
        &self,
        problem: &Problem,
        oracle: &mut Oracle,
        challenge: usize,
        floor: i64,
        before: &Promise,
        drift: &Drift<'_>,
        limit: u64,
    ) -> Best {
        let ask = &problem.challenges[challenge];
        let mut order: Vec<usize> = (0..ask.windows.len()).collect();
        order.sort_by_key(|&w| (std::cmp::Reverse(before.windows.get(w).copied().unwrap_or(0)), w));
        let mut best = Best {
            promise: Promise {
                windows: vec![0; ask.windows.len()],
                charges: before.charges.clone(),
            },
            ..Best::default()
        };
        best.promise.charges.resize(ask.windows.len(), Vec::new());
        let mut most = floor.max(0);
        let mut homes = Vec::new();
        let steps = oracle.steps;
        let mut space = Vec::new();
        for w in order {
            let window = &ask.windows[w];
            self.homes(problem, challenge, w, &mut homes);
            if let Some(before) = before.windows.get(w) {
                let now = before + drift.within(problem, (challenge, w), &homes, &mut space);
                if now <= most {
                    best.promise.windows[w] = now;
                    continue;
                }
            }
            let pricing = Priced {
                people: self.for_span(window.span),
                homes: &homes,
                of_home: problem.limits.per_home.min(problem.limits.per_home_week),
            };
            let warm = before.charges.get(w).map_or(&[][..], Vec::as_slice);
            let mut answer = oracle.solve(problem, ask, window, &pricing, (most, warm), limit);
            best.promise.windows[w] = answer.bound;
            best.promise.charges[w] = std::mem::take(&mut answer.charges);
            if answer.value > most {
                most = answer.value;
                best.found = Some((w, answer));
            }
        }
        best.bound = best.promise.windows.iter().copied().fold(most, i64::max);
        best.steps = oracle.steps - steps;
        best
    }

    /// What limits and loads are worth at these prices and what is settled, points times scale.
    pub(super) fn limits(&self, problem: &Problem) -> i64 {
        let worth = |&row: &u32| {
            let price = self.of[row as usize];
            match self.rows.row(row as usize) {
                Row::Person(peer) => {
                    let capacity = i64::from(problem.people[peer].capacity).min(most_useful(problem, price));
                    let of = |n: i64| price * n - problem.load * SCALE * n * (n - 1);
                    (0..=capacity).map(of).max().unwrap_or(0)
                }
                _ => price * i64::from(self.rows.limit(problem, row as usize)),
            }
        };
        problem.base * SCALE + self.priced.iter().map(worth).sum::<i64>()
    }

    /// An upper bound of every plan's points times scale, and the best of each challenge beyond its floor; `None` when the
    /// run was stopped.
    #[allow(clippy::too_many_arguments, reason = "what a round of pricing depends on")]
    pub(super) fn evaluate(
        &self,
        problem: &Problem,
        oracles: &mut [Oracle],
        floors: &[i64],
        promises: &[Promise],
        drift: &Drift<'_>,
        limit: u64,
        fixed: &[bool],
        control: &dyn Control,
    ) -> Option<(i64, Vec<Best>)> {
        let found = threads::each(oracles, problem.challenges.len(), control, |oracle, challenge| {
            if fixed[challenge] {
                return Best {
                    bound: floors[challenge],
                    ..Best::default()
                };
            }
            self.best(
                problem,
                oracle,
                challenge,
                floors[challenge],
                &promises[challenge],
                drift,
                limit,
            )
        })?;
        let bound = self.limits(problem) + found.iter().map(|best| best.bound).sum::<i64>();
        Some((bound, found))
    }
}

/// Beyond so many challenges, one more costs a person more than the price gives back.
fn most_useful(problem: &Problem, price: i64) -> i64 {
    if problem.load == 0 {
        return i64::try_from(problem.challenges.len()).unwrap_or(i64::MAX);
    }
    let challenges = i64::try_from(problem.challenges.len()).unwrap_or(i64::MAX);
    (price / (2 * problem.load * SCALE) + 1).min(challenges)
}
