//! A session of the visit.

use sea_orm::entity::prelude::*;

/// A row of `fieldwork_session`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "fieldwork_session")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// What it is about.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Where; nobody else can be there at the same time.
    #[sea_orm(column_type = "Text", nullable)]
    pub room: Option<String>,
    /// Whom the team meets, by post.
    #[sea_orm(column_type = "Text", nullable)]
    pub with_whom: Option<String>,
    /// Whether it is a call of the team before the visit.
    pub is_team_call: bool,
    /// When it begins (UTC).
    pub starts_at: DateTimeUtc,
    /// When it ends (UTC).
    pub ends_at: DateTimeUtc,
    /// When it was called off (UTC).
    pub removed_at: Option<DateTimeUtc>,
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
