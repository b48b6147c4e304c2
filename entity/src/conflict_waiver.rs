//! A decision to accept a finding for one person on one challenge, with a reason and an expiry.

use sea_orm::entity::prelude::*;

use crate::enums::RuleCode;

/// A row of `conflict_waiver`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "conflict_waiver")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// On which challenge.
    pub challenge_id: Uuid,
    /// For whom.
    pub peer_id: Uuid,
    /// Which rule.
    pub rule: RuleCode,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// The decision-maker.
    #[sea_orm(column_type = "Text")]
    pub decided_by: String,
    /// When (UTC).
    pub decided_at: DateTimeUtc,
    /// Last day on which it holds.
    pub expires_on: Date,
    /// When it was revoked (UTC).
    pub revoked_at: Option<DateTimeUtc>,
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
    /// On which challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
    /// For whom.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Peer.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
