//! Mutations on seasons.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    objects::Season,
    service::{self, NewSeason},
};
use crate::graphql::{
    change::change,
    errors::{UserError, settle},
    scalars::Date,
};

/// A new season.
#[derive(InputObject)]
pub struct CreateSeasonInput {
    /// Name, such as "2026/27" (1–60 characters, not taken).
    name: String,
    /// First day.
    starts_on: Date,
    /// Last day, at most three years later. No day may belong to two seasons.
    ends_on: Date,
}

/// Outcome of `createSeason`.
#[derive(SimpleObject)]
pub struct CreateSeasonPayload {
    /// The new season; null when refused.
    season: Option<Season>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// Mutations on seasons.
#[derive(Default)]
pub struct SeasonMutation;

#[Object]
impl SeasonMutation {
    /// Opens a season. National programme only.
    async fn create_season(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new season.")] input: CreateSeasonInput,
    ) -> async_graphql::Result<CreateSeasonPayload> {
        let new = NewSeason {
            name: input.name,
            starts_on: input.starts_on.0,
            ends_on: input.ends_on.0,
        };
        let (season, user_errors) = settle(change!(ctx, |tx, act| service::create(tx, act, new).await))?;
        Ok(CreateSeasonPayload {
            season: season.map(Season),
            user_errors,
        })
    }
}
