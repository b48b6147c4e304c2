//! A version of a programme's policy: every limit, look-back, weight and deadline.
//!
//! Append-only: the database refuses UPDATE and DELETE, because decisions refer to the version that they were taken
//! under.

use sea_orm::entity::prelude::*;

/// A row of `programme_policy`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "programme_policy")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose policy.
    pub programme_id: Uuid,
    /// Version number, from 1.
    pub number: i32,
    /// First day on which it applies.
    pub effective_from: Date,
    /// The policy itself, in the shape of the engine's policy.
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
    /// Why it was changed.
    #[sea_orm(column_type = "Text")]
    pub note: String,
    /// Who wrote it.
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    /// When it was written (UTC).
    pub created_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// Whose policy.
    #[sea_orm(
        belongs_to = "super::programme::Entity",
        from = "Column::ProgrammeId",
        to = "super::programme::Column::Id"
    )]
    Programme,
}

impl Related<super::programme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Programme.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
