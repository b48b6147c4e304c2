//! A decision that a late fact made necessary for a live assignment.

use sea_orm::entity::prelude::*;

use crate::enums::{DecisionCause, DecisionStatus};

/// A row of `conflict_decision`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "conflict_decision")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// On which challenge.
    pub challenge_id: Uuid,
    /// About which assignment.
    pub assignment_id: Uuid,
    /// About whom.
    pub peer_id: Uuid,
    /// What changed.
    pub cause: DecisionCause,
    /// Key of the record that changed.
    pub cause_id: Option<Uuid>,
    /// The findings that hold now.
    #[sea_orm(column_type = "JsonBinary")]
    pub findings: Json,
    /// Where it stands.
    pub status: DecisionStatus,
    /// When it was opened (UTC).
    pub opened_at: DateTimeUtc,
    /// Who decided.
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by: Option<String>,
    /// When it was decided (UTC).
    pub decided_at: Option<DateTimeUtc>,
    /// Why it was decided so.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
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
    /// About which assignment.
    #[sea_orm(
        belongs_to = "super::assignment::Entity",
        from = "Column::AssignmentId",
        to = "super::assignment::Column::Id"
    )]
    Assignment,
    /// About whom.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
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

impl ActiveModelBehavior for ActiveModel {}
