//! Reports and evaluations as the API shows them; recommendations, corrections and actions are in `plan_objects`.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{enums, evaluation, report};
use uuid::Uuid;

use super::loader::{EvaluationsOf, ReportOf};
use crate::{
    challenge::objects::PeerChallenge,
    graphql::{
        context::ContextExt,
        errors::Result,
        ids::{Kind, encode},
        scalars::Date,
    },
    peer::objects::{Peer, peer},
    team::objects::challenge,
};

/// Who is asked about whom.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::EvaluationKind")]
pub enum EvaluationKind {
    /// The host about the team and its work.
    HostOnTeam,
    /// A peer about the host.
    PeerOnHost,
    /// A peer about the programme.
    PeerOnProgramme,
    /// The host or a colleague about one peer; read by the national programme alone.
    OnPeer,
}

/// What a visit led to, from the feedback on.
#[derive(SimpleObject)]
pub struct ChallengeReport {
    /// Day of the feedback presentation.
    feedback_on: Date,
    /// The presentation.
    presentation_url: Option<String>,
    /// What the report says in short; null until it is drafted.
    summary: Option<String>,
    /// When the host said that it has checked the facts of the draft; null while it has not.
    facts_checked_at: Option<DateTime<Utc>>,
    /// When the host agreed to the publication.
    host_agreed_at: Option<DateTime<Utc>>,
    /// When the national programme agreed to the publication.
    programme_agreed_at: Option<DateTime<Utc>>,
    /// Day of publication.
    published_on: Option<Date>,
    /// The published report.
    url: Option<String>,
    /// The published action plan.
    plan_url: Option<String>,
    /// Day of the progress review.
    reviewed_on: Option<Date>,
    /// What the progress review says in short.
    review_note: Option<String>,
}

impl From<report::Model> for ChallengeReport {
    fn from(row: report::Model) -> Self {
        Self {
            feedback_on: Date(row.feedback_on),
            presentation_url: row.presentation_url,
            summary: row.summary,
            facts_checked_at: row.facts_checked_at,
            host_agreed_at: row.host_agreed_at,
            programme_agreed_at: row.programme_agreed_at,
            published_on: row.published_on.map(Date),
            url: row.url,
            plan_url: row.plan_url,
            reviewed_on: row.reviewed_on.map(Date),
            review_note: row.review_note,
        }
    }
}

/// What somebody thinks of a visit. For the national programme and whoever gave it; feedback on a peer for the programme alone.
pub struct Evaluation(pub evaluation::Model);

/// What somebody thinks of a visit. For the national programme and whoever gave it; feedback on a peer for the programme alone.
#[Object]
impl Evaluation {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Evaluation, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// Who is asked about whom.
    async fn kind(&self) -> EvaluationKind {
        self.0.kind.into()
    }

    /// The peer that it is about; null for all but feedback on a peer.
    async fn about_peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Peer>> {
        Ok(match self.0.about_peer_id {
            Some(id) => Some(peer(ctx, id).await?),
            None => None,
        })
    }

    /// From 1 (poor) to 5 (excellent).
    async fn score(&self) -> i32 {
        self.0.score
    }

    /// What they say.
    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }

    /// When it was given.
    async fn given_at(&self) -> DateTime<Utc> {
        self.0.given_at
    }
}

/// The report of a challenge, if the viewer may see it.
pub(crate) async fn report_of(ctx: &Context<'_>, challenge: Uuid) -> Result<Option<ChallengeReport>> {
    Ok(ctx.loader().load_one(ReportOf(challenge)).await?.map(Into::into))
}

/// Evaluations of a challenge that the viewer may see, oldest first.
pub(crate) async fn evaluations(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<Evaluation>> {
    let rows = ctx
        .loader()
        .load_one(EvaluationsOf(challenge))
        .await?
        .unwrap_or_default();
    Ok(rows.into_iter().map(Evaluation).collect())
}
