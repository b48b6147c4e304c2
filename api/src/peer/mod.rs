//! Peers: who is in the pool, what ties them to councils, when they are free.
//!
//! Invariants: an availability window never overlaps or touches another one of the same person (offers are merged);
//! every change of a fact that matching reads re-checks the person's live assignments in the same transaction; personal
//! reasons (notes of interests, reasons of blackouts, reasons of duplicate decisions) never enter the audit record.
//!
//! Neighbours: `team` (re-checks, assignments), `council` (homes), `theme`, `viewer` (the person behind a token).

pub mod classes;
pub mod diary;
pub mod enums;
pub mod inputs;
pub mod loader;
pub mod mutations;
pub mod objects;
pub mod payloads;
pub mod personal;
pub mod queries;
pub mod repo;
pub mod rules;
pub mod scope;
pub mod service;
pub mod ties;
