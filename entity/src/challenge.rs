//! A peer challenge from its request to its end.
//!
//! The database allows one live challenge per programme, host and season; live is every stage but DRAFT, DECLINED,
//! WITHDRAWN, CANCELLED and CLOSED.

use sea_orm::entity::prelude::*;

use crate::enums::{DeliveryMode, SideReason, Stage};

/// A row of `challenge`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "challenge")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Reference that people quote.
    #[sea_orm(column_type = "Text")]
    pub reference: String,
    /// The programme.
    pub programme_id: Uuid,
    /// The season that it counts towards.
    pub season_id: Uuid,
    /// The host.
    pub host_id: Uuid,
    /// Where it stands.
    pub stage: Stage,
    /// When it came there (UTC).
    pub stage_changed_at: DateTimeUtc,
    /// Why it is in a side state.
    pub side_reason: Option<SideReason>,
    /// More about why.
    #[sea_orm(column_type = "Text", nullable)]
    pub side_note: Option<String>,
    /// Stage to which a postponed or paused challenge returns.
    pub resumes_to: Option<Stage>,
    /// The policy version that applies.
    pub policy_id: Uuid,
    /// The chosen window.
    pub window_id: Option<Uuid>,
    /// First day of fieldwork, copied from the chosen window.
    pub starts_on: Option<Date>,
    /// Last day of fieldwork, copied from the chosen window.
    pub ends_on: Option<Date>,
    /// Where the fieldwork takes place.
    pub delivery_mode: Option<DeliveryMode>,
    /// The host's organiser.
    #[sea_orm(column_type = "Text", nullable)]
    pub organiser: Option<String>,
    /// The improvement adviser.
    #[sea_orm(column_type = "Text", nullable)]
    pub adviser: Option<String>,
    /// The peer challenge manager.
    #[sea_orm(column_type = "Text", nullable)]
    pub manager: Option<String>,
    /// The challenge whose progress this one reviews.
    pub first_challenge_id: Option<Uuid>,
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
    /// The programme.
    #[sea_orm(
        belongs_to = "super::programme::Entity",
        from = "Column::ProgrammeId",
        to = "super::programme::Column::Id"
    )]
    Programme,
    /// The season that it counts towards.
    #[sea_orm(
        belongs_to = "super::season::Entity",
        from = "Column::SeasonId",
        to = "super::season::Column::Id"
    )]
    Season,
    /// The host.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::HostId",
        to = "super::council::Column::Id"
    )]
    Host,
    /// The policy version that applies.
    #[sea_orm(
        belongs_to = "super::programme_policy::Entity",
        from = "Column::PolicyId",
        to = "super::programme_policy::Column::Id"
    )]
    Policy,
    /// The chosen window.
    #[sea_orm(
        belongs_to = "super::challenge_window::Entity",
        from = "Column::WindowId",
        to = "super::challenge_window::Column::Id"
    )]
    Window,
    /// The challenge whose progress this one reviews.
    #[sea_orm(belongs_to = "Entity", from = "Column::FirstChallengeId", to = "Column::Id")]
    FirstChallenge,
    /// Rows of [`super::challenge_request`] that belong to it.
    #[sea_orm(has_many = "super::challenge_request::Entity")]
    ChallengeRequest,
    /// Rows of [`super::challenge_theme`] that belong to it.
    #[sea_orm(has_many = "super::challenge_theme::Entity")]
    ChallengeTheme,
    /// Rows of [`super::line_of_enquiry`] that belong to it.
    #[sea_orm(has_many = "super::line_of_enquiry::Entity")]
    LineOfEnquiry,
    /// Rows of [`super::team_slot`] that belong to it.
    #[sea_orm(has_many = "super::team_slot::Entity")]
    TeamSlot,
    /// Rows of [`super::priority_assessment`] that belong to it.
    #[sea_orm(has_many = "super::priority_assessment::Entity")]
    PriorityAssessment,
    /// Rows of [`super::sign_off`] that belong to it.
    #[sea_orm(has_many = "super::sign_off::Entity")]
    SignOff,
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

impl Related<super::council::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Host.def()
    }
}

impl Related<super::programme_policy::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Policy.def()
    }
}

impl Related<super::challenge_window::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Window.def()
    }
}

impl Related<super::challenge_request::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::ChallengeRequest.def()
    }
}

impl Related<super::challenge_theme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::ChallengeTheme.def()
    }
}

impl Related<super::line_of_enquiry::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::LineOfEnquiry.def()
    }
}

impl Related<super::team_slot::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::TeamSlot.def()
    }
}

impl Related<super::priority_assessment::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::PriorityAssessment.def()
    }
}

impl Related<super::sign_off::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::SignOff.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
