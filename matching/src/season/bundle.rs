//! Prices that make the bound small: a proximal bundle method, one bundle for each challenge.
//!
//! Every team that was ever best for a challenge is a cut of the challenge's part of the bound. [`Bundle::move_prices`]
//! minimises the sum of all cuts plus a penalty for leaving the centre (the best prices so far). In its dual each challenge
//! mixes its teams (weights that sum to 1), a row's price follows from the row's use in closed form, and weight moves
//! from a challenge's worst team to its best until there is nothing to gain: thousands of cheap steps instead of a linear
//! programme. Floating point is fine here: whatever prices come out, their bound is counted with integers.

use super::cases::Fork;
use super::control::Control;
use super::draft::Place;
use super::oracle::Member;
use super::problem::Problem;
use super::rows::Rows;

/// A team that was best once.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) window: usize,
    pub(super) team: Vec<Member>,
    /// Points, without prices.
    pub(super) value: i64,
    pub(super) used: Vec<u32>,
    /// Share of the mix.
    pub(super) share: f64,
    /// Rounds without a share.
    idle: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Bundle {
    rows: Rows,
    /// Teams of each challenge; the first is none at all.
    pub(super) columns: Vec<Vec<Column>>,
    /// The best prices so far, in points.
    pub(super) centre: Vec<f64>,
    /// Prices of the last move.
    pub(super) price: Vec<f64>,
    demand: Vec<f64>,
    limit: Vec<f64>,
    /// Rows that some team uses or whose centre is not 0.
    pub(super) active: Vec<u32>,
    listed: Vec<bool>,
    /// How far a unit of use beyond the limit moves a price, in points.
    pub(super) reach: f64,
}

/// What is left of a bundle when it comes to rest.
#[derive(Debug)]
pub(super) struct Rest {
    columns: Vec<Vec<Column>>,
    centre: Vec<(u32, f64)>,
    reach: f64,
}

/// Teams without a share are kept over a rest for so many rounds.
const FRESH: u32 = 3;

/// Teams without a share are forgotten after so many rounds.
const IDLE: u32 = 15;

/// Shifts of share within a challenge before the next one has its turn.
const STEPS: usize = 3;

/// Every so many sweeps all challenges have their turn.
const FULL_SWEEP: usize = 4;

/// Shares are good enough when what they could still gain is this part of what the move promises.
const OPEN_SHARE: f64 = 0.2;

/// Less than this, in points, is nothing.
const LEAST: f64 = 1e-6;

/// Challenges that a person can have.
fn capacity(problem: &Problem, row: usize) -> u32 {
    problem.people[row].capacity.min(super::small(problem.challenges.len()))
}

#[allow(clippy::cast_precision_loss, reason = "points are bounded far below 2^52")]
fn points(number: i64) -> f64 {
    number as f64
}

impl Bundle {
    pub(super) fn new(problem: &Problem, rows: Rows, centre: Vec<f64>, reach: f64) -> Self {
        let count = rows.count();
        let none = || Column {
            window: 0,
            team: Vec::new(),
            value: 0,
            used: Vec::new(),
            share: 1.0,
            idle: 0,
        };
        let mut bundle = Self {
            rows,
            columns: problem.challenges.iter().map(|_| vec![none()]).collect(),
            price: centre.clone(),
            demand: vec![0.0; count],
            limit: (0..count)
                .map(|i| f64::from(rows.limit(problem, i).min(super::small(problem.challenges.len()))))
                .collect(),
            active: Vec::new(),
            listed: vec![false; count],
            centre,
            reach,
        };
        for i in 0..count {
            if bundle.centre[i] > 0.0 {
                bundle.list(i);
            }
        }
        bundle
    }

    /// Teams of challenges that have more than one.
    pub(super) fn open_columns(&self) -> usize {
        let all = self.columns.iter().map(Vec::len);
        all.filter(|count| *count > 1).sum()
    }

    fn list(&mut self, row: usize) {
        if !self.listed[row] {
            self.listed[row] = true;
            self.active.push(super::small(row));
        }
    }

    /// Takes a team up, unless it is there already.
    pub(super) fn add(&mut self, challenge: usize, window: usize, team: Vec<Member>, value: i64, used: Vec<u32>) {
        let known = &mut self.columns[challenge];
        if let Some(column) = known.iter_mut().find(|column| {
            column.window == window && column.used == used && column.value == value && column.team.len() == team.len()
        }) {
            column.idle = 0;
            return;
        }
        for &row in &used {
            self.list(row as usize);
        }
        self.columns[challenge].push(Column {
            window,
            team,
            value,
            used,
            share: 0.0,
            idle: 0,
        });
    }

    /// What is needed to go on from here later: the best prices, and teams that had a share not long ago.
    pub(super) fn rest(&self) -> Rest {
        let fresh = |column: &&Column| column.used.is_empty() || column.share > 0.0 || column.idle < FRESH;
        Rest {
            columns: self
                .columns
                .iter()
                .map(|columns| columns.iter().filter(fresh).cloned().collect())
                .collect(),
            centre: self
                .active
                .iter()
                .map(|&row| (row, self.centre[row as usize]))
                .collect(),
            reach: self.reach,
        }
    }

    /// Goes on from there.
    pub(super) fn resume(problem: &Problem, rows: Rows, rest: &Rest) -> Self {
        let mut centre = vec![0.0; rows.count()];
        for &(row, price) in &rest.centre {
            centre[row as usize] = price;
        }
        let mut bundle = Self::new(problem, rows, centre, rest.reach);
        for &(row, _) in &rest.centre {
            bundle.list(row as usize);
        }
        bundle.columns.clone_from(&rest.columns);
        bundle
    }

    /// Forgets the teams of the other side of a fork, and gives the bonus to those that it is meant for.
    pub(super) fn enter(&mut self, fork: &Fork, first: bool) {
        let columns = &mut self.columns[fork.challenge()];
        let has = |column: &Column, peer: usize| column.team.iter().any(|member| member.peer as usize == peer);
        columns.retain(|column| {
            column.team.is_empty() && column.value == 0 || fork.allows(first, column.window, |peer| has(column, peer))
        });
        if let Fork::Member { peer, bonus, .. } = fork
            && first
        {
            for column in columns.iter_mut().filter(|column| has(column, *peer)) {
                column.value += bonus;
            }
        }
        // The mix goes on without what was forgotten; where that was all, with no team.
        if columns.iter().all(|column| column.share == 0.0)
            && let Some(none) = columns.iter_mut().find(|column| column.team.is_empty())
        {
            none.share = 1.0;
        }
    }

    /// The price of a row that is used `demand` times: the closed form of the prox.
    fn follow(&self, problem: &Problem, row: usize, demand: f64) -> f64 {
        let (centre, reach) = (self.centre[row], self.reach);
        if row < self.rows.people() {
            // The person's own part is max over n of price × n − load × n (n − 1): slope n between its kinks.
            let capacity = capacity(problem, row);
            if problem.load == 0 {
                return (centre + reach * (demand - f64::from(capacity))).max(0.0);
            }
            let load = points(problem.load);
            for n in 0..=capacity {
                let price = centre + reach * (demand - f64::from(n));
                let low = if n == 0 {
                    f64::NEG_INFINITY
                } else {
                    2.0 * load * f64::from(n - 1)
                };
                let high = if n == capacity {
                    f64::INFINITY
                } else {
                    2.0 * load * f64::from(n)
                };
                if price < low {
                    return low.max(0.0);
                }
                if price <= high {
                    return price.max(0.0);
                }
            }
            return centre.max(0.0);
        }
        (centre + reach * (demand - self.limit[row])).max(0.0)
    }

    fn score(&self, column: &Column) -> f64 {
        let mut score = points(column.value);
        for &row in &column.used {
            score -= self.price[row as usize];
        }
        score
    }

    /// Moves shares until the prices are near the best for the teams known: until what shares could still gain is a small
    /// part of what the move promises, or of `least` points. Gives the bound that the teams known promise at the new prices.
    pub(super) fn move_prices(
        &mut self,
        problem: &Problem,
        centre_bound: f64,
        least: f64,
        sweeps: usize,
        control: &dyn Control,
    ) -> f64 {
        self.refresh(problem);
        let mut scores: Vec<f64> = Vec::new();
        let mut model = f64::MIN;
        // What each challenge could still gain when it was last looked at; between full sweeps those with little have to wait.
        let mut gains = vec![f64::MAX; self.columns.len()];
        let mut little = 0.0;
        for sweep in 0..sweeps {
            let full = sweep % FULL_SWEEP == FULL_SWEEP - 1 || sweep + 1 == sweeps;
            let mut open = 0.0;
            for (c, could) in gains.iter_mut().enumerate() {
                if self.columns[c].len() < 2 || !full && *could < little {
                    continue;
                }
                for step in 0..STEPS {
                    scores.clear();
                    scores.extend(self.columns[c].iter().map(|column| self.score(column)));
                    let (mut best, mut worst, mut mean) = (0, usize::MAX, 0.0);
                    for (j, score) in scores.iter().enumerate() {
                        let share = self.columns[c][j].share;
                        mean += share * score;
                        if *score > scores[best] {
                            best = j;
                        }
                        if share > 0.0 && (worst == usize::MAX || *score < scores[worst]) {
                            worst = j;
                        }
                    }
                    if step == 0 {
                        *could = scores[best] - mean;
                        open += *could;
                    }
                    let gap = scores[best] - scores[worst];
                    if gap <= LEAST || best == worst {
                        break;
                    }
                    self.shift(problem, c, worst, best, gap);
                }
            }
            if full {
                model = self.promised(problem);
                let enough = (centre_bound - model).max(least) * OPEN_SHARE + LEAST;
                if open <= enough || control.stop() {
                    break;
                }
                little = enough / points(i64::from(super::small(self.columns.len())));
            }
        }
        model
    }

    /// The bound that the teams known give at the prices of now: never above the true one.
    fn promised(&self, problem: &Problem) -> f64 {
        let mut sum = 0.0;
        for columns in &self.columns {
            sum += columns.iter().map(|column| self.score(column)).fold(f64::MIN, f64::max);
        }
        for &row in &self.active {
            sum += self.worth(problem, row as usize);
        }
        sum
    }

    /// What a row's limit is worth at its price.
    fn worth(&self, problem: &Problem, row: usize) -> f64 {
        let price = self.price[row];
        if row >= self.rows.people() || problem.load == 0 {
            return price * self.limit[row];
        }
        let load = points(problem.load);
        let mut best = 0.0;
        for n in 1..=capacity(problem, row) {
            let n = f64::from(n);
            let worth = price * n - load * n * (n - 1.0);
            if worth < best {
                break;
            }
            best = worth;
        }
        best
    }

    /// Moves share from one team of a challenge to another, as far as there is something to gain.
    fn shift(&mut self, problem: &Problem, challenge: usize, from: usize, to: usize, gap: f64) {
        let columns = &self.columns[challenge];
        let (less, more) = (&columns[from].used, &columns[to].used);
        // Both are sorted: the difference of their uses.
        let mut changes: Vec<(u32, f64)> = Vec::with_capacity(less.len() + more.len());
        let (mut at_less, mut at_more) = (0, 0);
        while at_less < less.len() || at_more < more.len() {
            let row = match (less.get(at_less), more.get(at_more)) {
                (Some(&one), Some(&other)) => one.min(other),
                (Some(&only), None) | (None, Some(&only)) => only,
                (None, None) => break,
            };
            let mut by = 0.0;
            while less.get(at_less) == Some(&row) {
                by -= 1.0;
                at_less += 1;
            }
            while more.get(at_more) == Some(&row) {
                by += 1.0;
                at_more += 1;
            }
            if by != 0.0 {
                changes.push((row, by));
            }
        }
        let curvature: f64 = changes.iter().map(|(_, by)| by * by).sum::<f64>() * self.reach;
        let most = self.columns[challenge][from].share;
        let mut step = if curvature > 0.0 {
            (gap / curvature).min(most)
        } else {
            most
        };
        // The curvature is an upper bound; while prices stand still at a limit, go on further.
        let gain = |bundle: &Self, step: f64| {
            let mut gain = gap;
            for &(row, by) in &changes {
                let row = row as usize;
                gain -= by * (bundle.follow(problem, row, bundle.demand[row] + by * step) - bundle.price[row]);
            }
            gain
        };
        while step < most {
            let further = (step * 2.0).min(most);
            if gain(self, further) < 0.0 {
                break;
            }
            step = further;
        }
        self.columns[challenge][from].share -= step;
        if self.columns[challenge][from].share < 1e-12 {
            self.columns[challenge][from].share = 0.0;
        }
        self.columns[challenge][to].share += step;
        for (row, by) in changes {
            let row = row as usize;
            self.demand[row] += by * step;
            self.price[row] = self.follow(problem, row, self.demand[row]);
        }
    }

    /// Counts uses and prices anew, and forgets teams that had no share for long.
    fn refresh(&mut self, problem: &Problem) {
        for columns in &mut self.columns {
            for column in columns.iter_mut() {
                column.idle = if column.share > 0.0 { 0 } else { column.idle + 1 };
            }
            columns.retain(|column| column.used.is_empty() || column.idle <= IDLE);
            let sum: f64 = columns.iter().map(|column| column.share).sum();
            for column in columns.iter_mut() {
                column.share /= sum;
            }
        }
        for &row in &self.active {
            self.demand[row as usize] = 0.0;
        }
        for column in self.columns.iter().flatten().filter(|column| column.share > 0.0) {
            for &row in &column.used {
                self.demand[row as usize] += column.share;
            }
        }
        for i in 0..self.active.len() {
            let row = self.active[i] as usize;
            self.price[row] = self.follow(problem, row, self.demand[row]);
        }
    }

    /// Leaves a challenge only one of its teams (or none).
    pub(super) fn fix(&mut self, challenge: usize, place: Option<&Place>, used: Vec<u32>) {
        for &row in &used {
            self.list(row as usize);
        }
        self.columns[challenge] = vec![Column {
            window: place.map_or(0, |place| place.window),
            team: place.map(|place| place.team.clone()).unwrap_or_default(),
            value: place.map_or(0, |place| place.value),
            used,
            share: 1.0,
            idle: 0,
        }];
    }

    /// The prices of the last move become the centre.
    pub(super) fn accept(&mut self) {
        for &row in &self.active {
            self.centre[row as usize] = self.price[row as usize];
        }
    }
}
