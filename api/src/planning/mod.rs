//! Plans of whole seasons at the edge: seasons, plans and certificates as files, runs with a clock, reports for people; and as
//! things of the service (`season`).
//!
//! The planner itself is `matching::season`; it knows neither files nor time.
//!
//! Neighbours: `cli` (the commands `plan` and `verify`).

pub mod files;
pub mod report;
pub mod season;
pub mod watch;
