//! Programmes with append-only policy versions, seasons and themes.
//!
//! Policy versions are append-only: a trigger refuses UPDATE and DELETE, because every decision refers to the version that
//! it was taken under. The guard is made by [`crate::guard`].

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        guard::install_function(manager).await?;
        guard::make_append_only(manager, "programme_policy").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        guard::drop_append_only(manager, "programme_policy").await?;
        guard::drop_function(manager).await?;
        ddl::run(manager, DROP).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE theme (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        CONSTRAINT pk_theme PRIMARY KEY (id),
        CONSTRAINT uq_theme_code UNIQUE (code),
        CONSTRAINT ck_theme_code CHECK (length(trim(code)) > 0),
        CONSTRAINT ck_theme_name CHECK (length(trim(name)) > 0)
    )",
    "CREATE TABLE programme (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        reach TEXT NOT NULL,
        days_on_site_min INTEGER NOT NULL,
        days_on_site_max INTEGER NOT NULL,
        active BOOLEAN NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_programme PRIMARY KEY (id),
        CONSTRAINT uq_programme_code UNIQUE (code),
        CONSTRAINT ck_programme_code CHECK (length(trim(code)) > 0),
        CONSTRAINT ck_programme_name CHECK (length(trim(name)) > 0),
        CONSTRAINT ck_programme_kind CHECK (kind IN (
            'CORPORATE', 'CHILDRENS_SERVICES', 'SEND', 'DIAGNOSTIC', 'REGIONAL_TOPICAL', 'REGIONAL_TRIAD',
            'PROGRESS_REVIEW'
        )),
        CONSTRAINT ck_programme_reach CHECK (reach IN ('NATIONAL', 'REGIONAL', 'TRIAD')),
        CONSTRAINT ck_programme_days_on_site_min CHECK (days_on_site_min >= 1),
        CONSTRAINT ck_programme_version CHECK (version >= 1),
        CONSTRAINT ck_programme_days_on_site CHECK (days_on_site_max >= days_on_site_min)
    )",
    "CREATE TABLE programme_policy (
        id UUID NOT NULL,
        programme_id UUID NOT NULL,
        number INTEGER NOT NULL,
        effective_from DATE NOT NULL,
        body JSONB NOT NULL,
        note TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_programme_policy PRIMARY KEY (id),
        CONSTRAINT uq_programme_policy_programme_id_number UNIQUE (programme_id, number),
        CONSTRAINT fk_programme_policy_programme_id FOREIGN KEY (programme_id) REFERENCES programme (id),
        CONSTRAINT ck_programme_policy_number CHECK (number >= 1),
        CONSTRAINT ck_programme_policy_created_by CHECK (length(trim(created_by)) > 0)
    )",
    "CREATE INDEX ix_programme_policy_programme_id_effective_from ON programme_policy (programme_id, effective_from)",
    "CREATE TABLE season (
        id UUID NOT NULL,
        name TEXT NOT NULL,
        starts_on DATE NOT NULL,
        ends_on DATE NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_season PRIMARY KEY (id),
        CONSTRAINT uq_season_name UNIQUE (name),
        CONSTRAINT ck_season_name CHECK (length(trim(name)) > 0),
        CONSTRAINT ck_season_version CHECK (version >= 1),
        CONSTRAINT ck_season_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_season_starts_on_id ON season (starts_on, id)",
];

const DROP: &[&str] = &[
    "DROP TABLE season",
    "DROP TABLE programme_policy",
    "DROP TABLE programme",
    "DROP TABLE theme",
];
