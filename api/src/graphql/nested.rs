//! Connections nested in a page: one list for each of many parents, in one statement for all of them.
//!
//! The parents of a request ask at the same time, so the batch loader sees all of their keys. Those with the same list and
//! bounds become one statement that numbers each parent's children (`ROW_NUMBER() OVER (PARTITION BY …)`) and keeps as many
//! as a page needs; `totalCount` is one grouped count. A cursor belongs to one parent's list, so pages further in are asked
//! for parent by parent. The scope of the viewer is part of [`Children::select`] and therefore of every statement.
//!
//! Neighbours: `page` (the bounds and cursors of one list), `loader` (the batch).

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, WindowStatement},
};
use uuid::Uuid;

use super::{
    errors::{ApiError, Result, Shared},
    loader::{Batch, Loaders},
    page::{Bounds, Keyset, Page, PageArgs, Total},
};

/// A list that every parent of some kind has.
#[derive(Clone)]
pub struct Children<E: EntityTrait> {
    /// All children that the viewer may see, whoever their parents are; not ordered.
    pub select: Select<E>,
    /// Their order. Its name says which list this is and how it is narrowed, without the parent.
    pub keyset: Keyset<E>,
    /// The column that holds the parent.
    pub parent: E::Column,
    /// The parent of a row.
    pub parent_of: fn(&E::Model) -> Uuid,
}

impl<E> Children<E>
where
    E: EntityTrait,
    E::Model: Sync,
{
    /// Only those children that meet `condition`, which `name` tells apart from all others of this list.
    #[must_use]
    pub fn narrowed(mut self, name: &str, condition: Condition) -> Self {
        self.select = self.select.filter(condition);
        self.keyset.name.push(' ');
        self.keyset.name.push_str(name);
        self
    }

    /// One page of a parent's children, loaded together with those of all other parents that are asked for at the same time.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for both `first` and `last`, a size outside 1–100, or a foreign cursor.
    pub async fn page(self, parent: Uuid, args: &PageArgs, loaders: &Loaders) -> Result<Page<E::Model>> {
        let bounds = self.keyset_of(parent).bounds(args)?;
        let key = PageOf {
            children: Arc::new(self),
            parent,
            bounds,
        };
        let page = loaders.load_one(key).await?;
        page.ok_or_else(|| ApiError::internal("a page of children was not loaded"))
    }

    /// The order of one parent's list: a cursor of one is refused by all others.
    fn keyset_of(&self, parent: Uuid) -> Keyset<E> {
        Keyset {
            name: format!("{} {parent}", self.keyset.name),
            ..self.keyset.clone()
        }
    }

    /// The children of these parents within the bounds, each parent's in order, at most one more than a page holds.
    fn statement(&self, parents: Vec<Uuid>, bounds: &Bounds) -> Select<E> {
        let rows = self.select.clone().filter(self.parent.is_in(parents));
        let mut numbered = self
            .keyset
            .within(rows, bounds)
            .select_only()
            .column(self.keyset.id)
            .into_query();
        let direction = self.keyset.direction(bounds);
        let mut window = WindowStatement::partition_by((E::default(), self.parent));
        if let Some(sort) = &self.keyset.sort {
            window.order_by_expr(sort.clone(), direction.clone());
        }
        window.order_by((E::default(), self.keyset.id), direction);
        numbered.expr_window_as(Expr::cust("ROW_NUMBER()"), window, "place");
        let kept = Query::select()
            .column(self.keyset.id)
            .from_subquery(numbered, "numbered")
            .and_where(Expr::col("place").lte(bounds.size as u64 + 1))
            .to_owned();
        let rows = E::find().filter(self.keyset.id.in_subquery(kept));
        self.keyset.ordered(rows, bounds)
    }

    fn count_of(&self, parent: Uuid) -> CountOf {
        let counted = self
            .select
            .clone()
            .select_only()
            .column_as(self.parent, "parent")
            .column_as(Expr::cust("COUNT(*)"), "total")
            .group_by(self.parent)
            .into_query();
        CountOf {
            list: self.keyset.name.clone(),
            parent,
            counted,
            column: Expr::col((E::default(), self.parent)),
        }
    }
}

/// A page of one parent's children.
struct PageOf<E: EntityTrait> {
    children: Arc<Children<E>>,
    parent: Uuid,
    bounds: Bounds,
}

impl<E: EntityTrait> PageOf<E> {
    /// What tells keys apart. Lists with the same name are the same list: a request has one viewer.
    fn identity(&self) -> (&str, Uuid, &Bounds) {
        (&self.children.keyset.name, self.parent, &self.bounds)
    }
}

impl<E: EntityTrait> Clone for PageOf<E> {
    fn clone(&self) -> Self {
        Self {
            children: Arc::clone(&self.children),
            parent: self.parent,
            bounds: self.bounds.clone(),
        }
    }
}

impl<E: EntityTrait> PartialEq for PageOf<E> {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl<E: EntityTrait> Eq for PageOf<E> {}

impl<E: EntityTrait> Hash for PageOf<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl<E> Loader<PageOf<E>> for Batch
where
    E: EntityTrait,
    E::Model: Sync,
{
    type Value = Page<E::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[PageOf<E>]) -> Result<HashMap<PageOf<E>, Self::Value>, Shared> {
        let mut lists: HashMap<(&str, &Bounds), Vec<&PageOf<E>>> = HashMap::new();
        for key in keys {
            let (list, _, bounds) = key.identity();
            lists.entry((list, bounds)).or_default().push(key);
        }
        let mut pages = HashMap::new();
        // One statement for each list with its bounds; a document asks for few.
        for ((_, bounds), keys) in lists {
            let Some(children) = keys.first().map(|key| &key.children) else {
                continue;
            };
            let parents = keys.iter().map(|key| key.parent).collect();
            let rows = children.statement(parents, bounds).all(self.database.reader()).await?;
            let mut of_parents: HashMap<Uuid, Vec<E::Model>> = HashMap::new();
            for row in rows {
                of_parents.entry((children.parent_of)(&row)).or_default().push(row);
            }
            for key in keys {
                let rows = of_parents.remove(&key.parent).unwrap_or_default();
                let total = Total::Nested(children.count_of(key.parent));
                let page = children.keyset_of(key.parent).page(rows, bounds, total)?;
                pages.insert(key.clone(), page);
            }
        }
        Ok(pages)
    }
}

/// How many children one parent has.
#[derive(Clone)]
pub struct CountOf {
    list: String,
    parent: Uuid,
    /// Parents with the numbers of their children, for all parents.
    counted: SelectStatement,
    column: SimpleExpr,
}

impl PartialEq for CountOf {
    fn eq(&self, other: &Self) -> bool {
        (&self.list, self.parent) == (&other.list, other.parent)
    }
}

impl Eq for CountOf {}

impl Hash for CountOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.list, self.parent).hash(state);
    }
}

impl Loader<CountOf> for Batch {
    type Value = i32;
    type Error = Shared;

    async fn load(&self, keys: &[CountOf]) -> Result<HashMap<CountOf, i32>, Shared> {
        let mut lists: HashMap<&str, Vec<&CountOf>> = HashMap::new();
        for key in keys {
            lists.entry(&key.list).or_default().push(key);
        }
        let mut counts = HashMap::new();
        for keys in lists.into_values() {
            let Some(first) = keys.first() else { continue };
            let parents = keys.iter().map(|key| key.parent);
            let statement = first
                .counted
                .clone()
                .and_where(first.column.clone().is_in(parents))
                .to_owned();
            let mut found: HashMap<Uuid, i64> = HashMap::new();
            for row in self.database.reader().query_all(&statement).await? {
                found.insert(row.try_get("", "parent")?, row.try_get("", "total")?);
            }
            for key in keys {
                let total = found.get(&key.parent).copied().unwrap_or(0);
                counts.insert(key.clone(), i32::try_from(total).map_err(ApiError::internal)?);
            }
        }
        Ok(counts)
    }
}
