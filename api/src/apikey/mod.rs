//! API keys: how the machines of regional hubs sign in.
//!
//! The national programme makes a key for some regions, with a scope and an end, and shows its text once; a hub sees the
//! keys of its own regions, without anything that could be used. The holder acts as a hub of those regions
//! (`auth::machine` has the format and the check). Making and revoking are in the audit record; what the holder does is
//! there under `key:PREFIX`.
//!
//! Invariants: the text of a key is nowhere but in the answer to `createApiKey`; a key never gets more regions, a wider scope
//! or a later end than it was made with (make a new one); a revocation is never taken back.
//!
//! Neighbours: `auth::machine` (asks [`store`]), `council` (regions), `audit`.

pub mod mutations;
pub mod objects;
pub mod queries;
pub mod repo;
pub mod service;
pub mod store;
