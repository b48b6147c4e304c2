//! Who may see and do what: the table of docs/AUTH.md walked over HTTP, what is hidden against what is not there, and
//! secrets hunted through everything that each role can reach.
//!
//! All lists of types, queries and mutations come from the schema, so that a new one without an entry here fails.

mod hidden;
mod lived;
mod nobody;
mod perform;
mod perform_visit;
mod privacy;
mod questions;
pub(crate) mod schema_map;
mod secrets;
mod see;
mod told;
mod walk;
mod world;

pub(crate) use hidden::{Openness, TYPES};
