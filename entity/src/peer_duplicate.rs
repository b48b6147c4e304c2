//! A decision on two entries of the pool that may be one person.

use sea_orm::entity::prelude::*;

use crate::enums::DuplicateVerdict;

/// A row of `peer_duplicate`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "peer_duplicate")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The entry with the smaller id.
    pub peer_a_id: Uuid,
    /// The entry with the greater id.
    pub peer_b_id: Uuid,
    /// What was decided.
    pub verdict: DuplicateVerdict,
    /// Who decided.
    #[sea_orm(column_type = "Text")]
    pub decided_by: String,
    /// When (UTC).
    pub decided_at: DateTimeUtc,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The entry with the smaller id.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerAId",
        to = "super::peer::Column::Id"
    )]
    PeerA,
    /// The entry with the greater id.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerBId",
        to = "super::peer::Column::Id"
    )]
    PeerB,
}

impl ActiveModelBehavior for ActiveModel {}
