//! Batch loader of invitations, under the viewer's scope.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::invitation;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::repo;
use crate::graphql::{
    errors::Shared,
    loader::{Batch, children, keys},
};

keys! {
    /// Invitations of a challenge, oldest first.
    InvitationsOf,
}

children!(
    InvitationsOf,
    invitation,
    ChallengeId challenge_id,
    [order_by_asc SentAt, order_by_asc Id],
    repo::visible_invitations
);
