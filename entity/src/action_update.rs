//! How far an action was at some time. Append-only by custom.

use sea_orm::entity::prelude::*;

use crate::enums::ActionStatus;

/// A row of `action_update`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "action_update")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The action.
    pub action_id: Uuid,
    /// Where it stood from then on.
    pub status: ActionStatus,
    /// What was said about it.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// Who said so.
    #[sea_orm(column_type = "Text")]
    pub said_by: String,
    /// When (UTC).
    pub said_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The action.
    #[sea_orm(
        belongs_to = "super::plan_action::Entity",
        from = "Column::ActionId",
        to = "super::plan_action::Column::Id"
    )]
    Action,
}

impl Related<super::plan_action::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Action.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
