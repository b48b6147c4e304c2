//! The visit itself: documents beforehand, sessions, findings, and risks that cannot wait for the report.
//!
//! The service keeps links to documents only, never files: nothing can be uploaded. What the team finds is the team's and the
//! programme's until the feedback is given; then the host's and the hub's as well ([`repo`]).
//!
//! Pure: `rules`. Writing: `service`. Reading: `repo`, `loader`, `objects`. `escalate` is a chore.

pub mod escalate;
pub mod inputs;
pub mod loader;
pub mod mutations;
pub mod objects;
pub mod repo;
pub mod rules;
pub mod service;
