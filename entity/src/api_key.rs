//! Long-lived keys of hub machines. The secret is never stored, only what it hashes to.

use sea_orm::entity::prelude::*;

use crate::enums::ApiKeyScope;

/// A row of `api_key`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The part of the key that names it; may be shown.
    #[sea_orm(column_type = "Text")]
    pub prefix: String,
    /// SHA-256 of the key's text, 64 hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What its holder may do.
    pub scope: ApiKeyScope,
    /// When it ends (UTC).
    pub expires_at: DateTimeUtc,
    /// When it was last used (UTC), as far as that was written down.
    pub last_used_at: Option<DateTimeUtc>,
    /// Who made it.
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    /// Who revoked it.
    #[sea_orm(column_type = "Text", nullable)]
    pub revoked_by: Option<String>,
    /// When it was revoked (UTC).
    pub revoked_at: Option<DateTimeUtc>,
    /// Optimistic lock: starts at 1, one more with every change but the note of a use.
    pub version: i32,
    /// When the row was made (UTC).
    pub created_at: DateTimeUtc,
    /// When the row was last changed (UTC), uses left out.
    pub updated_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
