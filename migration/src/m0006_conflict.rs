//! Conflicts: waivers, objections and the decisions that late facts make necessary.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DROP).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE conflict_waiver (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        decided_at TIMESTAMPTZ NOT NULL,
        expires_on DATE NOT NULL,
        revoked_at TIMESTAMPTZ,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_conflict_waiver PRIMARY KEY (id),
        CONSTRAINT fk_conflict_waiver_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_conflict_waiver_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT ck_conflict_waiver_rule CHECK (rule IN (
            'OWN_COUNCIL', 'NEIGHBOUR', 'PAST_AFFILIATION', 'PERSONAL', 'FINANCIAL', 'DECLARED', 'REPEAT_VISIT',
            'RECIPROCAL', 'HOST_OBJECTION', 'REGULATOR', 'STALE_DECLARATION', 'STALE_TRAINING',
            'RETIRED_TOO_LONG', 'NOT_DEPLOYABLE', 'POSSIBLE_DUPLICATE', 'ROLE_NOT_HELD', 'THEME_NOT_HELD',
            'LEAD_WITHOUT_EXPERIENCE', 'MEMBER_GROUP', 'AVAILABILITY_UNKNOWN', 'NOT_AVAILABLE', 'BLACKOUT',
            'ALREADY_ENGAGED', 'REST_PERIOD', 'SEASON_CAP', 'CAPACITY', 'COUNCIL_WEEK', 'ALREADY_IN_TEAM',
            'TEAM_COUNCIL_CAP', 'TEAM_REGION_CAP', 'HOST_REGION_CAP'
        )),
        CONSTRAINT ck_conflict_waiver_reason CHECK (length(trim(reason)) > 0),
        CONSTRAINT ck_conflict_waiver_decided_by CHECK (length(trim(decided_by)) > 0),
        CONSTRAINT ck_conflict_waiver_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_conflict_waiver_challenge_id ON conflict_waiver (challenge_id)",
    "CREATE INDEX ix_conflict_waiver_peer_id ON conflict_waiver (peer_id)",
    "CREATE UNIQUE INDEX uq_conflict_waiver_challenge_id_peer_id_rule ON conflict_waiver (challenge_id, peer_id, rule)
        WHERE revoked_at IS NULL",
    "CREATE TABLE host_objection (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        assignment_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        host_id UUID NOT NULL,
        reason_code TEXT NOT NULL,
        reason TEXT NOT NULL,
        status TEXT NOT NULL,
        raised_by TEXT NOT NULL,
        raised_at TIMESTAMPTZ NOT NULL,
        decided_by TEXT,
        decided_at TIMESTAMPTZ,
        decision_reason TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_host_objection PRIMARY KEY (id),
        CONSTRAINT fk_host_objection_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_host_objection_assignment_id FOREIGN KEY (assignment_id) REFERENCES assignment (id),
        CONSTRAINT fk_host_objection_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT fk_host_objection_host_id FOREIGN KEY (host_id) REFERENCES council (id),
        CONSTRAINT ck_host_objection_reason_code CHECK (reason_code IN (
            'WORKED_TOGETHER', 'PERSONAL_TIE', 'COMMERCIAL_TIE', 'POLITICAL', 'SKILLS', 'OTHER'
        )),
        CONSTRAINT ck_host_objection_reason CHECK (length(trim(reason)) > 0),
        CONSTRAINT ck_host_objection_status CHECK (status IN ('OPEN', 'UPHELD', 'REJECTED', 'WITHDRAWN')),
        CONSTRAINT ck_host_objection_raised_by CHECK (length(trim(raised_by)) > 0),
        CONSTRAINT ck_host_objection_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_host_objection_assignment_id ON host_objection (assignment_id)",
    "CREATE INDEX ix_host_objection_status ON host_objection (status)",
    "CREATE INDEX ix_host_objection_challenge_id ON host_objection (challenge_id)",
    "CREATE INDEX ix_host_objection_peer_id ON host_objection (peer_id)",
    "CREATE INDEX ix_host_objection_host_id ON host_objection (host_id)",
    "CREATE UNIQUE INDEX uq_host_objection_assignment_id ON host_objection (assignment_id) WHERE status = 'OPEN'",
    "CREATE TABLE conflict_decision (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        assignment_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        cause TEXT NOT NULL,
        cause_id UUID,
        findings JSONB NOT NULL,
        status TEXT NOT NULL,
        opened_at TIMESTAMPTZ NOT NULL,
        decided_by TEXT,
        decided_at TIMESTAMPTZ,
        reason TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_conflict_decision PRIMARY KEY (id),
        CONSTRAINT fk_conflict_decision_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_conflict_decision_assignment_id FOREIGN KEY (assignment_id) REFERENCES assignment (id),
        CONSTRAINT fk_conflict_decision_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT ck_conflict_decision_cause CHECK (cause IN (
            'AFFILIATION', 'DECLARED_INTEREST', 'HOST_OBJECTION', 'POLICY', 'PROFILE', 'AVAILABILITY',
            'ASSIGNMENT'
        )),
        CONSTRAINT ck_conflict_decision_status CHECK (status IN (
            'OPEN', 'WAIVED', 'REPLACED', 'STOPPED', 'CLEARED'
        )),
        CONSTRAINT ck_conflict_decision_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_conflict_decision_assignment_id ON conflict_decision (assignment_id)",
    "CREATE INDEX ix_conflict_decision_status_opened_at ON conflict_decision (status, opened_at)",
    "CREATE INDEX ix_conflict_decision_challenge_id ON conflict_decision (challenge_id)",
    "CREATE INDEX ix_conflict_decision_peer_id ON conflict_decision (peer_id)",
    "CREATE UNIQUE INDEX uq_conflict_decision_assignment_id ON conflict_decision (assignment_id)
        WHERE status = 'OPEN'",
];

const DROP: &[&str] = &[
    "DROP TABLE conflict_decision",
    "DROP TABLE host_objection",
    "DROP TABLE conflict_waiver",
];
