//! An interest that a person declared in a council. Personal data: only they and the programme read the note.

use sea_orm::entity::prelude::*;

use crate::enums::InterestKind;

/// A row of `declared_interest`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "declared_interest")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub peer_id: Uuid,
    /// Which kind.
    pub kind: InterestKind,
    /// In which council.
    pub council_id: Uuid,
    /// What they said.
    #[sea_orm(column_type = "Text")]
    pub note: String,
    /// First day; none: not known, taken as always.
    pub starts_on: Option<Date>,
    /// Last day; none: still current.
    pub ends_on: Option<Date>,
    /// When it was withdrawn as wrong (UTC); it then no longer counts.
    pub withdrawn_at: Option<DateTimeUtc>,
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
    /// In which council.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
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

impl ActiveModelBehavior for ActiveModel {}
