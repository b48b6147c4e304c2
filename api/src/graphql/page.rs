//! Keyset pagination: every list is ordered by one sort value and then by id, and a cursor names the last row seen.
//!
//! Unlike page numbers this neither skips nor repeats rows when others are inserted in between, and costs the same on
//! the first and on the thousandth page. A cursor carries the order and a digest of the filter that made it, and is
//! refused under any other. Neighbour: `nested` (one such list for each row of a page, in one statement for all).

use async_graphql::{
    ID, OutputType,
    connection::{Connection, Edge},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{ExprTrait, SelectStatement, SimpleExpr, Value},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    context::ContextExt,
    errors::{ApiError, Result},
    ids::{self, Kind},
    nested::CountOf,
};

/// Rows on a page when the client does not say.
pub const DEFAULT_PAGE: usize = 20;
/// Most rows on a page.
pub const MAX_PAGE: usize = 100;

/// The four Relay arguments of every connection.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    /// Rows from the start (1–100).
    pub first: Option<i32>,
    /// Start after this cursor.
    pub after: Option<String>,
    /// Rows from the end (1–100).
    pub last: Option<i32>,
    /// End before this cursor.
    pub before: Option<String>,
}

/// Value that a list is sorted by.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum SortValue {
    /// Text, a date (ISO), or a timestamp in the database's own form.
    Text(String),
    /// A number.
    Number(i64),
    /// A date.
    Date(chrono::NaiveDate),
    /// A point in time.
    Time(chrono::DateTime<chrono::Utc>),
    /// The id alone orders.
    Id,
}

impl SortValue {
    fn bind(&self) -> Option<Value> {
        match self {
            Self::Text(text) => Some(text.clone().into()),
            Self::Number(number) => Some((*number).into()),
            Self::Date(date) => Some((*date).into()),
            Self::Time(time) => Some((*time).into()),
            Self::Id => None,
        }
    }
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
struct Cursor {
    v: u8,
    o: String,
    k: SortValue,
    i: Uuid,
}

/// Which rows of a list are asked for, understood and checked.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Bounds {
    /// Most rows on the page.
    pub(super) size: usize,
    backwards: bool,
    after: Option<Cursor>,
    before: Option<Cursor>,
}

/// How one list is ordered and how its rows give their sort value.
#[derive(Clone)]
pub struct Keyset<E: EntityTrait> {
    /// Name of order and filter, digested into every cursor (use `format!("{order:?} {filter:?}")`).
    pub name: String,
    /// The sort expression; never null (coalesce), and typed like `value`. `None` when the id alone orders.
    pub sort: Option<SimpleExpr>,
    /// The id column.
    pub id: E::Column,
    /// Sort value of a row.
    pub value: fn(&E::Model) -> SortValue,
    /// Id of a row.
    pub key: fn(&E::Model) -> Uuid,
    /// Largest first.
    pub descending: bool,
}

/// A page of rows with what the connection needs to know.
#[derive(Clone)]
pub struct Page<M> {
    rows: Vec<(String, M)>,
    has_previous: bool,
    has_next: bool,
    total: Total,
}

impl<E: EntityTrait> Keyset<E> {
    fn cursor(&self, row: &E::Model) -> Result<String> {
        written(&self.name, (self.value)(row), (self.key)(row))
    }

    fn read(&self, text: &str, argument: &str) -> Result<Cursor> {
        read(&self.name, text, argument, self.sort.is_some())
    }

    /// Rows strictly beyond `cursor`, in the direction of growing (`up`) or falling sort values.
    fn beyond(&self, cursor: &Cursor, up: bool) -> Condition {
        use sea_orm::ColumnTrait;
        let id = if up { self.id.gt(cursor.i) } else { self.id.lt(cursor.i) };
        // `read` has seen to it that the cursor has a value wherever the list has a sort expression.
        let (Some(sort), Some(value)) = (&self.sort, cursor.k.bind()) else {
            return Condition::all().add(id);
        };
        let further = if up {
            sort.clone().gt(value.clone())
        } else {
            sort.clone().lt(value.clone())
        };
        let tie = Condition::all().add(sort.clone().eq(value)).add(id);
        Condition::any().add(further).add(tie)
    }

    /// What the arguments ask for.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for both `first` and `last`, a size outside 1–100, or a foreign cursor.
    pub(super) fn bounds(&self, args: &PageArgs) -> Result<Bounds> {
        bounds_of(args, |text, argument| self.read(text, argument))
    }

    /// `query` without the rows before and behind the bounds.
    pub(super) fn within(&self, mut query: Select<E>, bounds: &Bounds) -> Select<E> {
        if let Some(after) = &bounds.after {
            query = query.filter(self.beyond(after, !self.descending));
        }
        if let Some(before) = &bounds.before {
            query = query.filter(self.beyond(before, self.descending));
        }
        query
    }

    /// In which direction the database must count off the rows of a page.
    pub(super) fn direction(&self, bounds: &Bounds) -> Order {
        if self.descending == bounds.backwards {
            Order::Asc
        } else {
            Order::Desc
        }
    }

    /// `query` in that direction.
    pub(super) fn ordered(&self, mut query: Select<E>, bounds: &Bounds) -> Select<E> {
        if let Some(sort) = &self.sort {
            query = query.order_by(sort.clone(), self.direction(bounds));
        }
        query.order_by(self.id, self.direction(bounds))
    }

    /// The page out of the rows that the database counted off: one more than its size where there are more.
    pub(super) fn page(&self, rows: Vec<E::Model>, bounds: &Bounds, total: Total) -> Result<Page<E::Model>> {
        cut(rows, bounds, total, |row| self.cursor(row))
    }

    /// Loads one page of `query` (already filtered, not ordered). One statement.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for both `first` and `last`, a size outside 1–100, or a foreign cursor.
    pub async fn load(
        &self,
        query: Select<E>,
        args: &PageArgs,
        connection: &impl ConnectionTrait,
    ) -> Result<Page<E::Model>> {
        let bounds = self.bounds(args)?;
        let total = Total::Of(QueryTrait::into_query(query.clone()));
        let rows = self
            .ordered(self.within(query, &bounds), &bounds)
            .limit(bounds.size as u64 + 1)
            .all(connection)
            .await?;
        self.page(rows, &bounds, total)
    }
}

/// What names order and filter of a list in its cursors.
fn digest(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(name.as_bytes())[..9])
}

/// The cursor of a row of the list of this name.
fn written(name: &str, value: SortValue, id: Uuid) -> Result<String> {
    let cursor = Cursor {
        v: 1,
        o: digest(name),
        k: value,
        i: id,
    };
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor)?))
}

/// The cursor behind an argument of the list of this name, which is `sorted` by a value or by the id alone.
fn read(name: &str, text: &str, argument: &str, sorted: bool) -> Result<Cursor> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Cursor>(&bytes).ok())
        .filter(|cursor| cursor.v == 1 && cursor.o == digest(name))
        .filter(|cursor| cursor.k.bind().is_some() == sorted)
        .ok_or_else(|| {
            ApiError::BadInput(format!(
                "`{argument}` is not a cursor of this list: use an `endCursor` or `startCursor` that the same field gave with \
                 the same filter and order."
            ))
        })
}

fn bounds_of(args: &PageArgs, read: impl Fn(&str, &str) -> Result<Cursor>) -> Result<Bounds> {
    let (size, backwards) = size_of(args)?;
    let read = |cursor: &Option<String>, argument| cursor.as_ref().map(|text| read(text, argument)).transpose();
    Ok(Bounds {
        size,
        backwards,
        after: read(&args.after, "after")?,
        before: read(&args.before, "before")?,
    })
}

/// The page out of rows that were counted off in the direction asked for: one more than its size where there are more.
fn cut<M>(mut rows: Vec<M>, bounds: &Bounds, total: Total, cursor: impl Fn(&M) -> Result<String>) -> Result<Page<M>> {
    let more = rows.len() > bounds.size;
    rows.truncate(bounds.size);
    if bounds.backwards {
        rows.reverse();
    }
    let rows = rows
        .into_iter()
        .map(|row| Ok((cursor(&row)?, row)))
        .collect::<Result<Vec<_>>>()?;
    let (has_previous, has_next) = if bounds.backwards {
        (more, bounds.before.is_some())
    } else {
        (bounds.after.is_some(), more)
    };
    Ok(Page {
        rows,
        has_previous,
        has_next,
        total,
    })
}

/// A page of rows that are worked out instead of selected, in the order of `key`, whose text and id together no two rows share.
/// `name` is that of order and filter, as in [`Keyset`].
///
/// # Errors
/// As [`Keyset::load`].
pub fn page_of<M>(
    name: &str,
    mut rows: Vec<M>,
    key: impl Fn(&M) -> (String, Uuid),
    args: &PageArgs,
) -> Result<Page<M>> {
    let bounds = bounds_of(args, |text, argument| read(name, text, argument, true))?;
    let total = Total::Known(i32::try_from(rows.len()).map_err(ApiError::internal)?);
    let place = |cursor: &Cursor| match &cursor.k {
        SortValue::Text(text) => (text.clone(), cursor.i),
        _ => (String::new(), cursor.i),
    };
    let (after, before) = (bounds.after.as_ref().map(place), bounds.before.as_ref().map(place));
    rows.retain(|row| {
        let here = key(row);
        after.as_ref().is_none_or(|after| *after < here) && before.as_ref().is_none_or(|before| here < *before)
    });
    rows.sort_by_cached_key(&key);
    if bounds.backwards {
        rows.reverse();
    }
    cut(rows, &bounds, total, |row| {
        let (text, id) = key(row);
        written(name, SortValue::Text(text), id)
    })
}

fn size_of(args: &PageArgs) -> Result<(usize, bool)> {
    let (size, name) = match (args.first, args.last) {
        (Some(_), Some(_)) => return Err(ApiError::BadInput("Give `first` or `last`, not both.".to_owned())),
        (Some(first), None) => (first, "first"),
        (None, Some(last)) => (last, "last"),
        (None, None) => return Ok((DEFAULT_PAGE, false)),
    };
    match usize::try_from(size) {
        Ok(size @ 1..=MAX_PAGE) => Ok((size, name == "last")),
        _ => Err(ApiError::BadInput(format!(
            "`{name}` must lie between 1 and {MAX_PAGE}, not {size}."
        ))),
    }
}

/// How many rows the whole list has; counted only when asked for.
#[derive(Clone)]
pub enum Total {
    /// The rows of this statement.
    Of(SelectStatement),
    /// The children of one parent, counted for all parents of the request at once.
    Nested(CountOf),
    /// As many as were worked out.
    Known(i32),
}

/// Fields of a connection besides edges and page info.
#[async_graphql::Object]
impl Total {
    /// How many rows the whole list has under its filter, for this viewer. Counted only when selected.
    async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<i32> {
        Ok(match self {
            Self::Known(total) => *total,
            Self::Of(rows) => count(rows, ctx.database().reader()).await?,
            // A parent without children is in no group.
            Self::Nested(key) => ctx
                .loader()
                .load_one(key.clone())
                .await
                .map_err(ApiError::from)?
                .unwrap_or(0),
        })
    }
}

/// Rows of `select`, in one statement.
///
/// # Errors
/// An internal error when the database fails or the count exceeds a GraphQL `Int`.
pub async fn count(select: &SelectStatement, connection: &impl ConnectionTrait) -> Result<i32> {
    let statement = SelectStatement::new()
        .expr_as(sea_orm::sea_query::Expr::cust("COUNT(*)"), "total")
        .from_subquery(select.clone(), "counted")
        .to_owned();
    let row = connection.query_one(&statement).await?;
    let total: i64 = row
        .ok_or_else(|| ApiError::internal("COUNT gave no row"))?
        .try_get("", "total")?;
    i32::try_from(total).map_err(ApiError::internal)
}

/// A connection of `T` with `totalCount`.
pub type List<T> = Connection<String, T, Total>;

impl<M> Page<M> {
    /// The rows, for loading what their objects need before [`Page::try_into_list`].
    pub fn rows(&self) -> impl Iterator<Item = &M> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// The page as a connection, each row made into its GraphQL object unless one cannot be.
    ///
    /// # Errors
    /// The first that `object` gives.
    pub fn try_into_list<T>(self, object: impl Fn(M) -> Result<T>) -> Result<List<T>>
    where
        T: OutputType,
    {
        let mut list = Connection::with_additional_fields(self.has_previous, self.has_next, self.total);
        for (cursor, row) in self.rows {
            list.edges.push(Edge::new(cursor, object(row)?));
        }
        Ok(list)
    }

    /// The page as a connection, each row made into its GraphQL object.
    pub fn into_list<T>(self, object: impl Fn(M) -> T) -> List<T>
    where
        T: OutputType,
    {
        let mut list = Connection::with_additional_fields(self.has_previous, self.has_next, self.total);
        list.edges.extend(
            self.rows
                .into_iter()
                .map(|(cursor, row)| Edge::new(cursor, object(row))),
        );
        list
    }
}

/// Keys behind the ids of a query argument, which must all be of `kind`; none given is none.
///
/// # Errors
/// `BAD_USER_INPUT` naming the argument's path and what is wrong with the first id that does not fit.
pub fn argument_ids(kind: Kind, ids: Option<Vec<ID>>, path: &str) -> Result<Vec<Uuid>> {
    ids.unwrap_or_default()
        .iter()
        .map(|id| argument_id(kind, id, path))
        .collect()
}

/// Key behind an id argument of a query, which must be of `kind`.
///
/// # Errors
/// `BAD_USER_INPUT` naming the argument's path and what is wrong.
pub fn argument_id(kind: Kind, id: &ID, path: &str) -> Result<Uuid> {
    ids::expect(kind, id, path).map_err(|error| ApiError::BadInput(format!("`{path}`: {}", error.message)))
}
