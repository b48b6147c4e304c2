//! Fields of challenges, slots and peers that belong to teams; their own objects call these.
//!
//! Every one is loaded for all parents of the request together (`graphql/nested.rs` for the lists).

use async_graphql::Context;
use entity::{assignment, enums::AssignmentStatus};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{
    loader::{HolderOf, ReservesOf},
    objects::{Assignment, ConflictDecision, ConflictWaiver, HostObjection, Reserve, TeamProposal},
    repo,
};
use crate::graphql::{
    context::ContextExt,
    errors::Result,
    page::{List, PageArgs},
};

/// Places on a challenge's team that the viewer may see, newest first; only held ones when `live`.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn assignments(ctx: &Context<'_>, challenge: Uuid, live: bool, args: PageArgs) -> Result<List<Assignment>> {
    let mut children = repo::assignments_of_challenge(ctx.viewer()?);
    if live {
        let held = assignment::Column::Status.is_in(AssignmentStatus::LIVE);
        children = children.narrowed("live", Condition::all().add(held));
    }
    let page = children.page(challenge, &args, ctx.loader()).await?;
    Ok(page.into_list(Assignment))
}

/// Places that a peer holds or held, as far as the viewer may see them, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn assignments_of_peer(ctx: &Context<'_>, peer: Uuid, args: PageArgs) -> Result<List<Assignment>> {
    let page = repo::assignments_of_peer(ctx.viewer()?)
        .page(peer, &args, ctx.loader())
        .await?;
    Ok(page.into_list(Assignment))
}

/// Waivers for a challenge that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn waivers(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<ConflictWaiver>> {
    let page = repo::waivers_of(ctx.viewer()?)
        .page(challenge, &args, ctx.loader())
        .await?;
    Ok(page.into_list(ConflictWaiver))
}

/// Objections to a challenge's team that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn objections(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<HostObjection>> {
    let page = repo::objections_of(ctx.viewer()?)
        .page(challenge, &args, ctx.loader())
        .await?;
    Ok(page.into_list(HostObjection))
}

/// Decisions about late conflicts on a challenge that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn decisions(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<ConflictDecision>> {
    let page = repo::decisions_of(ctx.viewer()?)
        .page(challenge, &args, ctx.loader())
        .await?;
    Ok(page.into_list(ConflictDecision))
}

/// Proposed teams of a challenge that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's; internal when one cannot be read.
pub async fn proposals(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<TeamProposal>> {
    let page = repo::proposals_of(ctx.viewer()?)
        .page(challenge, &args, ctx.loader())
        .await?;
    page.try_into_list(TeamProposal::read)
}

/// Who holds a slot, if the viewer may see it.
///
/// # Errors
/// The database's.
pub async fn holder(ctx: &Context<'_>, slot: Uuid) -> Result<Option<Assignment>> {
    Ok(ctx.loader().load_one(HolderOf(slot)).await?.map(Assignment))
}

/// Reserves of a slot, in order, for the national programme; empty for everybody else. At most 10.
///
/// # Errors
/// The database's.
pub async fn reserves(ctx: &Context<'_>, slot: Uuid) -> Result<Vec<Reserve>> {
    let rows = ctx.loader().load_one(ReservesOf(slot)).await?;
    Ok(rows.unwrap_or_default().into_iter().map(Reserve).collect())
}
