//! A correction of fact that the host asks for, kept beside the original.

use sea_orm::entity::prelude::*;

use crate::enums::EditStatus;

/// A row of `accuracy_edit`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "accuracy_edit")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// The recommendation that it is about; none for the summary.
    pub recommendation_id: Option<Uuid>,
    /// The text as it was.
    #[sea_orm(column_type = "Text")]
    pub original: String,
    /// The text as the host wants it.
    #[sea_orm(column_type = "Text")]
    pub proposed: String,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Where it stands.
    pub status: EditStatus,
    /// Who asked.
    #[sea_orm(column_type = "Text")]
    pub proposed_by: String,
    /// When (UTC).
    pub proposed_at: DateTimeUtc,
    /// Who decided.
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by: Option<String>,
    /// When it was decided (UTC).
    pub decided_at: Option<DateTimeUtc>,
    /// What was said about it.
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_note: Option<String>,
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
    /// The recommendation that it is about; none for the summary.
    #[sea_orm(
        belongs_to = "super::recommendation::Entity",
        from = "Column::RecommendationId",
        to = "super::recommendation::Column::Id"
    )]
    Recommendation,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl Related<super::recommendation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Recommendation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
