//! Where notifications for a council, a region or the national programme go by e-mail.

use sea_orm::entity::prelude::*;

use crate::enums::ContactDuty;

/// A row of `contact`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The council.
    pub council_id: Option<Uuid>,
    /// The region.
    pub region_id: Option<Uuid>,
    /// What it is for.
    pub duty: ContactDuty,
    /// The address.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// Optimistic lock: starts at 1, one more with every change.
    pub version: i32,
    /// When the row was made (UTC).
    pub created_at: DateTimeUtc,
    /// When the row was last changed (UTC).
    pub updated_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The council.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
    /// The region.
    #[sea_orm(
        belongs_to = "super::region::Entity",
        from = "Column::RegionId",
        to = "super::region::Column::Id"
    )]
    Region,
}

impl Related<super::council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Council.def()
    }
}

impl Related<super::region::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Region.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
