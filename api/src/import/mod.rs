//! Bringing data in: the reference facts that the program ships, and a region's spreadsheets.
//!
//! Invariants: an import happens whole or not at all; doing it again changes nothing; everything wrong with the files
//! is told at once, with file, line and column; every change leaves an audit event. For people: `docs/IMPORT.md`.
//!
//! - [`reference`]: the facts under `api/data` ([`reference::load`]);
//! - [`csv`]: parsing and checking, no database;
//! - [`store`]: comparing and writing in bulk;
//! - [`folder`]: the order of it all ([`folder::run`]).

pub mod audit;
pub mod csv;
pub mod error;
pub mod folder;
pub mod reference;
pub mod store;

pub use error::ImportError;
