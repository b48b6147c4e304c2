//! Statements on programmes and policies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{programme, programme_policy};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use uuid::Uuid;

use super::policy::PolicyBody;
use crate::graphql::{
    errors::{ApiError, Result as ApiResult},
    nested::Children,
    page::{Keyset, SortValue},
};

/// The policy versions in force on a day for these programmes: of those effective by then, the one with the highest number.
pub async fn policies_in_force(
    programmes: Vec<Uuid>,
    on: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<Vec<programme_policy::Model>, DbErr> {
    let rows = programme_policy::Entity::find()
        .filter(programme_policy::Column::ProgrammeId.is_in(programmes))
        .filter(programme_policy::Column::EffectiveFrom.lte(on))
        .order_by_asc(programme_policy::Column::Number)
        .all(connection)
        .await?;
    // A later number replaces an earlier one of the same programme.
    let latest: BTreeMap<Uuid, _> = rows.into_iter().map(|row| (row.programme_id, row)).collect();
    Ok(latest.into_values().collect())
}

/// The highest policy version of a programme, effective or not.
pub async fn last_policy(
    programme: Uuid,
    connection: &impl ConnectionTrait,
) -> Result<Option<programme_policy::Model>, DbErr> {
    programme_policy::Entity::find()
        .filter(programme_policy::Column::ProgrammeId.eq(programme))
        .order_by_desc(programme_policy::Column::Number)
        .one(connection)
        .await
}

/// A programme by its code.
pub async fn by_code(code: &str, connection: &impl ConnectionTrait) -> Result<Option<programme::Model>, DbErr> {
    programme::Entity::find()
        .filter(programme::Column::Code.eq(code))
        .one(connection)
        .await
}

/// Policy versions of programmes, newest first.
pub fn versions() -> Children<programme_policy::Entity> {
    use programme_policy::Column;
    Children {
        select: programme_policy::Entity::find(),
        keyset: Keyset {
            name: "policies".to_owned(),
            sort: Some(Expr::col((programme_policy::Entity, Column::Number))),
            id: Column::Id,
            value: |row| SortValue::Number(row.number.into()),
            key: |row| row.id,
            descending: true,
        },
        parent: Column::ProgrammeId,
        parent_of: |row| row.programme_id,
    }
}

/// What a stored policy version says.
///
/// # Errors
/// Internal, when the stored body is not one of this version of the service.
pub fn body(row: &programme_policy::Model) -> ApiResult<PolicyBody> {
    serde_json::from_value(row.body.clone())
        .map_err(|fault| ApiError::internal(format_args!("policy {} cannot be read: {fault}", row.id)))
}

/// What these policy versions say.
///
/// # Errors
/// The database's; internal when one cannot be read.
pub async fn bodies(
    policies: impl Iterator<Item = Uuid>,
    connection: &impl ConnectionTrait,
) -> ApiResult<HashMap<Uuid, PolicyBody>> {
    let policies: BTreeSet<Uuid> = policies.collect();
    let rows = programme_policy::Entity::find()
        .filter(programme_policy::Column::Id.is_in(policies))
        .all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.id, body(row)?))).collect()
}

/// What the policy version says that something is pinned to.
///
/// # Errors
/// The database's; internal when it is missing or cannot be read.
pub async fn pinned(policy: Uuid, connection: &impl ConnectionTrait) -> ApiResult<PolicyBody> {
    let row = programme_policy::Entity::find_by_id(policy).one(connection).await?;
    body(&row.ok_or_else(|| ApiError::internal(format_args!("policy {policy} is missing")))?)
}
