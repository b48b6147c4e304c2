//! What a repeated request with the same `Idempotency-Key` is answered from.
//!
//! A row is written in the transaction of the change that it stands for, so either both are there or neither.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DROP).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE idempotency_key (
        subject TEXT NOT NULL,
        key TEXT NOT NULL,
        field TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        kept JSONB NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_idempotency_key PRIMARY KEY (subject, key, field),
        CONSTRAINT ck_idempotency_key_key CHECK (length(key) BETWEEN 1 AND 255),
        CONSTRAINT ck_idempotency_key_fingerprint CHECK (length(fingerprint) = 64)
    )",
    "CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at)",
];

const DROP: &[&str] = &["DROP TABLE idempotency_key"];
