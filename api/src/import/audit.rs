//! The importer's entries in the audit record: one event per import and one per challenge that it made or changed, written in
//! its transaction.
//!
//! The event of the import says which files (by digest) changed how many rows; the rows' own contents, which are personal data,
//! are not repeated. The importer runs from the command line, where there is no viewer with a token, so it does
//! not go through the service's own recorder. Neighbours: `folder`, `cli`.

use entity::audit_event;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Set};
use serde_json::Value;
use uuid::Uuid;

use super::store::bulk::CHUNK;
use crate::{audit::IMPORT_KIND, clock::Clock, graphql::ids::Kind, ids::IdGenerator};

/// Who acts when a command of the program does.
pub const ACTOR: &str = "command line";
/// In which role: whoever may run commands on the database stands in for the national programme.
const ROLE: &str = "NATIONAL_PROGRAMME";

/// What events of an import carry where those of a request carry its id, so that all that it did can be found together.
pub fn trace(import: Uuid) -> String {
    format!("import-{import}")
}

/// What an import did to one challenge.
pub struct Happened {
    /// The challenge.
    pub challenge: Uuid,
    /// Its host.
    pub host: Uuid,
    /// What happened, as the service calls it.
    pub action: &'static str,
    /// Facts worth keeping.
    pub details: Value,
}

/// Writes the events about challenges, so that the challenges' own record is whole and subscribers hear of them. Other rows
/// have no event of their own: a region's spreadsheets hold a hundred thousand.
///
/// # Errors
/// The database's.
pub async fn record_challenges(
    tx: &impl ConnectionTrait,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
    import: Uuid,
    happened: Vec<Happened>,
) -> Result<(), DbErr> {
    let at = clock.now();
    let rows = happened.into_iter().map(|one| audit_event::Model {
        id: ids.next_id(),
        at,
        actor: ACTOR.to_owned(),
        actor_role: ROLE.to_owned(),
        action: one.action.to_owned(),
        entity_kind: Kind::PeerChallenge.name().to_owned(),
        entity_id: one.challenge,
        challenge_id: Some(one.challenge),
        council_id: Some(one.host),
        peer_id: None,
        details: one.details,
        request_id: Some(trace(import)),
        actor_peer_id: None,
    });
    let mut rows = rows.map(|row| row.into_active_model().reset_all()).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
        audit_event::Entity::insert_many(chunk)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Writes one event about the import with this key; `details` holds counts and digests.
///
/// # Errors
/// The database's.
pub async fn record(
    tx: &impl ConnectionTrait,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
    import: Uuid,
    action: &str,
    details: Value,
) -> Result<(), DbErr> {
    audit_event::ActiveModel {
        id: Set(ids.next_id()),
        at: Set(clock.now()),
        actor: Set(ACTOR.to_owned()),
        actor_role: Set(ROLE.to_owned()),
        action: Set(action.to_owned()),
        entity_kind: Set(IMPORT_KIND.to_owned()),
        entity_id: Set(import),
        challenge_id: Set(None),
        council_id: Set(None),
        peer_id: Set(None),
        details: Set(details),
        request_id: Set(Some(trace(import))),
        actor_peer_id: Set(None),
    }
    .insert(tx)
    .await?;
    Ok(())
}
