//! Seasons as the API shows them.

use async_graphql::{Context, ID, Object};
use entity::season;
use uuid::Uuid;

use crate::graphql::{
    context::ContextExt,
    errors::{ApiError, Result},
    ids::{Kind, encode},
    loader::by_id,
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

by_id!(SeasonKey, season);

/// Loads the season that a row refers to.
pub async fn season(ctx: &Context<'_>, id: Uuid) -> Result<Season> {
    let row = ctx.loader().load_one(SeasonKey(id)).await?;
    row.map(Season)
        .ok_or_else(|| ApiError::internal(format_args!("season {id} is referred to but missing")))
}
