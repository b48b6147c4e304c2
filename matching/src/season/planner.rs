//! The run: a first plan, prices and their bound, a plan from the prices' mix, better plans from that, and cases at the end.
//!
//! Everything is counted in rounds of work, so that a run without a time limit gives the same plan on any machine and any
//! number of threads. With a limit, prices are left in time for a dive, and the answer says that it was cut short.

use super::branch;
use super::cases::{Case, Proof};
use super::control::{Control, Phase, Progress};
use super::dive::{Depth, Tools, dive};
use super::draft::{Draft, Place, Space};
use super::improve::{self, Worker};
use super::oracle::{Oracle, SCALE};
use super::pricing::{Market, Patience};
use super::problem::Problem;
use super::refine;

/// How to plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Options {
    /// Decides between plans that are worth the same, and where the search looks.
    pub seed: u64,
    /// Threads to use; of no consequence for the result.
    pub threads: usize,
    /// Rounds of improvement after the plan was made from prices.
    pub rounds: u64,
    /// Cases looked at, when little is left open.
    pub cases: u64,
    /// End when bound and value differ by no more than so many millionths of the value.
    pub gap_millionths: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            threads: 1,
            rounds: 300,
            cases: 400,
            gap_millionths: 0,
        }
    }
}

/// A planned season.
#[derive(Clone, Debug)]
pub struct Planned {
    /// For each challenge its place, if it takes place.
    pub places: Vec<Option<Place>>,
    /// Points.
    pub value: i64,
    /// No plan is worth more.
    pub bound: i64,
    /// What proves the bound.
    pub proof: Proof,
    /// Whether the run was ended before its work was done.
    pub cut_short: bool,
    /// Rounds of work.
    pub rounds: u64,
}

impl Planned {
    /// Whether the run was ended before anything was planned.
    pub fn came_to_nothing(&self) -> bool {
        self.cut_short && self.places.iter().all(Option::is_none)
    }
}

/// Prices move at most so often.
const MOST_ROUNDS: u64 = 400;

/// A plan is built at prices every so many rounds while they move.
const BUILD_EVERY: u64 = 12;

/// A run on its way: what it works with and the best that it has.
struct Run<'r> {
    problem: &'r Problem,
    options: Options,
    control: &'r dyn Control,
    order: Vec<usize>,
    oracles: Vec<Oracle>,
    space: Space,
    best: Draft,
    bound: Option<i64>,
    rounds: u64,
}

/// Plans a season.
pub fn plan(problem: &Problem, options: Options, control: &dyn Control) -> Planned {
    let mut run = Run {
        problem,
        options,
        control,
        order: improve::by_urgency(problem),
        oracles: (0..options.threads.max(1)).map(|_| Oracle::default()).collect(),
        space: Space::default(),
        best: Draft::new(problem),
        bound: None,
        rounds: 0,
    };
    let mut cut_short = !run.first();
    let mut proof = Proof::default();
    if !cut_short {
        let mut market = Market::open(problem, &run.best.places);
        // Prices that are nearly where they belong make a good plan long before they are there.
        cut_short = !run.price(&mut market);
        cut_short |= !run.dive(&market);
        market.refine();
        if !run.done() {
            cut_short |= !run.price(&mut market);
            cut_short |= !run.dive(&market);
        }
        // Prices that were never tried prove nothing; none at all prove [`most_points`].
        if run.bound.is_some() {
            proof = Proof(vec![Case::Prices(market.best_prices(problem).priced().collect())]);
        }
        cut_short |= !run.improve(&market, &mut proof);
    }
    Planned {
        value: run.best.value(),
        bound: run.bound.unwrap_or_else(|| most_points(problem)),
        proof,
        places: run.best.places,
        cut_short,
        rounds: run.rounds,
    }
}

/// A bound that needs no work: every slot filled at its best, nothing lost.
fn most_points(problem: &Problem) -> i64 {
    let of = |ask: &super::problem::Ask| {
        let slots: i64 = ask
            .groups
            .iter()
            .enumerate()
            .map(|(g, group)| {
                let own = ask.buckets.iter().filter(|bucket| usize::from(bucket.group) == g);
                let best = own
                    .filter_map(|bucket| ask.entries.get(bucket.from as usize))
                    .map(|entry| entry.points)
                    .max();
                best.map_or(0, |best| i64::from(group.slots) * (group.points + best).max(0))
            })
            .sum();
        let window = ask.windows.iter().map(|window| window.points).max().unwrap_or(0);
        slots + window + ask.spread.iter().sum::<i64>() + ask.themes.iter().sum::<i64>()
    };
    problem.base + problem.challenges.iter().map(of).sum::<i64>()
}

/// Whether a bound and a value differ by no more than so many millionths of the value.
fn is_close(bound: i64, value: i64, millionths: i64) -> bool {
    i128::from(bound - value) * 1_000_000 <= i128::from(millionths) * i128::from(value.abs())
}

/// Tells where a run stands.
fn report(control: &dyn Control, problem: &Problem, phase: Phase, best: &Draft, bound: Option<i64>, rounds: u64) {
    let progress = Progress {
        phase,
        value: best.value(),
        bound,
        filled: best.filled(problem),
        rounds,
    };
    let so_far = || Planned {
        places: best.places.clone(),
        value: best.value(),
        bound: bound.unwrap_or_else(|| most_points(problem)),
        proof: Proof::default(),
        cut_short: true,
        rounds,
    };
    control.report(&progress, &so_far);
}

impl Run<'_> {
    fn report(&self, phase: Phase) {
        report(self.control, self.problem, phase, &self.best, self.bound, self.rounds);
    }

    fn tools(&mut self) -> Tools<'_> {
        Tools {
            oracles: &mut self.oracles,
            space: &mut self.space,
            order: &self.order,
            control: self.control,
        }
    }

    /// Whether nothing is left to prove or to find.
    fn done(&self) -> bool {
        self.bound
            .is_some_and(|bound| is_close(bound, self.best.value(), self.options.gap_millionths))
    }

    fn offer(&mut self, draft: Draft) {
        if draft.value() > self.best.value() {
            self.best = draft;
        }
    }

    fn first(&mut self) -> bool {
        let (draft, whole) = improve::build(self.problem, &mut self.space, None, &self.order, self.control);
        self.offer(draft);
        self.report(Phase::Building);
        whole
    }

    /// Moves prices until they settle. `false` when the run was stopped or had to hurry.
    fn price(&mut self, market: &mut Market) -> bool {
        let began = self.control.elapsed();
        let mut patience = Patience::new(WORTH_WAITING);
        for round in 0..MOST_ROUNDS {
            market.reached = self.best.value() * SCALE;
            if !market.round(self.problem, &mut self.oracles, self.control) {
                return false;
            }
            self.rounds += 1;
            let bound = market.bound.div_euclid(SCALE);
            self.bound = Some(self.bound.map_or(bound, |before| before.min(bound)));
            let waited = patience.waited(bound, bound - self.best.value());
            if round % BUILD_EVERY == BUILD_EVERY - 1 {
                let prices = market.best_prices(self.problem);
                let (draft, _) =
                    improve::build(self.problem, &mut self.space, Some(&prices), &self.order, self.control);
                self.offer(draft);
            }
            self.report(Phase::Pricing);
            let rests = if market.is_fine() {
                waited >= FINE_ROUNDS
            } else {
                waited >= COARSE_ROUNDS && round >= FIRST_ROUNDS
            };
            if self.done() || market.settled && market.added == 0 || rests {
                return true;
            }
            if let Some(left) = self.control.left() {
                // A dive takes about as long as so many rounds.
                let each = self.control.elapsed().saturating_sub(began) / u32::try_from(round + 1).unwrap_or(u32::MAX);
                if left < each * DIVE_ROUNDS {
                    return false;
                }
            }
        }
        false
    }

    fn dive(&mut self, market: &Market) -> bool {
        if self.done() {
            return true;
        }
        let mut market = market.clone();
        let mut draft = Draft::new(self.problem);
        let depth = Depth { part: 6, rounds: 3 };
        let whole = dive(self.problem, &mut market, &mut draft, &mut self.tools(), depth);
        improve::polish(self.problem, &mut self.space, &mut draft, &self.order, self.control);
        self.offer(draft);
        self.report(Phase::Diving);
        whole
    }

    /// Whether so little is open that cases may close it.
    fn is_nearly_done(&self) -> bool {
        let count = self.problem.challenges.len();
        let worth_while = i64::from(super::small(count)) * OPEN_EACH;
        count <= FEW && self.bound.is_some_and(|bound| bound - self.best.value() <= worth_while)
    }

    /// Divides what is open into cases. `false` when the run was stopped.
    fn prove(&mut self, market: &Market, proof: &mut Proof) -> bool {
        if self.done() {
            return true;
        }
        let (rounds, control, problem, options) = (self.rounds, self.control, self.problem, self.options);
        let (mut best, mut looked) = (self.best.clone(), 0);
        let told = |best: &Draft, bound: i64| {
            looked += 1;
            report(control, problem, Phase::Proving, best, Some(bound), rounds + looked);
            is_close(bound, best.value(), options.gap_millionths)
        };
        let proven = branch::prove(problem, market, &mut best, &mut self.tools(), options.cases, told);
        self.offer(best);
        self.rounds += looked;
        if self.bound.is_none_or(|before| proven.bound < before) {
            self.bound = Some(proven.bound);
            *proof = proven.proof;
        }
        !proven.stopped
    }

    /// Makes the plan better; once little is open, what is left is proven or found case by case. `false` when the run was
    /// stopped.
    fn improve(&mut self, market: &Market, proof: &mut Proof) -> bool {
        let mut divided = false;
        let prices = market.best_prices(self.problem);
        let mut workers: Vec<Worker> = self
            .oracles
            .iter()
            .map(|_| Worker {
                space: Space::default(),
                oracle: Oracle::default(),
                draft: self.best.clone(),
                empty: Draft::new(self.problem),
            })
            .collect();
        for round in 0..self.options.rounds {
            if round % REFINE_EVERY == 0 && !divided && self.is_nearly_done() {
                divided = true;
                if !self.prove(market, proof) {
                    return false;
                }
                for worker in &mut workers {
                    worker.draft = self.best.clone();
                }
            }
            if self.done() {
                return true;
            }
            let taken = if round % REFINE_EVERY == 0 {
                let at = (self.options.seed, round);
                refine::round(self.problem, market, &mut workers, &self.order, at, self.control)
            } else {
                let (problem, seed) = (self.problem, self.options.seed);
                improve::round(problem, &mut workers, Some(&prices), seed, round, self.control)
            };
            if let Some(worker) = workers.first()
                && worker.draft.value() >= self.best.value()
            {
                self.best = worker.draft.clone();
            }
            if taken.is_none() {
                return false;
            }
            self.rounds += 1;
            self.report(Phase::Improving);
        }
        true
    }
}

/// Cases are worth while when no more points than this are open for each challenge, …
const OPEN_EACH: i64 = 4;

/// … and there are no more challenges than this: of more, one case takes as long as many rounds of improvement.
const FEW: usize = 100;

/// Every so many rounds of improvement parts of the plan are made anew.
const REFINE_EVERY: u64 = 8;

/// Rounds of pricing that a dive is as long as, about.
const DIVE_ROUNDS: u32 = 20;

/// Prices are where they belong when in so many rounds the bound has not fallen by a part (one over [`WORTH_WAITING`]) of what is
/// open between it and the best plan; …
const FINE_ROUNDS: usize = 8;

/// … nearly there when in so many.
const COARSE_ROUNDS: usize = 4;

/// The first so many rounds feel their way: their steps are still too short or too long to say that prices are nearly there.
const FIRST_ROUNDS: u64 = 12;

const WORTH_WAITING: i64 = 50;
