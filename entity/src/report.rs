//! What a visit led to: feedback, report, publication, action plan, review. One for each challenge, from the feedback on.

use sea_orm::entity::prelude::*;

/// A row of `report`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "report")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// Day of the feedback presentation.
    pub feedback_on: Date,
    /// The presentation (https).
    #[sea_orm(column_type = "Text", nullable)]
    pub presentation_url: Option<String>,
    /// What the report says in short.
    #[sea_orm(column_type = "Text", nullable)]
    pub summary: Option<String>,
    /// When the host had checked the facts of the draft (UTC).
    pub facts_checked_at: Option<DateTimeUtc>,
    /// Who said so.
    #[sea_orm(column_type = "Text", nullable)]
    pub facts_checked_by: Option<String>,
    /// When the host agreed to the publication (UTC).
    pub host_agreed_at: Option<DateTimeUtc>,
    /// Who agreed for the host.
    #[sea_orm(column_type = "Text", nullable)]
    pub host_agreed_by: Option<String>,
    /// When the programme agreed to the publication (UTC).
    pub programme_agreed_at: Option<DateTimeUtc>,
    /// Who agreed for the programme.
    #[sea_orm(column_type = "Text", nullable)]
    pub programme_agreed_by: Option<String>,
    /// Day of publication.
    pub published_on: Option<Date>,
    /// The published report (https).
    #[sea_orm(column_type = "Text", nullable)]
    pub url: Option<String>,
    /// The published action plan (https).
    #[sea_orm(column_type = "Text", nullable)]
    pub plan_url: Option<String>,
    /// Day of the progress review.
    pub reviewed_on: Option<Date>,
    /// What the progress review says in short.
    #[sea_orm(column_type = "Text", nullable)]
    pub review_note: Option<String>,
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
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
