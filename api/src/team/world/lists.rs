//! Everything that a table says of each person in one row: a JSON list, made by the database.
//!
//! A pool of ten thousand people offers a hundred thousand stretches of days; to read them row by row takes many times as
//! long as all that the engine then does with them. In the lists ids and dates are texts, on both engines.

use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QuerySelect, Select,
    sea_query::Expr,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use uuid::Uuid;

use crate::graphql::errors::{ApiError, Result};

#[derive(FromQueryResult)]
struct Listed {
    person: Uuid,
    list: String,
}

/// For each person in the rows of `select`, `columns` of these rows as tuples `T`, sorted.
pub(super) async fn by_person<E, T>(
    select: Select<E>,
    person: E::Column,
    columns: &[E::Column],
    connection: &impl ConnectionTrait,
) -> Result<Vec<(Uuid, Vec<T>)>>
where
    E: EntityTrait,
    T: DeserializeOwned + Ord,
{
    let sqlite = connection.get_database_backend() == DbBackend::Sqlite;
    let places = vec!["?"; columns.len()].join(", ");
    let list = if sqlite {
        format!("json_group_array(json_array({places}))")
    } else {
        let numbered: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
        format!("json_agg(json_build_array({}))::text", numbered.join(", "))
    };
    let columns = columns.iter().map(|column| {
        let plain = Expr::col(column.as_column_ref());
        // SQLite keeps ids as bytes; no id has no digits.
        if sqlite && matches!(column.def().get_column_type(), ColumnType::Uuid) {
            Expr::cust_with_exprs("nullif(hex(?), '')", [plain])
        } else {
            plain
        }
    });
    let rows = select
        .select_only()
        .column_as(person, "person")
        .expr_as(Expr::cust_with_exprs(list, columns), "list")
        .group_by(person)
        .into_model::<Listed>()
        .all(connection)
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let mut list: Vec<T> = serde_json::from_str(&row.list).map_err(ApiError::internal)?;
        list.sort_unstable();
        all.push((row.person, list));
    }
    Ok(all)
}

/// A yes or no of the database in a list: SQLite knows 1 and 0 only.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Word(bool),
            Number(i64),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Word(is) => Self(is),
            Either::Number(number) => Self(number != 0),
        })
    }
}
