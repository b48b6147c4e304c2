//! What the host asked for.

use sea_orm::entity::prelude::*;

use crate::enums::SupportStrand;

/// A row of `challenge_request`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "challenge_request")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge that came of it.
    pub challenge_id: Uuid,
    /// Support strand.
    pub strand: SupportStrand,
    /// Why the host asks.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// The sponsor at the host.
    #[sea_orm(column_type = "Text", nullable)]
    pub sponsor_name: Option<String>,
    /// What the sponsor is.
    #[sea_orm(column_type = "Text", nullable)]
    pub sponsor_role: Option<String>,
    /// Who entered it.
    #[sea_orm(column_type = "Text")]
    pub requested_by: String,
    /// When it was submitted (UTC).
    pub submitted_at: Option<DateTimeUtc>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The challenge that came of it.
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
