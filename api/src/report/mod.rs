//! What a visit leads to: feedback, report with recommendations, corrections of fact, publication, action plan, progress review,
//! evaluation.
//!
//! Invariants: a recommendation rests on findings; a correction keeps the original beside it; a report is published only when
//! host and programme have agreed; what is thought of a peer is for the programme alone.
//!
//! Writing: `service`. Reading: `repo`, `loader`, `objects`.

pub mod inputs;
pub mod loader;
pub mod mutations;
pub mod objects;
pub mod plan_objects;
pub mod repo;
pub mod service;
