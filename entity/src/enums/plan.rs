//! Enums of season plans.

use super::text_enum;

text_enum! {
    /// How a season plan came about.
    PlanKind {
        /// The planner made it of the facts as they were.
        Planned = "PLANNED",
        /// The planner made it of the facts with something supposed; it cannot be put into effect.
        WhatIf = "WHAT_IF",
        /// A person changed another plan.
        Edited = "EDITED",
    }
}

text_enum! {
    /// Where the run of a season plan stands.
    PlanState {
        /// Waits for a worker.
        Queued = "QUEUED",
        /// A worker is at it.
        Running = "RUNNING",
        /// There is a plan.
        Done = "DONE",
        /// Somebody ended it.
        Cancelled = "CANCELLED",
        /// It could not be done.
        Failed = "FAILED",
    }
}

text_enum! {
    /// What the run of a season plan is doing.
    PlanPhase {
        /// A first plan, the most urgent first.
        Building = "BUILDING",
        /// Prices that make the bound small.
        Pricing = "PRICING",
        /// A plan from the teams that the prices mix.
        Diving = "DIVING",
        /// Better plans from the best one.
        Improving = "IMPROVING",
        /// Case by case, until nothing is left open.
        Proving = "PROVING",
    }
}

impl PlanState {
    /// The states of a run that has not ended.
    pub const OPEN: [Self; 2] = [Self::Queued, Self::Running];

    /// Whether the run has not ended.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}
