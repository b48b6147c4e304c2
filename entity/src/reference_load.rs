//! Which shipped facts are loaded, so that loading them again can be skipped.

use sea_orm::entity::prelude::*;

/// A row of `reference_load`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "reference_load")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name of the data file.
    #[sea_orm(column_type = "Text")]
    pub dataset: String,
    /// SHA-256 of the file, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    /// When (UTC).
    pub loaded_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
