//! A value of a key figure on a day.

use sea_orm::entity::prelude::*;

/// A row of `kpi_value`.
#[derive(Clone, Debug, DeriveEntityModel, PartialEq)]
#[sea_orm(table_name = "kpi_value")]
pub struct Model {
    /// The key figure.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kpi_id: Uuid,
    /// The day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub on_day: Date,
    /// The value; none when there is nothing to measure.
    pub value: Option<f64>,
    /// When it was measured (UTC).
    pub measured_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The key figure.
    #[sea_orm(
        belongs_to = "super::kpi::Entity",
        from = "Column::KpiId",
        to = "super::kpi::Column::Id"
    )]
    Kpi,
}

impl Related<super::kpi::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Kpi.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
