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
    invitation::objects::Invitation,
    notice::objects::{Notification, NotificationContact},
    peer::objects::{Affiliation, AvailabilityWindow, BlackoutPeriod, DeclaredInterest, PastEngagement, Peer},
    picture::{kpi_objects::Kpi, queries::kpi},
    planning::season::objects::SeasonPlan,
    programme::{
        loader::{PolicyKey, ProgrammeKey},
        objects::{Programme, ProgrammePolicy},
    },
    report::{
        objects::Evaluation,
        plan_objects::{AccuracyEdit, PlanAction, Recommendation},
    },
    season::objects::{Season, SeasonKey},
    team::objects::{Assignment, ConflictDecision, ConflictWaiver, HostObjection, TeamProposal},
    theme::{Theme, ThemeKey},
    visit::objects::{ChallengeDocument, FieldworkSession, Finding, ImmediateRisk},
};

/// Anything with an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque id, unique in the whole service."))]
pub enum Node {
    /// A correction of fact.
    AccuracyEdit(AccuracyEdit),
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
    /// A link to a document.
    ChallengeDocument(ChallengeDocument),
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
    /// What somebody thinks of a visit.
    Evaluation(Evaluation),
    /// A session of a visit.
    FieldworkSession(FieldworkSession),
    /// Something that a team found.
    Finding(Finding),
    /// A host's objection.
    HostObjection(HostObjection),
    /// An immediate risk to children.
    ImmediateRisk(ImmediateRisk),
    /// An invitation to a team.
    Invitation(Invitation),
    /// A key figure.
    Kpi(Kpi),
    /// A notification.
    Notification(Notification),
    /// An address for notifications.
    NotificationContact(NotificationContact),
    /// Past service at a host.
    PastEngagement(PastEngagement),
    /// A peer.
    Peer(Peer),
    /// A peer challenge.
    PeerChallenge(PeerChallenge),
    /// A host's action.
    PlanAction(PlanAction),
    /// A programme.
    Programme(Programme),
    /// A version of a policy.
    ProgrammePolicy(ProgrammePolicy),
    /// Something that a team recommends.
    Recommendation(Recommendation),
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
        Kind::AccuracyEdit => restricted(ctx, today, key, AccuracyEdit).await?,
        Kind::ChallengeDocument => restricted(ctx, today, key, ChallengeDocument).await?,
        Kind::Evaluation => restricted(ctx, today, key, Evaluation).await?,
        Kind::FieldworkSession => restricted(ctx, today, key, FieldworkSession).await?,
        Kind::Finding => restricted(ctx, today, key, Finding).await?,
        Kind::ImmediateRisk => restricted(ctx, today, key, ImmediateRisk).await?,
        Kind::PlanAction => restricted(ctx, today, key, PlanAction).await?,
        Kind::Recommendation => restricted(ctx, today, key, Recommendation).await?,
        Kind::Kpi => kpi(ctx, today, key).await?.map(Into::into),
        Kind::Invitation => restricted(ctx, today, key, Invitation).await?,
        Kind::Notification => restricted(ctx, today, key, Notification).await?,
        Kind::NotificationContact => restricted(ctx, today, key, NotificationContact).await?,
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
