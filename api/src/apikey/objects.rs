//! API keys as the API shows them: never with anything that could be used.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{api_key, enums};

use super::repo::RegionsOfKey;
use crate::{
    clock::Clock,
    council::objects::Region,
    graphql::{
        context::ContextExt,
        errors::ApiError,
        ids::{Kind, encode},
    },
};

/// What the holder of an API key may do, within what a hub of its regions may do.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::ApiKeyScope")]
pub enum ApiKeyScope {
    /// Read; every mutation is refused before it runs.
    Read,
    /// Read, and change what a hub may change.
    Write,
}

/// Whether an API key is accepted.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ApiKeyStatus {
    /// It is accepted.
    Live,
    /// Its end has come.
    Expired,
    /// It was revoked before its end.
    Revoked,
}

/// A long-lived key with which a machine of a regional hub signs in. Its text was shown once, when it was made.
pub struct ApiKey(pub api_key::Model);

/// A long-lived key with which a machine of a regional hub signs in. Its text was shown once, when it was made.
#[Object]
impl ApiKey {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::ApiKey, self.0.id)
    }

    /// The part of the key's text that names it: `pck_PREFIX_…`. In the audit record its holder is `key:PREFIX`.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Regions that its holder acts for, by name (1 to 9).
    async fn regions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Region>> {
        let rows = ctx
            .loader()
            .load_one(RegionsOfKey(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(Region).collect())
    }

    /// What its holder may do.
    async fn scope(&self) -> ApiKeyScope {
        self.0.scope.into()
    }

    /// Whether it is accepted now. After a revocation every process refuses it within the time that docs/AUTH.md states.
    async fn status(&self, ctx: &Context<'_>) -> ApiKeyStatus {
        let now = ctx.data_unchecked::<std::sync::Arc<dyn Clock>>().now();
        match self.0.revoked_at {
            Some(_) => ApiKeyStatus::Revoked,
            None if now >= self.0.expires_at => ApiKeyStatus::Expired,
            None => ApiKeyStatus::Live,
        }
    }

    /// When it ends, in UTC.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was last used, in UTC, to within five minutes; null for never.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// Who made it: the subject of their token.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    /// When it was made, in UTC.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Who revoked it; null while it stands.
    async fn revoked_by(&self) -> Option<&str> {
        self.0.revoked_by.as_deref()
    }

    /// When it was revoked, in UTC; null while it stands.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
