//! Comparisons of season plans, as the API shows them.

use async_graphql::{Context, Object};
use uuid::Uuid;

use super::{
    compare::{Comparison, Difference},
    result_objects::window,
};
use crate::{
    challenge::objects::{ChallengeWindow, PeerChallenge},
    graphql::errors::ApiError,
    peer::objects::{Peer, peer},
    team::{
        objects::challenge,
        proposal_objects::{Contribution, contributions},
        queries::size,
    },
};

/// Two plans side by side, or a plan beside the teams of today.
pub struct SeasonPlanComparison(pub Comparison);

/// Two plans side by side, or a plan beside the teams of today.
#[Object]
impl SeasonPlanComparison {
    /// Slots filled more; fewer are below zero.
    async fn filled(&self) -> i64 {
        self.0.filled
    }

    /// Points gained, loads and waivers included.
    async fn points(&self) -> i64 {
        self.0.contributions.iter().map(|one| one.points).sum::<i64>() + self.0.waivers
    }

    /// Points gained by criterion (7).
    async fn contributions(&self) -> Vec<Contribution> {
        contributions(&self.0.contributions)
    }

    /// How many people serve on one side and not on the other, or on other challenges.
    async fn moved_count(&self) -> usize {
        self.0.moved.len()
    }

    /// How many challenges differ.
    async fn changed_count(&self) -> usize {
        self.0.challenges.len()
    }

    /// Challenges that differ, in a fixed order.
    async fn challenges(
        &self,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "How many to pass over before (0 unless given).")] offset: Option<u32>,
    ) -> async_graphql::Result<Vec<ChallengeDifference>> {
        let first = size(first)?;
        let page = self.0.challenges.iter().skip(offset.unwrap_or(0) as usize).take(first);
        Ok(page.cloned().map(ChallengeDifference).collect())
    }
}

/// How a challenge differs between two plans.
pub struct ChallengeDifference(Difference);

/// How a challenge differs between two plans.
#[Object]
impl ChallengeDifference {
    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge).await?)
    }

    /// Its window before; null when it did not take place or the window is gone.
    async fn window_before(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(window(ctx, self.0.window_before).await?)
    }

    /// Its window after; null when it does not take place or the window is gone.
    async fn window_after(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        Ok(window(ctx, self.0.window_after).await?)
    }

    /// Who comes (at most 12).
    async fn joined(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Peer>> {
        people(ctx, &self.0.joined).await
    }

    /// Who goes (at most 12).
    async fn left(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Peer>> {
        people(ctx, &self.0.left).await
    }

    /// Points that the host's team gains, loads left out.
    async fn points(&self) -> i64 {
        self.0.points()
    }

    /// The same by criterion (7).
    async fn contributions(&self) -> Vec<Contribution> {
        contributions(&self.0.contributions)
    }
}

async fn people(ctx: &Context<'_>, ids: &[Uuid]) -> async_graphql::Result<Vec<Peer>> {
    let all = futures::future::join_all(ids.iter().map(|id| peer(ctx, *id))).await;
    Ok(all.into_iter().collect::<std::result::Result<Vec<_>, ApiError>>()?)
}
