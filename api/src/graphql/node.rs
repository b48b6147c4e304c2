//! `node` and `nodes`: anything with an id, under the same visibility as through its own fields.

use async_graphql::{Context, ID, Interface, Object};
use chrono::NaiveDate;
use entity::{season_plan, team_proposal};
use sea_orm::{EntityTrait, ModelTrait};
use uuid::Uuid;

use super::{
    context::ContextExt,
    errors::{ApiError, Result},
    ids::{Kind, decode},
    visible::{Restricted, visible_on},
};
use crate::{
    apikey::objects::ApiKey,
    audit::objects::AuditEvent,
    challenge::objects::{ChallengeWindow, PeerChallenge, TeamSlot},
    council::{
        loader::{CouncilKey, DeliveryBodyKey, RegionKey},
        objects::{Council, DeliveryBody, Region},
    },
    peer::objects::{Affiliation, AvailabilityWindow, BlackoutPeriod, DeclaredInterest, PastEngagement, Peer},
    planning::season::objects::SeasonPlan,
    programme::{
        loader::{PolicyKey, ProgrammeKey},
        objects::{Programme, ProgrammePolicy},
    },
    season::objects::{Season, SeasonKey},
    team::objects::{Assignment, ConflictDecision, ConflictWaiver, HostObjection, TeamProposal},
    theme::{Theme, ThemeKey},
};

/// Anything with an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque id, unique in the whole service."))]
pub enum Node {
    /// A dated tie of a peer.
    Affiliation(Affiliation),
    /// A key with which a machine signs in.
    ApiKey(ApiKey),
    /// A place on a team with its holder.
    Assignment(Assignment),
    /// An entry of the audit record.
    AuditEvent(AuditEvent),
    /// Days that a peer offered.
    AvailabilityWindow(AvailabilityWindow),
    /// Days that are closed.
    BlackoutPeriod(BlackoutPeriod),
    /// A possible period of fieldwork.
    ChallengeWindow(ChallengeWindow),
    /// A decision about a late conflict.
    ConflictDecision(ConflictDecision),
    /// A waiver.
    ConflictWaiver(ConflictWaiver),
    /// A council.
    Council(Council),
    /// A declared interest.
    DeclaredInterest(DeclaredInterest),
    /// A delivery body.
    DeliveryBody(DeliveryBody),
    /// A host's objection.
    HostObjection(HostObjection),
    /// Past service at a host.
    PastEngagement(PastEngagement),
    /// A peer.
    Peer(Peer),
    /// A peer challenge.
    PeerChallenge(PeerChallenge),
    /// A programme.
    Programme(Programme),
    /// A version of a policy.
    ProgrammePolicy(ProgrammePolicy),
    /// A region.
    Region(Region),
    /// A season.
    Season(Season),
    /// A plan of a season.
    SeasonPlan(SeasonPlan),
    /// A proposed team.
    TeamProposal(TeamProposal),
    /// A place on a team.
    TeamSlot(TeamSlot),
    /// A theme.
    Theme(Theme),
}

/// Most ids in one `nodes`.
const MAX_NODES: usize = 100;

/// Fetching by id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with this id; null when there is none, or none that the viewer may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An id that this service gave.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        Ok(find(ctx, ctx.today(), &id).await?)
    }

    /// The things with these ids, in their order; null in the place of each that is not there or not visible.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids that this service gave (at most 100).")] ids: Vec<ID>,
    ) -> async_graphql::Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            let message = format!("`ids` holds {}; at most {MAX_NODES} are answered at once.", ids.len());
            return Err(ApiError::BadInput(message).into());
        }
        let today = ctx.today();
        let found = futures::future::join_all(ids.iter().map(|id| find(ctx, today, id))).await;
        Ok(found.into_iter().collect::<Result<Vec<_>>>()?)
    }
}

async fn find(ctx: &Context<'_>, today: NaiveDate, id: &ID) -> Result<Option<Node>> {
    ctx.viewer()?;
    let Some((kind, key)) = decode(id) else { return Ok(None) };
    let loader = ctx.loader();
    Ok(match kind {
        Kind::Region => loader.load_one(RegionKey(key)).await?.map(|row| Region(row).into()),
        Kind::Council => loader.load_one(CouncilKey(key)).await?.map(|row| Council(row).into()),
        Kind::DeliveryBody => loader
            .load_one(DeliveryBodyKey(key))
            .await?
            .map(|row| DeliveryBody(row).into()),
        Kind::Theme => loader.load_one(ThemeKey(key)).await?.map(|row| Theme(row).into()),
        Kind::Programme => loader
            .load_one(ProgrammeKey(key))
            .await?
            .map(|row| Programme(row).into()),
        Kind::ProgrammePolicy => loader
            .load_one(PolicyKey(key))
            .await?
            .map(|row| ProgrammePolicy(row).into()),
        Kind::Season => loader.load_one(SeasonKey(key)).await?.map(|row| Season(row).into()),
        // The restricted kinds: each aggregate says who may see its rows.
        Kind::Peer => restricted(ctx, today, key, Peer).await?,
        Kind::Affiliation => restricted(ctx, today, key, Affiliation).await?,
        Kind::DeclaredInterest => restricted(ctx, today, key, DeclaredInterest).await?,
        Kind::AvailabilityWindow => restricted(ctx, today, key, AvailabilityWindow).await?,
        Kind::BlackoutPeriod => restricted(ctx, today, key, BlackoutPeriod).await?,
        Kind::PastEngagement => restricted(ctx, today, key, PastEngagement).await?,
        Kind::PeerChallenge => restricted(ctx, today, key, PeerChallenge).await?,
        Kind::ChallengeWindow => restricted(ctx, today, key, ChallengeWindow).await?,
        Kind::TeamSlot => restricted(ctx, today, key, TeamSlot).await?,
        Kind::Assignment => restricted(ctx, today, key, Assignment).await?,
        Kind::ConflictWaiver => restricted(ctx, today, key, ConflictWaiver).await?,
        Kind::HostObjection => restricted(ctx, today, key, HostObjection).await?,
        Kind::ConflictDecision => restricted(ctx, today, key, ConflictDecision).await?,
        Kind::SeasonPlan => {
            let row = visible_on::<season_plan::Entity>(ctx, today, key).await?;
            row.map(SeasonPlan::read).transpose()?.map(Into::into)
        }
        Kind::TeamProposal => {
            let row = visible_on::<team_proposal::Entity>(ctx, today, key).await?;
            row.map(TeamProposal::read).transpose()?.map(Into::into)
        }
        Kind::ApiKey => restricted(ctx, today, key, ApiKey).await?,
        Kind::AuditEvent => restricted(ctx, today, key, AuditEvent).await?,
    })
}

/// A row that not everybody may see, as it is shown.
async fn restricted<M, T>(ctx: &Context<'_>, today: NaiveDate, key: Uuid, shown: fn(M) -> T) -> Result<Option<Node>>
where
    M: ModelTrait,
    M::Entity: Restricted + EntityTrait<Model = M>,
    T: Into<Node>,
{
    let row = visible_on::<M::Entity>(ctx, today, key).await?;
    Ok(row.map(|row| shown(row).into()))
}
