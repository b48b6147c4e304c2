//! Challenges from the request to team building, through GraphQL, on both engines.

mod desk;
mod life;
mod lists;
mod refusals;
