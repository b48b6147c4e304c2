//! Fields of challenges, slots and peers that belong to teams; their own objects call these.

use async_graphql::Context;
use entity::{assignment, conflict_decision, conflict_waiver, enums::AssignmentStatus, host_objection};
use sea_orm::{ColumnTrait, QueryFilter};
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
    let (mut select, mut keyset) = repo::assignments_of_challenge(challenge, ctx.viewer()?);
    if live {
        select = select.filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE));
        keyset.name.push_str(" live");
    }
    Ok(keyset
        .load(select, &args, ctx.database().reader())
        .await?
        .into_list(Assignment))
}

/// Places that a peer holds or held, as far as the viewer may see them, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn assignments_of_peer(ctx: &Context<'_>, peer: Uuid, args: PageArgs) -> Result<List<Assignment>> {
    let (select, keyset) = repo::assignments_of_peer(peer, ctx.viewer()?);
    Ok(keyset
        .load(select, &args, ctx.database().reader())
        .await?
        .into_list(Assignment))
}

/// Waivers for a challenge that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn waivers(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<ConflictWaiver>> {
    let (select, keyset) = repo::waivers_of(challenge, ctx.viewer()?);
    let page: crate::graphql::page::Page<conflict_waiver::Model> =
        keyset.load(select, &args, ctx.database().reader()).await?;
    Ok(page.into_list(ConflictWaiver))
}

/// Objections to a challenge's team that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn objections(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<HostObjection>> {
    let (select, keyset) = repo::objections_of(challenge, ctx.viewer()?);
    let page: crate::graphql::page::Page<host_objection::Model> =
        keyset.load(select, &args, ctx.database().reader()).await?;
    Ok(page.into_list(HostObjection))
}

/// Decisions about late conflicts on a challenge that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's.
pub async fn decisions(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<ConflictDecision>> {
    let (select, keyset) = repo::decisions_of(challenge, ctx.viewer()?);
    let page: crate::graphql::page::Page<conflict_decision::Model> =
        keyset.load(select, &args, ctx.database().reader()).await?;
    Ok(page.into_list(ConflictDecision))
}

/// Proposed teams of a challenge that the viewer may see, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` for a page that cannot be, or the database's; internal when one cannot be read.
pub async fn proposals(ctx: &Context<'_>, challenge: Uuid, args: PageArgs) -> Result<List<TeamProposal>> {
    let (select, keyset) = repo::proposals_of(challenge, ctx.viewer()?);
    keyset
        .load(select, &args, ctx.database().reader())
        .await?
        .try_into_list(TeamProposal::read)
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
