//! An immediate risk to children that was seen during a visit, outside the report.

use sea_orm::entity::prelude::*;

/// A row of `immediate_risk`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "immediate_risk")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// What was seen; no names of children.
    #[sea_orm(column_type = "Text")]
    pub what: String,
    /// Who raised it.
    #[sea_orm(column_type = "Text")]
    pub raised_by: String,
    /// When it was raised (UTC).
    pub raised_at: DateTimeUtc,
    /// Who of the host was told: the director of children's services or their deputy.
    #[sea_orm(column_type = "Text", nullable)]
    pub told_name: Option<String>,
    /// When they were told (UTC).
    pub told_at: Option<DateTimeUtc>,
    /// Who told them.
    #[sea_orm(column_type = "Text", nullable)]
    pub told_by: Option<String>,
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
