//! A deadline that somebody has set by hand. It stays where it is when dates move.

use sea_orm::entity::prelude::*;

/// A row of `deadline_override`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "deadline_override")]
pub struct Model {
    /// The challenge.
    #[sea_orm(primary_key, auto_increment = false)]
    pub challenge_id: Uuid,
    /// What is due (a milestone of the policy).
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub milestone: String,
    /// By when.
    pub due_on: Date,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub note: String,
    /// Who set it.
    #[sea_orm(column_type = "Text")]
    pub set_by: String,
    /// When it was set (UTC).
    pub set_at: DateTimeUtc,
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
