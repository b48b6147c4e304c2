//! Background jobs: enqueued in the transaction of what causes them, leased to one worker at a time.
//!
//! The checks hold the states together: exactly a running job has a lease, exactly a finished one an end.

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
    "CREATE TABLE job (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        payload JSONB NOT NULL,
        state TEXT NOT NULL,
        dedupe_key TEXT,
        run_at TIMESTAMPTZ NOT NULL,
        attempts INTEGER NOT NULL,
        max_attempts INTEGER NOT NULL,
        leased_by UUID,
        lease_until TIMESTAMPTZ,
        last_error TEXT,
        created_at TIMESTAMPTZ NOT NULL,
        finished_at TIMESTAMPTZ,
        CONSTRAINT pk_job PRIMARY KEY (id),
        CONSTRAINT uq_job_dedupe_key UNIQUE (dedupe_key),
        CONSTRAINT ck_job_kind CHECK (length(trim(kind)) > 0),
        CONSTRAINT ck_job_state CHECK (state IN ('QUEUED', 'RUNNING', 'DONE', 'DEAD')),
        CONSTRAINT ck_job_attempts CHECK (attempts >= 0 AND max_attempts > 0 AND attempts <= max_attempts),
        CONSTRAINT ck_job_lease CHECK (
            (state = 'RUNNING') = (leased_by IS NOT NULL) AND (leased_by IS NULL) = (lease_until IS NULL)
        ),
        CONSTRAINT ck_job_finished_at CHECK ((state IN ('DONE', 'DEAD')) = (finished_at IS NOT NULL))
    )",
    "CREATE INDEX ix_job_queued ON job (run_at, id) WHERE state = 'QUEUED'",
    "CREATE INDEX ix_job_running ON job (lease_until) WHERE state = 'RUNNING'",
    "CREATE INDEX ix_job_finished_at ON job (finished_at) WHERE state IN ('DONE', 'DEAD')",
];

const DROP: &[&str] = &["DROP TABLE job"];
