//! A theme that a peer knows.

use sea_orm::entity::prelude::*;

/// A row of `peer_theme`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "peer_theme")]
pub struct Model {
    /// The peer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub peer_id: Uuid,
    /// The theme.
    #[sea_orm(primary_key, auto_increment = false)]
    pub theme_id: Uuid,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The peer.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
    /// The theme.
    #[sea_orm(
        belongs_to = "super::theme::Entity",
        from = "Column::ThemeId",
        to = "super::theme::Column::Id"
    )]
    Theme,
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Peer.def()
    }
}

impl Related<super::theme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Theme.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
