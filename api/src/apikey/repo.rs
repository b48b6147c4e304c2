//! Statements on API keys, and who may see which.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{
    api_key::{self, Column},
    api_key_region, region,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{LockType, SelectStatement},
};
use uuid::Uuid;

use crate::{
    auth::{Viewer, ViewerRole},
    graphql::{
        errors::{Result, Shared},
        loader::{Batch, keys},
        page::{Keyset, SortValue},
        visible::{nobody, restricted},
    },
};

/// Which keys `viewer` may see: all for the programme; for a hub those of which every region is its own; none for others.
pub fn visible_to(viewer: &Viewer) -> Condition {
    match &viewer.role {
        ViewerRole::Programme => Condition::all(),
        ViewerRole::Hub { regions } => Condition::all().add(Column::Id.not_in_subquery(reaching_beyond(regions))),
        ViewerRole::Council { .. } | ViewerRole::Peer { .. } | ViewerRole::Analyst => nobody(),
    }
}

/// Keys that act for any region besides these.
fn reaching_beyond(regions: &[String]) -> SelectStatement {
    let own = region::Entity::find()
        .select_only()
        .column(region::Column::Id)
        .filter(region::Column::GssCode.is_in(regions.iter().map(String::as_str)))
        .into_query();
    api_key_region::Entity::find()
        .select_only()
        .column(api_key_region::Column::KeyId)
        .filter(api_key_region::Column::RegionId.not_in_subquery(own))
        .into_query()
}

/// Keys, newest first.
pub fn newest_first() -> Keyset<api_key::Entity> {
    Keyset {
        name: "api keys".to_owned(),
        sort: None,
        id: Column::Id,
        value: |_| SortValue::Id,
        key: |row| row.id,
        descending: true,
    }
}

/// A key that `viewer` may see, locked until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn lock(key: Uuid, viewer: &Viewer, connection: &impl ConnectionTrait) -> Result<Option<api_key::Model>> {
    Ok(api_key::Entity::find_by_id(key)
        .filter(visible_to(viewer))
        .lock(LockType::Update)
        .one(connection)
        .await?)
}

/// Regions by key of each of these API keys, by name.
///
/// # Errors
/// The database's.
pub async fn regions_of(
    keys: &[Uuid],
    connection: &impl ConnectionTrait,
) -> Result<HashMap<Uuid, Vec<region::Model>>, DbErr> {
    let links = api_key_region::Entity::find()
        .filter(api_key_region::Column::KeyId.is_in(keys.iter().copied()))
        .find_also_related(region::Entity)
        .order_by_asc(region::Column::Name)
        .all(connection)
        .await?;
    let mut found: HashMap<Uuid, Vec<region::Model>> = HashMap::new();
    for (link, region) in links {
        found.entry(link.key_id).or_default().extend(region);
    }
    Ok(found)
}

keys!(
    /// The regions of an API key.
    RegionsOfKey
);

impl Loader<RegionsOfKey> for Batch {
    type Value = Vec<region::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[RegionsOfKey]) -> Result<HashMap<RegionsOfKey, Self::Value>, Shared> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = regions_of(&ids, self.database.reader()).await?;
        Ok(found.into_iter().map(|(id, rows)| (RegionsOfKey(id), rows)).collect())
    }
}

restricted! {
    api_key: |viewer, _today| visible_to(viewer);
}
