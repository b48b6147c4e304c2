//! A key figure of the programme: what it measures and when it is good.

use sea_orm::entity::prelude::*;

use crate::enums::{KpiDirection, KpiMeasure};

/// A row of `kpi`.
#[derive(Clone, Debug, DeriveEntityModel, PartialEq)]
#[sea_orm(table_name = "kpi")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Short name.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// What it is called.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What it measures.
    pub measure: KpiMeasure,
    /// Which values are good.
    pub direction: KpiDirection,
    /// Over how many months back it is measured.
    pub months: i32,
    /// From this value on it is delivered (blue).
    pub delivered: f64,
    /// From this value on it is on track (green).
    pub on_track: f64,
    /// From this value on it is at risk (amber); beyond, off track (red).
    pub at_risk: f64,
    /// Whether being off track has a consequence that must be seen.
    pub critical: bool,
    /// What follows when it is off track.
    #[sea_orm(column_type = "Text", nullable)]
    pub consequence: Option<String>,
    /// Place in the list.
    pub position: i32,
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
