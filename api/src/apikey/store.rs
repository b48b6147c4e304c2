//! The table of API keys as the verifier sees it: a lookup by prefix, and the note of a last use.
//!
//! Both run on the main runtime, where the database's connections live, whichever worker asks.

use std::fmt::Write as _;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use entity::{api_key, enums::ApiKeyScope};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::repo::regions_of;
use crate::{
    auth::{Access, KeyStore, StoredKey, machine::KeyDigest},
    db::Database,
};

/// API keys in the database.
pub struct Store {
    database: Database,
    runtime: Handle,
}

impl Store {
    /// Over this database; must be made on the main runtime.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            runtime: Handle::current(),
        }
    }
}

#[async_trait::async_trait]
impl KeyStore for Store {
    async fn find(&self, prefix: &str) -> anyhow::Result<Option<StoredKey>> {
        let (database, prefix) = (self.database.clone(), prefix.to_owned());
        self.runtime
            .spawn(async move { find(&database, &prefix).await })
            .await?
    }

    fn used(&self, key: Uuid, at: DateTime<Utc>) {
        let database = self.database.clone();
        self.runtime.spawn(async move {
            // A use that could not be noted must not fail the request that it is about.
            if let Err(error) = note(&database, key, at).await {
                tracing::warn!(%key, cause = format!("{error:#}"), "the last use of an API key could not be noted");
            }
        });
    }
}

async fn find(database: &Database, prefix: &str) -> anyhow::Result<Option<StoredKey>> {
    let row = api_key::Entity::find()
        .filter(api_key::Column::Prefix.eq(prefix))
        .one(database.reader())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut regions = regions_of(&[row.id], database.reader()).await?;
    let mut regions: Vec<String> = regions
        .remove(&row.id)
        .into_iter()
        .flatten()
        .map(|region| region.gss_code)
        .collect();
    regions.sort();
    anyhow::ensure!(!regions.is_empty(), "the API key {} has no region", row.id);
    Ok(Some(StoredKey {
        id: row.id,
        digest: bytes(&row.digest).with_context(|| format!("the digest of the API key {} is damaged", row.id))?,
        regions,
        access: match row.scope {
            ApiKeyScope::Read => Access::Read,
            ApiKeyScope::Write => Access::Write,
        },
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
        last_used_at: row.last_used_at,
    }))
}

async fn note(database: &Database, key: Uuid, at: DateTime<Utc>) -> anyhow::Result<()> {
    let transaction = database.begin().await?;
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(at))
        .filter(api_key::Column::Id.eq(key))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// A digest as it is stored.
pub(super) fn hex(digest: &KeyDigest) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn bytes(text: &str) -> Option<KeyDigest> {
    let mut digest = KeyDigest::default();
    if text.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_survive_the_round_trip() {
        let mut digest = KeyDigest::default();
        for (i, byte) in (0_u8..).zip(&mut digest) {
            *byte = i.wrapping_mul(37);
        }
        assert_eq!(bytes(&hex(&digest)), Some(digest));
        for bad in ["", "00", &"zz".repeat(32), &"é".repeat(32)] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }
}
