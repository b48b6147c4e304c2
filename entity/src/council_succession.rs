//! One council took over (part of) another one.

use sea_orm::entity::prelude::*;

/// A row of `council_succession`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "council_succession")]
pub struct Model {
    /// The abolished council.
    #[sea_orm(primary_key, auto_increment = false)]
    pub predecessor_id: Uuid,
    /// The council that took over.
    #[sea_orm(primary_key, auto_increment = false)]
    pub successor_id: Uuid,
    /// First day of the successor.
    pub on_date: Date,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The abolished council.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::PredecessorId",
        to = "super::council::Column::Id"
    )]
    Predecessor,
    /// The council that took over.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::SuccessorId",
        to = "super::council::Column::Id"
    )]
    Successor,
}

impl ActiveModelBehavior for ActiveModel {}
