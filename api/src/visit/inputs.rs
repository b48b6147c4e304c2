//! Inputs of the mutations around a visit, and what they mean to the services.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    objects::{DocumentAudience, DocumentClass, DocumentKind, FindingKind},
    rules::{NewDocument, NewSession},
    service::findings::NewFinding,
};
use crate::graphql::{
    errors::Outcome,
    ids::{self, Keys, Kind},
    scalars::Date,
};

/// A link to a document.
#[derive(InputObject)]
pub struct AddDocumentInput {
    /// The challenge, from its complete scope on.
    pub challenge_id: ID,
    /// What it is.
    pub kind: DocumentKind,
    /// Its title (1–200 characters).
    pub title: String,
    /// Where it is: https, without a password in it.
    pub url: String,
    /// What it is for (1–4,000 characters).
    pub purpose: String,
    /// Who may open it.
    #[graphql(default_with = "DocumentAudience::Team")]
    pub audience: DocumentAudience,
    /// How carefully it is handled. Case material is for the team alone and ends with the policy's `limits.caseLinkDays`.
    #[graphql(default_with = "DocumentClass::Ordinary")]
    pub class: DocumentClass,
    /// Last day on which the link is shown.
    pub expires_on: Date,
}

impl AddDocumentInput {
    pub(super) fn understood(self) -> Outcome<(Uuid, entity::enums::DocumentKind, NewDocument)> {
        let challenge = ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?;
        let new = NewDocument {
            title: self.title,
            url: self.url,
            purpose: self.purpose,
            audience: self.audience.into(),
            class: self.class.into(),
            expires_on: self.expires_on.0,
        };
        Ok((challenge, self.kind.into(), new))
    }
}

/// Takes a link to a document away.
#[derive(InputObject)]
pub struct RemoveDocumentInput {
    /// The document.
    pub document_id: ID,
    /// Its version as read.
    pub expected_version: i32,
}

/// What a session is to be.
#[derive(InputObject)]
pub struct SessionInput {
    /// What it is about (1–200 characters).
    pub title: String,
    /// Where (1–200 characters): nobody else can be there at the same time.
    pub room: Option<String>,
    /// Whom the team meets, by post (1–200 characters).
    pub with_whom: Option<String>,
    /// Whether it is a call of the team before the visit; else it lies within the visit.
    #[graphql(default = false)]
    pub is_team_call: bool,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Who of the team is there, each once (at most 12).
    #[graphql(default, validator(max_items = 12))]
    pub peer_ids: Vec<ID>,
}

impl SessionInput {
    fn understood(self) -> Outcome<NewSession> {
        let mut keys = Keys::default();
        let peers = keys.all(Kind::Peer, &self.peer_ids, "session.peerIds");
        keys.done(NewSession {
            title: self.title,
            room: self.room,
            with_whom: self.with_whom,
            is_team_call: self.is_team_call,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            peers,
        })
    }
}

/// Puts a session on the timetable.
#[derive(InputObject)]
pub struct ScheduleSessionInput {
    /// The challenge, its team confirmed.
    pub challenge_id: ID,
    /// The session.
    pub session: SessionInput,
}

impl ScheduleSessionInput {
    pub(super) fn understood(self) -> Outcome<(Uuid, NewSession)> {
        let challenge = ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?;
        Ok((challenge, self.session.understood()?))
    }
}

/// Replaces what a session says.
#[derive(InputObject)]
pub struct ChangeSessionInput {
    /// The session.
    pub session_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// The session as it is to be.
    pub session: SessionInput,
}

impl ChangeSessionInput {
    pub(super) fn understood(self) -> Outcome<(Uuid, i32, NewSession)> {
        let session = ids::expect(Kind::FieldworkSession, &self.session_id, "sessionId")?;
        Ok((session, self.expected_version, self.session.understood()?))
    }
}

/// Calls a session off.
#[derive(InputObject)]
pub struct CancelSessionInput {
    /// The session.
    pub session_id: ID,
    /// Its version as read.
    pub expected_version: i32,
}

/// Something that the team found.
#[derive(InputObject)]
pub struct RecordFindingInput {
    /// The challenge, on site or before its report is drafted.
    pub challenge_id: ID,
    /// Place of the key line of enquiry in the scope, from 1.
    pub line: i32,
    /// Strength or area for consideration.
    pub kind: FindingKind,
    /// What was found (1–4,000 characters). No names of children.
    pub text: String,
}

impl RecordFindingInput {
    pub(super) fn understood(self) -> Outcome<NewFinding> {
        Ok(NewFinding {
            challenge: ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?,
            line: self.line,
            kind: self.kind.into(),
            text: self.text,
        })
    }
}

/// Takes a finding back.
#[derive(InputObject)]
pub struct WithdrawFindingInput {
    /// The finding.
    pub finding_id: ID,
    /// Its version as read.
    pub expected_version: i32,
}

/// An immediate risk to children.
#[derive(InputObject)]
pub struct RaiseImmediateRiskInput {
    /// The challenge, its team on site.
    pub challenge_id: ID,
    /// What was seen (1–4,000 characters). No names of children.
    pub what: String,
}

/// That the host's director of children's services was told.
#[derive(InputObject)]
pub struct RecordRiskToldInput {
    /// The risk.
    pub risk_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// Who was told: the director or their deputy (1–200 characters).
    pub told_name: String,
}
