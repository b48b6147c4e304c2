//! What came out of a season plan, as the API shows it.

use std::collections::HashSet;

use async_graphql::{Context, Enum, Object, SimpleObject};
use entity::{challenge_window, team_slot};
use matching::season::{Reason, Tally, share};
use uuid::Uuid;

use super::{
    body::{Body, Decided, Placed, VacancyBody, WayOutBody},
    fairness_objects::SeasonPlanFairness,
    frame::Frame,
};
use crate::{
    challenge::objects::{ChallengeWindow, PeerChallenge, TeamSlot},
    graphql::{errors::Result, scalars::Date, visible::visible},
    peer::objects::{Peer, peer},
    team::{
        codes::RuleCode,
        objects::challenge,
        proposal_objects::{Contribution, contributions},
    },
};

pub(super) async fn window(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<ChallengeWindow>> {
    Ok(match id {
        Some(id) => visible::<challenge_window::Entity>(ctx, id).await?.map(ChallengeWindow),
        None => None,
    })
}

async fn slot(ctx: &Context<'_>, id: Uuid) -> Result<Option<TeamSlot>> {
    Ok(visible::<team_slot::Entity>(ctx, id).await?.map(TeamSlot))
}

/// What keeps somebody from a slot of a season plan.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "SeasonPlanReason", remote = "Reason")]
pub enum PlanReason {
    /// Does not hold the role, or not with all that this slot asks for.
    Role,
    /// Is not free on every day.
    Unavailable,
    /// A conflict of interest with the host.
    Conflict,
    /// Another rule that closes this window for them and that nobody may waive, or a wish that they shall not serve there.
    Barred,
    /// A rule that speaks against them until somebody waives it.
    Waiver,
    /// Serves elsewhere on some of these days, or needs the days of rest.
    Engaged,
    /// Has as many challenges as they accept or as are wanted.
    Capacity,
    /// Is on this team already.
    InTeam,
    /// The team has as many people of their council as allowed.
    Council,
    /// The team has as many people of their region as allowed.
    Region,
    /// As many people of their council are away in a week as allowed.
    CouncilWeek,
    /// The host's people go to their council.
    Mutual,
}

/// How many people a reason keeps out.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct SeasonPlanReasonCount {
    /// The reason.
    reason: PlanReason,
    /// People against whom it speaks, alone or with others.
    people: u32,
    /// People against whom nothing else speaks.
    alone: u32,
}

impl From<Tally> for SeasonPlanReasonCount {
    fn from(tally: Tally) -> Self {
        Self {
            reason: tally.reason.into(),
            people: tally.people,
            alone: tally.alone,
        }
    }
}

/// How many people a rule speaks against.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct SeasonPlanRuleCount {
    /// The rule.
    rule: RuleCode,
    /// People, whatever else speaks against them.
    people: u32,
}

/// People of the pool whom a plan could not use, by reason.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct SeasonPlanSetAside {
    /// No open slot asks for what they are, or they are not deployable, so no plan could use them: the bound holds for the
    /// whole pool.
    no_place: u32,
    /// They have no home council, so they cannot be nominated.
    no_home: u32,
    /// Their home changes during the season; plan them by hand.
    home_changes: u32,
    /// They are at home in several regions at once; plan them by hand.
    several_regions: u32,
}

/// What came out of a season plan.
pub struct SeasonPlanResult(pub Body);

/// What came out of a season plan.
#[Object]
impl SeasonPlanResult {
    /// Points.
    async fn objective(&self) -> i64 {
        self.0.objective
    }

    /// No plan of the same input has more points. Where a pin was given up by hand, this is of plans that keep it.
    async fn bound(&self) -> i64 {
        self.0.bound
    }

    /// (bound − objective) / |objective|.
    async fn gap(&self) -> f64 {
        share(self.0.bound - self.0.objective, self.0.objective)
    }

    /// (bound − objective) / |objective − points of slots|: the harder figure, since points of slots hide the rest.
    async fn soft_gap(&self) -> f64 {
        share(self.0.bound - self.0.objective, self.0.objective - self.0.slot_points)
    }

    /// The gap in slots: how many more a plan could fill that brings no fewer points in everything else.
    async fn slot_gap(&self) -> i64 {
        self.0.slot_gap
    }

    /// Whether no plan is worth more.
    async fn proven(&self) -> bool {
        self.0.bound == self.0.objective && !self.0.unpinned
    }

    /// Whether the run was ended by its time before its work was done; another run may then give another plan.
    async fn cut_short(&self) -> bool {
        self.0.cut_short
    }

    /// Points by criterion (7).
    async fn contributions(&self) -> Vec<Contribution> {
        contributions(&self.0.contributions)
    }

    /// Points lost by people who need a waiver; never positive.
    async fn waiver_points(&self) -> i64 {
        self.0.waivers
    }

    /// Points of the places that are held already: what the season is worth without this plan.
    async fn objective_before(&self) -> i64 {
        self.0.settled_objective
    }

    /// Filled slots, those held already included.
    async fn filled(&self) -> u32 {
        self.0.filled
    }

    /// Slots of all challenges.
    async fn slots(&self) -> u32 {
        self.0.slots
    }

    /// Challenges that take place.
    async fn scheduled(&self) -> u32 {
        self.0.scheduled
    }

    /// People in the pool that was planned with.
    async fn considered(&self) -> u32 {
        self.0.considered
    }

    /// People whom it could not use.
    async fn set_aside(&self) -> SeasonPlanSetAside {
        let aside = self.0.set_aside;
        SeasonPlanSetAside {
            no_place: aside.no_place,
            no_home: aside.no_home,
            home_changes: aside.home_changes,
            several_regions: aside.several_regions,
        }
    }

    /// Challenges with their windows, teams and vacancies, in a fixed order.
    async fn challenges(
        &self,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "How many to pass over before (0 unless given).")] offset: Option<u32>,
        #[graphql(desc = "Only those with vacant slots.")] vacant: Option<bool>,
    ) -> async_graphql::Result<Vec<PlannedChallenge>> {
        let first = crate::team::queries::size(first)?;
        let wanted = |(one, _): &(&Decided, &Frame)| !vacant.unwrap_or(false) || !one.vacancies.is_empty();
        let page = self.0.challenges.iter().zip(&self.0.frames).filter(wanted);
        let page = page.skip(offset.unwrap_or(0) as usize).take(first);
        Ok(page
            .map(|(one, frame)| PlannedChallenge(one.clone(), frame.pins().collect()))
            .collect())
    }

    /// How fair it is.
    async fn fairness(&self) -> SeasonPlanFairness<'_> {
        SeasonPlanFairness::of(&self.0)
    }

    /// The scarcest role of each week in which challenges take place (at most 160).
    async fn bottlenecks(&self) -> Vec<SeasonPlanBottleneck> {
        let weeks = self.0.bottlenecks.iter().take(160);
        weeks
            .map(|one| SeasonPlanBottleneck {
                week: Date(one.week),
                role: one.role.clone(),
                wanted: one.wanted,
                free: one.free,
            })
            .collect()
    }
}

/// The scarcest role of a week.
#[derive(Clone, Debug, SimpleObject)]
pub struct SeasonPlanBottleneck {
    /// The Monday.
    week: Date,
    /// What the slots ask for: a role, and perhaps lead, themes or a political group.
    role: String,
    /// Slots that ask for it in challenges that take place then.
    wanted: u32,
    /// People who could hold them and are free on some day of the week.
    free: u32,
}

/// What a plan decides about a challenge, and who was pinned to which slot of it.
pub struct PlannedChallenge(Decided, HashSet<(Uuid, Uuid)>);

/// What a plan decides about a challenge.
#[Object]
impl PlannedChallenge {
    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge).await?)
    }

    /// The window; null when the challenge does not take place, when the scope has dropped the window since, and when it was
    /// only supposed.
    async fn window(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(window(ctx, self.0.window).await?)
    }

    /// First day on site; null when the challenge does not take place.
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day on site; null when the challenge does not take place.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// Points by criterion, loads left out (at most 7).
    async fn contributions(&self) -> Vec<Contribution> {
        contributions(&self.0.contributions)
    }

    /// Filled slots (at most 12).
    async fn places(&self) -> Vec<PlannedPlace> {
        let pinned = |place: &Placed| self.1.contains(&(place.slot, place.peer));
        let places = self.0.places.iter();
        places.map(|place| PlannedPlace(place.clone(), pinned(place))).collect()
    }

    /// Vacant slots, those that ask for the same together (at most 12).
    async fn vacancies(&self) -> Vec<PlannedVacancy> {
        self.0.vacancies.iter().cloned().map(PlannedVacancy).collect()
    }
}

/// Somebody in a slot of a plan, and whether they were pinned to it.
pub struct PlannedPlace(Placed, bool);

/// Somebody in a slot of a plan.
#[Object]
impl PlannedPlace {
    /// The slot; null once the scope has dropped it.
    async fn slot(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<TeamSlot>> {
        Ok(slot(ctx, self.0.slot).await?)
    }

    /// Who.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer).await?)
    }

    /// Whether they held the slot before the plan.
    async fn is_settled(&self) -> bool {
        self.0.settled
    }

    /// Whether they were pinned to the slot when the plan was asked for. They get it when the plan is put into effect.
    async fn is_pinned(&self) -> bool {
        self.1
    }

    /// What the place brings by criterion (at most 7): themes and regions as far as the team would lose them, loads as far as
    /// the person would have less.
    async fn contributions(&self) -> Vec<Contribution> {
        contributions(&self.0.contributions)
    }
}

/// Slots of a plan that stay vacant.
pub struct PlannedVacancy(VacancyBody);

/// Slots of a plan that stay vacant.
#[Object]
impl PlannedVacancy {
    /// The slots (at most 12); those that the scope has dropped since are left out.
    async fn slots(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<TeamSlot>> {
        let mut found = Vec::with_capacity(self.0.slots.len());
        for id in &self.0.slots {
            found.extend(slot(ctx, *id).await?);
        }
        Ok(found)
    }

    /// The window that was looked at: the plan's, or else the host's favourite one; null when there is none.
    async fn window(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(window(ctx, self.0.window).await?)
    }

    /// People who could hold such a slot by what they are.
    async fn holders(&self) -> u32 {
        self.0.holders
    }

    /// What keeps them out beside the rest of the plan (at most 12).
    async fn by_reason(&self) -> Vec<SeasonPlanReasonCount> {
        self.0.tally.iter().copied().map(Into::into).collect()
    }

    /// The rules behind CONFLICT, BARRED and WAIVER (at most 30). Without any of those reasons there is none.
    async fn by_rule(&self) -> Vec<SeasonPlanRuleCount> {
        let rules = self.0.rules.iter().take(30);
        rules
            .map(|tally| SeasonPlanRuleCount {
                rule: tally.rule.into(),
                people: tally.people,
            })
            .collect()
    }

    /// A smallest set of reasons that alone keep all of them out: without any one of them somebody could come (at most 12).
    /// Empty when nothing speaks against somebody.
    async fn core(&self) -> Vec<PlanReason> {
        self.0.core.iter().copied().map(Into::into).collect()
    }

    /// What would fill a slot, the cheapest first (at most 40). Each was tried: with it the plan keeps every other rule.
    async fn ways_out(&self) -> Vec<PlannedWayOut> {
        self.0.ways_out.iter().take(40).cloned().map(PlannedWayOut).collect()
    }
}

/// One change that would fill a slot.
pub struct PlannedWayOut(WayOutBody);

/// One change that would fill a slot.
#[Object]
impl PlannedWayOut {
    /// What would have to give for one person, or UNAVAILABLE with another window.
    async fn give(&self) -> PlanReason {
        self.0.give.into()
    }

    /// With WAIVER the rules that would have to be waived for that person, with BARRED those that speak against them (at most 10);
    /// else none.
    async fn rules(&self) -> Vec<RuleCode> {
        self.0.rules.iter().take(10).map(|rule| (*rule).into()).collect()
    }

    /// The other window, to which the whole team can move; null when it is the plan's.
    async fn window(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(window(ctx, self.0.window).await?)
    }

    /// How many people it would open the slot to.
    async fn people(&self) -> u32 {
        self.0.people
    }

    /// One of them, with whom it was tried.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer).await?)
    }

    /// Points that the plan would gain.
    async fn points(&self) -> i64 {
        self.0.points
    }
}
