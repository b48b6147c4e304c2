//! A slot that the programme decided to leave open.

use sea_orm::entity::prelude::*;

/// A row of `open_slot`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "open_slot")]
pub struct Model {
    /// The slot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot_id: Uuid,
    /// Its challenge.
    pub challenge_id: Uuid,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// By whom.
    #[sea_orm(column_type = "Text")]
    pub decided_by: String,
    /// When.
    pub decided_at: DateTimeUtc,
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
    TeamSlot,
    /// Its challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
}

impl Related<super::team_slot::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::TeamSlot.def()
    }
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
