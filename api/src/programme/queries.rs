//! Queries on programmes.

use async_graphql::{Context, Object};
use entity::programme;
use sea_orm::{EntityTrait, QueryOrder};

use super::objects::Programme;
use crate::graphql::{context::ContextExt, errors::ApiError};

/// Queries on programmes.
#[derive(Default)]
pub struct ProgrammeQuery;

#[Object]
impl ProgrammeQuery {
    /// All programmes, by code (at most 50).
    async fn programmes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Programme>> {
        ctx.viewer()?;
        let rows = programme::Entity::find()
            .order_by_asc(programme::Column::Code)
            .all(ctx.database().reader())
            .await
            .map_err(ApiError::from)?;
        Ok(rows.into_iter().map(Programme).collect())
    }
}
