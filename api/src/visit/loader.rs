//! Batch loaders of what belongs to visits, under the viewer's scope.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{challenge_document, fieldwork_session, finding, immediate_risk, line_of_enquiry, session_peer};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::repo;
use crate::graphql::{
    errors::Shared,
    loader::{Batch, by_id, children, keys},
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

children!(
    DocumentsOf,
    challenge_document,
    ChallengeId challenge_id,
    [order_by_asc AddedAt, order_by_asc Id],
    repo::visible_documents
);
children!(
    SessionsOf,
    fieldwork_session,
    ChallengeId challenge_id,
    [order_by_asc StartsAt, order_by_asc Id],
    repo::visible_sessions,
    fieldwork_session::Column::RemovedAt.is_null()
);
children!(
    FindingsOf,
    finding,
    ChallengeId challenge_id,
    [order_by_asc RecordedAt, order_by_asc Id],
    repo::visible_findings,
    finding::Column::WithdrawnAt.is_null()
);
children!(
    RisksOf,
    immediate_risk,
    ChallengeId challenge_id,
    [order_by_asc RaisedAt, order_by_asc Id],
    repo::visible_risks
);
children!(PeersOf, session_peer, SessionId session_id, [order_by_asc PeerId]);
