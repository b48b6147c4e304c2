//! Queries on API keys.

use async_graphql::{Context, Object};
use entity::api_key;
use sea_orm::{EntityTrait, QueryFilter};

use super::{objects::ApiKey, repo};
use crate::graphql::{
    context::ContextExt,
    page::{List, PageArgs},
};

/// Queries on API keys.
#[derive(Default)]
pub struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// API keys, newest first, revoked and expired ones too: all for the programme; for a hub those that act for its own
    /// regions only; none for others. Never with their secrets.
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<ApiKey>> {
        let select = api_key::Entity::find().filter(repo::visible_to(ctx.viewer()?));
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = repo::newest_first()
            .load(select, &args, ctx.database().reader())
            .await?;
        Ok(page.into_list(ApiKey))
    }
}
