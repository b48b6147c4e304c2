//! A programme of challenges; its limits and weights are in [`crate::programme_policy`].

use sea_orm::entity::prelude::*;

use crate::enums::{ProgrammeKind, Reach};

/// A row of `programme`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "programme")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Stable code, for example CSPC.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// Name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Kind.
    pub kind: ProgrammeKind,
    /// How far it reaches.
    pub reach: Reach,
    /// Fewest days of fieldwork.
    pub days_on_site_min: i32,
    /// Most days of fieldwork.
    pub days_on_site_max: i32,
    /// Whether it takes requests.
    pub active: bool,
    /// Optimistic lock: starts at 1, one more with every change.
    pub version: i32,
    /// When the row was made (UTC).
    pub created_at: DateTimeUtc,
    /// When the row was last changed (UTC).
    pub updated_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
