//! Work to be done beside requests, kept until some replica has done it.

use sea_orm::entity::prelude::*;

use crate::enums::JobState;

/// A row of `job`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is to be done; names the handler.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// What the handler needs to know: ids and figures, no personal data.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// Where it stands.
    pub state: JobState,
    /// A job of this key exists at most once, as long as its row is kept.
    #[sea_orm(column_type = "Text", nullable)]
    pub dedupe_key: Option<String>,
    /// Not before this instant (UTC).
    pub run_at: DateTimeUtc,
    /// How often it was begun.
    pub attempts: i32,
    /// How often it may be begun.
    pub max_attempts: i32,
    /// The worker that runs it.
    pub leased_by: Option<Uuid>,
    /// From this instant on another worker may take it over (UTC).
    pub lease_until: Option<DateTimeUtc>,
    /// Code of the latest failure; no personal data.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// When it was written (UTC).
    pub created_at: DateTimeUtc,
    /// When it succeeded or was given up (UTC).
    pub finished_at: Option<DateTimeUtc>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
