//! Somebody who would take a slot if its holder falls out.

use sea_orm::entity::prelude::*;

/// A row of `reserve`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "reserve")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The slot.
    pub slot_id: Uuid,
    /// Who.
    pub peer_id: Uuid,
    /// Place among the reserves, from 1.
    pub rank: i32,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The slot.
    #[sea_orm(
        belongs_to = "super::team_slot::Entity",
        from = "Column::SlotId",
        to = "super::team_slot::Column::Id"
    )]
    Slot,
    /// Who.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
}

impl Related<super::team_slot::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Slot.def()
    }
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Peer.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
