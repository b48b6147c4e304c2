//! A whole season planned at once: a window and a team for every challenge, with a bound on what any plan could be worth.
//!
//! [`plan`] is the planner. It works on a [`Problem`]: positions, limits, points, and for each challenge the people whom no
//! rule keeps away. A [`Season`] in the file format is one way to pose a problem. The answer is counted again from the
//! season ([`worth`]), and its bound is proven by prices that anybody can check ([`proven_bound`]); neither shares code
//! with the search. No clock: [`Control`] follows a run and ends it.
//!
//! Files: `format` and `check` read a season, `reading` poses its problem (`problem`, `weeks`), `oracle` finds the best team at
//! prices, `rows`, `prices` and `bundle` move them (`pricing`), `dive` makes a plan of their mix, `draft` holds a plan in
//! the making, `improve` and `refine` better it, `branch` goes on case by case (`cases`), `planner` runs all that. `plan` and
//! `value` are results, `verify` is the other way; `repair` fills a team's vacant slots (`exchange`);
//! `review`, `standing`, `gain` (`parties`) and `vacancy` say what a plan gives to whom and why slots are vacant. `compose` makes a season of the
//! service's own facts, `settled` is what of it is decided already.

mod bits;
mod branch;
mod broken;
mod bundle;
mod cases;
mod check;
mod compose;
mod control;
mod dive;
mod draft;
mod drift;
mod exchange;
pub mod format;
mod gain;
mod improve;
mod oracle;
mod parties;
mod plan;
mod planner;
mod prices;
mod pricing;
mod problem;
mod reading;
mod refine;
mod repair;
mod review;
mod roster;
mod rows;
mod settled;
mod standing;
mod threads;
mod vacancy;
mod value;
mod verify;
mod weeks;

pub use broken::{About, Broken, BrokenRule, ByPosition, Called, Fault, Unfit};
pub use cases::{Case, Fork, Proof};
pub use compose::{Asked, ComposeError, Composed, SetAside, Terms, compose};
pub use control::{Control, Phase, Progress, ToTheEnd};
pub use draft::Place;
pub use format::{FormatError, Season};
pub use oracle::Member;
pub use plan::{
    Assignment, CERTIFICATE, CaseFile, Certificate, Divided, DividedBy, Miscounted, PlanFile, PlanStatus, Seat, share,
};
pub use planner::{Options, Planned, plan};
pub use problem::Problem;
pub use repair::{Repair, RepairOptions, repair};
pub use review::{Bottleneck, CouncilDays, Fairness, Reviewed, Served, bottlenecks, fairness, review};
pub use rows::Row;
pub use standing::{Reason, Reasons, Scene, Standing};
pub use vacancy::{RuleTally, Tally, Vacancy, WayOut, core, vacancies};
pub use value::{Worth, worth};
pub use verify::proven_bound;

/// A position as it is stored.
pub(crate) fn small(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
