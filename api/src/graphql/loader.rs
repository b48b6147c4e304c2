//! One batch loader per request, and for subscriptions one per event. Each aggregate implements `async_graphql::dataloader::Loader<ItsKey>` for [`Batch`] in its
//! own `loader.rs`, so that fifty parents cost one statement for their children.
//!
//! Loaders run on the runtime beside the request, outside any transaction, and therefore read committed data only.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use futures::future::BoxFuture;
use tracing::Instrument as _;

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

/// A batch loader with what it has loaded so far. Those who may see the same may share one.
pub type BatchLoader = DataLoader<Batch, HashMapCache>;

/// The loaders of one request. A subscription puts fresh ones in their place for every event ([`Loaders::renew`]), because
/// what was loaded for the event before may have changed. Clones share them.
#[derive(Clone)]
pub struct Loaders(Arc<RwLock<Arc<BatchLoader>>>);

impl Loaders {
    /// The value of one key.
    ///
    /// # Errors
    /// The loader's own.
    pub async fn load_one<K>(&self, key: K) -> Result<Option<<Batch as Loader<K>>::Value>, <Batch as Loader<K>>::Error>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Batch: Loader<K>,
    {
        self.current().load_one(key).await
    }

    /// The values of several keys; keys without one are left out.
    ///
    /// # Errors
    /// The loader's own.
    pub async fn load_many<K>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<HashMap<K, <Batch as Loader<K>>::Value>, <Batch as Loader<K>>::Error>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Batch: Loader<K>,
    {
        self.current().load_many(keys).await
    }

    /// Forgets all values of one kind.
    pub fn clear<K>(&self)
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Batch: Loader<K>,
    {
        self.current().clear::<K>();
    }

    /// Keeps nothing of what is loaded from here on, nor what was loaded before.
    pub fn keep_nothing(&self) {
        self.current().enable_all_cache(false);
    }

    /// Everything that follows is loaded by `fresh`.
    pub fn renew(&self, fresh: Arc<BatchLoader>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    fn current(&self) -> Arc<BatchLoader> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Fresh loaders for a request of `viewer`.
pub fn loaders(database: Database, viewer: Option<Viewer>) -> Loaders {
    Loaders(Arc::new(RwLock::new(Arc::new(batch_loader(database, viewer)))))
}

/// A fresh batch loader for `viewer`.
pub fn batch_loader(database: Database, viewer: Option<Viewer>) -> BatchLoader {
    // What goes wrong in a batch must be found under the request's id.
    let spawn = |batch: BoxFuture<'static, ()>| tokio::spawn(batch.in_current_span());
    DataLoader::with_cache(Batch { database, viewer }, spawn, HashMapCache::default())
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

/// Loads the rows that belong to a parent, in an order: `children!(WindowsOf, challenge_window, ChallengeId challenge_id,
/// [order_by_asc StartsOn])`, where not everybody may see them with who may, and which of them.
macro_rules! children {
    ($key:ident, $entity:ident, $parent:ident $field:ident, [$($order:ident $column:ident),+]) => {
        $crate::graphql::loader::children!($key, $entity, $parent $field, [$($order $column),+], |_| {
            Some(sea_orm::Condition::all())
        });
    };
    ($key:ident, $entity:ident, $parent:ident $field:ident, [$($order:ident $column:ident),+], $visible:path $(, $filter:expr)?) => {
        $crate::graphql::loader::children!($key, $entity, $parent $field, [$($order $column),+], |batch: &Batch| {
            batch.viewer.as_ref().map(|viewer| $visible(viewer)$(.add($filter))?)
        });
    };
    ($key:ident, $entity:ident, $parent:ident $field:ident, [$($order:ident $column:ident),+], |$($sight:tt)+) => {
        impl Loader<$key> for Batch {
            type Value = Vec<$entity::Model>;
            type Error = Shared;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Self::Value>, Shared> {
                let sight: fn(&Batch) -> Option<sea_orm::Condition> = |$($sight)+;
                let Some(sight) = sight(self) else {
                    return Ok(HashMap::new());
                };
                let rows = $entity::Entity::find()
                    .filter($entity::Column::$parent.is_in(keys.iter().map(|key| key.0)))
                    .filter(sight)
                    $(.$order($entity::Column::$column))+
                    .all(self.database.reader())
                    .await?;
                Ok($crate::council::loader::gather(rows, |row| $key(row.$field)))
            }
        }
    };
}
pub(crate) use children;
