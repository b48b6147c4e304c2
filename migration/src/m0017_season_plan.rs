//! Plans of whole seasons: what was asked, how far the run is, what came out.
//!
//! At most one run of a programme's season is on its way; the index says so. What a plan was made from is kept in `team_input`,
//! once for each different input.

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
    "CREATE TABLE season_plan (
        id UUID NOT NULL,
        programme_id UUID NOT NULL,
        season_id UUID NOT NULL,
        policy_id UUID NOT NULL,
        parent_id UUID,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        settings JSONB NOT NULL,
        cancel_requested BOOLEAN NOT NULL,
        phase TEXT,
        value BIGINT,
        bound BIGINT,
        filled INTEGER,
        slots INTEGER,
        rounds BIGINT NOT NULL,
        elapsed_ms BIGINT NOT NULL,
        input_hash TEXT,
        result JSONB,
        certificate BYTEA,
        error TEXT,
        version INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        finished_at TIMESTAMPTZ,
        applied_at TIMESTAMPTZ,
        applied_by TEXT,
        CONSTRAINT pk_season_plan PRIMARY KEY (id),
        CONSTRAINT fk_season_plan_programme_id FOREIGN KEY (programme_id) REFERENCES programme (id),
        CONSTRAINT fk_season_plan_season_id FOREIGN KEY (season_id) REFERENCES season (id),
        CONSTRAINT fk_season_plan_policy_id FOREIGN KEY (policy_id) REFERENCES programme_policy (id),
        CONSTRAINT fk_season_plan_parent_id FOREIGN KEY (parent_id) REFERENCES season_plan (id),
        CONSTRAINT ck_season_plan_kind CHECK (kind IN ('PLANNED', 'WHAT_IF', 'EDITED')),
        CONSTRAINT ck_season_plan_state CHECK (state IN ('QUEUED', 'RUNNING', 'DONE', 'CANCELLED', 'FAILED')),
        CONSTRAINT ck_season_plan_finished_at CHECK (
            (state IN ('DONE', 'CANCELLED', 'FAILED')) = (finished_at IS NOT NULL)
        ),
        CONSTRAINT ck_season_plan_result CHECK (state <> 'DONE' OR (result IS NOT NULL AND input_hash IS NOT NULL)),
        CONSTRAINT ck_season_plan_applied_at CHECK (
            (applied_at IS NULL) = (applied_by IS NULL) AND (applied_at IS NULL OR result IS NOT NULL)
        ),
        CONSTRAINT ck_season_plan_version CHECK (version >= 1)
    )",
    "CREATE UNIQUE INDEX uq_season_plan_programme_id_season_id ON season_plan (programme_id, season_id)
        WHERE state IN ('QUEUED', 'RUNNING')",
    "CREATE INDEX ix_season_plan_season_id ON season_plan (season_id, id)",
    "CREATE INDEX ix_season_plan_programme_id ON season_plan (programme_id, id)",
    "CREATE INDEX ix_season_plan_policy_id ON season_plan (policy_id)",
    "CREATE INDEX ix_season_plan_parent_id ON season_plan (parent_id)",
];

const DROP: &[&str] = &["DROP TABLE season_plan"];
