//! What may be done to API keys: the national programme makes and revokes them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{api_key, api_key_region, enums::ApiKeyScope, region};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use uuid::Uuid;

use super::repo;
use crate::{
    audit::{self, Event},
    auth::machine::NewKey,
    graphql::{
        change::Replay,
        context::Act,
        errors::{Outcome, Result, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
};

/// Longest life of a key, so that no key is forgotten for years.
const LONGEST_DAYS: i64 = 366;
/// Longest name in characters.
const LONGEST_NAME: usize = 100;

/// A key to be.
pub struct New {
    /// What it is for.
    pub name: String,
    /// Regions that its holder acts for.
    pub regions: Vec<Uuid>,
    /// What its holder may do.
    pub scope: ApiKeyScope,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A key that was made.
pub struct Made {
    /// Its row.
    pub row: api_key::Model,
    /// Its text, which is nowhere else; `None` when the same request got it before.
    pub text: Option<String>,
}

impl Replay for Made {
    fn keep(&self) -> serde_json::Value {
        self.row.keep()
    }

    async fn recall(kept: &serde_json::Value, connection: &impl ConnectionTrait) -> Result<Option<Self>> {
        let row = api_key::Model::recall(kept, connection).await?;
        Ok(row.map(|row| Self { row, text: None }))
    }
}

/// Makes a key.
///
/// # Errors
/// Refused for anybody but the national programme, for a name of the wrong length, for no or unknown regions, and for an end
/// that is not within a year from now.
pub async fn create(transaction: &impl ConnectionTrait, act: &Act, new: New) -> Outcome<Made> {
    if !act.viewer.is_programme() {
        return Err(forbidden().into());
    }
    let mut errors = Vec::new();
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let message = format!("A name of 1 to {LONGEST_NAME} characters is needed.");
        errors.push(UserError::at(UserErrorCode::Invalid, "name", message));
    }
    let mut wanted = new.regions;
    wanted.sort_unstable();
    wanted.dedup();
    let mut regions = region::Entity::find()
        .filter(region::Column::Id.is_in(wanted.iter().copied()))
        .all(transaction)
        .await?;
    regions.sort_by(|one, other| one.gss_code.cmp(&other.gss_code));
    if wanted.is_empty() {
        let message = "At least one region is needed.";
        errors.push(UserError::at(UserErrorCode::Required, "regionIds", message));
    } else if regions.len() != wanted.len() {
        let message = "At least one of these regions does not exist.";
        errors.push(UserError::at(UserErrorCode::NotFound, "regionIds", message));
    }
    let latest = act.at + TimeDelta::days(LONGEST_DAYS);
    if new.expires_at <= act.at || new.expires_at > latest {
        let message = format!("A key ends after now and within {LONGEST_DAYS} days: by {latest:?}.");
        errors.push(UserError::at(UserErrorCode::Invalid, "expiresAt", message));
    }
    refuse_if_any(errors)?;
    let key = NewKey::random();
    let row = api_key::ActiveModel {
        id: Set(act.id()),
        prefix: Set(key.prefix),
        digest: Set(super::store::hex(&key.digest)),
        name: Set(name),
        scope: Set(new.scope),
        expires_at: Set(new.expires_at),
        last_used_at: Set(None),
        created_by: Set(act.viewer.subject.clone()),
        revoked_by: Set(None),
        revoked_at: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(transaction)
    .await?;
    let links = regions.iter().map(|region| api_key_region::ActiveModel {
        key_id: Set(row.id),
        region_id: Set(region.id),
    });
    api_key_region::Entity::insert_many(links).exec(transaction).await?;
    let codes: Vec<&str> = regions.iter().map(|region| region.gss_code.as_str()).collect();
    let details =
        serde_json::json!({ "prefix": row.prefix, "scope": row.scope, "regions": codes, "expiresAt": row.expires_at });
    let event = Event::new("API_KEY_CREATED", Kind::ApiKey, row.id).with(details);
    audit::record(transaction, act, event).await?;
    Ok(Made {
        row,
        text: Some(key.text),
    })
}

/// Revokes a key for good.
///
/// # Errors
/// Refused for anybody but the national programme, for a stale version, and for a key that was revoked already.
pub async fn revoke(transaction: &impl ConnectionTrait, act: &Act, key: Uuid, version: i32) -> Outcome<api_key::Model> {
    let Some(row) = repo::lock(key, &act.viewer, transaction).await? else {
        let message = "There is no such API key.";
        return Err(UserError::at(UserErrorCode::NotFound, "apiKeyId", message).into());
    };
    if !act.viewer.is_programme() {
        return Err(forbidden().into());
    }
    UserError::unless_fresh("This API key", version, row.version)?;
    if row.revoked_at.is_some() {
        let message = "This key was revoked already.";
        return Err(UserError::at(UserErrorCode::Invalid, "apiKeyId", message).into());
    }
    let mut change = row.into_active_model();
    change.revoked_at = Set(Some(act.at));
    change.revoked_by = Set(Some(act.viewer.subject.clone()));
    change.version = Set(version + 1);
    change.updated_at = Set(act.at);
    let row = change.update(transaction).await?;
    let details = serde_json::json!({ "prefix": row.prefix });
    let event = Event::new("API_KEY_REVOKED", Kind::ApiKey, row.id).with(details);
    audit::record(transaction, act, event).await?;
    Ok(row)
}

fn forbidden() -> UserError {
    UserError::new(
        UserErrorCode::Forbidden,
        "Only the national programme makes and revokes API keys.",
    )
}
