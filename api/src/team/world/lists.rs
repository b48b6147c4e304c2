//! What a table says of each person, however many rows it takes.
//!
//! A pool of ten thousand people offers a hundred thousand stretches of days. SQLite hands each row over to another thread,
//! which takes many times as long as all that the engine then does with it: there the database makes one JSON list for each
//! person. PostgreSQL sends rows faster than it makes lists (measured: docs/PERFORMANCE.md), so there they come as they are.

use std::collections::HashMap;

use sea_orm::{
    ColIdx, ColumnTrait, ColumnType, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryResult,
    QuerySelect, Select, TryGetError, TryGetable, TryGetableMany, sea_query::Expr,
};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::graphql::errors::{ApiError, Result};

/// For each person in the rows of `select`, `columns` of these rows as tuples `T`, sorted. People come in no order.
pub(super) async fn by_person<E, T>(
    select: Select<E>,
    person: E::Column,
    columns: &[E::Column],
    connection: &impl ConnectionTrait,
) -> Result<Vec<(Uuid, Vec<T>)>>
where
    E: EntityTrait,
    T: DeserializeOwned + TryGetableMany + Ord + Send + Sync,
{
    let select = select.select_only();
    let mut all = if connection.get_database_backend() == DbBackend::Sqlite {
        listed(select, person, columns, connection).await?
    } else {
        told(select, person, columns, connection).await?
    };
    for (_, list) in &mut all {
        list.sort_unstable();
    }
    Ok(all)
}

/// A row: the columns asked for, and after them the person.
struct Told<T> {
    values: T,
    person: Uuid,
}

impl<T: TryGetableMany> FromQueryResult for Told<T> {
    fn from_query_result(row: &QueryResult, _prefix: &str) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            values: T::try_get_many_by_index(row).map_err(DbErr::from)?,
            person: row.try_get("", PERSON)?,
        })
    }
}

const PERSON: &str = "person";

async fn told<E, T>(
    select: Select<E>,
    person: E::Column,
    columns: &[E::Column],
    connection: &impl ConnectionTrait,
) -> Result<Vec<(Uuid, Vec<T>)>>
where
    E: EntityTrait,
    T: TryGetableMany + Send + Sync,
{
    let rows = select
        .columns(columns.iter().copied())
        .column_as(person, PERSON)
        .into_model::<Told<T>>()
        .all(connection)
        .await?;
    let mut lists: HashMap<Uuid, Vec<T>> = HashMap::new();
    for row in rows {
        lists.entry(row.person).or_default().push(row.values);
    }
    Ok(lists.into_iter().collect())
}

#[derive(FromQueryResult)]
struct Listed {
    person: Uuid,
    list: String,
}

/// By SQLite. In the lists ids and dates are texts.
async fn listed<E, T>(
    select: Select<E>,
    person: E::Column,
    columns: &[E::Column],
    connection: &impl ConnectionTrait,
) -> Result<Vec<(Uuid, Vec<T>)>>
where
    E: EntityTrait,
    T: DeserializeOwned,
{
    let places = vec!["?"; columns.len()].join(", ");
    let columns = columns.iter().map(|column| {
        let plain = Expr::col(column.as_column_ref());
        // SQLite keeps ids as bytes; no id has no digits.
        if matches!(column.def().get_column_type(), ColumnType::Uuid) {
            Expr::cust_with_exprs("nullif(hex(?), '')", [plain])
        } else {
            plain
        }
    });
    let list = Expr::cust_with_exprs(format!("json_group_array(json_array({places}))"), columns);
    let rows = select
        .column_as(person, PERSON)
        .expr_as(list, "list")
        .group_by(person)
        .into_model::<Listed>()
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.person, serde_json::from_str(&row.list).map_err(ApiError::internal)?)))
        .collect()
}

/// A yes or no of the database: in SQLite's lists it is 1 or 0.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(from = "i64")]
pub(super) struct Flag(pub(super) bool);

impl From<i64> for Flag {
    fn from(number: i64) -> Self {
        Self(number != 0)
    }
}

impl TryGetable for Flag {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> std::result::Result<Self, TryGetError> {
        bool::try_get_by(row, index).map(Self)
    }
}
