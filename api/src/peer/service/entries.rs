//! All entries of one person: an entry of the pool and those that were joined to it as the same person.
//!
//! A joined entry left the pool but still names the person, so whatever concerns the person as such (erasure, export) takes
//! all of them.

use std::collections::BTreeSet;

use entity::{enums::DuplicateVerdict, peer_duplicate};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::graphql::errors::Result;

/// Keys of all entries of the person, `peer` among them.
///
/// # Errors
/// The database's.
pub(super) async fn of_person(peer: Uuid, connection: &impl ConnectionTrait) -> Result<Vec<Uuid>> {
    use peer_duplicate::Column;
    let mut known = BTreeSet::from([peer]);
    loop {
        let joined = peer_duplicate::Entity::find()
            .filter(Column::Verdict.eq(DuplicateVerdict::Same))
            .filter(
                sea_orm::Condition::any()
                    .add(Column::PeerAId.is_in(known.iter().copied()))
                    .add(Column::PeerBId.is_in(known.iter().copied())),
            )
            .all(connection)
            .await?;
        let before = known.len();
        known.extend(joined.iter().flat_map(|row| [row.peer_a_id, row.peer_b_id]));
        if known.len() == before {
            return Ok(known.into_iter().collect());
        }
    }
}
