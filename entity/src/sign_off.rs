//! Local sign-off of the scope by the lead member and the chief executive.

use sea_orm::entity::prelude::*;

/// A row of `sign_off`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "sign_off")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The challenge.
    pub challenge_id: Uuid,
    /// The lead member who endorsed.
    #[sea_orm(column_type = "Text")]
    pub lead_member_name: String,
    /// The chief executive who endorsed.
    #[sea_orm(column_type = "Text")]
    pub chief_executive_name: String,
    /// Day of the sign-off.
    pub signed_on: Date,
    /// Who recorded it.
    #[sea_orm(column_type = "Text")]
    pub recorded_by: String,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
    /// When the scope that it endorsed ceased to hold (UTC).
    pub voided_at: Option<DateTimeUtc>,
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
