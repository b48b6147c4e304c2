//! Two councils that touch; stored in both directions.

use sea_orm::entity::prelude::*;

use crate::enums::Border;

/// A row of `council_neighbour`.
#[derive(Clone, Debug, DeriveEntityModel, PartialEq)]
#[sea_orm(table_name = "council_neighbour")]
pub struct Model {
    /// One side.
    #[sea_orm(primary_key, auto_increment = false)]
    pub council_id: Uuid,
    /// The other side.
    #[sea_orm(primary_key, auto_increment = false)]
    pub neighbour_id: Uuid,
    /// How they touch.
    pub border: Border,
    /// Length of the common border in kilometres.
    pub shared_border_km: Option<f64>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// One side.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
    /// The other side.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::NeighbourId",
        to = "super::council::Column::Id"
    )]
    Neighbour,
}

impl ActiveModelBehavior for ActiveModel {}
