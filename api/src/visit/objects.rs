//! What belongs to a visit, as the API shows it.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{challenge_document, enums, fieldwork_session, finding, immediate_risk};
use uuid::Uuid;

use super::{
    loader::{DocumentsOf, FindingsOf, LineKey, PeersOf, RisksOf, SessionsOf},
    rules::is_outside,
};
use crate::{
    challenge::objects::{LineOfEnquiry, PeerChallenge},
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        scalars::Date,
    },
    peer::objects::{Peer, peer},
    team::objects::challenge,
};

/// What a document is.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DocumentKind")]
pub enum DocumentKind {
    /// The host's own view of where it stands.
    PositionStatement,
    /// Figures about the host.
    DataPack,
    /// The timetable of the visit, where it is kept elsewhere.
    Timetable,
    /// What the host was shown at the end of the visit.
    Presentation,
    /// A report.
    Report,
    /// Anything else; the title says what.
    Other,
}

/// Who may open a document.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DocumentAudience")]
pub enum DocumentAudience {
    /// The host, the team and the national programme.
    Team,
    /// These and the hub of the host's region.
    Hub,
    /// Whoever sees the challenge.
    Everybody,
}

/// How carefully a document is handled.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DocumentClass")]
pub enum DocumentClass {
    /// Nothing in it is about children.
    Ordinary,
    /// A place where material about children is read: never a copy, only a link for a short time.
    CaseMaterial,
}

/// What a finding is.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::FindingKind")]
pub enum FindingKind {
    /// Something to build on.
    Strength,
    /// Something to work on.
    AreaForConsideration,
}

/// A link to a document of a challenge. The service keeps links only, never files.
pub struct ChallengeDocument(pub challenge_document::Model);

/// A link to a document of a challenge. The service keeps links only, never files.
#[Object]
impl ChallengeDocument {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::ChallengeDocument, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// What it is.
    async fn kind(&self) -> DocumentKind {
        self.0.kind.into()
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Where it is; null after its last day.
    async fn url(&self, ctx: &Context<'_>) -> Option<&str> {
        (ctx.today() <= self.0.expires_on).then_some(self.0.url.as_str())
    }

    /// What it is for.
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// Who may open it.
    async fn audience(&self) -> DocumentAudience {
        self.0.audience.into()
    }

    /// How carefully it is handled.
    #[graphql(name = "class")]
    async fn handling(&self) -> DocumentClass {
        self.0.class.into()
    }

    /// Last day on which the link is shown.
    async fn expires_on(&self) -> Date {
        Date(self.0.expires_on)
    }

    /// When it was added.
    async fn added_at(&self) -> DateTime<Utc> {
        self.0.added_at
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A session of a visit, or a call of the team before it.
pub struct FieldworkSession(pub fieldwork_session::Model);

/// A session of a visit, or a call of the team before it.
#[Object]
impl FieldworkSession {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::FieldworkSession, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// What it is about.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Where.
    async fn room(&self) -> Option<&str> {
        self.0.room.as_deref()
    }

    /// Whom the team meets, by post.
    async fn with_whom(&self) -> Option<&str> {
        self.0.with_whom.as_deref()
    }

    /// Whether it is a call of the team before the visit.
    async fn is_team_call(&self) -> bool {
        self.0.is_team_call
    }

    /// When it begins.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// When it ends.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }

    /// Who of the team is there (at most 12).
    async fn peers(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Peer>> {
        let rows = ctx
            .loader()
            .load_one(PeersOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let rows = rows.unwrap_or_default();
        let all = futures::future::join_all(rows.iter().map(|row| peer(ctx, row.peer_id))).await;
        Ok(all.into_iter().collect::<Result<Vec<_>>>()?)
    }

    /// Whether it lies outside of the days of the visit, because these moved since: such a session is no part of the timetable until it
    /// moves as well. A call of the team lies outside unless it is before the visit.
    async fn is_outside_visit(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        let row = challenge(ctx, self.0.challenge_id).await?.0;
        let days = row.starts_on.zip(row.ends_on);
        let times = [self.0.starts_at, self.0.ends_at];
        Ok(is_outside(days, self.0.is_team_call, times))
    }

    /// Whether it was called off.
    async fn is_cancelled(&self) -> bool {
        self.0.removed_at.is_some()
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Something that the team found. Seen by the team and the programme; by the host and its hub once the feedback is given.
pub struct Finding(pub finding::Model);

/// Something that the team found. Seen by the team and the programme; by the host and its hub once the feedback is given.
#[Object]
impl Finding {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Finding, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The key line of enquiry that it belongs to.
    async fn line_of_enquiry(&self, ctx: &Context<'_>) -> async_graphql::Result<LineOfEnquiry> {
        let row = ctx
            .loader()
            .load_one(LineKey(self.0.line_id))
            .await
            .map_err(ApiError::from)?;
        let row = row.ok_or_else(|| ApiError::internal("a finding's line of enquiry is missing"))?;
        Ok(LineOfEnquiry(row))
    }

    /// Strength or area for consideration.
    async fn kind(&self) -> FindingKind {
        self.0.kind.into()
    }

    /// What was found.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// Whether it was taken back.
    async fn is_withdrawn(&self) -> bool {
        self.0.withdrawn_at.is_some()
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// An immediate risk to children that was seen during a visit: told the same day, outside the report. For the host, the team and
/// the programme.
pub struct ImmediateRisk(pub immediate_risk::Model);

/// An immediate risk to children that was seen during a visit: told the same day, outside the report. For the host, the team and
/// the programme.
#[Object]
impl ImmediateRisk {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::ImmediateRisk, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// What was seen; no names of children.
    async fn what(&self) -> &str {
        &self.0.what
    }

    /// When it was raised.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.0.raised_at
    }

    /// Who of the host was told; null until it is written down.
    async fn told_name(&self) -> Option<&str> {
        self.0.told_name.as_deref()
    }

    /// When they were told.
    async fn told_at(&self) -> Option<DateTime<Utc>> {
        self.0.told_at
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Documents of a challenge that the viewer may see, oldest first.
pub(crate) async fn documents(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<ChallengeDocument>> {
    let rows = ctx.loader().load_one(DocumentsOf(challenge)).await?.unwrap_or_default();
    Ok(rows.into_iter().map(ChallengeDocument).collect())
}

/// Sessions of a challenge that the viewer may see, earliest first.
pub(crate) async fn sessions(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<FieldworkSession>> {
    let rows = ctx.loader().load_one(SessionsOf(challenge)).await?.unwrap_or_default();
    Ok(rows.into_iter().map(FieldworkSession).collect())
}

/// Findings of a challenge that the viewer may see, in the order in which they were recorded.
pub(crate) async fn findings(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<Finding>> {
    let rows = ctx.loader().load_one(FindingsOf(challenge)).await?.unwrap_or_default();
    Ok(rows.into_iter().map(Finding).collect())
}

/// Immediate risks of a challenge that the viewer may see, oldest first.
pub(crate) async fn risks(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<ImmediateRisk>> {
    let rows = ctx.loader().load_one(RisksOf(challenge)).await?.unwrap_or_default();
    Ok(rows.into_iter().map(ImmediateRisk).collect())
}
