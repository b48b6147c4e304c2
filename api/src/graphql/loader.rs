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
