//! Inspection outcomes of which the start is not known are told apart by the day of their report.
//!
//! The first step's unique constraint does not hold them: two NULLs are never equal. Two partial indexes do, one for rows
//! with a report's day and one for rows without either day. Copies that are there already leave only their oldest row;
//! the reference facts that they came from are shipped with the program.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const UP: &[&str] = &[
    "DELETE FROM inspection_outcome WHERE starts_on IS NULL AND EXISTS (
        SELECT 1 FROM inspection_outcome AS older
        WHERE older.starts_on IS NULL AND older.id < inspection_outcome.id
            AND older.council_id = inspection_outcome.council_id
            AND older.framework = inspection_outcome.framework
            AND older.source = inspection_outcome.source
            AND (older.published_on = inspection_outcome.published_on
                OR (older.published_on IS NULL AND inspection_outcome.published_on IS NULL))
    )",
    "CREATE UNIQUE INDEX uq_inspection_outcome_council_id_framework_source_published_on
        ON inspection_outcome (council_id, framework, source, published_on) WHERE starts_on IS NULL",
    "CREATE UNIQUE INDEX uq_inspection_outcome_council_id_framework_source
        ON inspection_outcome (council_id, framework, source) WHERE starts_on IS NULL AND published_on IS NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX uq_inspection_outcome_council_id_framework_source",
    "DROP INDEX uq_inspection_outcome_council_id_framework_source_published_on",
];
