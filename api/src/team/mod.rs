//! Teams: who may serve, who serves best, who does serve, and what is decided about conflicts of interest.
//!
//! `world` turns rows into the facts of the pure engine (`matching`); everything that speaks for or against a person is
//! asked there and nowhere else. `redact` decides what a viewer learns of it and `explain` puts it into words. `service`
//! changes teams (propose, nominate, replace, confirm, waive, object, decide), `late` re-checks live assignments when a
//! fact changes, `reserves` keeps those who could step in. Every rule is re-checked inside the transaction that nominates or confirms.

pub mod answers;
pub mod codes;
pub mod eligibility;
pub mod evidence;
pub mod explain;
pub mod fields;
pub mod inputs;
pub mod late;
pub mod lists;
pub mod loader;
pub mod mutations;
pub mod objects;
pub mod proposal;
pub mod proposal_objects;
pub mod queries;
pub mod record;
pub mod redact;
pub mod repo;
pub mod reserves;
pub mod service;
pub mod traces;
pub mod watch;
pub mod world;
