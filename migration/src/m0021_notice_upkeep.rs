//! Notifications: what nothing wrote or read goes, and those of an instant are found at once (subscriptions ask for them).

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const KINDS: [&str; 2] = ["'IMMEDIATE_RISK', 'STAGE_REACHED'", "'IMMEDIATE_RISK'"];

/// Every column that stays.
const COLUMNS: &str = "id, dedupe_key, kind, audience, peer_id, council_id, region_id, challenge_id, milestone, due_on, text, \
                       created_at, read_at, mail_state, mailed_at";

/// The column as SQLite keeps it, at the place where it stood.
const WITH: &str = "text TEXT NOT NULL,\n        optional INTEGER NOT NULL,\n";
const WITHOUT: &str = "text TEXT NOT NULL,\n";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [before, after] = KINDS;
        // No version has written any of this kind.
        ddl::run(manager, &["DELETE FROM notification WHERE kind = 'STAGE_REACHED'"]).await?;
        guard::rewrite_check(manager, "notification", "ck_notification_kind", before, after).await?;
        if guard::is_postgres(manager) {
            ddl::run(manager, &["ALTER TABLE notification DROP COLUMN optional"]).await?;
        } else {
            let columns = format!("({COLUMNS})");
            let change = |definition: &str| definition.replace(WITH, WITHOUT);
            guard::rebuild(manager, "notification", change, (&columns, COLUMNS)).await?;
        }
        ddl::run(
            manager,
            &["CREATE INDEX ix_notification_created_at ON notification (created_at)"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [before, after] = KINDS;
        ddl::run(manager, &["DROP INDEX ix_notification_created_at"]).await?;
        if guard::is_postgres(manager) {
            let statements = [
                "ALTER TABLE notification ADD COLUMN optional BOOLEAN",
                "UPDATE notification SET optional = milestone IS NOT NULL",
                "ALTER TABLE notification ALTER COLUMN optional SET NOT NULL",
            ];
            ddl::run(manager, &statements).await?;
        } else {
            let columns = format!("({COLUMNS}, optional)");
            let values = format!("{COLUMNS}, milestone IS NOT NULL");
            let change = |definition: &str| definition.replace(WITHOUT, WITH);
            guard::rebuild(manager, "notification", change, (&columns, &values)).await?;
        }
        guard::rewrite_check(manager, "notification", "ck_notification_kind", after, before).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
