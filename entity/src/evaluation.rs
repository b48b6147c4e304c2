//! What somebody thinks of a visit.

use sea_orm::entity::prelude::*;

use crate::enums::EvaluationKind;

/// A row of `evaluation`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "evaluation")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// Who is asked about whom.
    pub kind: EvaluationKind,
    /// The peer that it is about.
    pub about_peer_id: Option<Uuid>,
    /// Who gives it: a peer by their key, others by the subject of the token.
    #[sea_orm(column_type = "Text")]
    pub by_subject: String,
    /// The peer who gives it.
    pub by_peer_id: Option<Uuid>,
    /// From 1 (poor) to 5 (excellent).
    pub score: i32,
    /// What they say.
    #[sea_orm(column_type = "Text", nullable)]
    pub comment: Option<String>,
    /// When (UTC).
    pub given_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
    /// The peer that it is about.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::AboutPeerId",
        to = "super::peer::Column::Id"
    )]
    AboutPeer,
    /// The peer who gives it.
    #[sea_orm(
        belongs_to = "super::peer::Entity",
        from = "Column::ByPeerId",
        to = "super::peer::Column::Id"
    )]
    ByPeer,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl Related<super::peer::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::AboutPeer.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
