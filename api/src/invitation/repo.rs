//! Who may see which invitations: the national programme all, a person their own.

use entity::invitation;
use sea_orm::{ColumnTrait, Condition};

use crate::{
    auth::{Viewer, ViewerRole},
    graphql::visible::{nobody, restricted},
};

/// Invitations that `viewer` may see.
pub fn visible_invitations(viewer: &Viewer) -> Condition {
    match &viewer.role {
        ViewerRole::Programme => Condition::all(),
        ViewerRole::Peer { peer } => Condition::all().add(invitation::Column::PeerId.eq(*peer)),
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } | ViewerRole::Analyst => nobody(),
    }
}

restricted! {
    invitation: |viewer, _today| visible_invitations(viewer);
}
