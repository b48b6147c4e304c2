//! Batch loaders of what stands on a slot, under the viewer's scope.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{assignment, enums::AssignmentStatus, reserve};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{record, repo::visible_assignments};
use crate::{
    council::loader::gather,
    graphql::{
        errors::Shared,
        loader::{Batch, keys},
    },
};

keys! {
    /// Who holds a slot, if the viewer may see it.
    HolderOf,
    /// Reserves of a slot, first rank first; for the national programme only.
    ReservesOf,
}

/// What an engine was given, by its digest. Whoever may see the proposal or plan that names it may have it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct PackedInput(pub String);

impl Loader<PackedInput> for Batch {
    type Value = record::Kept;
    type Error = Shared;

    async fn load(&self, keys: &[PackedInput]) -> Result<HashMap<PackedInput, Self::Value>, Shared> {
        let hashes: Vec<&str> = keys.iter().map(|key| key.0.as_str()).collect();
        let all = record::packed(self.database.reader(), &hashes).await?;
        Ok(all
            .into_iter()
            .map(|kept| (PackedInput(kept.hash.clone()), kept))
            .collect())
    }
}

impl Loader<HolderOf> for Batch {
    type Value = assignment::Model;
    type Error = Shared;

    async fn load(&self, keys: &[HolderOf]) -> Result<HashMap<HolderOf, Self::Value>, Shared> {
        let Some(viewer) = &self.viewer else {
            return Ok(HashMap::new());
        };
        let rows = assignment::Entity::find()
            .filter(assignment::Column::SlotId.is_in(keys.iter().map(|key| key.0)))
            .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
            .filter(visible_assignments(viewer))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (HolderOf(row.slot_id), row)).collect())
    }
}

impl Loader<ReservesOf> for Batch {
    type Value = Vec<reserve::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[ReservesOf]) -> Result<HashMap<ReservesOf, Self::Value>, Shared> {
        if !self.viewer.as_ref().is_some_and(crate::auth::Viewer::is_programme) {
            return Ok(HashMap::new());
        }
        let rows = reserve::Entity::find()
            .filter(reserve::Column::SlotId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(reserve::Column::Rank)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| ReservesOf(row.slot_id)))
    }
}
