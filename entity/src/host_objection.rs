//! A host's objection to a peer. Upheld, it excludes the peer from this host.

use sea_orm::entity::prelude::*;

use crate::enums::{ObjectionReason, ObjectionStatus};

/// A row of `host_objection`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "host_objection")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// On which challenge.
    pub challenge_id: Uuid,
    /// To which assignment.
    pub assignment_id: Uuid,
    /// To whom.
    pub peer_id: Uuid,
    /// The host.
    pub host_id: Uuid,
    /// Why, as a code.
    pub reason_code: ObjectionReason,
    /// Why, in words.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Where it stands.
    pub status: ObjectionStatus,
    /// Who raised it.
    #[sea_orm(column_type = "Text")]
    pub raised_by: String,
    /// When (UTC).
    pub raised_at: DateTimeUtc,
    /// Who decided.
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by: Option<String>,
    /// When it was decided (UTC).
    pub decided_at: Option<DateTimeUtc>,
    /// Why it was decided so.
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_reason: Option<String>,
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
    /// On which challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
    /// To which assignment.
    #[sea_orm(
        belongs_to = "super::assignment::Entity",
        from = "Column::AssignmentId",
        to = "super::assignment::Column::Id"
    )]
    Assignment,
    /// To whom.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
    /// The host.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::HostId",
        to = "super::council::Column::Id"
    )]
    Host,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl Related<super::assignment::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Assignment.def()
    }
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Peer.def()
    }
}

impl Related<super::council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Host.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
