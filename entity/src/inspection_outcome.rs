//! What the regulator published about a council; a fact about the world, never our own judgement.

use sea_orm::entity::prelude::*;

use crate::enums::{InspectionFramework, Judgement, SendOutcome};

/// A row of `inspection_outcome`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "inspection_outcome")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The council.
    pub council_id: Uuid,
    /// Under which framework.
    pub framework: InspectionFramework,
    /// The regulator's word for the kind of visit.
    #[sea_orm(column_type = "Text", nullable)]
    pub inspection_type: Option<String>,
    /// First day of the visit.
    pub starts_on: Option<Date>,
    /// Last day of the visit.
    pub ends_on: Option<Date>,
    /// Day of publication.
    pub published_on: Option<Date>,
    /// Overall judgement; not every visit gives one.
    pub overall: Option<Judgement>,
    /// Impact of leaders.
    pub leaders: Option<Judgement>,
    /// Children who need help and protection.
    pub help_and_protection: Option<Judgement>,
    /// Children in care.
    pub children_in_care: Option<Judgement>,
    /// Care leavers.
    pub care_leavers: Option<Judgement>,
    /// Outcome of an area visit.
    pub send_outcome: Option<SendOutcome>,
    /// Where the fact comes from.
    #[sea_orm(column_type = "Text")]
    pub source: String,
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
