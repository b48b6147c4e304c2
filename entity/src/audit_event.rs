//! Who did what, when. Append-only: the database refuses DELETE, and UPDATE but for taking an erased person out.
//!
//! No foreign keys on purpose: the record outlives what it is about.

use sea_orm::entity::prelude::*;

/// A row of `audit_event`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When (UTC).
    pub at: DateTimeUtc,
    /// Subject of the token, or the command.
    #[sea_orm(column_type = "Text")]
    pub actor: String,
    /// Role that they acted in.
    #[sea_orm(column_type = "Text")]
    pub actor_role: String,
    /// What they did.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// Table of the changed record.
    #[sea_orm(column_type = "Text")]
    pub entity_kind: String,
    /// Key of the changed record.
    pub entity_id: Uuid,
    /// The challenge that it belongs to.
    pub challenge_id: Option<Uuid>,
    /// The council that it belongs to.
    pub council_id: Option<Uuid>,
    /// The peer that it belongs to.
    pub peer_id: Option<Uuid>,
    /// What changed.
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
    /// The request in which it happened.
    #[sea_orm(column_type = "Text", nullable)]
    pub request_id: Option<String>,
    /// The peer who did it, when a peer did.
    pub actor_peer_id: Option<Uuid>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
