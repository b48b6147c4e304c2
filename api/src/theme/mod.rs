//! Themes: what peers know about and challenges ask for. A short list (at most 64), kept as data.

use async_graphql::{Context, ID, Object};
use entity::theme;
use sea_orm::{EntityTrait, QueryOrder};
use uuid::Uuid;

use crate::graphql::{
    context::ContextExt,
    errors::ApiError,
    ids::{Kind, encode},
    loader::by_id,
};

/// A theme, such as "Front door".
pub struct Theme(pub theme::Model);

/// A theme, such as "Front door".
#[Object]
impl Theme {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Theme, self.0.id)
    }

    /// Short code, such as `FRONT_DOOR`.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

/// A theme by id.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ThemeKey(pub Uuid);

by_id!(ThemeKey, theme);

/// Queries on themes.
#[derive(Default)]
pub struct ThemeQuery;

#[Object]
impl ThemeQuery {
    /// All themes, by name (at most 64).
    async fn themes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Theme>> {
        ctx.viewer()?;
        let rows = theme::Entity::find()
            .order_by_asc(theme::Column::Name)
            .all(ctx.database().reader())
            .await
            .map_err(ApiError::from)?;
        Ok(rows.into_iter().map(Theme).collect())
    }
}
