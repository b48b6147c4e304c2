//! A change that was asked for under an `Idempotency-Key`, and how to answer the same request again.

use sea_orm::entity::prelude::*;

/// A row of `idempotency_key`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// Subject of the viewer who asked.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub subject: String,
    /// The key that they chose.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// Response name of the mutation field within the request.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub field: String,
    /// SHA-256 of the mutation's name and arguments, in hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    /// What the answer is made from again: ids, never contents.
    #[sea_orm(column_type = "JsonBinary")]
    pub kept: Json,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
