//! A theme that peers know and challenges ask for. At most 64: the engine packs them in one word.

use sea_orm::entity::prelude::*;

/// A row of `theme`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "theme")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Stable code.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// What people read.
    #[sea_orm(column_type = "Text")]
    pub name: String,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
