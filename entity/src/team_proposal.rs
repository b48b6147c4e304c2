//! The record of a proposed team: what was asked, what came out and how good it is.

use sea_orm::entity::prelude::*;

/// A row of `team_proposal`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "team_proposal")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// The window that it chose.
    pub window_id: Option<Uuid>,
    /// The policy version.
    pub policy_id: Uuid,
    /// Seed that broke the ties.
    pub seed: i64,
    /// SHA-256 of the input, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub input_hash: String,
    /// Points of the team.
    pub objective: i64,
    /// No team has more points than this.
    pub bound: i64,
    /// Whether the team is proven the best.
    pub proven: bool,
    /// The team, reserves and trade-offs.
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
    /// Who asked.
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    /// When (UTC).
    pub created_at: DateTimeUtc,
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
    /// The window that it chose.
    #[sea_orm(
        belongs_to = "super::challenge_window::Entity",
        from = "Column::WindowId",
        to = "super::challenge_window::Column::Id"
    )]
    Window,
    /// The policy version.
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

impl Related<super::challenge_window::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Window.def()
    }
}

impl Related<super::programme_policy::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Policy.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
