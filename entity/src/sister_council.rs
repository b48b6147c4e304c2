//! A council's sister councils (statistical neighbours): ordered, and not symmetric.

use sea_orm::entity::prelude::*;

use crate::enums::{Closeness, SisterModel};

/// A row of `sister_council`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "sister_council")]
pub struct Model {
    /// Whose list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub council_id: Uuid,
    /// The sister council.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sister_id: Uuid,
    /// Which list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub model: SisterModel,
    /// Place in the list; 1 is the most alike.
    pub rank: i32,
    /// The published word for it.
    pub closeness: Option<Closeness>,
    /// How alike, 0–100.
    pub likeness: i32,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// Whose list.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
    /// The sister council.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::SisterId",
        to = "super::council::Column::Id"
    )]
    Sister,
}

impl ActiveModelBehavior for ActiveModel {}
