//! A change in the leadership of a council: a post got another holder. Changes of control are on the council itself.
//!
//! What identifies the row is all that it says; who holds the post is not kept.

use sea_orm::entity::prelude::*;

use crate::enums::LeadershipPost;

/// A row of `leadership_change`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "leadership_change")]
pub struct Model {
    /// The council.
    #[sea_orm(primary_key, auto_increment = false)]
    pub council_id: Uuid,
    /// The post that changed hands.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post: LeadershipPost,
    /// Day of the change.
    #[sea_orm(primary_key, auto_increment = false)]
    pub changed_on: Date,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The council.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
}

impl Related<super::council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Council.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
