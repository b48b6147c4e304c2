//! Invitations, deadlines set by hand, notifications and where they go.

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
    "CREATE TABLE deadline_override (
        challenge_id UUID NOT NULL,
        milestone TEXT NOT NULL,
        due_on DATE NOT NULL,
        note TEXT NOT NULL,
        set_by TEXT NOT NULL,
        set_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_deadline_override PRIMARY KEY (challenge_id, milestone),
        CONSTRAINT fk_deadline_override_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_deadline_override_note CHECK (length(trim(note)) > 0),
        CONSTRAINT ck_deadline_override_set_by CHECK (length(trim(set_by)) > 0)
    )",
    "CREATE TABLE invitation (
        id UUID NOT NULL,
        assignment_id UUID NOT NULL,
        challenge_id UUID NOT NULL,
        peer_id UUID NOT NULL,
        state TEXT NOT NULL,
        answer_by DATE NOT NULL,
        sent_by TEXT NOT NULL,
        sent_at TIMESTAMPTZ NOT NULL,
        answered_at TIMESTAMPTZ,
        answered_by TEXT,
        decline_reason TEXT,
        note TEXT,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_invitation PRIMARY KEY (id),
        CONSTRAINT fk_invitation_assignment_id FOREIGN KEY (assignment_id) REFERENCES assignment (id),
        CONSTRAINT fk_invitation_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT fk_invitation_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT ck_invitation_state CHECK (state IN ('SENT', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'WITHDRAWN')),
        CONSTRAINT ck_invitation_sent_by CHECK (length(trim(sent_by)) > 0),
        CONSTRAINT ck_invitation_decline_reason CHECK (decline_reason IN (
            'BUSY_NOW', 'CONFLICT', 'NEVER_THIS_HOST', 'OTHER'
        )),
        CONSTRAINT ck_invitation_answered_at CHECK ((state = 'SENT') = (answered_at IS NULL)),
        CONSTRAINT ck_invitation_declined CHECK ((state = 'DECLINED') = (decline_reason IS NOT NULL)),
        CONSTRAINT ck_invitation_version CHECK (version >= 1)
    )",
    "CREATE UNIQUE INDEX uq_invitation_assignment_id ON invitation (assignment_id) WHERE state = 'SENT'",
    "CREATE INDEX ix_invitation_assignment_id ON invitation (assignment_id)",
    "CREATE INDEX ix_invitation_challenge_id ON invitation (challenge_id)",
    "CREATE INDEX ix_invitation_peer_id ON invitation (peer_id)",
    "CREATE INDEX ix_invitation_state ON invitation (state, answer_by)",
    "CREATE TABLE notification (
        id UUID NOT NULL,
        dedupe_key TEXT NOT NULL,
        kind TEXT NOT NULL,
        audience TEXT NOT NULL,
        peer_id UUID,
        council_id UUID,
        region_id UUID,
        challenge_id UUID,
        milestone TEXT,
        due_on DATE,
        text TEXT NOT NULL,
        optional BOOLEAN NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        read_at TIMESTAMPTZ,
        mail_state TEXT NOT NULL,
        mailed_at TIMESTAMPTZ,
        CONSTRAINT pk_notification PRIMARY KEY (id),
        CONSTRAINT fk_notification_peer_id FOREIGN KEY (peer_id) REFERENCES peer (id),
        CONSTRAINT fk_notification_council_id FOREIGN KEY (council_id) REFERENCES council (id),
        CONSTRAINT fk_notification_region_id FOREIGN KEY (region_id) REFERENCES region (id),
        CONSTRAINT fk_notification_challenge_id FOREIGN KEY (challenge_id) REFERENCES challenge (id),
        CONSTRAINT ck_notification_kind CHECK (kind IN (
            'DUE_SOON', 'DUE_TODAY', 'OVERDUE', 'INVITED', 'INVITATION_ANSWERED', 'TEAM_PROPOSED', 'SUSPENDED',
            'RESUMED', 'IMMEDIATE_RISK', 'STAGE_REACHED', 'TEAM_CHANGED'
        )),
        CONSTRAINT ck_notification_audience CHECK (audience IN ('PROGRAMME', 'HOST', 'HUB', 'PEER')),
        CONSTRAINT ck_notification_text CHECK (length(trim(text)) > 0),
        CONSTRAINT ck_notification_mail_state CHECK (mail_state IN ('WAITING', 'SENDING', 'SENT', 'NO_ADDRESS')),
        CONSTRAINT ck_notification_reader CHECK ((audience = 'PEER') = (peer_id IS NOT NULL) AND (audience = 'HOST') = (council_id IS NOT NULL) AND (audience = 'HUB') = (region_id IS NOT NULL))
    )",
    "CREATE UNIQUE INDEX uq_notification_dedupe_key ON notification (dedupe_key)",
    "CREATE INDEX ix_notification_peer_id ON notification (peer_id, id)",
    "CREATE INDEX ix_notification_council_id ON notification (council_id, id)",
    "CREATE INDEX ix_notification_region_id ON notification (region_id, id)",
    "CREATE INDEX ix_notification_challenge_id ON notification (challenge_id)",
    "CREATE INDEX ix_notification_mail_state ON notification (mail_state, id)
        WHERE mail_state IN ('WAITING', 'SENDING')",
    "CREATE TABLE contact (
        id UUID NOT NULL,
        council_id UUID,
        region_id UUID,
        email TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_contact PRIMARY KEY (id),
        CONSTRAINT fk_contact_council_id FOREIGN KEY (council_id) REFERENCES council (id),
        CONSTRAINT fk_contact_region_id FOREIGN KEY (region_id) REFERENCES region (id),
        CONSTRAINT ck_contact_email CHECK (length(trim(email)) > 0),
        CONSTRAINT ck_contact_owner CHECK (council_id IS NULL OR region_id IS NULL),
        CONSTRAINT ck_contact_version CHECK (version >= 1)
    )",
    "CREATE UNIQUE INDEX uq_contact_council_id ON contact (council_id)",
    "CREATE UNIQUE INDEX uq_contact_region_id ON contact (region_id)",
    // The national programme's own: the row without an owner.
    "CREATE UNIQUE INDEX uq_contact_programme ON contact ((council_id IS NULL AND region_id IS NULL))
        WHERE council_id IS NULL AND region_id IS NULL",
    "CREATE TABLE mail_opt_out (
        address_hash TEXT NOT NULL,
        at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_mail_opt_out PRIMARY KEY (address_hash)
    )",
];

const DROP: &[&str] = &[
    "DROP TABLE mail_opt_out",
    "DROP TABLE contact",
    "DROP TABLE notification",
    "DROP TABLE invitation",
    "DROP TABLE deadline_override",
];
