//! Risks to children that nobody outside the team was told of are asked for every hour: those passed on are no part of the index.
//! And what a run of a season plan is doing is a closed list.

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PHASE: &str =
    "CONSTRAINT ck_season_plan_phase CHECK (phase IN ('BUILDING', 'PRICING', 'DIVING', 'IMPROVING', 'PROVING'))";

/// The definition as SQLite keeps it, before.
const COLUMN: &str = "phase TEXT,\n";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if guard::is_postgres(manager) {
            ddl::run(manager, &[&format!("ALTER TABLE season_plan ADD {PHASE}")]).await?;
        } else {
            let change = |text: &str| text.replace(COLUMN, &format!("phase TEXT {PHASE},\n"));
            guard::rebuild(manager, "season_plan", change, ("", "*")).await?;
        }
        ddl::run(
            manager,
            &["CREATE INDEX ix_immediate_risk_untold ON immediate_risk (challenge_id) WHERE told_at IS NULL"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, &["DROP INDEX ix_immediate_risk_untold"]).await?;
        if guard::is_postgres(manager) {
            return ddl::run(
                manager,
                &["ALTER TABLE season_plan DROP CONSTRAINT ck_season_plan_phase"],
            )
            .await;
        }
        let change = |text: &str| text.replace(&format!("phase TEXT {PHASE},\n"), COLUMN);
        guard::rebuild(manager, "season_plan", change, ("", "*")).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
