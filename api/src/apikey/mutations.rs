//! Mutations on API keys.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    objects::{ApiKey, ApiKeyScope},
    service::{self, New},
};
use crate::graphql::{
    change::change,
    errors::{UserError, settle},
    ids::{Kind, expect},
};

/// A new API key.
#[derive(InputObject)]
pub struct CreateApiKeyInput {
    /// What it is for, such as "Nightly export, North East" (1–100 characters).
    name: String,
    /// Regions that its holder acts for (1 to 9).
    #[graphql(validator(max_items = 9))]
    region_ids: Vec<ID>,
    /// What its holder may do.
    scope: ApiKeyScope,
    /// When it ends: after now, at most 366 days ahead.
    expires_at: DateTime<Utc>,
}

/// Outcome of `createApiKey`.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The new key; null when refused.
    api_key: Option<ApiKey>,
    /// The key's text, to be sent as `Authorization: Bearer …`. This is the only time that it can be read: it is not stored.
    /// Null when refused, and when a request with the same `Idempotency-Key` got it before.
    secret: Option<String>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// Which API key to revoke.
#[derive(InputObject)]
pub struct RevokeApiKeyInput {
    /// The key.
    api_key_id: ID,
    /// The version that was read.
    expected_version: i32,
}

/// Outcome of `revokeApiKey`.
#[derive(SimpleObject)]
pub struct RevokeApiKeyPayload {
    /// The key, revoked; null when refused.
    api_key: Option<ApiKey>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// Mutations on API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Makes a key with which a machine of a regional hub signs in, and shows its text once. National programme only.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new key.")] input: CreateApiKeyInput,
    ) -> async_graphql::Result<CreateApiKeyPayload> {
        let outcome = change!(ctx, |tx, act| {
            let regions = input.region_ids.iter().enumerate();
            let regions = regions
                .map(|(i, id)| expect(Kind::Region, id, &format!("regionIds.{i}")))
                .collect::<Result<Vec<_>, UserError>>()?;
            let new = New {
                name: input.name,
                regions,
                scope: input.scope.into(),
                expires_at: input.expires_at,
            };
            service::create(tx, act, new).await
        });
        let (made, user_errors) = settle(outcome)?;
        let (api_key, secret) = made.map(|made| (ApiKey(made.row), made.text)).unzip();
        Ok(CreateApiKeyPayload {
            api_key,
            secret: secret.flatten(),
            user_errors,
        })
    }

    /// Revokes an API key for good: its holder is refused within seconds, in every process. National programme only.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeApiKeyInput,
    ) -> async_graphql::Result<RevokeApiKeyPayload> {
        let outcome = change!(ctx, |tx, act| {
            let key = expect(Kind::ApiKey, &input.api_key_id, "apiKeyId")?;
            service::revoke(tx, act, key, input.expected_version).await
        });
        let (row, user_errors) = settle(outcome)?;
        Ok(RevokeApiKeyPayload {
            api_key: row.map(ApiKey),
            user_errors,
        })
    }
}
