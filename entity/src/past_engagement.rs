//! Service at a host that took place, known from before or outside this system.

use sea_orm::entity::prelude::*;

use crate::enums::PeerRole;

/// A row of `past_engagement`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "past_engagement")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who served.
    pub peer_id: Uuid,
    /// The council that they came from at the time.
    pub home_council_id: Uuid,
    /// The host.
    pub host_council_id: Uuid,
    /// The programme, where known.
    pub programme_id: Option<Uuid>,
    /// The season that it counts towards, where known.
    pub season_id: Option<Uuid>,
    /// What they served as, where known.
    pub role: Option<PeerRole>,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// Stable reference of the import.
    #[sea_orm(column_type = "Text", nullable)]
    pub reference: Option<String>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// Who served.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
    /// The council that they came from at the time.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::HomeCouncilId",
        to = "super::council::Column::Id"
    )]
    HomeCouncil,
    /// The host.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::HostCouncilId",
        to = "super::council::Column::Id"
    )]
    HostCouncil,
    /// The programme, where known.
    #[sea_orm(
        belongs_to = "super::programme::Entity",
        from = "Column::ProgrammeId",
        to = "super::programme::Column::Id"
    )]
    Programme,
    /// The season that it counts towards, where known.
    #[sea_orm(
        belongs_to = "super::season::Entity",
        from = "Column::SeasonId",
        to = "super::season::Column::Id"
    )]
    Season,
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Peer.def()
    }
}

impl Related<super::programme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Programme.def()
    }
}

impl Related<super::season::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Season.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
