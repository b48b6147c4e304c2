//! Somebody put forward for, or holding, a slot.
//!
//! Live means NOMINATED, INVITED, ACCEPTED or CONFIRMED. The database allows one live holder per slot and no two
//! live assignments of one peer on overlapping days.

use sea_orm::entity::prelude::*;

use crate::enums::AssignmentStatus;

/// A row of `assignment`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// The slot.
    pub slot_id: Uuid,
    /// Who.
    pub peer_id: Uuid,
    /// The council that they come from.
    pub home_council_id: Uuid,
    /// First day, copied from the window.
    pub starts_on: Date,
    /// Last day, copied from the window.
    pub ends_on: Date,
    /// Where it stands.
    pub status: AssignmentStatus,
    /// The policy version that it was checked under.
    pub policy_id: Uuid,
    /// Who nominated.
    #[sea_orm(column_type = "Text")]
    pub nominated_by: String,
    /// Why it stands there.
    #[sea_orm(column_type = "Text", nullable)]
    pub status_reason: Option<String>,
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
    /// The challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
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
    /// The council that they come from.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::HomeCouncilId",
        to = "super::council::Column::Id"
    )]
    HomeCouncil,
    /// The policy version that it was checked under.
    #[sea_orm(
        belongs_to = "super::programme_policy::Entity",
        from = "Column::PolicyId",
        to = "super::programme_policy::Column::Id"
    )]
    Policy,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
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

impl Related<super::council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::HomeCouncil.def()
    }
}

impl Related<super::programme_policy::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Policy.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
