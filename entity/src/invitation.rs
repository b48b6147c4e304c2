//! An invitation to a team, answered through a link that works once, or through the API.

use sea_orm::entity::prelude::*;

use crate::enums::{DeclineReason, InvitationState};

/// A row of `invitation`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The place.
    pub assignment_id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// Who is invited.
    pub peer_id: Uuid,
    /// Where it stands.
    pub state: InvitationState,
    /// Last day for an answer.
    pub answer_by: Date,
    /// Who invited.
    #[sea_orm(column_type = "Text")]
    pub sent_by: String,
    /// When (UTC).
    pub sent_at: DateTimeUtc,
    /// When it was answered, expired or was taken back (UTC).
    pub answered_at: Option<DateTimeUtc>,
    /// Who answered: the subject of a token, or "link".
    #[sea_orm(column_type = "Text", nullable)]
    pub answered_by: Option<String>,
    /// Why they declined.
    pub decline_reason: Option<DeclineReason>,
    /// What they said.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
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
    /// The place.
    #[sea_orm(
        belongs_to = "super::assignment::Entity",
        from = "Column::AssignmentId",
        to = "super::assignment::Column::Id"
    )]
    Assignment,
    /// The challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
    /// Who is invited.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
}

impl Related<super::assignment::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Assignment.def()
    }
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Peer.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
