//! The audit record: one event for every change of state, written in the same transaction as the change.
//!
//! Events are append-only (the database refuses updates and deletes; all that it permits is to take an erased person out). `details` never holds personal reasons: an event
//! says that an interest was declared, the interest itself says what it is.

pub mod objects;
pub mod queries;
pub mod repo;

use entity::audit_event;
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};
use uuid::Uuid;

use crate::{
    auth::ViewerRole,
    graphql::{context::Act, errors::Result, ids::Kind},
};

/// Stands in the place of a kind for events that are about many things at once: an import. There is nothing that `node` could
/// give for such an event.
pub const IMPORT_KIND: &str = "Import";

/// Stands in the place of a kind for events about a background job, which the API does not show: to it they are about nothing
/// in particular. Their details name the job.
pub const JOB_KIND: &str = "Job";

/// Stands in the place of the name of an erased person who acted; the database accepts no other change of a name.
pub const ERASED_ACTOR: &str = "erased peer";

/// What happened to what.
pub struct Event {
    action: &'static str,
    kind: &'static str,
    id: Uuid,
    challenge: Option<Uuid>,
    council: Option<Uuid>,
    peer: Option<Uuid>,
    details: serde_json::Value,
}

impl Event {
    /// `action` (SCREAMING_SNAKE_CASE, past tense) happened to the thing of `kind` with key `id`.
    pub fn new(action: &'static str, kind: Kind, id: Uuid) -> Self {
        Self::about(action, kind.name(), id)
    }

    /// `action` happened to the background job with key `id`.
    pub fn of_job(action: &'static str, id: Uuid) -> Self {
        Self::about(action, JOB_KIND, id)
    }

    fn about(action: &'static str, kind: &'static str, id: Uuid) -> Self {
        Self {
            action,
            kind,
            id,
            challenge: None,
            council: None,
            peer: None,
            details: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// The challenge that it belongs to; those who may see the challenge may see the event.
    #[must_use]
    pub fn of_challenge(self, challenge: Uuid) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    /// The council that it concerns.
    #[must_use]
    pub fn of_council(self, council: Uuid) -> Self {
        Self {
            council: Some(council),
            ..self
        }
    }

    /// The person that it concerns; they may see it.
    #[must_use]
    pub fn of_peer(self, peer: Uuid) -> Self {
        Self {
            peer: Some(peer),
            ..self
        }
    }

    /// Facts worth keeping (ids, stages, figures; no personal reasons).
    #[must_use]
    pub fn with(self, details: serde_json::Value) -> Self {
        Self { details, ..self }
    }
}

/// Writes `event` as done by `act`'s viewer, in the transaction of the change itself.
///
/// # Errors
/// The database's.
pub async fn record(transaction: &impl ConnectionTrait, act: &Act, event: Event) -> Result<()> {
    audit_event::ActiveModel {
        id: Set(act.id()),
        at: Set(act.at),
        actor: Set(act.viewer.subject.clone()),
        actor_role: Set(act.viewer.role_code().to_owned()),
        action: Set(event.action.to_owned()),
        entity_kind: Set(event.kind.to_owned()),
        entity_id: Set(event.id),
        challenge_id: Set(event.challenge),
        council_id: Set(event.council),
        peer_id: Set(event.peer),
        details: Set(event.details),
        request_id: Set(act.request_id.clone()),
        actor_peer_id: Set(match act.viewer.role {
            ViewerRole::Peer { peer } => Some(peer),
            _ => None,
        }),
    }
    .insert(transaction)
    .await?;
    Ok(())
}
