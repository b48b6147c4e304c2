//! Invitations to teams: sent by the programme, answered through a signed link that works once or through the API; whoever
//! declines or does not answer is followed by the next reserve who is still eligible.
//!
//! Invariants: at most one invitation of a place waits for an answer; an answer is taken once; nobody is invited against a rule,
//! because every invitation is judged on the facts of that moment like a nomination; what ends a place ends its invitation.
//!
//! Files: `page` (what a link opens), `service` (inviting, answering, the cascade), `expire` (a
//! chore), `repo`, `objects`, `inputs`, `mutations`.

pub mod expire;
pub mod inputs;
pub mod loader;
pub mod mutations;
pub mod objects;
pub mod page;
pub mod repo;
pub mod service;
