//! No day belongs to two seasons, whoever writes: engagements are counted by season, and a day in two would count twice.
//!
//! An exclusion constraint on PostgreSQL, checked at the end of each statement, so that one statement may move several
//! seasons; triggers on SQLite, which has one writer at a time. The step fails on PostgreSQL where seasons overlap already;
//! mend their days first.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, POSTGRES_UP, SQLITE_UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, POSTGRES_DOWN, SQLITE_DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn run(manager: &SchemaManager<'_>, postgres: &[&str], sqlite: &[&str]) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Postgres => postgres,
        _ => sqlite,
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

const POSTGRES_UP: &[&str] = &["ALTER TABLE season ADD CONSTRAINT ex_season_days
    EXCLUDE USING gist (daterange(starts_on, ends_on, '[]') WITH &&) DEFERRABLE INITIALLY IMMEDIATE"];

const POSTGRES_DOWN: &[&str] = &["ALTER TABLE season DROP CONSTRAINT ex_season_days"];

const SQLITE_UP: &[&str] = &[
    "CREATE TRIGGER ex_season_days_insert BEFORE INSERT ON season
     WHEN EXISTS (
         SELECT 1 FROM season AS other
         WHERE other.id <> NEW.id AND other.starts_on <= NEW.ends_on AND other.ends_on >= NEW.starts_on
     )
     BEGIN SELECT RAISE(ABORT, 'ex_season_days'); END",
    "CREATE TRIGGER ex_season_days_update BEFORE UPDATE OF id, starts_on, ends_on ON season
     WHEN EXISTS (
         SELECT 1 FROM season AS other
         WHERE other.id <> OLD.id AND other.starts_on <= NEW.ends_on AND other.ends_on >= NEW.starts_on
     )
     BEGIN SELECT RAISE(ABORT, 'ex_season_days'); END",
];

const SQLITE_DOWN: &[&str] = &[
    "DROP TRIGGER ex_season_days_insert",
    "DROP TRIGGER ex_season_days_update",
];
