//! A council that a delivery body serves.

use sea_orm::entity::prelude::*;

/// A row of `delivery_body_council`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "delivery_body_council")]
pub struct Model {
    /// The delivery body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub body_id: Uuid,
    /// The council served.
    #[sea_orm(primary_key, auto_increment = false)]
    pub council_id: Uuid,
    /// First day, where known.
    pub starts_on: Option<Date>,
    /// Last day; none: it still does.
    pub ends_on: Option<Date>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The delivery body.
    #[sea_orm(
        belongs_to = "super::delivery_body::Entity",
        from = "Column::BodyId",
        to = "super::delivery_body::Column::Id"
    )]
    Body,
    /// The council served.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
}

impl Related<super::delivery_body::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Body.def()
    }
}

impl Related<super::council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Council.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
