//! The append-only record of who did what.
//!
//! A trigger refuses UPDATE and DELETE; its function comes from the programme step.

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        guard::make_append_only(manager, "audit_event").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        guard::drop_append_only(manager, "audit_event").await?;
        ddl::run(manager, DROP).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE audit_event (
        id UUID NOT NULL,
        at TIMESTAMPTZ NOT NULL,
        actor TEXT NOT NULL,
        actor_role TEXT NOT NULL,
        action TEXT NOT NULL,
        entity_kind TEXT NOT NULL,
        entity_id UUID NOT NULL,
        challenge_id UUID,
        council_id UUID,
        peer_id UUID,
        details JSONB NOT NULL,
        request_id TEXT,
        CONSTRAINT pk_audit_event PRIMARY KEY (id),
        CONSTRAINT ck_audit_event_actor CHECK (length(trim(actor)) > 0),
        CONSTRAINT ck_audit_event_actor_role CHECK (length(trim(actor_role)) > 0),
        CONSTRAINT ck_audit_event_action CHECK (length(trim(action)) > 0),
        CONSTRAINT ck_audit_event_entity_kind CHECK (length(trim(entity_kind)) > 0)
    )",
    "CREATE INDEX ix_audit_event_entity_kind_entity_id ON audit_event (entity_kind, entity_id)",
    "CREATE INDEX ix_audit_event_challenge_id_id ON audit_event (challenge_id, id)",
    "CREATE INDEX ix_audit_event_council_id_id ON audit_event (council_id, id)",
    "CREATE INDEX ix_audit_event_peer_id_id ON audit_event (peer_id, id)",
    "CREATE INDEX ix_audit_event_at_id ON audit_event (at, id)",
];

const DROP: &[&str] = &["DROP TABLE audit_event"];
