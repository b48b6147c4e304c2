//! The pool: peers, what ties them, when they are free and where they served.

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
    "CREATE TABLE peer (
        id UUID NOT NULL,
        reference TEXT NOT NULL,
        name TEXT NOT NULL,
        search_name TEXT NOT NULL,
        post TEXT,
        email TEXT,
        email_key TEXT,
        name_key TEXT NOT NULL,
        party TEXT,
        status TEXT NOT NULL,
        trained_on DATE,
        declared_on DATE,
        retired_on DATE,
        capacity INTEGER,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_peer PRIMARY KEY (id),
        CONSTRAINT uq_peer_reference UNIQUE (reference),
        CONSTRAINT ck_peer_reference CHECK (length(trim(reference)) > 0),
        CONSTRAINT ck_peer_name CHECK (length(trim(name)) > 0),
        CONSTRAINT ck_peer_search_name CHECK (length(trim(search_name)) > 0),
        CONSTRAINT ck_peer_name_key CHECK (length(trim(name_key)) > 0),
        CONSTRAINT ck_peer_party CHECK (party IN (
            'CONSERVATIVE', 'LABOUR', 'LIBERAL_DEMOCRAT', 'GREEN', 'REFORM_UK', 'INDEPENDENT', 'OTHER'
        )),
        CONSTRAINT ck_peer_status CHECK (status IN ('APPLICANT', 'ACTIVE', 'SUSPENDED', 'RETIRED', 'LEFT')),
        CONSTRAINT ck_peer_capacity CHECK (capacity > 0),
        CONSTRAINT ck_peer_version CHECK (version >= 1)
    )",
    "CREATE INDEX ix_peer_search_name_id ON peer (search_name, id)",
    "CREATE INDEX ix_peer_email_key ON peer (email_key)",
    "CREATE INDEX ix_peer_name_key ON peer (name_key)",
    "CREATE INDEX ix_peer_status ON peer (status)",
    "CREATE TABLE peer_role (
        peer_id UUID NOT NULL,
        role TEXT NOT NULL,
        CONSTRAINT pk_peer_role PRIMARY KEY (peer_id, role),
        CONSTRAINT fk_peer_role_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id) ON DELETE CASCADE,
        CONSTRAINT ck_peer_role_role CHECK (role IN (
            'CHIEF_EXECUTIVE', 'DIRECTOR_OF_CHILDRENS_SERVICES', 'MEMBER_PEER', 'ASSISTANT_DIRECTOR',
            'OPERATIONAL_MANAGER', 'SECTION_151_OFFICER', 'MONITORING_OFFICER', 'EDUCATION_SPECIALIST',
            'HEALTH_PARTNER', 'POLICE_PARTNER', 'PARENT_CARER_REPRESENTATIVE', 'CASE_AUDITOR',
            'PEER_CHALLENGE_MANAGER'
        ))
    )",
    "CREATE INDEX ix_peer_role_role ON peer_role (role)",
    "CREATE TABLE peer_theme (
        peer_id UUID NOT NULL,
        theme_id UUID NOT NULL,
        CONSTRAINT pk_peer_theme PRIMARY KEY (peer_id, theme_id),
        CONSTRAINT fk_peer_theme_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id) ON DELETE CASCADE,
        CONSTRAINT fk_peer_theme_theme_id FOREIGN KEY (theme_id) REFERENCES theme (id)
    )",
    "CREATE INDEX ix_peer_theme_theme_id ON peer_theme (theme_id)",
    "CREATE TABLE peer_duplicate (
        id UUID NOT NULL,
        peer_a_id UUID NOT NULL,
        peer_b_id UUID NOT NULL,
        verdict TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        decided_at TIMESTAMPTZ NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT pk_peer_duplicate PRIMARY KEY (id),
        CONSTRAINT uq_peer_duplicate_peer_a_id_peer_b_id UNIQUE (peer_a_id, peer_b_id),
        CONSTRAINT fk_peer_duplicate_peer_a_id FOREIGN KEY (peer_a_id) REFERENCES peer (id) ON DELETE CASCADE,
        CONSTRAINT fk_peer_duplicate_peer_b_id FOREIGN KEY (peer_b_id) REFERENCES peer (id) ON DELETE CASCADE,
        CONSTRAINT ck_peer_duplicate_verdict CHECK (verdict IN ('DISTINCT', 'SAME')),
        CONSTRAINT ck_peer_duplicate_decided_by CHECK (length(trim(decided_by)) > 0),
        CONSTRAINT ck_peer_duplicate_order CHECK (peer_a_id < peer_b_id)
    )",
    "CREATE INDEX ix_peer_duplicate_peer_b_id ON peer_duplicate (peer_b_id)",
    "CREATE TABLE affiliation (
        id UUID NOT NULL,
        peer_id UUID NOT NULL,
        kind TEXT NOT NULL,
        council_id UUID,
        delivery_body_id UUID,
        post TEXT,
        is_primary BOOLEAN NOT NULL,
        starts_on DATE,
        ends_on DATE,
        reference TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_affiliation PRIMARY KEY (id),
        CONSTRAINT uq_affiliation_reference UNIQUE (reference),
        CONSTRAINT fk_affiliation_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT fk_affiliation_council_id FOREIGN KEY (council_id) REFERENCES council (id),
        CONSTRAINT fk_affiliation_delivery_body_id FOREIGN KEY (delivery_body_id) REFERENCES delivery_body (id),
        CONSTRAINT ck_affiliation_kind CHECK (kind IN (
            'EMPLOYMENT', 'ELECTED_OFFICE', 'CONSULTANCY', 'JOB_APPLICATION', 'INSPECTOR', 'COMMISSIONER'
        )),
        CONSTRAINT ck_affiliation_version CHECK (version >= 1),
        CONSTRAINT ck_affiliation_dates CHECK (ends_on >= starts_on),
        CONSTRAINT ck_affiliation_target CHECK ((council_id IS NULL) <> (delivery_body_id IS NULL))
    )",
    "CREATE INDEX ix_affiliation_peer_id ON affiliation (peer_id)",
    "CREATE INDEX ix_affiliation_council_id ON affiliation (council_id)",
    "CREATE INDEX ix_affiliation_delivery_body_id ON affiliation (delivery_body_id)",
    "CREATE TABLE declared_interest (
        id UUID NOT NULL,
        peer_id UUID NOT NULL,
        kind TEXT NOT NULL,
        council_id UUID NOT NULL,
        note TEXT NOT NULL,
        starts_on DATE,
        ends_on DATE,
        withdrawn_at TIMESTAMPTZ,
        reference TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_declared_interest PRIMARY KEY (id),
        CONSTRAINT uq_declared_interest_reference UNIQUE (reference),
        CONSTRAINT fk_declared_interest_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT fk_declared_interest_council_id FOREIGN KEY (council_id) REFERENCES council (id),
        CONSTRAINT ck_declared_interest_kind CHECK (kind IN ('PERSONAL', 'FINANCIAL', 'OTHER')),
        CONSTRAINT ck_declared_interest_version CHECK (version >= 1),
        CONSTRAINT ck_declared_interest_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_declared_interest_peer_id ON declared_interest (peer_id)",
    "CREATE INDEX ix_declared_interest_council_id ON declared_interest (council_id)",
    "CREATE TABLE availability_window (
        id UUID NOT NULL,
        peer_id UUID NOT NULL,
        starts_on DATE NOT NULL,
        ends_on DATE NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_availability_window PRIMARY KEY (id),
        CONSTRAINT fk_availability_window_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id) ON DELETE CASCADE,
        CONSTRAINT ck_availability_window_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_availability_window_peer_id_starts_on ON availability_window (peer_id, starts_on)",
    "CREATE INDEX ix_availability_window_starts_on_ends_on ON availability_window (starts_on, ends_on)",
    "CREATE TABLE blackout_period (
        id UUID NOT NULL,
        peer_id UUID,
        council_id UUID,
        starts_on DATE NOT NULL,
        ends_on DATE NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT pk_blackout_period PRIMARY KEY (id),
        CONSTRAINT fk_blackout_period_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id) ON DELETE CASCADE,
        CONSTRAINT fk_blackout_period_council_id FOREIGN KEY (council_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT ck_blackout_period_dates CHECK (ends_on >= starts_on),
        CONSTRAINT ck_blackout_period_target CHECK ((peer_id IS NULL) <> (council_id IS NULL))
    )",
    "CREATE INDEX ix_blackout_period_starts_on_ends_on ON blackout_period (starts_on, ends_on)",
    "CREATE INDEX ix_blackout_period_peer_id ON blackout_period (peer_id)",
    "CREATE INDEX ix_blackout_period_council_id ON blackout_period (council_id)",
    "CREATE TABLE past_engagement (
        id UUID NOT NULL,
        peer_id UUID NOT NULL,
        home_council_id UUID NOT NULL,
        host_council_id UUID NOT NULL,
        programme_id UUID,
        season_id UUID,
        role TEXT,
        starts_on DATE NOT NULL,
        ends_on DATE NOT NULL,
        reference TEXT,
        CONSTRAINT pk_past_engagement PRIMARY KEY (id),
        CONSTRAINT uq_past_engagement_reference UNIQUE (reference),
        CONSTRAINT fk_past_engagement_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT fk_past_engagement_home_council_id FOREIGN KEY (home_council_id) REFERENCES council (id),
        CONSTRAINT fk_past_engagement_host_council_id FOREIGN KEY (host_council_id) REFERENCES council (id),
        CONSTRAINT fk_past_engagement_programme_id FOREIGN KEY (programme_id) REFERENCES programme (id),
        CONSTRAINT fk_past_engagement_season_id FOREIGN KEY (season_id) REFERENCES season (id),
        CONSTRAINT ck_past_engagement_role CHECK (role IN (
            'CHIEF_EXECUTIVE', 'DIRECTOR_OF_CHILDRENS_SERVICES', 'MEMBER_PEER', 'ASSISTANT_DIRECTOR',
            'OPERATIONAL_MANAGER', 'SECTION_151_OFFICER', 'MONITORING_OFFICER', 'EDUCATION_SPECIALIST',
            'HEALTH_PARTNER', 'POLICE_PARTNER', 'PARENT_CARER_REPRESENTATIVE', 'CASE_AUDITOR',
            'PEER_CHALLENGE_MANAGER'
        )),
        CONSTRAINT ck_past_engagement_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_past_engagement_host_council_id_starts_on ON past_engagement (host_council_id, starts_on)",
    "CREATE INDEX ix_past_engagement_peer_id_starts_on ON past_engagement (peer_id, starts_on)",
    "CREATE INDEX ix_past_engagement_home_council_id_starts_on ON past_engagement (home_council_id, starts_on)",
    "CREATE INDEX ix_past_engagement_programme_id ON past_engagement (programme_id)",
    "CREATE INDEX ix_past_engagement_season_id ON past_engagement (season_id)",
];

const DROP: &[&str] = &[
    "DROP TABLE past_engagement",
    "DROP TABLE blackout_period",
    "DROP TABLE availability_window",
    "DROP TABLE declared_interest",
    "DROP TABLE affiliation",
    "DROP TABLE peer_duplicate",
    "DROP TABLE peer_theme",
    "DROP TABLE peer_role",
    "DROP TABLE peer",
];
