//! Teams: assignments with their two invariants, reserves and proposals.
//!
//! Two invariants stand here. One live holder per slot: a partial unique index. No two live assignments of one peer on
//! overlapping days: [`crate::guard`]. "Live" is spelled out in both; a later change of the list must change both.

use sea_orm_migration::prelude::*;

use crate::{ddl, guard};

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        guard::install_btree_gist(manager).await?;
        ddl::run(manager, TABLES).await?;
        guard::forbid_double_booking(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DROP).await?;
        guard::drop_btree_gist(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE assignment (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        slot_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        home_council_id UUID NOT NULL,
        starts_on DATE NOT NULL,
        ends_on DATE NOT NULL,
        status TEXT NOT NULL,
        policy_id UUID NOT NULL,
        nominated_by TEXT NOT NULL,
        status_reason TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_assignment PRIMARY KEY (id),
        CONSTRAINT fk_assignment_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_assignment_slot_id FOREIGN KEY (slot_id) REFERENCES team_slot (id),
        CONSTRAINT fk_assignment_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT fk_assignment_home_council_id FOREIGN KEY (home_council_id) REFERENCES council (id),
        CONSTRAINT fk_assignment_policy_id FOREIGN KEY (policy_id) REFERENCES programme_policy (id),
        CONSTRAINT ck_assignment_status CHECK (status IN (
            'NOMINATED', 'INVITED', 'ACCEPTED', 'CONFIRMED', 'DECLINED', 'REPLACED', 'STOPPED', 'RELEASED'
        )),
        CONSTRAINT ck_assignment_nominated_by CHECK (length(trim(nominated_by)) > 0),
        CONSTRAINT ck_assignment_version CHECK (version >= 1),
        CONSTRAINT ck_assignment_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_assignment_peer_id_starts_on ON assignment (peer_id, starts_on)",
    "CREATE INDEX ix_assignment_challenge_id ON assignment (challenge_id)",
    "CREATE INDEX ix_assignment_home_council_id_starts_on ON assignment (home_council_id, starts_on)",
    "CREATE INDEX ix_assignment_slot_id ON assignment (slot_id)",
    "CREATE INDEX ix_assignment_policy_id ON assignment (policy_id)",
    "CREATE UNIQUE INDEX uq_assignment_slot_id ON assignment (slot_id)
        WHERE status IN ('NOMINATED', 'INVITED', 'ACCEPTED', 'CONFIRMED')",
    "CREATE TABLE reserve (
        id UUID NOT NULL,
        slot_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        rank INTEGER NOT NULL,
        CONSTRAINT pk_reserve PRIMARY KEY (id),
        CONSTRAINT uq_reserve_slot_id_rank UNIQUE (slot_id, rank),
        CONSTRAINT uq_reserve_slot_id_peer_id UNIQUE (slot_id, peer_id),
        CONSTRAINT fk_reserve_slot_id FOREIGN KEY (slot_id) REFERENCES team_slot (id) ON DELETE CASCADE,
        CONSTRAINT fk_reserve_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT ck_reserve_rank CHECK (rank >= 1)
    )",
    "CREATE INDEX ix_reserve_peer_id ON reserve (peer_id)",
    "CREATE TABLE team_proposal (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        window_id UUID,
        policy_id UUID NOT NULL,
        seed BIGINT NOT NULL,
        input_hash TEXT NOT NULL,
        objective BIGINT NOT NULL,
        bound BIGINT NOT NULL,
        proven BOOLEAN NOT NULL,
        body JSONB NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_team_proposal PRIMARY KEY (id),
        CONSTRAINT fk_team_proposal_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_team_proposal_window_id FOREIGN KEY (window_id) REFERENCES challenge_window (id),
        CONSTRAINT fk_team_proposal_policy_id FOREIGN KEY (policy_id) REFERENCES programme_policy (id),
        CONSTRAINT ck_team_proposal_input_hash CHECK (length(trim(input_hash)) > 0),
        CONSTRAINT ck_team_proposal_created_by CHECK (length(trim(created_by)) > 0)
    )",
    "CREATE INDEX ix_team_proposal_challenge_id_created_at ON team_proposal (challenge_id, created_at)",
    "CREATE INDEX ix_team_proposal_window_id ON team_proposal (window_id)",
    "CREATE INDEX ix_team_proposal_policy_id ON team_proposal (policy_id)",
];

const DROP: &[&str] = &[
    "DROP TABLE team_proposal",
    "DROP TABLE reserve",
    "DROP TABLE assignment",
];
