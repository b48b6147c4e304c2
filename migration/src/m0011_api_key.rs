//! Long-lived keys of hub machines: what they hash to, never what they are.

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
    "CREATE TABLE api_key (
        id UUID NOT NULL,
        prefix TEXT NOT NULL,
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        expires_at TIMESTAMPTZ NOT NULL,
        last_used_at TIMESTAMPTZ,
        created_by TEXT NOT NULL,
        revoked_by TEXT,
        revoked_at TIMESTAMPTZ,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_api_key PRIMARY KEY (id),
        CONSTRAINT uq_api_key_prefix UNIQUE (prefix),
        CONSTRAINT ck_api_key_digest CHECK (length(digest) = 64),
        CONSTRAINT ck_api_key_name CHECK (length(trim(name)) > 0),
        CONSTRAINT ck_api_key_scope CHECK (scope IN ('READ', 'WRITE')),
        CONSTRAINT ck_api_key_created_by CHECK (length(trim(created_by)) > 0),
        CONSTRAINT ck_api_key_revoked CHECK ((revoked_by IS NULL) = (revoked_at IS NULL)),
        CONSTRAINT ck_api_key_version CHECK (version >= 1)
    )",
    "CREATE TABLE api_key_region (
        key_id UUID NOT NULL,
        region_id UUID NOT NULL,
        CONSTRAINT pk_api_key_region PRIMARY KEY (key_id, region_id),
        CONSTRAINT fk_api_key_region_key_id FOREIGN KEY (key_id) REFERENCES api_key (id) ON DELETE CASCADE,
        CONSTRAINT fk_api_key_region_region_id FOREIGN KEY (region_id) REFERENCES region (id)
    )",
    "CREATE INDEX ix_api_key_region_region_id ON api_key_region (region_id)",
];

const DROP: &[&str] = &["DROP TABLE api_key_region", "DROP TABLE api_key"];
