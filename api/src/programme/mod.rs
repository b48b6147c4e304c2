//! Programmes and their versioned policies: every limit, look-back, weight and deadline is data that the national
//! programme edits, and every answer names the version it used.

pub mod loader;
pub mod mutations;
pub mod objects;
pub mod policy;
pub mod policy_objects;
pub mod queries;
pub mod repo;
pub mod seed;
pub mod service;
