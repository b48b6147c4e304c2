//! Fairness of season plans, as the API shows it.

use async_graphql::{Context, Object};

use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{
    body::{Body, CouncilDaysBody, ServedBody},
    history::{self, History},
};
use crate::{
    challenge::objects::PeerChallenge,
    council::objects::{Council, council},
    graphql::{context::ContextExt, errors::Result},
    peer::objects::{Peer, peer},
    team::{objects::challenge, queries::size},
};

/// Fairness of a plan in three senses: how hosts are served, days given and received, people who are never asked.
pub struct SeasonPlanFairness<'a> {
    body: &'a Body,
    /// Read once, by whichever field asks first.
    history: OnceCell<History>,
}

impl<'a> SeasonPlanFairness<'a> {
    /// Of this plan.
    pub fn of(body: &'a Body) -> Self {
        Self {
            body,
            history: OnceCell::new(),
        }
    }

    async fn history(&self, ctx: &Context<'_>) -> Result<&History> {
        let load = || history::load(self.body, ctx.today(), ctx.database().reader());
        self.history.get_or_try_init(load).await
    }
}

/// Fairness of a plan in three senses: how hosts are served, days given and received, people who are never asked.
#[Object]
impl SeasonPlanFairness<'_> {
    /// The host with the smallest share of its slots filled, then the fewest points per slot; null without any slots.
    async fn worst_served(&self) -> Option<ServedHost> {
        self.body.fairness.worst.map(ServedHost)
    }

    /// The best-served host; null without any slots.
    async fn best_served(&self) -> Option<ServedHost> {
        self.body.fairness.best.map(ServedHost)
    }

    /// Person days that councils of the plan give and receive, in it and in the 24 months that end with it; those with the largest
    /// difference over the 24 months first.
    async fn councils(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<CouncilDays>> {
        let first = size(first)?;
        let history = self.history(ctx).await?;
        let before = |days: &std::collections::HashMap<Uuid, i64>, id| days.get(&id).copied().unwrap_or_default();
        let of = |plan: &CouncilDaysBody| CouncilDays {
            plan: *plan,
            given: plan.given + before(&history.given, plan.council),
            received: plan.received + before(&history.received, plan.council),
        };
        let mut all: Vec<CouncilDays> = self.body.fairness.councils.iter().map(of).collect();
        all.sort_by_key(|one| (-(one.given - one.received).abs(), one.plan.council));
        all.truncate(first);
        Ok(all)
    }

    /// Person days of those on the plan, in it and in the 24 months that end with it; those who give most over the 24 months first.
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<PersonDays>> {
        let first = size(first)?;
        let history = self.history(ctx).await?;
        let of = |(person, (challenges, days)): (Uuid, (u32, i64))| PersonDays {
            person,
            challenges,
            days,
            in_24_months: days + history.people.get(&person).copied().unwrap_or_default(),
        };
        let mut all: Vec<PersonDays> = history::planned(self.body).into_iter().map(of).collect();
        all.sort_by_key(|one| (-one.in_24_months, one.person));
        all.truncate(first);
        Ok(all)
    }

    /// Most challenges that anybody has.
    async fn busiest(&self) -> u32 {
        self.body.fairness.busiest
    }

    /// People who could hold a slot of the season by what they are.
    async fn qualified(&self) -> u32 {
        self.body.fairness.qualified
    }

    /// Those of them who are asked.
    async fn asked(&self) -> u32 {
        self.body.fairness.asked
    }

    /// Share of the qualified who are not asked (0 to 1).
    async fn never_asked(&self) -> f64 {
        1.0 - f64::from(self.body.fairness.asked) / f64::from(self.body.fairness.qualified.max(1))
    }
}

/// How a host is served by a plan.
pub struct ServedHost(ServedBody);

/// How a host is served by a plan.
#[Object]
impl ServedHost {
    /// Its challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge).await?)
    }

    /// Filled slots.
    async fn filled(&self) -> u32 {
        self.0.filled
    }

    /// Its slots.
    async fn slots(&self) -> u32 {
        self.0.slots
    }

    /// Points of the team, those of slots and loads left out.
    async fn points(&self) -> i64 {
        self.0.points
    }
}

/// Person days of a council: in a plan, and in the 24 months that end with it.
pub struct CouncilDays {
    plan: CouncilDaysBody,
    given: i64,
    received: i64,
}

/// Person days of a council: in a plan, and in the 24 months that end with it.
#[Object]
impl CouncilDays {
    /// The council.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.plan.council).await?)
    }

    /// Days that its people give in the plan.
    async fn given(&self) -> i64 {
        self.plan.given
    }

    /// Days that its challenges take in the plan.
    async fn received(&self) -> i64 {
        self.plan.received
    }

    /// Days that its people give in the plan, gave elsewhere in the 24 months that end with it, or are confirmed for.
    #[graphql(name = "givenIn24Months")]
    async fn given_in_24_months(&self) -> i64 {
        self.given
    }

    /// Days that its challenges take in the plan, and took or will take beside it in the 24 months that end with it.
    #[graphql(name = "receivedIn24Months")]
    async fn received_in_24_months(&self) -> i64 {
        self.received
    }
}

/// Person days of somebody on a plan.
pub struct PersonDays {
    person: Uuid,
    challenges: u32,
    days: i64,
    in_24_months: i64,
}

/// Person days of somebody on a plan.
#[Object]
impl PersonDays {
    /// Who.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.person).await?)
    }

    /// Challenges in the plan.
    async fn challenges(&self) -> u32 {
        self.challenges
    }

    /// Days in the plan.
    async fn days(&self) -> i64 {
        self.days
    }

    /// Days in the plan and beside it, in the 24 months that end with it.
    #[graphql(name = "daysIn24Months")]
    async fn days_in_24_months(&self) -> i64 {
        self.in_24_months
    }
}
