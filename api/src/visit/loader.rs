//! Batch loaders of what belongs to visits, under the viewer's scope.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{challenge_document, fieldwork_session, finding, immediate_risk, line_of_enquiry, session_peer};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::repo;
use crate::{
    council::loader::gather,
    graphql::{
        errors::Shared,
        loader::{Batch, by_id, keys},
    },
};

keys! {
    /// Documents of a challenge, oldest first.
    DocumentsOf,
    /// Sessions of a challenge, earliest first.
    SessionsOf,
    /// Who of the team is in a session.
    PeersOf,
    /// Findings of a challenge, by line of enquiry.
    FindingsOf,
    /// Immediate risks of a challenge, oldest first.
    RisksOf,
    /// A line of enquiry.
    LineKey,
}

by_id!(LineKey, line_of_enquiry);

/// Parts of a challenge that the viewer may see, in an order.
macro_rules! parts {
    ($key:ident, $entity:ident, $visible:path, [$($order:ident),+] $(, $filter:expr)?) => {
        impl Loader<$key> for Batch {
            type Value = Vec<$entity::Model>;
            type Error = Shared;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Self::Value>, Shared> {
                let Some(viewer) = &self.viewer else {
                    return Ok(HashMap::new());
                };
                let rows = $entity::Entity::find()
                    .filter($entity::Column::ChallengeId.is_in(keys.iter().map(|key| key.0)))
                    .filter($visible(viewer))
                    $(.filter($filter))?
                    $(.order_by_asc($entity::Column::$order))+
                    .all(self.database.reader())
                    .await?;
                Ok(gather(rows, |row| $key(row.challenge_id)))
            }
        }
    };
}
pub(crate) use parts;

parts!(DocumentsOf, challenge_document, repo::visible_documents, [AddedAt, Id]);
parts!(
    SessionsOf,
    fieldwork_session,
    repo::visible_sessions,
    [StartsAt, Id],
    fieldwork_session::Column::RemovedAt.is_null()
);
parts!(
    FindingsOf,
    finding,
    repo::visible_findings,
    [RecordedAt, Id],
    finding::Column::WithdrawnAt.is_null()
);
parts!(RisksOf, immediate_risk, repo::visible_risks, [RaisedAt, Id]);

impl Loader<PeersOf> for Batch {
    type Value = Vec<session_peer::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[PeersOf]) -> Result<HashMap<PeersOf, Self::Value>, Shared> {
        let rows = session_peer::Entity::find()
            .filter(session_peer::Column::SessionId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(session_peer::Column::PeerId)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| PeersOf(row.session_id)))
    }
}
