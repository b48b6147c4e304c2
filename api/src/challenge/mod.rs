//! Peer challenges from the request to the confirmed team: the lifecycle, triage with its priority, the scope, the schedule.
//!
//! Pure: `lifecycle`, `priority`, `rules`, `deadlines`, `void`. Writing: `service`. Reading: `repo`, `loader`, `queries`. Who is on the
//! team is the `team` aggregate's; it moves a challenge on through [`service::move_stage`].

pub mod deadlines;
pub mod due;
pub mod enums;
pub mod evidence;
pub mod inputs;
pub mod lifecycle;
pub mod loader;
pub mod mutations;
pub mod objects;
pub mod parts;
pub mod pauses;
pub mod priority;
pub mod queries;
pub mod repo;
pub mod requirements;
pub mod rules;
pub mod service;
pub mod timeline;
pub mod transitions;
pub mod void;
