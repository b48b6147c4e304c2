//! Seasons: the periods over which engagements are counted and planned, usually a year from April.

pub mod mutations;
pub mod objects;
pub mod queries;
pub mod service;
