//! The priority of a challenge, with its components (domain.md, priority).

use sea_orm::entity::prelude::*;

/// A row of `priority_assessment`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "priority_assessment")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// Sum of the components.
    pub points: i32,
    /// Whether it goes to the urgent queue.
    pub urgent: bool,
    /// Each component with its points and evidence.
    #[sea_orm(column_type = "JsonBinary")]
    pub components: Json,
    /// Whether the funding is agreed.
    pub funding_agreed: bool,
    /// What else was said.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// Who assessed.
    #[sea_orm(column_type = "Text")]
    pub assessed_by: String,
    /// When (UTC).
    pub assessed_at: DateTimeUtc,
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
