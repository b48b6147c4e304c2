//! What proposed teams were made from, so that each can be made again: once for each different input.

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

// No key leads here from team_proposal: proposals made before this step have a digest of another kind and no input.
const TABLES: &[&str] = &["CREATE TABLE team_input (
        hash TEXT NOT NULL,
        packed BYTEA NOT NULL,
        length BIGINT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_team_input PRIMARY KEY (hash),
        CONSTRAINT ck_team_input_hash CHECK (length(hash) = 64),
        CONSTRAINT ck_team_input_length CHECK (length >= 1)
    )"];

const DROP: &[&str] = &["DROP TABLE team_input"];
