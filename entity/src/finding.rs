//! Something that the team found.

use sea_orm::entity::prelude::*;

use crate::enums::FindingKind;

/// A row of `finding`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "finding")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// The key line of enquiry.
    pub line_id: Uuid,
    /// What it is.
    pub kind: FindingKind,
    /// What was found.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// Who recorded it.
    #[sea_orm(column_type = "Text")]
    pub recorded_by: String,
    /// The peer who recorded it.
    pub recorded_by_peer_id: Option<Uuid>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
    /// When it was taken back (UTC).
    pub withdrawn_at: Option<DateTimeUtc>,
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
    /// The key line of enquiry.
    #[sea_orm(
        belongs_to = "super::line_of_enquiry::Entity",
        from = "Column::LineId",
        to = "super::line_of_enquiry::Column::Id"
    )]
    Line,
    /// The peer who recorded it.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::RecordedByPeerId",
        to = "super::peer::Column::Id"
    )]
    RecordedByPeer,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl Related<super::line_of_enquiry::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Line.def()
    }
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::RecordedByPeer.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
