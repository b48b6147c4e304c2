//! Repairs of teams as the API shows them.

use async_graphql::{Context, Object};
use entity::team_slot;

use super::repair::{Change, Receipt};
use crate::{
    challenge::objects::{PeerChallenge, TeamSlot},
    council::objects::{Council, council},
    graphql::{errors::Result, visible::visible},
    peer::objects::{Peer, peer},
    team::objects::challenge,
};

/// How the vacant slots of a team can be filled with the least disturbance: who changes, who must be told, what it costs.
pub struct TeamRepair {
    receipt: Receipt,
    digest: String,
}

impl TeamRepair {
    /// A receipt.
    ///
    /// # Errors
    /// Internal, when it cannot be named.
    pub fn of(receipt: Receipt) -> Result<Self> {
        let digest = receipt.digest()?;
        Ok(Self { receipt, digest })
    }
}

/// How the vacant slots of a team can be filled with the least disturbance: who changes, who must be told, what it costs.
#[Object]
impl TeamRepair {
    /// Names this very repair; give it to `repairTeam`.
    async fn receipt(&self) -> &str {
        &self.digest
    }

    /// Whoever comes to a slot: on this challenge, and in the place of those who leave another one (at most 12).
    async fn comes(&self) -> Vec<RepairChange> {
        self.receipt.comes.iter().copied().map(RepairChange).collect()
    }

    /// Nominations that end because their holders are needed here (at most 2). Nobody who was invited, has accepted or is
    /// confirmed is moved.
    async fn leaves(&self) -> Vec<RepairChange> {
        self.receipt.leaves.iter().copied().map(RepairChange).collect()
    }

    /// People who must be told: those who come and those who leave, each once (at most 14).
    async fn people_to_tell(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Peer>> {
        let people = self.receipt.people();
        let all = futures::future::join_all(people.iter().map(|id| peer(ctx, *id))).await;
        Ok(all.into_iter().collect::<Result<Vec<_>>>()?)
    }

    /// Hosts who must be told, each once (at most 3).
    async fn hosts_to_tell(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Council>> {
        let changes = self.receipt.comes.iter().chain(&self.receipt.leaves);
        let mut hosts: Vec<uuid::Uuid> = changes.map(|change| change.host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let all = futures::future::join_all(hosts.iter().map(|id| council(ctx, *id))).await;
        Ok(all.into_iter().collect::<Result<Vec<_>>>()?)
    }

    /// Slots that stay vacant.
    async fn vacant(&self) -> u32 {
        self.receipt.vacant
    }

    /// Points that the season gains.
    async fn points(&self) -> i64 {
        self.receipt.points
    }

    /// Points that the challenge could gain beside this, were its whole team chosen anew: what leaving everybody in peace costs.
    async fn cost_of_peace(&self) -> i64 {
        self.receipt.cost
    }

    /// Whether no other repair that moves up to two nominations fills more slots or moves fewer people.
    async fn proven(&self) -> bool {
        self.receipt.proven
    }
}

/// Somebody who comes to a slot or leaves it.
pub struct RepairChange(Change);

/// Somebody who comes to a slot or leaves it.
#[Object]
impl RepairChange {
    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge).await?)
    }

    /// The slot; null once the scope has dropped it.
    async fn slot(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<TeamSlot>> {
        Ok(visible::<team_slot::Entity>(ctx, self.0.slot).await?.map(TeamSlot))
    }

    /// Who.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer).await?)
    }
}
