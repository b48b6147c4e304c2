//! One row for each audit event, until it is pruned: what a relay passes on to subscribers.
//!
//! The database adds the rows by a trigger on `audit_event`; nothing else inserts here.

use sea_orm::entity::prelude::*;

/// A row of `change_feed`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "change_feed")]
pub struct Model {
    /// Rises with every row; on PostgreSQL not in the order of commits.
    #[sea_orm(primary_key)]
    pub position: i64,
    /// The transaction that wrote the event (PostgreSQL's 64-bit id; 0 on SQLite).
    pub transaction_id: i64,
    /// The event.
    pub audit_event_id: Uuid,
    /// When the event happened (UTC).
    pub at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
