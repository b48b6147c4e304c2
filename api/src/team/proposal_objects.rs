//! Proposed teams and ranked candidates as the API shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{challenge_window, team_proposal, team_slot};
use uuid::Uuid;

use super::{
    codes::RuleCode,
    eligibility::RuleCount,
    objects::{challenge, policy},
    proposal::{self, Body},
    service::propose::body,
};
use crate::{
    challenge::objects::{ChallengeWindow, PeerChallenge, TeamSlot},
    council::objects::{Council, council},
    graphql::{
        errors::Result,
        ids::{Kind, encode},
        visible::visible,
    },
    peer::objects::{Peer, peer},
    programme::objects::ProgrammePolicy,
};

/// A term of the objective.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "MatchCriterion", remote = "matching::Criterion")]
pub enum Criterion {
    /// A filled slot, times the challenge's priority.
    Seat,
    /// The host's preference for the window.
    Preference,
    /// Required themes that somebody in the team knows.
    Themes,
    /// Likeness of the home council to the host.
    Likeness,
    /// Distance from the home council to the host; never positive.
    Travel,
    /// Engagements already in the season; never positive.
    Load,
    /// Distinct home regions in the team.
    Spread,
}

/// Points for one criterion.
#[derive(Clone, Copy, Debug, SimpleObject)]
#[graphql(name = "MatchContribution")]
pub struct Contribution {
    /// For what.
    pub criterion: Criterion,
    /// How many; negative when it counts against.
    pub points: i64,
}

impl From<matching::Contribution> for Contribution {
    fn from(one: matching::Contribution) -> Self {
        Self {
            criterion: one.criterion.into(),
            points: one.points,
        }
    }
}

pub(crate) fn contributions(all: &[matching::Contribution]) -> Vec<Contribution> {
    all.iter().copied().map(Into::into).collect()
}

/// What a team is worth: more filled slots first, then more points.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct TeamValue {
    /// Slots with a holder.
    filled: u32,
    /// Points of the objective.
    points: i64,
}

impl From<matching::team::Value> for TeamValue {
    fn from(value: matching::team::Value) -> Self {
        Self {
            filled: value.filled,
            points: value.points,
        }
    }
}

async fn window(ctx: &Context<'_>, id: Uuid) -> Result<Option<ChallengeWindow>> {
    Ok(visible::<challenge_window::Entity>(ctx, id).await?.map(ChallengeWindow))
}

async fn slot(ctx: &Context<'_>, id: Uuid) -> Result<Option<TeamSlot>> {
    Ok(visible::<team_slot::Entity>(ctx, id).await?.map(TeamSlot))
}

/// An eligible person for a slot, with what they would add to the team as it stands.
pub struct Candidate {
    /// Who.
    pub peer: Uuid,
    /// Place in the ranking, from 1.
    pub rank: usize,
    /// Points and their parts; `None` for viewers who may know the status only.
    pub points: Option<(i64, Vec<matching::Contribution>)>,
    /// Points before the next, and what decided.
    pub ahead: Option<(i64, Option<matching::Criterion>)>,
}

/// An eligible person for a slot, with what they would add to the team as it stands.
#[Object(name = "TeamCandidate")]
impl Candidate {
    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.peer).await?)
    }

    /// Place in the ranking, 1 is the best.
    async fn rank(&self) -> usize {
        self.rank
    }

    /// What they would add to the team; null for viewers who may know the status only.
    async fn points(&self) -> Option<i64> {
        self.points.as_ref().map(|points| points.0)
    }

    /// The same by criterion (at most 7); empty for viewers who may know the status only.
    async fn contributions(&self) -> Vec<Contribution> {
        self.points
            .as_ref()
            .map(|points| contributions(&points.1))
            .unwrap_or_default()
    }

    /// By how many points they stand before the next in the ranking; null for the last of the whole ranking.
    async fn ahead_of_next(&self) -> Option<i64> {
        self.ahead.map(|ahead| ahead.0)
    }

    /// The criterion with the largest difference to the next; null where they are equal or there is no next.
    async fn decided_by(&self) -> Option<Criterion> {
        self.ahead.and_then(|ahead| ahead.1).map(Into::into)
    }
}

/// A team that the engine proposed, kept as the record of the decision. Applying it checks every rule again.
pub struct TeamProposal {
    row: team_proposal::Model,
    body: Body,
}

impl TeamProposal {
    /// A stored proposal.
    ///
    /// # Errors
    /// Internal, when its body cannot be read.
    pub fn read(row: team_proposal::Model) -> Result<Self> {
        let body = body(&row)?;
        Ok(Self { row, body })
    }
}

/// A team that the engine proposed, kept as the record of the decision. Applying it checks every rule again.
#[Object]
impl TeamProposal {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::TeamProposal, self.row.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.row.challenge_id).await?)
    }

    /// The window proposed; null once the scope has dropped it.
    async fn window(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(match self.row.window_id {
            Some(id) => window(ctx, id).await?,
            None => None,
        })
    }

    /// The policy version that it rests on.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        Ok(policy(ctx, self.row.policy_id).await?)
    }

    /// Digest of everything that the engine was given (SHA-256, hexadecimal): equal input gives an equal digest and the
    /// same team. `teamProposalInput` gives the whole of it.
    async fn input_hash(&self) -> &str {
        &self.row.input_hash
    }

    /// What decided between people who are worth the same: equal input and an equal seed give the same team.
    async fn seed(&self) -> i64 {
        self.row.seed
    }

    /// What the team is worth.
    async fn value(&self) -> TeamValue {
        self.body.value.into()
    }

    /// No team in any of the windows considered is worth more.
    async fn bound(&self) -> TeamValue {
        self.body.bound.into()
    }

    /// Whether value and bound are equal: the team is proven to be among the best.
    async fn proven(&self) -> bool {
        self.row.proven
    }

    /// The team's points by criterion (at most 7).
    async fn contributions(&self) -> Vec<Contribution> {
        contributions(&self.body.contributions)
    }

    /// One entry per slot, in the order of the slots (at most 12).
    async fn places(&self) -> Vec<ProposedPlace> {
        self.body.places.iter().cloned().map(ProposedPlace).collect()
    }

    /// One entry per window considered (at most 26).
    async fn windows(&self) -> Vec<ProposedWindow> {
        self.body.windows.iter().cloned().map(ProposedWindow).collect()
    }

    /// What the best other window would have given; null when only one was considered.
    async fn traded_off(&self) -> Option<TradedOffWindow> {
        self.body.traded_off.map(TradedOffWindow)
    }

    /// People considered: the whole pool.
    async fn considered(&self) -> u32 {
        self.body.considered
    }

    /// People eligible for at least one open slot in the proposed window.
    async fn eligible(&self) -> u32 {
        self.body.eligible
    }

    /// Of those, people that the search did not need to try: enough others can stand in for each of them, for every slot
    /// that they are eligible for, at no loss. The bound holds for the whole pool all the same.
    async fn set_aside(&self) -> u32 {
        self.body.set_aside_people
    }

    /// Who asked for it (subject of the token).
    async fn created_by(&self) -> &str {
        &self.row.created_by
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }
}

/// A slot of a proposed team.
pub struct ProposedPlace(proposal::Place);

/// A slot of a proposed team.
#[Object]
impl ProposedPlace {
    /// The slot; null once the scope has dropped it.
    async fn slot(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<TeamSlot>> {
        Ok(slot(ctx, self.0.slot).await?)
    }

    /// Who would hold it; null when it stays vacant.
    async fn holder(&self) -> Option<ProposedHolder> {
        self.0.holder.clone().map(ProposedHolder)
    }

    /// Why it stays vacant; null when somebody holds it.
    async fn vacancy(&self) -> Option<Vacancy> {
        self.0.vacancy.as_ref().map(|vacancy| Vacancy {
            eligible: vacancy.eligible,
            by_rule: vacancy
                .by_rule
                .iter()
                .map(|one| RuleCount {
                    rule: one.rule.into(),
                    people: one.people,
                    alone: one.alone,
                })
                .collect(),
        })
    }

    /// Who could step in, best first, each valid in the team as proposed (at most 10).
    async fn reserves(&self) -> Vec<ProposedReserve> {
        self.0.reserves.iter().copied().map(ProposedReserve).collect()
    }
}

/// Who would hold a slot.
pub struct ProposedHolder(proposal::Holder);

/// Who would hold a slot.
#[Object]
impl ProposedHolder {
    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer).await?)
    }

    /// The council that counts as their home.
    async fn home_council(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Council>> {
        Ok(match self.0.home {
            Some(id) => Some(council(ctx, id).await?),
            None => None,
        })
    }

    /// Whether they were on the team already and stay.
    async fn is_pinned(&self) -> bool {
        self.0.pinned
    }

    /// What the team would lose without them.
    async fn points(&self) -> i64 {
        self.0.points
    }

    /// The same by criterion (at most 7).
    async fn contributions(&self) -> Vec<Contribution> {
        contributions(&self.0.contributions)
    }

    /// Who else was eligible for the slot, best first (at most 3), and what decided against them.
    async fn runners_up(&self) -> Vec<RunnerUp> {
        self.0.runners_up.iter().copied().map(RunnerUp).collect()
    }
}

/// Somebody eligible who was not chosen.
pub struct RunnerUp(proposal::RunnerUp);

/// Somebody eligible who was not chosen.
#[Object]
impl RunnerUp {
    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer).await?)
    }

    /// Change of the team's points if they replaced the holder.
    async fn delta(&self) -> i64 {
        self.0.delta
    }

    /// The rule that speaks against them beside the rest of the team; null when points decided.
    async fn decided_by_rule(&self) -> Option<RuleCode> {
        self.0.rule.map(Into::into)
    }

    /// The criterion on which the holder is furthest ahead; null when a rule decided or they are worth the same.
    async fn decided_by_criterion(&self) -> Option<Criterion> {
        self.0.criterion.map(Into::into)
    }
}

/// Somebody who could step in.
pub struct ProposedReserve(proposal::Reserve);

/// Somebody who could step in.
#[Object]
impl ProposedReserve {
    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer).await?)
    }

    /// Change of the team's points if they replaced the holder.
    async fn delta(&self) -> i64 {
        self.0.delta
    }
}

/// Why a slot stays vacant.
#[derive(Clone, Debug, SimpleObject)]
pub struct Vacancy {
    /// People eligible for it beside those who were on the team already.
    eligible: u32,
    /// What keeps people out beside the team as proposed (at most 31 rules).
    by_rule: Vec<RuleCount>,
}

/// What is known of a window.
pub struct ProposedWindow(proposal::Window);

/// What is known of a window.
#[Object]
impl ProposedWindow {
    /// The window; null once the scope has dropped it.
    async fn window(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(window(ctx, self.0.window).await?)
    }

    /// The open slot with the fewest eligible people; null when no slot was open.
    async fn bottleneck(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<TeamSlot>> {
        Ok(match self.0.bottleneck {
            Some(id) => slot(ctx, id).await?,
            None => None,
        })
    }

    /// How many are eligible for the bottleneck.
    async fn bottleneck_eligible(&self) -> Option<u32> {
        self.0.bottleneck_eligible
    }

    /// The best team found in it; null when its bound already showed that it cannot win.
    async fn value(&self) -> Option<TeamValue> {
        self.0.value.map(Into::into)
    }

    /// No team in it is worth more.
    async fn bound(&self) -> TeamValue {
        self.0.bound.into()
    }
}

/// What the best other window would have given.
pub struct TradedOffWindow(proposal::TradedOff);

/// What the best other window would have given.
#[Object]
impl TradedOffWindow {
    /// The window; null once the scope has dropped it.
    async fn window(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(window(ctx, self.0.window).await?)
    }

    /// A team that is possible in it; null when none was found in the time given.
    async fn value(&self) -> Option<TeamValue> {
        self.0.value.map(Into::into)
    }

    /// No team in it is worth more.
    async fn bound(&self) -> TeamValue {
        self.0.bound.into()
    }
}
