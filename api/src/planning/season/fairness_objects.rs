//! Fairness of season plans, as the API shows it.

use async_graphql::{Context, Object};

use super::body::{CouncilDaysBody, FairnessBody, ServedBody};
use crate::{
    challenge::objects::PeerChallenge,
    council::objects::{Council, council},
    team::{objects::challenge, queries::size},
};

/// Fairness of a plan in three senses: how hosts are served, days given and received, people who are never asked.
pub struct SeasonPlanFairness(pub FairnessBody);

/// Fairness of a plan in three senses: how hosts are served, days given and received, people who are never asked.
#[Object]
impl SeasonPlanFairness {
    /// The host with the smallest share of its slots filled, then the fewest points per slot; null without any slots.
    async fn worst_served(&self) -> Option<ServedHost> {
        self.0.worst.map(ServedHost)
    }

    /// The best-served host; null without any slots.
    async fn best_served(&self) -> Option<ServedHost> {
        self.0.best.map(ServedHost)
    }

    /// Person days that councils give and receive, those with the largest difference first.
    async fn councils(
        &self,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<CouncilDays>> {
        let mut all = self.0.councils.clone();
        all.sort_by_key(|one| (-(one.given - one.received).abs(), one.council));
        let first = size(first)?;
        Ok(all.into_iter().take(first).map(CouncilDays).collect())
    }

    /// Most challenges that anybody has.
    async fn busiest(&self) -> u32 {
        self.0.busiest
    }

    /// People who could hold a slot of the season by what they are.
    async fn qualified(&self) -> u32 {
        self.0.qualified
    }

    /// Those of them who are asked.
    async fn asked(&self) -> u32 {
        self.0.asked
    }

    /// Share of the qualified who are not asked (0 to 1).
    async fn never_asked(&self) -> f64 {
        1.0 - f64::from(self.0.asked) / f64::from(self.0.qualified.max(1))
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

/// Person days of a council in a plan.
pub struct CouncilDays(CouncilDaysBody);

/// Person days of a council in a plan.
#[Object]
impl CouncilDays {
    /// The council.
    async fn council(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.council).await?)
    }

    /// Days that its people give.
    async fn given(&self) -> i64 {
        self.0.given
    }

    /// Days that its challenges take.
    async fn received(&self) -> i64 {
        self.0.received
    }
}
