//! The reference facts that the program ships: councils, borders, sister councils, inspection outcomes, themes.
//!
//! `api/data/README.md` says where they come from and what is missing; [`ATTRIBUTION`] must be shown with them.
//! Invariant: loading is idempotent and keeps keys stable. Programmes and their policies are not facts; the programme
//! aggregate seeds them. Neighbours: `facts` (files), `borders` (derived), `load` (database).

pub mod borders;
pub mod facts;
mod load;
#[cfg(test)]
mod tests;

pub use facts::ATTRIBUTION;
pub use load::{Summary, load};
