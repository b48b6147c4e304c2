//! A region of England (nine of them), the unit of the regional hubs.

use sea_orm::entity::prelude::*;

/// A row of `region`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "region")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The statistics office's code, E12….
    #[sea_orm(column_type = "Text")]
    pub gss_code: String,
    /// Name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
