//! The importer's entries in the audit record: one event per import, written in its transaction.
//!
//! The event says which files (by digest) changed how many rows; the rows' own contents, which are personal data,
//! are not repeated. The importer runs from the command line, where there is no viewer with a token, so it does
//! not go through the service's own recorder. Neighbours: `folder`, `cli`.

use entity::audit_event;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, Set};
use serde_json::Value;

use crate::{audit::IMPORT_KIND, clock::Clock, ids::IdGenerator};

/// Who acts when a command of the program does.
pub const ACTOR: &str = "command line";
/// In which role: whoever may run commands on the database stands in for the national programme.
const ROLE: &str = "NATIONAL_PROGRAMME";

/// Writes one event about an import; `details` holds counts and digests.
///
/// # Errors
/// The database's.
pub async fn record(
    tx: &impl ConnectionTrait,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
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
        entity_id: Set(ids.next_id()),
        challenge_id: Set(None),
        council_id: Set(None),
        peer_id: Set(None),
        details: Set(details),
        request_id: Set(None),
        actor_peer_id: Set(None),
    }
    .insert(tx)
    .await?;
    Ok(())
}
