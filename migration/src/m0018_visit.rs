//! What follows a confirmed team: documents, sessions, findings, report, action plan, evaluation; when stages were reached.

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
    "CREATE TABLE open_slot (
        slot_id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        reason TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        decided_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_open_slot PRIMARY KEY (slot_id),
        CONSTRAINT fk_open_slot_slot_id FOREIGN KEY (slot_id) REFERENCES team_slot (id) ON DELETE CASCADE,
        CONSTRAINT fk_open_slot_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_open_slot_reason CHECK (length(trim(reason)) > 0),
        CONSTRAINT ck_open_slot_decided_by CHECK (length(trim(decided_by)) > 0)
    )",
    "CREATE INDEX ix_open_slot_challenge_id ON open_slot (challenge_id)",
    "CREATE TABLE stage_change (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        stage TEXT NOT NULL,
        from_stage TEXT,
        at TIMESTAMPTZ NOT NULL,
        on_day DATE NOT NULL,
        due_on DATE,
        actor TEXT NOT NULL,
        CONSTRAINT pk_stage_change PRIMARY KEY (id),
        CONSTRAINT fk_stage_change_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_stage_change_stage CHECK (stage IN (
            'DRAFT', 'SUBMITTED', 'TRIAGED', 'SCOPING', 'SCOPED', 'TEAM_BUILDING', 'TEAM_CONFIRMED',
            'PREPARING', 'ON_SITE', 'FEEDBACK_GIVEN', 'REPORT_DRAFTED', 'REPORT_FINAL', 'PUBLISHED',
            'ACTION_PLANNED', 'PROGRESS_REVIEWED', 'CLOSED', 'DECLINED', 'WITHDRAWN', 'POSTPONED', 'PAUSED',
            'CANCELLED'
        )),
        CONSTRAINT ck_stage_change_from_stage CHECK (from_stage IN (
            'DRAFT', 'SUBMITTED', 'TRIAGED', 'SCOPING', 'SCOPED', 'TEAM_BUILDING', 'TEAM_CONFIRMED',
            'PREPARING', 'ON_SITE', 'FEEDBACK_GIVEN', 'REPORT_DRAFTED', 'REPORT_FINAL', 'PUBLISHED',
            'ACTION_PLANNED', 'PROGRESS_REVIEWED', 'CLOSED', 'DECLINED', 'WITHDRAWN', 'POSTPONED', 'PAUSED',
            'CANCELLED'
        )),
        CONSTRAINT ck_stage_change_actor CHECK (length(trim(actor)) > 0)
    )",
    "CREATE INDEX ix_stage_change_challenge_id ON stage_change (challenge_id, stage, at)",
    "CREATE INDEX ix_stage_change_stage ON stage_change (stage, on_day)",
    "CREATE TABLE challenge_document (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        url TEXT NOT NULL,
        purpose TEXT NOT NULL,
        audience TEXT NOT NULL,
        class TEXT NOT NULL,
        expires_on DATE NOT NULL,
        added_by TEXT NOT NULL,
        added_at TIMESTAMPTZ NOT NULL,
        removed_at TIMESTAMPTZ,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_challenge_document PRIMARY KEY (id),
        CONSTRAINT fk_challenge_document_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_challenge_document_kind CHECK (kind IN (
            'POSITION_STATEMENT', 'DATA_PACK', 'TIMETABLE', 'PRESENTATION', 'REPORT', 'OTHER'
        )),
        CONSTRAINT ck_challenge_document_title CHECK (length(trim(title)) > 0),
        CONSTRAINT ck_challenge_document_purpose CHECK (length(trim(purpose)) > 0),
        CONSTRAINT ck_challenge_document_audience CHECK (audience IN ('TEAM', 'HUB', 'EVERYBODY')),
        CONSTRAINT ck_challenge_document_class CHECK (class IN ('ORDINARY', 'CASE_MATERIAL')),
        CONSTRAINT ck_challenge_document_added_by CHECK (length(trim(added_by)) > 0),
        CONSTRAINT ck_challenge_document_url CHECK (url LIKE 'https://%'),
        CONSTRAINT ck_challenge_document_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_challenge_document_challenge_id ON challenge_document (challenge_id)",
    "CREATE TABLE fieldwork_session (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        title TEXT NOT NULL,
        room TEXT,
        with_whom TEXT,
        is_team_call BOOLEAN NOT NULL,
        starts_at TIMESTAMPTZ NOT NULL,
        ends_at TIMESTAMPTZ NOT NULL,
        removed_at TIMESTAMPTZ,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_fieldwork_session PRIMARY KEY (id),
        CONSTRAINT fk_fieldwork_session_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_fieldwork_session_title CHECK (length(trim(title)) > 0),
        CONSTRAINT ck_fieldwork_session_ends_at CHECK (starts_at < ends_at),
        CONSTRAINT ck_fieldwork_session_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_fieldwork_session_challenge_id ON fieldwork_session (challenge_id)",
    "CREATE TABLE session_peer (
        session_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        CONSTRAINT pk_session_peer PRIMARY KEY (session_id, peer_id),
        CONSTRAINT fk_session_peer_session_id FOREIGN KEY (session_id) REFERENCES fieldwork_session (id),
        CONSTRAINT fk_session_peer_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id)
    )",
    "CREATE INDEX ix_session_peer_peer_id ON session_peer (peer_id)",
    "CREATE TABLE finding (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        line_id UUID NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        recorded_by TEXT NOT NULL,
        recorded_by_peer_id UUID,
        recorded_at TIMESTAMPTZ NOT NULL,
        withdrawn_at TIMESTAMPTZ,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_finding PRIMARY KEY (id),
        CONSTRAINT fk_finding_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_finding_line_id FOREIGN KEY (line_id) REFERENCES line_of_enquiry (id),
        CONSTRAINT fk_finding_recorded_by_peer_id FOREIGN KEY (recorded_by_peer_id) REFERENCES peer (id),
        CONSTRAINT ck_finding_kind CHECK (kind IN ('STRENGTH', 'AREA_FOR_CONSIDERATION')),
        CONSTRAINT ck_finding_text CHECK (length(trim(text)) > 0),
        CONSTRAINT ck_finding_recorded_by CHECK (length(trim(recorded_by)) > 0),
        CONSTRAINT ck_finding_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_finding_challenge_id ON finding (challenge_id)",
    "CREATE INDEX ix_finding_line_id ON finding (line_id)",
    "CREATE INDEX ix_finding_recorded_by_peer_id ON finding (recorded_by_peer_id)",
    "CREATE TABLE immediate_risk (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        what TEXT NOT NULL,
        raised_by TEXT NOT NULL,
        raised_at TIMESTAMPTZ NOT NULL,
        told_name TEXT,
        told_at TIMESTAMPTZ,
        told_by TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_immediate_risk PRIMARY KEY (id),
        CONSTRAINT fk_immediate_risk_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_immediate_risk_what CHECK (length(trim(what)) > 0),
        CONSTRAINT ck_immediate_risk_raised_by CHECK (length(trim(raised_by)) > 0),
        CONSTRAINT ck_immediate_risk_told_at CHECK ((told_at IS NULL) = (told_name IS NULL) AND (told_at IS NULL) = (told_by IS NULL)),
        CONSTRAINT ck_immediate_risk_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_immediate_risk_challenge_id ON immediate_risk (challenge_id)",
    "CREATE TABLE report (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        feedback_on DATE NOT NULL,
        presentation_url TEXT,
        summary TEXT,
        host_agreed_at TIMESTAMPTZ,
        host_agreed_by TEXT,
        programme_agreed_at TIMESTAMPTZ,
        programme_agreed_by TEXT,
        published_on DATE,
        url TEXT,
        plan_url TEXT,
        reviewed_on DATE,
        review_note TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_report PRIMARY KEY (id),
        CONSTRAINT fk_report_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_report_host_agreed_at CHECK ((host_agreed_at IS NULL) = (host_agreed_by IS NULL)),
        CONSTRAINT ck_report_programme_agreed_at CHECK ((programme_agreed_at IS NULL) = (programme_agreed_by IS NULL)),
        CONSTRAINT ck_report_published_on CHECK (published_on IS NULL OR (host_agreed_at IS NOT NULL AND programme_agreed_at IS NOT NULL)),
        CONSTRAINT ck_report_version CHECK (version >= 1)
    )",
    "CREATE UNIQUE INDEX uq_report_challenge_id ON report (challenge_id)",
    "CREATE TABLE recommendation (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        position INTEGER NOT NULL,
        text TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_recommendation PRIMARY KEY (id),
        CONSTRAINT fk_recommendation_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_recommendation_text CHECK (length(trim(text)) > 0),
        CONSTRAINT ck_recommendation_position CHECK (position >= 1),
        CONSTRAINT ck_recommendation_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_recommendation_challenge_id ON recommendation (challenge_id)",
    "CREATE TABLE recommendation_finding (
        recommendation_id UUID NOT NULL,
        finding_id UUID NOT NULL,
        CONSTRAINT pk_recommendation_finding PRIMARY KEY (recommendation_id, finding_id),
        CONSTRAINT fk_recommendation_finding_recommendation_id FOREIGN KEY (recommendation_id) REFERENCES recommendation (id),
        CONSTRAINT fk_recommendation_finding_finding_id FOREIGN KEY (finding_id) REFERENCES finding (id)
    )",
    "CREATE INDEX ix_recommendation_finding_finding_id ON recommendation_finding (finding_id)",
    "CREATE TABLE accuracy_edit (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        recommendation_id UUID,
        original TEXT NOT NULL,
        proposed TEXT NOT NULL,
        reason TEXT NOT NULL,
        status TEXT NOT NULL,
        proposed_by TEXT NOT NULL,
        proposed_at TIMESTAMPTZ NOT NULL,
        decided_by TEXT,
        decided_at TIMESTAMPTZ,
        decision_note TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_accuracy_edit PRIMARY KEY (id),
        CONSTRAINT fk_accuracy_edit_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_accuracy_edit_recommendation_id FOREIGN KEY (recommendation_id) REFERENCES recommendation (id),
        CONSTRAINT ck_accuracy_edit_original CHECK (length(trim(original)) > 0),
        CONSTRAINT ck_accuracy_edit_proposed CHECK (length(trim(proposed)) > 0),
        CONSTRAINT ck_accuracy_edit_reason CHECK (length(trim(reason)) > 0),
        CONSTRAINT ck_accuracy_edit_status CHECK (status IN ('OPEN', 'ACCEPTED', 'REJECTED')),
        CONSTRAINT ck_accuracy_edit_proposed_by CHECK (length(trim(proposed_by)) > 0),
        CONSTRAINT ck_accuracy_edit_decided_at CHECK ((status = 'OPEN') = (decided_at IS NULL)),
        CONSTRAINT ck_accuracy_edit_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_accuracy_edit_challenge_id ON accuracy_edit (challenge_id)",
    "CREATE INDEX ix_accuracy_edit_recommendation_id ON accuracy_edit (recommendation_id)",
    "CREATE TABLE plan_action (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        recommendation_id UUID NOT NULL,
        text TEXT NOT NULL,
        owner TEXT NOT NULL,
        due_on DATE NOT NULL,
        status TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_plan_action PRIMARY KEY (id),
        CONSTRAINT fk_plan_action_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_plan_action_recommendation_id FOREIGN KEY (recommendation_id) REFERENCES recommendation (id),
        CONSTRAINT ck_plan_action_text CHECK (length(trim(text)) > 0),
        CONSTRAINT ck_plan_action_owner CHECK (length(trim(owner)) > 0),
        CONSTRAINT ck_plan_action_status CHECK (status IN ('NOT_STARTED', 'UNDER_WAY', 'DONE', 'DROPPED')),
        CONSTRAINT ck_plan_action_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_plan_action_challenge_id ON plan_action (challenge_id)",
    "CREATE INDEX ix_plan_action_recommendation_id ON plan_action (recommendation_id)",
    "CREATE TABLE action_update (
        id UUID NOT NULL,
        action_id UUID NOT NULL,
        status TEXT NOT NULL,
        note TEXT,
        said_by TEXT NOT NULL,
        said_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_action_update PRIMARY KEY (id),
        CONSTRAINT fk_action_update_action_id FOREIGN KEY (action_id) REFERENCES plan_action (id),
        CONSTRAINT ck_action_update_status CHECK (status IN ('NOT_STARTED', 'UNDER_WAY', 'DONE', 'DROPPED')),
        CONSTRAINT ck_action_update_said_by CHECK (length(trim(said_by)) > 0)
    )",
    "CREATE INDEX ix_action_update_action_id ON action_update (action_id)",
    "CREATE TABLE evaluation (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        kind TEXT NOT NULL,
        about_peer_id UUID,
        by_subject TEXT NOT NULL,
        by_peer_id UUID,
        score INTEGER NOT NULL,
        comment TEXT,
        given_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_evaluation PRIMARY KEY (id),
        CONSTRAINT fk_evaluation_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_evaluation_about_peer_id FOREIGN KEY (about_peer_id) REFERENCES peer (id),
        CONSTRAINT fk_evaluation_by_peer_id FOREIGN KEY (by_peer_id) REFERENCES peer (id),
        CONSTRAINT ck_evaluation_kind CHECK (kind IN (
            'HOST_ON_TEAM', 'PEER_ON_HOST', 'PEER_ON_PROGRAMME', 'ON_PEER'
        )),
        CONSTRAINT ck_evaluation_by_subject CHECK (length(trim(by_subject)) > 0),
        CONSTRAINT ck_evaluation_score CHECK (score BETWEEN 1 AND 5),
        CONSTRAINT ck_evaluation_about_peer_id CHECK ((kind = 'ON_PEER') = (about_peer_id IS NOT NULL))
    )",
    "CREATE INDEX ix_evaluation_challenge_id ON evaluation (challenge_id, kind)",
    "CREATE INDEX ix_evaluation_about_peer_id ON evaluation (about_peer_id)",
    "CREATE INDEX ix_evaluation_by_peer_id ON evaluation (by_peer_id)",
    "CREATE UNIQUE INDEX uq_evaluation_challenge_id_kind_by_subject ON evaluation (challenge_id, kind, by_subject)
        WHERE about_peer_id IS NULL",
    "CREATE UNIQUE INDEX uq_evaluation_challenge_id_by_subject_about_peer_id ON evaluation (challenge_id, by_subject, about_peer_id)
        WHERE about_peer_id IS NOT NULL",
];

const DROP: &[&str] = &[
    "DROP TABLE evaluation",
    "DROP TABLE action_update",
    "DROP TABLE plan_action",
    "DROP TABLE accuracy_edit",
    "DROP TABLE recommendation_finding",
    "DROP TABLE recommendation",
    "DROP TABLE report",
    "DROP TABLE immediate_risk",
    "DROP TABLE finding",
    "DROP TABLE session_peer",
    "DROP TABLE fieldwork_session",
    "DROP TABLE challenge_document",
    "DROP TABLE stage_change",
    "DROP TABLE open_slot",
];
