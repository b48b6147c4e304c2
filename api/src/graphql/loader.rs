//! One batch loader per request. Each aggregate implements `async_graphql::dataloader::Loader<ItsKey>` for [`Batch`] in its
//! own `loader.rs`, so that fifty parents cost one statement for their children.
//!
//! Loaders run on the runtime beside the request, outside any transaction, and therefore read committed data only.

use std::time::Duration;

use async_graphql::dataloader::{DataLoader, HashMapCache};

use crate::{auth::Viewer, db::Database};

/// Most keys in one `IN` list.
const MAX_BATCH: usize = 500;

/// What loaders load with.
pub struct Batch {
    /// The database.
    pub database: Database,
    /// Who asks; loaders of restricted rows apply their scope.
    pub viewer: Option<Viewer>,
}

/// The loaders of one request.
pub type Loaders = DataLoader<Batch, HashMapCache>;

/// Fresh loaders for a request of `viewer`.
pub fn loaders(database: Database, viewer: Option<Viewer>) -> Loaders {
    DataLoader::with_cache(Batch { database, viewer }, tokio::spawn, HashMapCache::default())
        // Never 0: version 7 of the library then loads every key alone.
        .delay(Duration::from_millis(1))
        .max_batch_size(MAX_BATCH)
}

/// Declares keys of loaders: one newtype over an id each.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub struct $name(pub uuid::Uuid);
    )+};
}
pub(crate) use keys;

/// Loads rows of a table by their id, whoever asks: for links that somebody was already allowed to follow.
macro_rules! by_id {
    ($key:ident, $entity:ident) => {
        impl async_graphql::dataloader::Loader<$key> for $crate::graphql::loader::Batch {
            type Value = $entity::Model;
            type Error = $crate::graphql::errors::Shared;

            async fn load(
                &self,
                keys: &[$key],
            ) -> Result<std::collections::HashMap<$key, Self::Value>, $crate::graphql::errors::Shared> {
                use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
                let ids = keys.iter().map(|key| key.0);
                let found = $entity::Entity::find().filter($entity::Column::Id.is_in(ids));
                let rows = found.all(self.database.reader()).await?;
                Ok(rows.into_iter().map(|row| ($key(row.id), row)).collect())
            }
        }
    };
}
pub(crate) use by_id;
