//! Somebody in the national pool. Personal data.
//!
//! The same person may be entered twice: that is reported and decided ([`crate::peer_duplicate`]), not refused.

use sea_orm::entity::prelude::*;

use crate::enums::{Party, PeerStatus};

/// A row of `peer`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "peer")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The pool's own reference, stable over imports.
    #[sea_orm(column_type = "Text")]
    pub reference: String,
    /// Name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Name in lower case, for filters and order.
    #[sea_orm(column_type = "Text")]
    pub search_name: String,
    /// Title of their current post.
    #[sea_orm(column_type = "Text", nullable)]
    pub post: Option<String>,
    /// Address as given.
    #[sea_orm(column_type = "Text", nullable)]
    pub email: Option<String>,
    /// Address normalised to find duplicates; not unique.
    #[sea_orm(column_type = "Text", nullable)]
    pub email_key: Option<String>,
    /// Name normalised to find duplicates; not unique.
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    /// Political group of an elected member.
    pub party: Option<Party>,
    /// Standing in the pool.
    pub status: PeerStatus,
    /// Day of the last training.
    pub trained_on: Option<Date>,
    /// Day of the last declaration of interests.
    pub declared_on: Option<Date>,
    /// Day of retirement from their post.
    pub retired_on: Option<Date>,
    /// Most engagements that they accept in a season.
    pub capacity: Option<i32>,
    /// Optimistic lock: starts at 1, one more with every change.
    pub version: i32,
    /// When the row was made (UTC).
    pub created_at: DateTimeUtc,
    /// When the row was last changed (UTC).
    pub updated_at: DateTimeUtc,
    /// When the person was erased (UTC); the row then never changes again.
    pub erased_at: Option<DateTimeUtc>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// Rows of [`super::peer_role`] that belong to it.
    #[sea_orm(has_many = "super::peer_role::Entity")]
    PeerRole,
    /// Rows of [`super::peer_theme`] that belong to it.
    #[sea_orm(has_many = "super::peer_theme::Entity")]
    PeerTheme,
    /// Rows of [`super::availability_window`] that belong to it.
    #[sea_orm(has_many = "super::availability_window::Entity")]
    AvailabilityWindow,
    /// Rows of [`super::blackout_period`] that belong to it.
    #[sea_orm(has_many = "super::blackout_period::Entity")]
    BlackoutPeriod,
}

impl Related<super::peer_role::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::PeerRole.def()
    }
}

impl Related<super::peer_theme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::PeerTheme.def()
    }
}

impl Related<super::availability_window::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::AvailabilityWindow.def()
    }
}

impl Related<super::blackout_period::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::BlackoutPeriod.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
