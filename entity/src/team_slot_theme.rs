//! A theme that the holder of a slot must know.

use sea_orm::entity::prelude::*;

/// A row of `team_slot_theme`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "team_slot_theme")]
pub struct Model {
    /// The slot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot_id: Uuid,
    /// The theme.
    #[sea_orm(primary_key, auto_increment = false)]
    pub theme_id: Uuid,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The slot.
    #[sea_orm(
        belongs_to = "super::team_slot::Entity",
        from = "Column::SlotId",
        to = "super::team_slot::Column::Id"
    )]
    Slot,
    /// The theme.
    #[sea_orm(
        belongs_to = "super::theme::Entity",
        from = "Column::ThemeId",
        to = "super::theme::Column::Id"
    )]
    Theme,
}

impl Related<super::team_slot::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Slot.def()
    }
}

impl Related<super::theme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Theme.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
