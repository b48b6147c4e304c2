//! Challenges: request, scope, windows, slots, priority and sign-off.
//!
//! One live challenge per programme, host and season is held by a partial unique index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

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
        ddl::run(manager, &[LET_GO_OF_WINDOWS]).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            ddl::run(
                manager,
                &["ALTER TABLE challenge DROP CONSTRAINT fk_challenge_window_id"],
            )
            .await?;
        }
        ddl::run(manager, DROP).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Or else neither table could be dropped before the other.
const LET_GO_OF_WINDOWS: &str = "UPDATE challenge SET window_id = NULL WHERE window_id IS NOT NULL";

const TABLES: &[&str] = &[
    "CREATE TABLE challenge (
        id UUID NOT NULL,
        reference TEXT NOT NULL,
        programme_id UUID NOT NULL,
        season_id UUID NOT NULL,
        host_id UUID NOT NULL,
        stage TEXT NOT NULL,
        stage_changed_at TIMESTAMPTZ NOT NULL,
        side_reason TEXT,
        side_note TEXT,
        resumes_to TEXT,
        policy_id UUID NOT NULL,
        starts_on DATE,
        ends_on DATE,
        delivery_mode TEXT,
        organiser TEXT,
        adviser TEXT,
        manager TEXT,
        first_challenge_id UUID,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_challenge PRIMARY KEY (id),
        CONSTRAINT uq_challenge_reference UNIQUE (reference),
        CONSTRAINT fk_challenge_programme_id FOREIGN KEY (programme_id) REFERENCES programme (id),
        CONSTRAINT fk_challenge_season_id FOREIGN KEY (season_id) REFERENCES season (id),
        CONSTRAINT fk_challenge_host_id FOREIGN KEY (host_id) REFERENCES council (id),
        CONSTRAINT fk_challenge_policy_id FOREIGN KEY (policy_id) REFERENCES programme_policy (id),
        CONSTRAINT fk_challenge_first_challenge_id FOREIGN KEY (first_challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_challenge_reference CHECK (length(trim(reference)) > 0),
        CONSTRAINT ck_challenge_stage CHECK (stage IN (
            'DRAFT', 'SUBMITTED', 'TRIAGED', 'SCOPING', 'SCOPED', 'TEAM_BUILDING', 'TEAM_CONFIRMED',
            'PREPARING', 'ON_SITE', 'FEEDBACK_GIVEN', 'REPORT_DRAFTED', 'REPORT_FINAL', 'PUBLISHED',
            'ACTION_PLANNED', 'PROGRESS_REVIEWED', 'CLOSED', 'DECLINED', 'WITHDRAWN', 'POSTPONED', 'PAUSED',
            'CANCELLED'
        )),
        CONSTRAINT ck_challenge_side_reason CHECK (side_reason IN (
            'INSPECTION_NOTICE', 'ELECTION_PERIOD', 'MAJOR_INCIDENT', 'REORGANISATION', 'KEY_STAFF_ABSENT',
            'TEAM_NOT_VIABLE', 'HOST_REQUEST', 'NOT_A_PRIORITY', 'DUPLICATE', 'OTHER'
        )),
        CONSTRAINT ck_challenge_resumes_to CHECK (resumes_to IN (
            'DRAFT', 'SUBMITTED', 'TRIAGED', 'SCOPING', 'SCOPED', 'TEAM_BUILDING', 'TEAM_CONFIRMED',
            'PREPARING', 'ON_SITE', 'FEEDBACK_GIVEN', 'REPORT_DRAFTED', 'REPORT_FINAL', 'PUBLISHED',
            'ACTION_PLANNED', 'PROGRESS_REVIEWED', 'CLOSED', 'DECLINED', 'WITHDRAWN', 'POSTPONED', 'PAUSED',
            'CANCELLED'
        )),
        CONSTRAINT ck_challenge_delivery_mode CHECK (delivery_mode IN ('ON_SITE', 'REMOTE', 'HYBRID')),
        CONSTRAINT ck_challenge_version CHECK (version >= 1),
        CONSTRAINT ck_challenge_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_challenge_stage ON challenge (stage)",
    "CREATE INDEX ix_challenge_starts_on_id ON challenge (starts_on, id)",
    "CREATE INDEX ix_challenge_host_id_starts_on ON challenge (host_id, starts_on)",
    "CREATE INDEX ix_challenge_programme_id ON challenge (programme_id)",
    "CREATE INDEX ix_challenge_season_id ON challenge (season_id)",
    "CREATE INDEX ix_challenge_policy_id ON challenge (policy_id)",
    "CREATE INDEX ix_challenge_first_challenge_id ON challenge (first_challenge_id)",
    "CREATE UNIQUE INDEX uq_challenge_programme_id_host_id_season_id ON challenge (programme_id, host_id, season_id)
        WHERE stage NOT IN ('DRAFT', 'DECLINED', 'WITHDRAWN', 'CANCELLED', 'CLOSED')",
    "CREATE TABLE challenge_request (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        strand TEXT NOT NULL,
        reason TEXT NOT NULL,
        sponsor_name TEXT,
        sponsor_role TEXT,
        requested_by TEXT NOT NULL,
        submitted_at TIMESTAMPTZ,
        CONSTRAINT pk_challenge_request PRIMARY KEY (id),
        CONSTRAINT uq_challenge_request_challenge_id UNIQUE (challenge_id),
        CONSTRAINT fk_challenge_request_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
        CONSTRAINT ck_challenge_request_strand CHECK (strand IN (
            'LEAD_MEMBER_SUPPORT', 'INTENSIVE_SUPPORT', 'PEER_CHALLENGE'
        )),
        CONSTRAINT ck_challenge_request_requested_by CHECK (length(trim(requested_by)) > 0)
    )",
    "CREATE TABLE challenge_theme (
        challenge_id UUID NOT NULL,
        theme_id UUID NOT NULL,
        weight INTEGER NOT NULL,
        CONSTRAINT pk_challenge_theme PRIMARY KEY (challenge_id, theme_id),
        CONSTRAINT fk_challenge_theme_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
        CONSTRAINT fk_challenge_theme_theme_id FOREIGN KEY (theme_id) REFERENCES theme (id),
        CONSTRAINT ck_challenge_theme_weight CHECK (weight > 0)
    )",
    "CREATE INDEX ix_challenge_theme_theme_id ON challenge_theme (theme_id)",
    "CREATE TABLE challenge_window (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        starts_on DATE NOT NULL,
        ends_on DATE NOT NULL,
        preference INTEGER NOT NULL,
        CONSTRAINT pk_challenge_window PRIMARY KEY (id),
        CONSTRAINT uq_challenge_window_challenge_id_starts_on UNIQUE (challenge_id, starts_on),
        CONSTRAINT fk_challenge_window_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
        CONSTRAINT ck_challenge_window_preference CHECK (preference BETWEEN 0 AND 100),
        CONSTRAINT ck_challenge_window_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE TABLE line_of_enquiry (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        position INTEGER NOT NULL,
        question TEXT NOT NULL,
        theme_id UUID,
        CONSTRAINT pk_line_of_enquiry PRIMARY KEY (id),
        CONSTRAINT uq_line_of_enquiry_challenge_id_position UNIQUE (challenge_id, position),
        CONSTRAINT fk_line_of_enquiry_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
        CONSTRAINT fk_line_of_enquiry_theme_id FOREIGN KEY (theme_id) REFERENCES theme (id),
        CONSTRAINT ck_line_of_enquiry_position CHECK (position >= 1),
        CONSTRAINT ck_line_of_enquiry_question CHECK (length(trim(question)) > 0)
    )",
    "CREATE INDEX ix_line_of_enquiry_theme_id ON line_of_enquiry (theme_id)",
    "CREATE TABLE team_slot (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        position INTEGER NOT NULL,
        role TEXT NOT NULL,
        is_lead BOOLEAN NOT NULL,
        CONSTRAINT pk_team_slot PRIMARY KEY (id),
        CONSTRAINT uq_team_slot_challenge_id_position UNIQUE (challenge_id, position),
        CONSTRAINT fk_team_slot_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
        CONSTRAINT ck_team_slot_position CHECK (position >= 1),
        CONSTRAINT ck_team_slot_role CHECK (role IN (
            'CHIEF_EXECUTIVE', 'DIRECTOR_OF_CHILDRENS_SERVICES', 'MEMBER_PEER', 'ASSISTANT_DIRECTOR',
            'OPERATIONAL_MANAGER', 'SECTION_151_OFFICER', 'MONITORING_OFFICER', 'EDUCATION_SPECIALIST',
            'HEALTH_PARTNER', 'POLICE_PARTNER', 'PARENT_CARER_REPRESENTATIVE', 'CASE_AUDITOR',
            'PEER_CHALLENGE_MANAGER'
        ))
    )",
    "CREATE UNIQUE INDEX uq_team_slot_challenge_id ON team_slot (challenge_id) WHERE is_lead",
    "CREATE TABLE team_slot_theme (
        slot_id UUID NOT NULL,
        theme_id UUID NOT NULL,
        CONSTRAINT pk_team_slot_theme PRIMARY KEY (slot_id, theme_id),
        CONSTRAINT fk_team_slot_theme_slot_id FOREIGN KEY (slot_id) REFERENCES team_slot (id) ON DELETE CASCADE,
        CONSTRAINT fk_team_slot_theme_theme_id FOREIGN KEY (theme_id) REFERENCES theme (id)
    )",
    "CREATE INDEX ix_team_slot_theme_theme_id ON team_slot_theme (theme_id)",
    "CREATE TABLE priority_assessment (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        points INTEGER NOT NULL,
        urgent BOOLEAN NOT NULL,
        components JSONB NOT NULL,
        funding_agreed BOOLEAN NOT NULL,
        note TEXT,
        assessed_by TEXT NOT NULL,
        assessed_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_priority_assessment PRIMARY KEY (id),
        CONSTRAINT uq_priority_assessment_challenge_id UNIQUE (challenge_id),
        CONSTRAINT fk_priority_assessment_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
        CONSTRAINT ck_priority_assessment_points CHECK (points >= 0),
        CONSTRAINT ck_priority_assessment_assessed_by CHECK (length(trim(assessed_by)) > 0)
    )",
    "CREATE INDEX ix_priority_assessment_urgent_points ON priority_assessment (urgent, points)",
    "CREATE TABLE sign_off (
        id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        lead_member_name TEXT NOT NULL,
        chief_executive_name TEXT NOT NULL,
        signed_on DATE NOT NULL,
        recorded_by TEXT NOT NULL,
        recorded_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_sign_off PRIMARY KEY (id),
        CONSTRAINT uq_sign_off_challenge_id UNIQUE (challenge_id),
        CONSTRAINT fk_sign_off_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
        CONSTRAINT ck_sign_off_lead_member_name CHECK (length(trim(lead_member_name)) > 0),
        CONSTRAINT ck_sign_off_chief_executive_name CHECK (length(trim(chief_executive_name)) > 0),
        CONSTRAINT ck_sign_off_recorded_by CHECK (length(trim(recorded_by)) > 0)
    )",
    // A challenge points to its chosen window and a window to its challenge, so this key comes last.
    "ALTER TABLE challenge ADD COLUMN window_id UUID CONSTRAINT fk_challenge_window_id REFERENCES challenge_window (id)",
    "CREATE INDEX ix_challenge_window_id ON challenge (window_id)",
];

const DROP: &[&str] = &[
    "DROP TABLE sign_off",
    "DROP TABLE priority_assessment",
    "DROP TABLE team_slot_theme",
    "DROP TABLE team_slot",
    "DROP TABLE line_of_enquiry",
    "DROP TABLE challenge_window",
    "DROP TABLE challenge_theme",
    "DROP TABLE challenge_request",
    "DROP TABLE challenge",
];
