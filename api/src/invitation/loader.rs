//! Batch loader of invitations, under the viewer's scope.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::invitation;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::repo;
use crate::{
    council::loader::gather,
    graphql::{
        errors::Shared,
        loader::{Batch, keys},
    },
    visit::loader::parts,
};

keys! {
    /// Invitations of a challenge, oldest first.
    InvitationsOf,
}

parts!(InvitationsOf, invitation, repo::visible_invitations, [SentAt, Id]);
