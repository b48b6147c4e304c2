//! Seasons as the API shows them.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, dataloader::Loader};
use entity::season;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::graphql::{
    context::ContextExt,
    errors::{ApiError, Result, Shared},
    ids::{Kind, encode},
    loader::Batch,
    scalars::Date,
};

/// A period over which engagements are counted and planned.
pub struct Season(pub season::Model);

/// A period over which engagements are counted and planned.
#[Object]
impl Season {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Season, self.0.id)
    }

    /// Name, such as "2026/27".
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// First day.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }
}

/// A season by id.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct SeasonKey(pub Uuid);

impl Loader<SeasonKey> for Batch {
    type Value = season::Model;
    type Error = Shared;

    async fn load(&self, keys: &[SeasonKey]) -> std::result::Result<HashMap<SeasonKey, Self::Value>, Shared> {
        let ids = keys.iter().map(|key| key.0);
        let rows = season::Entity::find()
            .filter(season::Column::Id.is_in(ids))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (SeasonKey(row.id), row)).collect())
    }
}

/// Loads the season that a row refers to.
pub async fn season(ctx: &Context<'_>, id: Uuid) -> Result<Season> {
    let row = ctx.loader().load_one(SeasonKey(id)).await?;
    row.map(Season)
        .ok_or_else(|| ApiError::internal(format_args!("season {id} is referred to but missing")))
}
