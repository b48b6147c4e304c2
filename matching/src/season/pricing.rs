//! The bound: prices are moved until they promise nothing more, and the best are kept as the certificate.

use super::bundle::{self, Bundle};
use super::cases::{Fork, Given};
use super::control::Control;
use super::draft::Place;
use super::drift::Drift;
use super::oracle::{Oracle, SCALE};
use super::prices::{Prices, Promise};
use super::problem::Problem;
use super::rows::Rows;

/// Steps that the search of one team may take; beyond that its bound is the tables'.
const TEAM_STEPS: u64 = 20_000;

/// Sweeps over all challenges in one move at most, while prices are far from where they belong …
const SWEEPS: usize = 16;

/// … and when they are near or follow teams that are fixed, where teams are not too many for it: …
const FINE_SWEEPS: usize = 200;

/// … so many are looked at in all sweeps together.
const FINE_COLUMNS: usize = 150_000;

/// How far a unit of use beyond its limit moves a price at first, in points.
const FIRST_REACH: f64 = 60.0;

/// Prices on their way.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) rows: Rows,
    pub(super) bundle: Bundle,
    /// The prices last tried.
    pub(super) prices: Prices,
    /// What each window of each challenge is worth at most …
    promises: Vec<Promise>,
    /// … at these prices.
    promised_at: Prices,
    /// Challenges that have only one team left.
    pub(super) fixed: Vec<bool>,
    /// Sweeps in one move, once prices are near where they belong or some challenges are fixed.
    sweeps: Option<usize>,
    /// The smallest bound so far, points times scale; of the plans that keep what is fixed.
    pub(super) bound: i64,
    /// Points (times scale) of the best plan known.
    pub(super) reached: i64,
    /// Teams that the last round found.
    pub(super) added: usize,
    /// Rounds so far.
    pub(super) rounds: u32,
    /// Whether prices have nothing more to give.
    pub(super) settled: bool,
    tries: u32,
    /// The next bound counts, whatever it is.
    fresh: bool,
}

/// Prices come to rest: what is needed to go on from them, without working space.
#[derive(Debug)]
pub(super) struct Rest {
    bundle: bundle::Rest,
    promises: Vec<Promise>,
    promised_at: Vec<(u32, i64)>,
    sweeps: Option<usize>,
    bound: i64,
    rounds: u32,
}

impl Clone for Market {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows,
            bundle: self.bundle.clone(),
            prices: self.prices.clone(),
            promises: self.promises.clone(),
            promised_at: self.promised_at.clone(),
            fixed: self.fixed.clone(),
            ..*self
        }
    }
}

impl Market {
    /// Begins with prices that follow from a first plan: whoever holds a role of which the plan ran out costs what the first
    /// unfilled slot would have brought.
    pub(super) fn open(problem: &Problem, first: &[Option<Place>]) -> Self {
        let rows = Rows::of(problem);
        let bundle = Bundle::new(problem, rows, first_prices(problem, rows, first), FIRST_REACH);
        let mut market = Self::with(problem, bundle);
        for (challenge, place) in first.iter().enumerate() {
            if let Some(place) = place {
                market.learn(problem, challenge, place);
            }
        }
        market
    }

    fn with(problem: &Problem, bundle: Bundle) -> Self {
        let rows = Rows::of(problem);
        let count = problem.challenges.len();
        Self {
            rows,
            bundle,
            prices: Prices::new(problem, rows),
            promises: vec![Promise::default(); count],
            promised_at: Prices::new(problem, rows),
            fixed: vec![false; count],
            sweeps: None,
            bound: i64::MAX,
            reached: i64::MIN,
            added: 0,
            rounds: 0,
            settled: false,
            tries: 0,
            fresh: true,
        }
    }

    /// Takes up a team that somebody else found.
    pub(super) fn learn(&mut self, problem: &Problem, challenge: usize, place: &Place) {
        let used = self.rows.used(problem, challenge, place.window, &place.team);
        self.bundle
            .add(challenge, place.window, place.team.clone(), place.value, used);
    }

    /// Leaves a challenge only one of its teams (or none).
    pub(super) fn fix(&mut self, problem: &Problem, challenge: usize, place: Option<&Place>) {
        let used = place.map(|place| self.rows.used(problem, challenge, place.window, &place.team));
        self.bundle.fix(challenge, place, used.unwrap_or_default());
        self.fixed[challenge] = true;
        self.work_out_in_full();
        self.fresh = true;
        self.settled = false;
        self.tries = 0;
    }

    /// What is needed to go on from here later.
    pub(super) fn rest(&self) -> Rest {
        Rest {
            bundle: self.bundle.rest(),
            promises: self.promises.clone(),
            promised_at: self.promised_at.by_position(),
            sweeps: self.sweeps,
            bound: self.bound,
            rounds: self.rounds,
        }
    }

    /// Goes on where prices of a problem came to rest, with one side of a fork; `problem` is what is left of it there. The bound
    /// is that of both sides until prices say more: whoever is given a bonus can lift a team by no more than that.
    pub(super) fn resume(problem: &Problem, rest: &Rest, (fork, first): &Given) -> Self {
        let rows = Rows::of(problem);
        let mut market = Self::with(problem, Bundle::resume(problem, rows, &rest.bundle));
        market.promises.clone_from(&rest.promises);
        market.promised_at.set_scaled(problem, rest.promised_at.clone());
        market.prices.clone_from(&market.promised_at);
        (market.sweeps, market.bound, market.rounds) = (rest.sweeps, rest.bound, rest.rounds);
        market.fresh = false;
        market.bundle.enter(fork, *first);
        if let Fork::Member { challenge, bonus, .. } = fork
            && *first
        {
            for window in &mut market.promises[*challenge].windows {
                *window += bonus * SCALE;
            }
        }
        market.refine();
        market
    }

    /// Tries the next prices; `false` when the run was stopped.
    pub(super) fn round(&mut self, problem: &Problem, oracles: &mut [Oracle], control: &dyn Control) -> bool {
        let promised = if self.rounds == 0 {
            f64::MIN
        } else {
            let level = to_points(self.bound);
            let sweeps = self.sweeps.unwrap_or(SWEEPS);
            self.bundle
                .move_prices(problem, level, self.worth_moving(), sweeps, control)
        };
        self.rounds += 1;
        self.prices.set(problem, &self.bundle.active, &self.bundle.price);
        let floors: Vec<i64> = self
            .bundle
            .columns
            .iter()
            .map(|columns| {
                columns
                    .iter()
                    .map(|column| column.value * SCALE - self.prices.cost(&column.used))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let drift = Drift::of(problem, &self.promised_at, &self.prices);
        let found = self.prices.evaluate(
            problem,
            oracles,
            &floors,
            &self.promises,
            &drift,
            TEAM_STEPS,
            &self.fixed,
            control,
        );
        let Some((bound, found)) = found else { return false };
        self.promised_at.clone_from(&self.prices);
        self.added = 0;
        for (challenge, best) in found.into_iter().enumerate() {
            if self.fixed[challenge] {
                continue;
            }
            self.promises[challenge] = best.promise;
            if let Some((window, answer)) = best.found {
                let used = self.rows.used(problem, challenge, window, &answer.team);
                let value = (answer.value + self.prices.cost(&used)) / SCALE;
                self.bundle.add(challenge, window, answer.team, value, used);
                self.added += 1;
            }
        }
        let gain = to_points(self.bound) - to_points(bound);
        let hoped = to_points(self.bound) - promised;
        if self.fresh {
            self.fresh = false;
            self.bound = bound;
            self.bundle.accept();
            return true;
        }
        // The usual rules of bundle methods: steps grow while the promise is kept and shrink where it is far from kept.
        if gain > 0.0 {
            self.bound = bound;
            self.bundle.accept();
            if gain > 0.3 * hoped {
                self.bundle.reach *= 2.0;
            }
            self.tries = 0;
        } else {
            self.tries += 1;
            if -gain > hoped {
                self.bundle.reach *= 0.6;
            } else if self.tries > 3 {
                self.bundle.reach *= 0.8;
            }
        }
        // Near these prices little is promised, though much is open: what is wrong is further away.
        if hoped < self.worth_moving() {
            self.bundle.reach *= FURTHER;
        }
        self.bundle.reach = self.bundle.reach.clamp(1.0, MOST_REACH);
        self.settled = hoped < SETTLED * to_points(self.bound).abs().max(1.0) || hoped < 0.5;
        true
    }

    /// The prices that [`promise`](Self::promise) is about.
    pub(super) fn tried(&self) -> &Prices {
        &self.promised_at
    }

    /// What a challenge can bring at most at the prices last tried, points times scale.
    pub(super) fn promise(&self, challenge: usize) -> i64 {
        self.promises[challenge].windows.iter().copied().fold(0, i64::max)
    }

    fn work_out_in_full(&mut self) {
        let sweeps = FINE_COLUMNS / self.bundle.open_columns().max(1);
        self.sweeps.get_or_insert(sweeps.clamp(SWEEPS, FINE_SWEEPS));
    }

    /// Whether moves are worked out in full.
    pub(super) fn is_fine(&self) -> bool {
        self.sweeps.is_some()
    }

    /// Less than this, in points, is not worth a move of the prices while the best plan is so far from the bound.
    fn worth_moving(&self) -> f64 {
        let open = to_points(self.bound) - to_points(self.reached);
        if self.sweeps.is_some() {
            0.0
        } else {
            open.max(0.0) * WORTH_MOVING
        }
    }

    /// From now on moves are worked out in full and go no further than they promise.
    pub(super) fn refine(&mut self) {
        self.work_out_in_full();
        self.settled = false;
        self.bundle.reach = self.bundle.reach.min(FINE_REACH);
        self.tries = 0;
    }

    /// The best bound's prices.
    pub(super) fn best_prices(&self, problem: &Problem) -> Prices {
        let mut prices = self.prices.clone();
        prices.set(problem, &self.bundle.active, &self.bundle.centre);
        prices
    }
}

/// Whether a bound still falls by enough to wait for.
#[derive(Debug)]
pub(super) struct Patience {
    /// A fall is enough when it is this part of what is open (one over it).
    part: i64,
    level: Option<i64>,
    since: usize,
}

impl Patience {
    pub(super) fn new(part: i64) -> Self {
        Self {
            part,
            level: None,
            since: 0,
        }
    }

    /// Rounds since the bound last fell by enough; `open` is what is left between it and the best plan.
    pub(super) fn waited(&mut self, bound: i64, open: i64) -> usize {
        if self.level.is_none_or(|level| (level - bound) * self.part > open) {
            (self.level, self.since) = (Some(bound), 0);
        } else {
            self.since += 1;
        }
        self.since
    }
}

/// A move that promises less than this part of what is open between the best plan and the bound goes not far enough.
const WORTH_MOVING: f64 = 0.1;

/// How much further it goes then.
const FURTHER: f64 = 3.0;

/// How far it goes at first when prices are near where they belong.
const FINE_REACH: f64 = 200.0;

/// How far a unit of use beyond its limit moves a price at most, in points.
const MOST_REACH: f64 = 4_000.0;

/// Prices are settled when a move promises less than this part of the bound.
const SETTLED: f64 = 5e-7;

#[allow(clippy::cast_precision_loss, reason = "points are bounded far below 2^52")]
fn to_points(scaled: i64) -> f64 {
    scaled as f64 / SCALE as f64
}

fn first_prices(problem: &Problem, rows: Rows, first: &[Option<Place>]) -> Vec<f64> {
    let asks = || problem.challenges.iter().flat_map(|ask| &ask.groups);
    let roles = asks().map(|group| group.role as usize + 1).max().unwrap_or(0);
    let mut wanted: Vec<Vec<i64>> = vec![Vec::new(); roles];
    for group in asks() {
        let slots = (group.slots as usize).min(problem.people.len());
        wanted[group.role as usize].extend(std::iter::repeat_n(group.points, slots));
    }
    let mut filled = vec![0; roles];
    for (ask, place) in problem.challenges.iter().zip(first) {
        for member in place.iter().flat_map(|place| &place.team) {
            filled[ask.groups[usize::from(member.group)].role as usize] += 1;
        }
    }
    let mut price = vec![0; roles];
    for (role, wanted) in wanted.iter_mut().enumerate() {
        wanted.sort_unstable_by_key(|&points| std::cmp::Reverse(points));
        price[role] = wanted.get(filled[role]).copied().unwrap_or(0);
    }
    let mut centre = vec![0.0; rows.count()];
    for ask in &problem.challenges {
        for bucket in &ask.buckets {
            #[allow(clippy::cast_precision_loss, reason = "points are bounded far below 2^52")]
            let price = price[ask.groups[usize::from(bucket.group)].role as usize] as f64;
            for entry in &ask.entries[bucket.from as usize..bucket.until as usize] {
                let place = &mut centre[entry.peer as usize];
                *place = price.max(*place);
            }
        }
    }
    centre
}
