//! Themes: what peers know about and challenges ask for. A short list (at most 64), kept as data.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, dataloader::Loader};
use entity::theme;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::graphql::{
    context::ContextExt,
    errors::{ApiError, Shared},
    ids::{Kind, encode},
    loader::Batch,
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

impl Loader<ThemeKey> for Batch {
    type Value = theme::Model;
    type Error = Shared;

    async fn load(&self, keys: &[ThemeKey]) -> Result<HashMap<ThemeKey, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = theme::Entity::find()
            .filter(theme::Column::Id.is_in(ids))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (ThemeKey(row.id), row)).collect())
    }
}

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
