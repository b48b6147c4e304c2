//! Who is on a team, and what was decided about conflicts, as the API shows it.
//!
//! Rows get here through the scopes of `repo`; reasons and findings ask the viewer once more, whatever path led to them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{assignment, challenge, conflict_decision, conflict_waiver, enums, host_objection, reserve, team_slot};
use uuid::Uuid;

use super::{
    codes::RuleCode,
    evidence::StoredFindings,
    redact::{Sight, sight},
};
pub use super::{
    eligibility::{ConflictFinding, Eligibility},
    proposal_objects::TeamProposal,
};
use crate::{
    challenge::objects::{PeerChallenge, TeamSlot},
    council::objects::{Council, council},
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        scalars::Date,
        visible::visible,
    },
    peer::objects::{Peer, peer},
    programme::{loader::PolicyKey, objects::ProgrammePolicy},
};

/// Where a place on a team stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::AssignmentStatus")]
pub enum AssignmentStatus {
    /// Put forward by the programme.
    Nominated,
    /// Asked to serve.
    Invited,
    /// Said yes.
    Accepted,
    /// Part of the confirmed team.
    Confirmed,
    /// Said no.
    Declined,
    /// Somebody else came in their place.
    Replaced,
    /// Ended by a decision about a conflict.
    Stopped,
    /// Let go before the team was confirmed, or because the challenge ended.
    Released,
}

/// Kind of reason for which a host objects.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::ObjectionReason")]
pub enum ObjectionReason {
    /// They worked closely with somebody of the host.
    WorkedTogether,
    /// A personal tie.
    PersonalTie,
    /// A commercial tie.
    CommercialTie,
    /// Political grounds.
    Political,
    /// Not the skills that the host needs.
    Skills,
    /// Anything else.
    Other,
}

/// Where an objection stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::ObjectionStatus")]
pub enum ObjectionStatus {
    /// Nobody has decided yet.
    Open,
    /// The programme agreed: it is a conflict of its own.
    Upheld,
    /// The programme did not agree.
    Rejected,
    /// Taken back, or the place that it was about has ended.
    Withdrawn,
}

/// What made somebody be checked again.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DecisionCause")]
pub enum DecisionCause {
    /// A post or office was recorded or changed.
    Affiliation,
    /// An interest was declared or changed.
    DeclaredInterest,
    /// A host's objection was upheld.
    HostObjection,
    /// A new policy version applies.
    Policy,
    /// The profile changed.
    Profile,
    /// Days were offered, withdrawn or closed.
    Availability,
    /// Another place, past service elsewhere, or a waiver changed.
    Assignment,
    /// Who runs the host, or what a delivery body is recorded to serve, changed.
    Council,
}

/// Where a decision about a late conflict stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DecisionStatus")]
pub enum DecisionStatus {
    /// Nobody has decided yet; the team cannot be confirmed.
    Open,
    /// Accepted, with waivers.
    Waived,
    /// Somebody else came in their place.
    Replaced,
    /// The place ended.
    Stopped,
    /// The conflict went away.
    Cleared,
}

/// Loads the challenge that a visible row belongs to.
pub(crate) async fn challenge(ctx: &Context<'_>, id: Uuid) -> Result<PeerChallenge> {
    let row = visible::<challenge::Entity>(ctx, id).await?;
    row.map(PeerChallenge)
        .ok_or_else(|| ApiError::internal(format_args!("challenge {id} is referred to but missing")))
}

pub(super) async fn slot(ctx: &Context<'_>, id: Uuid) -> Result<TeamSlot> {
    let row = visible::<team_slot::Entity>(ctx, id).await?;
    row.map(TeamSlot)
        .ok_or_else(|| ApiError::internal(format_args!("slot {id} is referred to but missing")))
}

pub(crate) async fn policy(ctx: &Context<'_>, id: Uuid) -> Result<ProgrammePolicy> {
    let row = ctx.loader().load_one(PolicyKey(id)).await?;
    row.map(ProgrammePolicy)
        .ok_or_else(|| ApiError::internal(format_args!("policy {id} is referred to but missing")))
}

/// Somebody's place on the team of a challenge.
pub struct Assignment(pub assignment::Model);

/// Somebody's place on the team of a challenge.
#[Object]
impl Assignment {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Assignment, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The place.
    async fn slot(&self, ctx: &Context<'_>) -> async_graphql::Result<TeamSlot> {
        Ok(slot(ctx, self.0.slot_id).await?)
    }

    /// Who holds it, or held it.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// The council that counted as their home when they were nominated.
    async fn home_council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.home_council_id).await?)
    }

    /// First day on site.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day on site.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }

    /// Where it stands.
    async fn status(&self) -> AssignmentStatus {
        self.0.status.into()
    }

    /// Whether the place is held: nominated, invited, accepted or confirmed.
    async fn is_live(&self) -> bool {
        enums::AssignmentStatus::LIVE.contains(&self.0.status)
    }

    /// Why it ended; for the national programme only, because it may be personal.
    async fn status_reason(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let may = ctx.viewer()?.is_programme();
        Ok(self.0.status_reason.as_deref().filter(|_| may))
    }

    /// The policy version under which they were nominated.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        Ok(policy(ctx, self.0.policy_id).await?)
    }

    /// When they were nominated.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Somebody who could step into a slot.
pub struct Reserve(pub reserve::Model);

/// Somebody who could step into a slot.
#[Object(name = "TeamReserve")]
impl Reserve {
    /// Who.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// Place in the order in which they would be asked, from 1.
    async fn rank(&self) -> i32 {
        self.0.rank
    }
}

/// A recorded decision to accept a rule's finding for one person on one challenge, until a day.
pub struct ConflictWaiver(pub conflict_waiver::Model);

/// A recorded decision to accept a rule's finding for one person on one challenge, until a day.
#[Object]
impl ConflictWaiver {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::ConflictWaiver, self.0.id)
    }

    /// The challenge that it is for.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The person that it is for.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// The rule that is waived.
    async fn rule(&self) -> RuleCode {
        super::codes::from_entity(self.0.rule).into()
    }

    /// Why it was accepted.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who decided (subject of the token).
    async fn decided_by(&self) -> &str {
        &self.0.decided_by
    }

    /// When it was decided.
    async fn decided_at(&self) -> DateTime<Utc> {
        self.0.decided_at
    }

    /// Last day on which it holds.
    async fn expires_on(&self) -> Date {
        Date(self.0.expires_on)
    }

    /// When it was taken back; null while it stands.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }

    /// Whether it holds today.
    async fn is_live(&self, ctx: &Context<'_>) -> bool {
        self.0.revoked_at.is_none() && self.0.expires_on >= ctx.today()
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A host's objection to somebody on its team.
pub struct HostObjection(pub host_objection::Model);

/// A host's objection to somebody on its team.
#[Object]
impl HostObjection {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::HostObjection, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The place of the person objected to; null for a host once that place has ended.
    async fn assignment(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Assignment>> {
        let row = visible::<assignment::Entity>(ctx, self.0.assignment_id).await?;
        Ok(row.map(Assignment))
    }

    /// The host that objects.
    async fn host(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.host_id).await?)
    }

    /// Kind of reason.
    async fn reason_code(&self) -> ObjectionReason {
        self.0.reason_code.into()
    }

    /// The reason in the host's words.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Where it stands.
    async fn status(&self) -> ObjectionStatus {
        self.0.status.into()
    }

    /// Who raised it (subject of the token).
    async fn raised_by(&self) -> &str {
        &self.0.raised_by
    }

    /// When it was raised.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.0.raised_at
    }

    /// Who decided on it or took it back; null while it is open.
    async fn decided_by(&self) -> Option<&str> {
        self.0.decided_by.as_deref()
    }

    /// When it was decided or taken back; null while it is open.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// Why it was upheld or rejected.
    async fn decision_reason(&self) -> Option<&str> {
        self.0.decision_reason.as_deref()
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// What came to speak against somebody who is on a team already, and what was decided about it.
pub struct ConflictDecision(pub conflict_decision::Model);

/// What came to speak against somebody who is on a team already, and what was decided about it.
#[Object]
impl ConflictDecision {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::ConflictDecision, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The place that it is about.
    async fn assignment(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Assignment>> {
        let row = visible::<assignment::Entity>(ctx, self.0.assignment_id).await?;
        Ok(row.map(Assignment))
    }

    /// The person that it is about.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// What made them be checked again.
    async fn cause(&self) -> DecisionCause {
        self.0.cause.into()
    }

    /// What spoke against them when it was opened or last brought up to date, in rule order (at most 31 rules, one or more
    /// findings each).
    async fn findings(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ConflictFinding>> {
        let stored: StoredFindings = serde_json::from_value(self.0.findings.clone()).map_err(ApiError::from)?;
        let sight = match sight(&ctx.viewer()?.role, self.0.peer_id, true) {
            // Decisions are for the programme and the person alone.
            Sight::Availability => Sight::Nothing,
            sight => sight,
        };
        let shown = stored.shown(sight);
        let assignment = |id: Uuid| stored.assignments.contains(&id);
        Ok(shown
            .into_iter()
            .map(|finding| ConflictFinding::new(finding, stored.policy, assignment))
            .collect())
    }

    /// Where it stands.
    async fn status(&self) -> DecisionStatus {
        self.0.status.into()
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.0.opened_at
    }

    /// Who decided (subject of the token); null while it is open.
    async fn decided_by(&self) -> Option<&str> {
        self.0.decided_by.as_deref()
    }

    /// When it was decided; null while it is open.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// Why it was decided so.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
