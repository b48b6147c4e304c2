//! A place on the team of a challenge. At most one leads.

use sea_orm::entity::prelude::*;

use crate::enums::PeerRole;

/// A row of `team_slot`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "team_slot")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// Place in the list, from 1.
    pub position: i32,
    /// What its holder serves as.
    pub role: PeerRole,
    /// Whether its holder leads the team.
    pub is_lead: bool,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
    /// Rows of [`super::team_slot_theme`] that belong to it.
    #[sea_orm(has_many = "super::team_slot_theme::Entity")]
    TeamSlotTheme,
    /// Rows of [`super::reserve`] that belong to it.
    #[sea_orm(has_many = "super::reserve::Entity")]
    Reserve,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl Related<super::team_slot_theme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::TeamSlotTheme.def()
    }
}

impl Related<super::reserve::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Reserve.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
