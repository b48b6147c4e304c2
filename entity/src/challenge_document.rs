//! A link to a document of a challenge. The service keeps links only, never files.

use sea_orm::entity::prelude::*;

use crate::enums::{DocumentAudience, DocumentClass, DocumentKind};

/// A row of `challenge_document`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "challenge_document")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// What it is.
    pub kind: DocumentKind,
    /// Its title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Where it is (https).
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// Who may open it.
    pub audience: DocumentAudience,
    /// How carefully it is handled.
    pub class: DocumentClass,
    /// Last day on which the link is shown.
    pub expires_on: Date,
    /// Who added it.
    #[sea_orm(column_type = "Text")]
    pub added_by: String,
    /// When it was added (UTC).
    pub added_at: DateTimeUtc,
    /// When it was taken away (UTC).
    pub removed_at: Option<DateTimeUtc>,
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
    /// The challenge.
    #[sea_orm(
        belongs_to = "super::challenge::Entity",
        from = "Column::ChallengeId",
        to = "super::challenge::Column::Id"
    )]
    Challenge,
}

impl Related<super::challenge::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Challenge.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
