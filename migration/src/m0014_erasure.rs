//! Erasing a person: the mark on their row, who acted in an event, and the one change that the audit record permits.
//!
//! An erased row never changes again. An audit event still never changes, but for one thing: the facts kept with an event
//! about an erased person become `{"erased": true}`, and the name of an erased person who acted becomes `erased peer`. The
//! database itself checks that the person is erased and that nothing else changes. Both guards are in [`crate::guard`].

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        guard::drop_append_only(manager, "audit_event").await?;
        ddl::run(manager, UP).await?;
        guard::make_redactable(manager).await?;
        guard::freeze_erased(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        guard::thaw_erased(manager).await?;
        guard::drop_redactable(manager).await?;
        ddl::run(manager, DOWN).await?;
        guard::make_append_only(manager, "audit_event").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const UP: &[&str] = &[
    "ALTER TABLE peer ADD COLUMN erased_at TIMESTAMPTZ",
    "ALTER TABLE audit_event ADD COLUMN actor_peer_id UUID",
    // Until now peers acted on nobody but themselves.
    "UPDATE audit_event SET actor_peer_id = peer_id WHERE actor_role = 'PEER'",
    "CREATE INDEX ix_audit_event_actor_peer_id ON audit_event (actor_peer_id)",
];

const DOWN: &[&str] = &[
    "DROP INDEX ix_audit_event_actor_peer_id",
    "ALTER TABLE audit_event DROP COLUMN actor_peer_id",
    "ALTER TABLE peer DROP COLUMN erased_at",
];
