//! People in the national pool.

pub mod objects;
