//! Key figures and their values.

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
    "CREATE TABLE kpi (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        measure TEXT NOT NULL,
        direction TEXT NOT NULL,
        months INTEGER NOT NULL,
        delivered FLOAT8 NOT NULL,
        on_track FLOAT8 NOT NULL,
        at_risk FLOAT8 NOT NULL,
        critical BOOLEAN NOT NULL,
        consequence TEXT,
        position INTEGER NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_kpi PRIMARY KEY (id),
        CONSTRAINT ck_kpi_code CHECK (length(trim(code)) > 0),
        CONSTRAINT ck_kpi_name CHECK (length(trim(name)) > 0),
        CONSTRAINT ck_kpi_measure CHECK (measure IN (
            'COVERAGE_SHARE', 'FIRST_TIMERS', 'MEDIAN_DAYS_TO_TEAM', 'MEDIAN_DAYS_TO_SITE',
            'DEADLINES_MET_SHARE', 'SATISFACTION', 'RECOMMENDATIONS_DONE_SHARE', 'PEERS_DEPLOYED_SHARE'
        )),
        CONSTRAINT ck_kpi_direction CHECK (direction IN ('HIGHER_IS_BETTER', 'LOWER_IS_BETTER')),
        CONSTRAINT ck_kpi_months CHECK (months BETWEEN 1 AND 600),
        CONSTRAINT ck_kpi_version CHECK (version >= 1)
    )",
    "CREATE UNIQUE INDEX uq_kpi_code ON kpi (code)",
    "CREATE TABLE kpi_value (
        kpi_id UUID NOT NULL,
        on_day DATE NOT NULL,
        value FLOAT8,
        measured_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_kpi_value PRIMARY KEY (kpi_id, on_day),
        CONSTRAINT fk_kpi_value_kpi_id FOREIGN KEY (kpi_id) REFERENCES kpi (id)
    )",
];

const DROP: &[&str] = &["DROP TABLE kpi_value", "DROP TABLE kpi"];
