//! A dated, typed tie of a person to exactly one council or delivery body. Many per person, also at once.

use sea_orm::entity::prelude::*;

use crate::enums::AffiliationKind;

/// A row of `affiliation`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "affiliation")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub peer_id: Uuid,
    /// What ties.
    pub kind: AffiliationKind,
    /// The council; or else the delivery body is set.
    pub council_id: Option<Uuid>,
    /// The delivery body; or else the council is set.
    pub delivery_body_id: Option<Uuid>,
    /// Title of the post or office.
    #[sea_orm(column_type = "Text", nullable)]
    pub post: Option<String>,
    /// Whether it is the main post, which says where home is.
    pub is_primary: bool,
    /// First day; none: not known, taken as always.
    pub starts_on: Option<Date>,
    /// Last day; none: still current, as far as anybody said.
    pub ends_on: Option<Date>,
    /// Stable reference of the import.
    #[sea_orm(column_type = "Text", nullable)]
    pub reference: Option<String>,
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
    /// Whose.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
    /// The council; or else the delivery body is set.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
    /// The delivery body; or else the council is set.
    #[sea_orm(
        belongs_to = "super::delivery_body::Entity",
        from = "Column::DeliveryBodyId",
        to = "super::delivery_body::Column::Id"
    )]
    DeliveryBody,
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Peer.def()
    }
}

impl Related<super::council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Council.def()
    }
}

impl Related<super::delivery_body::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::DeliveryBody.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
