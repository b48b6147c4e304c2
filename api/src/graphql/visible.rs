//! Rows by id, narrowed to those that the viewer may see: one batch loader for every restricted kind of thing.
//!
//! An aggregate says with [`restricted!`] who may see the rows of a table; the condition is part of the statement, so that
//! unknown and hidden look the same, and any number of ids costs one statement for each kind.
//!
//! Neighbours: `node` (anything by its id), the aggregates' `objects` (links that lead to restricted rows).

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
};

use async_graphql::{Context, dataloader::Loader};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::{
    context::ContextExt,
    errors::{Result, Shared},
    loader::Batch,
};
use crate::auth::Viewer;

/// A table whose rows not everybody may see.
pub trait Restricted: EntityTrait<Model: Sync> {
    /// The column of the id.
    const ID: Self::Column;

    /// The id of a row.
    fn id(row: &Self::Model) -> Uuid;

    /// The rows that `viewer` may see on `today`.
    fn visible_to(viewer: &Viewer, today: NaiveDate) -> Condition;
}

/// Says who may see the rows of a table.
macro_rules! restricted {
    ($($entity:ident: |$viewer:ident, $today:ident| $condition:expr;)+) => {$(
        impl $crate::graphql::visible::Restricted for $entity::Entity {
            const ID: $entity::Column = $entity::Column::Id;

            fn id(row: &$entity::Model) -> uuid::Uuid {
                row.id
            }

            fn visible_to($viewer: &$crate::auth::Viewer, $today: chrono::NaiveDate) -> sea_orm::Condition {
                $condition
            }
        }
    )+};
}
pub(crate) use restricted;

/// No rows at all. An empty condition would let everything through.
pub fn nobody() -> Condition {
    Condition::all().add(Expr::cust("1 = 0"))
}

/// All rows for the national programme, none for others.
pub fn for_programme(viewer: &Viewer) -> Condition {
    if viewer.is_programme() {
        return Condition::all();
    }
    nobody()
}

/// A row by its id, if the viewer may see it on a day.
pub struct Visible<E> {
    id: Uuid,
    on: NaiveDate,
    of: PhantomData<fn() -> E>,
}

// Derived, these would ask the same of `E`.
impl<E> Clone for Visible<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Visible<E> {}

impl<E> PartialEq for Visible<E> {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.on) == (other.id, other.on)
    }
}

impl<E> Eq for Visible<E> {}

impl<E> Hash for Visible<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, self.on).hash(state);
    }
}

impl<E> fmt::Debug for Visible<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} on {}", self.id, self.on)
    }
}

impl<E> Visible<E> {
    const fn new(id: Uuid, on: NaiveDate) -> Self {
        Self {
            id,
            on,
            of: PhantomData,
        }
    }
}

impl<E: Restricted> Loader<Visible<E>> for Batch {
    type Value = E::Model;
    type Error = Shared;

    async fn load(&self, keys: &[Visible<E>]) -> std::result::Result<HashMap<Visible<E>, E::Model>, Shared> {
        let Some(viewer) = &self.viewer else {
            return Ok(HashMap::new());
        };
        // A request has one day; those that share a batch may still differ by one at midnight.
        let mut days: BTreeMap<NaiveDate, Vec<Uuid>> = BTreeMap::new();
        for key in keys {
            days.entry(key.on).or_default().push(key.id);
        }
        let mut found = HashMap::new();
        for (on, ids) in days {
            let rows = E::find()
                .filter(E::ID.is_in(ids))
                .filter(E::visible_to(viewer, on))
                .all(self.database.reader())
                .await?;
            found.extend(rows.into_iter().map(|row| (Visible::new(E::id(&row), on), row)));
        }
        Ok(found)
    }
}

/// The row with this id, if the viewer may see it.
///
/// # Errors
/// `UNAUTHENTICATED`, or the database's.
pub async fn visible<E: Restricted>(ctx: &Context<'_>, id: Uuid) -> Result<Option<E::Model>> {
    visible_on::<E>(ctx, ctx.today(), id).await
}

/// The same on a day that is known already.
///
/// # Errors
/// `UNAUTHENTICATED`, or the database's.
pub async fn visible_on<E: Restricted>(ctx: &Context<'_>, on: NaiveDate, id: Uuid) -> Result<Option<E::Model>> {
    ctx.viewer()?;
    Ok(ctx.loader().load_one(Visible::<E>::new(id, on)).await?)
}

/// The rows with these ids that the viewer may see, by id.
///
/// # Errors
/// `UNAUTHENTICATED`, or the database's.
pub async fn all_visible<E: Restricted>(ctx: &Context<'_>, ids: Vec<Uuid>) -> Result<HashMap<Uuid, E::Model>> {
    ctx.viewer()?;
    let on = ctx.today();
    let keys = ids.into_iter().map(|id| Visible::<E>::new(id, on));
    let found = ctx.loader().load_many(keys).await?;
    Ok(found.into_iter().map(|(key, row)| (key.id, row)).collect())
}
