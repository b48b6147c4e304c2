//! Something that somebody should know, once.

use sea_orm::entity::prelude::*;

use crate::enums::{MailState, NoticeAudience, NoticeKind};

/// A row of `notification`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What makes it the same notification.
    #[sea_orm(column_type = "Text")]
    pub dedupe_key: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// To whom it goes.
    pub audience: NoticeAudience,
    /// The person, for PEER.
    pub peer_id: Option<Uuid>,
    /// The council, for HOST.
    pub council_id: Option<Uuid>,
    /// The region, for HUB.
    pub region_id: Option<Uuid>,
    /// The challenge.
    pub challenge_id: Option<Uuid>,
    /// What is due.
    #[sea_orm(column_type = "Text", nullable)]
    pub milestone: Option<String>,
    /// By when.
    pub due_on: Option<Date>,
    /// What it says.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// When it was made (UTC).
    pub created_at: DateTimeUtc,
    /// When it was read (UTC).
    pub read_at: Option<DateTimeUtc>,
    /// Whether it went out by e-mail.
    pub mail_state: MailState,
    /// When its e-mail was begun (UTC).
    pub mailed_at: Option<DateTimeUtc>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The person, for PEER.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::PeerId",
        to = "super::peer::Column::Id"
    )]
    Peer,
    /// The council, for HOST.
    #[sea_orm(
        belongs_to = "super::council::Entity",
        from = "Column::CouncilId",
        to = "super::council::Column::Id"
    )]
    Council,
    /// The region, for HUB.
    #[sea_orm(
        belongs_to = "super::region::Entity",
        from = "Column::RegionId",
        to = "super::region::Column::Id"
    )]
    Region,
    /// The challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
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

impl Related<super::region::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Region.def()
    }
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
