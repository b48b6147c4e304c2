//! A trust, company or partnership that runs a service for one or more councils.

use sea_orm::entity::prelude::*;

use crate::enums::DeliveryBodyKind;

/// A row of `delivery_body`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "delivery_body")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Legal form.
    pub kind: DeliveryBodyKind,
    /// First day, where known.
    pub starts_on: Option<Date>,
    /// Last day; none: it still exists.
    pub ends_on: Option<Date>,
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
    /// Rows of [`super::delivery_body_council`] that belong to it.
    #[sea_orm(has_many = "super::delivery_body_council::Entity")]
    DeliveryBodyCouncil,
}

impl Related<super::delivery_body_council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::DeliveryBodyCouncil.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
