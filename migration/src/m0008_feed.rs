//! The feed of changes: one row for each audit event, in the order in which a relay may pass them on.
//!
//! The database itself adds the rows, by a trigger on the audit record: whoever writes an event (a request, an import,
//! a command) is heard, and state, audit and feed agree because one transaction holds all three. On PostgreSQL the
//! trigger also notifies (`LISTEN peer_challenge_feed`) and keeps the transaction's id: positions are handed out
//! before transactions commit, in any order, so a position alone would let a reader pass over a change that commits
//! late (`api/src/feed` says how it reads). On SQLite writers queue, positions follow commits, and the id is 0.
//!
//! No foreign key: events are never deleted, and a check for every row would buy nothing.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::ddl;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (table, trigger) = if is_postgres(manager) {
            (POSTGRES_TABLE, POSTGRES_TRIGGER)
        } else {
            (SQLITE_TABLE, SQLITE_TRIGGER)
        };
        ddl::run(manager, &[table]).await?;
        ddl::run(manager, INDEXES).await?;
        for statement in trigger {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let trigger: &[&str] = if is_postgres(manager) {
            &[
                "DROP TRIGGER tr_audit_event_feed ON audit_event",
                "DROP FUNCTION feed_changes()",
            ]
        } else {
            &["DROP TRIGGER tr_audit_event_feed"]
        };
        ddl::run(manager, trigger).await?;
        ddl::run(manager, &["DROP TABLE change_feed"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

const POSTGRES_TABLE: &str = "CREATE TABLE change_feed (
        position BIGINT GENERATED ALWAYS AS IDENTITY,
        transaction_id BIGINT NOT NULL,
        audit_event_id UUID NOT NULL,
        at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_change_feed PRIMARY KEY (position)
    )";

// AUTOINCREMENT: without it the positions of pruned rows would be handed out again, behind a reader's back.
const SQLITE_TABLE: &str = "CREATE TABLE change_feed (
        position INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
        transaction_id BIGINT NOT NULL,
        audit_event_id UUID NOT NULL,
        at TIMESTAMPTZ NOT NULL
    )";

const INDEXES: &[&str] = &[
    "CREATE INDEX ix_change_feed_transaction_id_position ON change_feed (transaction_id, position)",
    "CREATE INDEX ix_change_feed_at ON change_feed (at)",
];

// One statement for each insert into the record, however many rows it has. Equal notifications of one transaction are
// sent once, when it commits.
const POSTGRES_TRIGGER: &[&str] = &[
    "CREATE FUNCTION feed_changes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO change_feed (transaction_id, audit_event_id, at)
                SELECT pg_current_xact_id()::text::bigint, id, at FROM added ORDER BY id;
            PERFORM pg_notify('peer_challenge_feed', '');
            RETURN NULL;
        END
        $$",
    "CREATE TRIGGER tr_audit_event_feed AFTER INSERT ON audit_event REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION feed_changes()",
];

const SQLITE_TRIGGER: &[&str] = &["CREATE TRIGGER tr_audit_event_feed AFTER INSERT ON audit_event
        BEGIN
            INSERT INTO change_feed (transaction_id, audit_event_id, at) VALUES (0, NEW.id, NEW.at);
        END"];
