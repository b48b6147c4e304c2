//! Queries on seasons.

use async_graphql::{Context, Object};
use entity::season;
use sea_orm::EntityTrait;

use super::objects::Season;
use crate::graphql::{
    context::ContextExt,
    page::{Keyset, List, PageArgs, SortValue},
};

/// Queries on seasons.
#[derive(Default)]
pub struct SeasonQuery;

#[Object]
impl SeasonQuery {
    /// Seasons, latest first.
    async fn seasons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<Season>> {
        ctx.viewer()?;
        let keyset = Keyset::<season::Entity> {
            name: "seasons".to_owned(),
            sort: Some(sea_orm::sea_query::Expr::col(season::Column::StartsOn)),
            id: season::Column::Id,
            value: |row| SortValue::Date(row.starts_on),
            key: |row| row.id,
            descending: true,
        };
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = keyset
            .load(season::Entity::find(), &args, ctx.database().reader())
            .await?;
        Ok(page.into_list(Season))
    }
}
