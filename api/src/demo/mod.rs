//! The demonstration: a fresh embedded database with the real councils and an invented pool, the main job run on one
//! request, the answer printed as a programme manager wants to read it, and the service to play with.
//!
//! The database lives in a temporary directory and is gone when the demonstration ends. People are plainly invented;
//! councils, neighbours, sister councils and quoted outcomes are the shipped facts. Neighbours: `people`, `history`, `requests`, `lives`,
//! `records`, `invitations` (pure generators), `teams` (asks the engine), `fill` (writes all), `report` (runs the main job and prints it), `cli::demo` (the command).

pub mod fill;
pub mod history;
pub mod invitations;
pub mod lives;
pub mod people;
pub mod records;
pub mod report;
pub mod requests;
pub mod teams;
pub mod words;
