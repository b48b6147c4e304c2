//! A council of England, current or abolished.
//!
//! Abolished councils stay: history follows them to their successors. Names are not unique, because a successor may
//! take an abolished council's name.

use sea_orm::entity::prelude::*;

use crate::enums::{CouncilKind, PoliticalControl};

/// A row of `council`.
#[derive(Clone, Debug, DeriveEntityModel, PartialEq)]
#[sea_orm(table_name = "council")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The statistics office's code in force.
    #[sea_orm(column_type = "Text")]
    pub gss_code: String,
    /// Short name, as people say it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Full legal name.
    #[sea_orm(column_type = "Text")]
    pub official_name: String,
    /// The field's own short code, where there is one.
    #[sea_orm(column_type = "Text", nullable)]
    pub short_code: Option<String>,
    /// The Department for Education's three-digit code; only councils with children's services have one.
    #[sea_orm(column_type = "Text", nullable)]
    pub dfe_la_code: Option<String>,
    /// The region that it lies in.
    pub region_id: Uuid,
    /// Type.
    pub kind: CouncilKind,
    /// The county of a district.
    pub upper_tier_id: Option<Uuid>,
    /// Whether it answers for children's services.
    pub provides_childrens_services: bool,
    /// Degrees north (WGS 84) of its centre.
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84) of its centre.
    pub longitude: Option<f64>,
    /// People living there.
    pub population: Option<i32>,
    /// Year of both population figures.
    pub population_year: Option<i32>,
    /// People under 18 living there.
    pub population_0_17: Option<i32>,
    /// Who runs it, where known.
    pub political_control: Option<PoliticalControl>,
    /// Day since which that is so, where known.
    pub control_changed_on: Option<Date>,
    /// First day of its existence, where known.
    pub starts_on: Option<Date>,
    /// Last day of its existence; none: it is current.
    pub ends_on: Option<Date>,
    /// Name in lower case, for filters.
    #[sea_orm(column_type = "Text")]
    pub search_name: String,
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
    /// The region that it lies in.
    #[sea_orm(
        belongs_to = "super::region::Entity",
        from = "Column::RegionId",
        to = "super::region::Column::Id"
    )]
    Region,
    /// The county of a district.
    #[sea_orm(belongs_to = "Entity", from = "Column::UpperTierId", to = "Column::Id")]
    UpperTier,
    /// Rows of [`super::council_code`] that belong to it.
    #[sea_orm(has_many = "super::council_code::Entity")]
    CouncilCode,
    /// Rows of [`super::inspection_outcome`] that belong to it.
    #[sea_orm(has_many = "super::inspection_outcome::Entity")]
    InspectionOutcome,
    /// Rows of [`super::blackout_period`] that belong to it.
    #[sea_orm(has_many = "super::blackout_period::Entity")]
    BlackoutPeriod,
}

impl Related<super::region::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Region.def()
    }
}

impl Related<super::council_code::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::CouncilCode.def()
    }
}

impl Related<super::inspection_outcome::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::InspectionOutcome.def()
    }
}

impl Related<super::blackout_period::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::BlackoutPeriod.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
