//! What the database itself promises, by-passing the service, on both engines.

mod enums;
mod invariants;
mod migrations;
mod outcomes;
mod race;
mod schema;
mod slow;
pub(crate) mod world;
