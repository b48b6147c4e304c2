//! A challenge came to a stage. Append-only by custom: written with the move, never changed.

use sea_orm::entity::prelude::*;

use crate::enums::Stage;

/// A row of `stage_change`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "stage_change")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// The stage that it came to.
    pub stage: Stage,
    /// Where it was before.
    pub from_stage: Option<Stage>,
    /// When (UTC).
    pub at: DateTimeUtc,
    /// The civil day of it.
    pub on_day: Date,
    /// The day by which it was due then, if the policy or a person had set one.
    pub due_on: Option<Date>,
    /// Who moved it.
    #[sea_orm(column_type = "Text")]
    pub actor: String,
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
