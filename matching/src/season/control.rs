//! How a caller follows a run and ends it. The engine itself has no clock.

use std::time::Duration;

use super::planner::Planned;

/// Where a run stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Points of the best plan so far.
    pub value: i64,
    /// No plan is worth more; `None` until there is a bound.
    pub bound: Option<i64>,
    /// Filled slots of the best plan.
    pub filled: u32,
    /// Rounds of work so far.
    pub rounds: u64,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// A first plan, the most urgent first.
    Building,
    /// Prices that make the bound small.
    Pricing,
    /// A plan from the teams that the prices mix.
    Diving,
    /// Better plans from the best one.
    Improving,
    /// Case by case, until nothing is left open.
    Proving,
}

/// Follows a run and can end it.
pub trait Control: Sync {
    /// Whether the run shall end now with what it has; asked often, so it must be cheap.
    fn stop(&self) -> bool {
        false
    }

    /// How long the run may still take, if there is a limit. With a limit, results depend on the machine.
    fn left(&self) -> Option<Duration> {
        None
    }

    /// How long the run has taken; only asked where there is a limit.
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    /// Told after each round of work; `so_far` gives the best plan at that moment, without prices, for whoever wants to keep it.
    fn report(&self, _: &Progress, _so_far: &dyn Fn() -> Planned) {}
}

/// Lets a run go on to its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct ToTheEnd;

impl Control for ToTheEnd {}
