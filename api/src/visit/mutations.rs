//! Mutations around a visit. Thin: decode, run a service as one change, show what it left behind.

use async_graphql::{Context, Object};
use entity::{challenge_document, fieldwork_session, finding, immediate_risk};

use super::{
    inputs::{
        AddDocumentInput, CancelSessionInput, ChangeSessionInput, RaiseImmediateRiskInput, RecordFindingInput,
        RecordRiskToldInput, RemoveDocumentInput, ScheduleSessionInput, WithdrawFindingInput,
    },
    objects::{ChallengeDocument, FieldworkSession, Finding, ImmediateRisk},
    service::{documents, findings, risks, sessions},
};
use crate::graphql::{
    change::change,
    ids::{self, Kind},
    payload::payloads,
};

payloads! {
    AddDocumentPayload {
        /// The document; null when refused.
        document: ChallengeDocument = challenge_document::Model, "addDocument"
    }
    RemoveDocumentPayload {
        /// The document that was taken away; null when refused.
        document: ChallengeDocument = challenge_document::Model, "removeDocument"
    }
    ScheduleSessionPayload {
        /// The session; null when refused.
        session: FieldworkSession = fieldwork_session::Model, "scheduleSession"
    }
    ChangeSessionPayload {
        /// The session; null when refused.
        session: FieldworkSession = fieldwork_session::Model, "changeSession"
    }
    CancelSessionPayload {
        /// The session that was called off; null when refused.
        session: FieldworkSession = fieldwork_session::Model, "cancelSession"
    }
    RecordFindingPayload {
        /// The finding; null when refused.
        finding: Finding = finding::Model, "recordFinding"
    }
    WithdrawFindingPayload {
        /// The finding that was taken back; null when refused.
        finding: Finding = finding::Model, "withdrawFinding"
    }
    RaiseImmediateRiskPayload {
        /// The risk; null when refused.
        risk: ImmediateRisk = immediate_risk::Model, "raiseImmediateRisk"
    }
    RecordRiskToldPayload {
        /// The risk; null when refused.
        risk: ImmediateRisk = immediate_risk::Model, "recordRiskTold"
    }
}

/// Mutations around a visit.
#[derive(Default)]
pub struct VisitMutation;

#[Object]
impl VisitMutation {
    /// Adds a link to a document of a challenge. Files are never uploaded: what is about children stays where it is. By the host,
    /// the team and the national programme.
    async fn add_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] input: AddDocumentInput,
    ) -> async_graphql::Result<AddDocumentPayload> {
        let outcome = change!(ctx, |tx, act| {
            let (challenge, kind, new) = input.understood()?;
            documents::add(tx, act, challenge, kind, new).await
        });
        AddDocumentPayload::settled(outcome, ChallengeDocument)
    }

    /// Takes a link to a document away. By the host, the team and the national programme.
    async fn remove_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] input: RemoveDocumentInput,
    ) -> async_graphql::Result<RemoveDocumentPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::ChallengeDocument, &input.document_id, "documentId")?;
            documents::remove(tx, act, id, input.expected_version).await
        });
        RemoveDocumentPayload::settled(outcome, ChallengeDocument)
    }

    /// Puts a session on the timetable of a visit, or a call of the team before it. By the host, the team and the national
    /// programme.
    async fn schedule_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: ScheduleSessionInput,
    ) -> async_graphql::Result<ScheduleSessionPayload> {
        let outcome = change!(ctx, |tx, act| {
            let (challenge, new) = input.understood()?;
            sessions::schedule(tx, act, challenge, new).await
        });
        ScheduleSessionPayload::settled(outcome, FieldworkSession)
    }

    /// Replaces what a session says. By the host, the team and the national programme.
    async fn change_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session as it is to be.")] input: ChangeSessionInput,
    ) -> async_graphql::Result<ChangeSessionPayload> {
        let outcome = change!(ctx, |tx, act| {
            let (id, version, new) = input.understood()?;
            sessions::change(tx, act, id, version, new).await
        });
        ChangeSessionPayload::settled(outcome, FieldworkSession)
    }

    /// Calls a session off. By the host, the team and the national programme.
    async fn cancel_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: CancelSessionInput,
    ) -> async_graphql::Result<CancelSessionPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::FieldworkSession, &input.session_id, "sessionId")?;
            sessions::cancel(tx, act, id, input.expected_version).await
        });
        CancelSessionPayload::settled(outcome, FieldworkSession)
    }

    /// Records a finding for a key line of enquiry. By the team and the national programme.
    async fn record_finding(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The finding.")] input: RecordFindingInput,
    ) -> async_graphql::Result<RecordFindingPayload> {
        let outcome = change!(ctx, |tx, act| findings::record(tx, act, input.understood()?).await);
        RecordFindingPayload::settled(outcome, Finding)
    }

    /// Takes a finding back, unless a recommendation rests on it. By the team and the national programme.
    async fn withdraw_finding(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The finding.")] input: WithdrawFindingInput,
    ) -> async_graphql::Result<WithdrawFindingPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::Finding, &input.finding_id, "findingId")?;
            findings::withdraw(tx, act, id, input.expected_version).await
        });
        WithdrawFindingPayload::settled(outcome, Finding)
    }

    /// Raises an immediate risk to children that was seen on site: host and programme are told at once, outside the report. By the
    /// team and the national programme.
    async fn raise_immediate_risk(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The risk.")] input: RaiseImmediateRiskInput,
    ) -> async_graphql::Result<RaiseImmediateRiskPayload> {
        let outcome = change!(ctx, |tx, act| {
            let challenge = ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?;
            risks::raise(tx, act, challenge, &input.what).await
        });
        RaiseImmediateRiskPayload::settled(outcome, ImmediateRisk)
    }

    /// Writes down that the host's director of children's services was told of a risk. By the host, the team and the national
    /// programme.
    async fn record_risk_told(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who was told.")] input: RecordRiskToldInput,
    ) -> async_graphql::Result<RecordRiskToldPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::ImmediateRisk, &input.risk_id, "riskId")?;
            risks::told(tx, act, id, input.expected_version, &input.told_name).await
        });
        RecordRiskToldPayload::settled(outcome, ImmediateRisk)
    }
}
