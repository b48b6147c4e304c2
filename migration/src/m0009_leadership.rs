//! Changes in the leadership of councils, and facts about councils as a cause of decisions on late conflicts.

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CAUSES: [&str; 2] = ["'ASSIGNMENT'", "'ASSIGNMENT', 'COUNCIL'"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let [before, after] = CAUSES;
        guard::rewrite_check(
            manager,
            "conflict_decision",
            "ck_conflict_decision_cause",
            before,
            after,
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The nearest of the causes that remain; the decision and its findings stay.
        ddl::run(
            manager,
            &["UPDATE conflict_decision SET cause = 'PROFILE' WHERE cause = 'COUNCIL'"],
        )
        .await?;
        let [before, after] = CAUSES;
        guard::rewrite_check(
            manager,
            "conflict_decision",
            "ck_conflict_decision_cause",
            after,
            before,
        )
        .await?;
        ddl::run(manager, DROP).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &["CREATE TABLE leadership_change (
        council_id UUID NOT NULL,
        post TEXT NOT NULL,
        changed_on DATE NOT NULL,
        recorded_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_leadership_change PRIMARY KEY (council_id, post, changed_on),
        CONSTRAINT fk_leadership_change_council_id FOREIGN KEY (council_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT ck_leadership_change_post CHECK (post IN (
            'CHIEF_EXECUTIVE', 'DIRECTOR_OF_CHILDRENS_SERVICES', 'LEAD_MEMBER'
        ))
    )"];

const DROP: &[&str] = &["DROP TABLE leadership_change"];
