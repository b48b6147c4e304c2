//! Results of season plans are text: they are large, read and written as a whole, and PostgreSQL took them apart and put them
//! together again each time. On SQLite JSON is text anyway.

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

async fn change(manager: &SchemaManager<'_>, kind: &str) -> Result<(), DbErr> {
    if !guard::is_postgres(manager) {
        return Ok(());
    }
    let statement = format!("ALTER TABLE season_plan ALTER COLUMN result TYPE {kind} USING result::{kind}");
    ddl::run(manager, &[&statement]).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        change(manager, "TEXT").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        change(manager, "JSONB").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
