//! Who hears of what: kinds of notifications, an address for risks to children, the host's word on the facts of a draft; and
//! endorsements of a scope that stay when the scope does not.

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const KINDS: [&str; 2] = [
    "'IMMEDIATE_RISK'",
    "'IMMEDIATE_RISK', 'STAGE_REACHED', 'SCOPE_VOID', 'OBJECTION', 'FACTS_CHECKED'",
];

const UP: &[&str] = &[
    "CREATE UNIQUE INDEX uq_sign_off_challenge_id ON sign_off (challenge_id) WHERE voided_at IS NULL",
    "CREATE INDEX ix_sign_off_challenge_id ON sign_off (challenge_id)",
    "ALTER TABLE contact ADD COLUMN duty TEXT NOT NULL DEFAULT 'GENERAL'
        CONSTRAINT ck_contact_duty CHECK (duty IN ('GENERAL', 'CHILDRENS_SERVICES'))",
    "DROP INDEX uq_contact_council_id",
    "CREATE UNIQUE INDEX uq_contact_council_id_duty ON contact (council_id, duty)",
    "ALTER TABLE report ADD COLUMN facts_checked_at TIMESTAMPTZ",
    "ALTER TABLE report ADD COLUMN facts_checked_by TEXT",
];

const DOWN: &[&str] = &[
    "ALTER TABLE report DROP COLUMN facts_checked_by",
    "ALTER TABLE report DROP COLUMN facts_checked_at",
    "DELETE FROM contact WHERE duty <> 'GENERAL'",
    "DROP INDEX uq_contact_council_id_duty",
    "CREATE UNIQUE INDEX uq_contact_council_id ON contact (council_id)",
    "ALTER TABLE contact DROP COLUMN duty",
    "DROP INDEX ix_sign_off_challenge_id",
    "DROP INDEX uq_sign_off_challenge_id",
    "DELETE FROM sign_off WHERE voided_at IS NOT NULL",
    "DELETE FROM notification WHERE kind IN ('STAGE_REACHED', 'SCOPE_VOID', 'OBJECTION', 'FACTS_CHECKED')",
];

/// Every column of an endorsement that stays.
const SIGNED: &str = "id, challenge_id, lead_member_name, chief_executive_name, signed_on, recorded_by, recorded_at";

/// The definition as SQLite keeps it, before and after.
const COLUMN: [&str; 2] = [
    "recorded_at TEXT NOT NULL,\n",
    "recorded_at TEXT NOT NULL,\n        voided_at TEXT,\n",
];
const UNIQUE: [&str; 2] = [
    "CONSTRAINT pk_sign_off PRIMARY KEY (id),\n        CONSTRAINT uq_sign_off_challenge_id UNIQUE (challenge_id),\n",
    "CONSTRAINT pk_sign_off PRIMARY KEY (id),\n",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [before, after] = KINDS;
        guard::rewrite_check(manager, "notification", "ck_notification_kind", before, after).await?;
        if guard::is_postgres(manager) {
            let statements = [
                "ALTER TABLE sign_off DROP CONSTRAINT uq_sign_off_challenge_id",
                "ALTER TABLE sign_off ADD COLUMN voided_at TIMESTAMPTZ",
            ];
            ddl::run(manager, &statements).await?;
        } else {
            let columns = format!("({SIGNED})");
            let change = |text: &str| text.replace(COLUMN[0], COLUMN[1]).replace(UNIQUE[0], UNIQUE[1]);
            guard::rebuild(manager, "sign_off", change, (&columns, SIGNED)).await?;
        }
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let [before, after] = KINDS;
        ddl::run(manager, DOWN).await?;
        if guard::is_postgres(manager) {
            let statements = [
                "ALTER TABLE sign_off DROP COLUMN voided_at",
                "ALTER TABLE sign_off ADD CONSTRAINT uq_sign_off_challenge_id UNIQUE (challenge_id)",
            ];
            ddl::run(manager, &statements).await?;
        } else {
            let columns = format!("({SIGNED})");
            let change = |text: &str| text.replace(COLUMN[1], COLUMN[0]).replace(UNIQUE[1], UNIQUE[0]);
            guard::rebuild(manager, "sign_off", change, (&columns, SIGNED)).await?;
        }
        guard::rewrite_check(manager, "notification", "ck_notification_kind", after, before).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
