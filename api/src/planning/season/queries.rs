//! Queries on season plans.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_graphql::{Context, ID, Object};
use entity::{assignment, challenge, enums::AssignmentStatus, season_plan};
use matching::season::{Assignment, Seat, review, worth};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    compare::{Side, compare},
    compare_objects::SeasonPlanComparison,
    edit::{Opened, open},
    frame::Names,
    objects::SeasonPlan,
    repair::work_out,
    repair_objects::TeamRepair,
    repo, service,
};
use crate::{
    challenge::repo::find_visible,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result, ServiceError},
        ids::Kind,
        page::{List, PageArgs, argument_id},
    },
};

/// Queries on season plans.
#[derive(Default)]
pub struct SeasonPlanQuery;

#[Object]
impl SeasonPlanQuery {
    /// Season plans and runs that make one, newest first. Empty for everybody but the national programme.
    #[allow(clippy::too_many_arguments, reason = "arguments of the field")]
    async fn season_plans(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this programme.")] programme_id: Option<ID>,
        #[graphql(desc = "Only of this season.")] season_id: Option<ID>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<SeasonPlan>> {
        let mut select = season_plan::Entity::find().filter(repo::visible_plans(ctx.viewer()?));
        if let Some(id) = &programme_id {
            let key = argument_id(Kind::Programme, id, "programmeId")?;
            select = select.filter(season_plan::Column::ProgrammeId.eq(key));
        }
        if let Some(id) = &season_id {
            let key = argument_id(Kind::Season, id, "seasonId")?;
            select = select.filter(season_plan::Column::SeasonId.eq(key));
        }
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = repo::newest_first()
            .load(select, &args, ctx.database().reader())
            .await?;
        Ok(page.try_into_list(SeasonPlan::read)?)
    }

    /// What changes from one plan to another, or from the teams of today to a plan: who comes and goes, and what is gained and
    /// lost by criterion and by host. Null when there is no such plan, or none that the viewer may see.
    async fn compare_season_plans(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan after.")] plan_id: ID,
        #[graphql(desc = "The plan before; the teams of today unless given.")] with_plan_id: Option<ID>,
    ) -> async_graphql::Result<Option<SeasonPlanComparison>> {
        let plan_id = argument_id(Kind::SeasonPlan, &plan_id, "planId")?;
        let Some(after) = found(ctx, plan_id).await? else {
            return Ok(None);
        };
        let (before, after) = if let Some(id) = &with_plan_id {
            let Some(before) = found(ctx, argument_id(Kind::SeasonPlan, id, "withPlanId")?).await? else {
                return Ok(None);
            };
            (side(&before)?, side(&after)?)
        } else {
            let after = opened(ctx, &after).await?;
            (today(ctx, &after).await?, Side::of(&after.body))
        };
        Ok(Some(SeasonPlanComparison(compare(&before, &after))))
    }

    /// How the vacant slots of a challenge in team building can be filled with the least disturbance: with nobody else moved if
    /// that is possible at all, else with as few other nominations moved as possible, up to two. Nothing changes; `repairTeam`
    /// puts it into effect. Null for everybody but the national programme, and when there is no such challenge.
    async fn team_repair(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] challenge_id: ID,
    ) -> async_graphql::Result<Option<TeamRepair>> {
        let viewer = ctx.viewer()?;
        let key = argument_id(Kind::PeerChallenge, &challenge_id, "challengeId")?;
        if !viewer.is_programme() {
            return Ok(None);
        }
        let reader = ctx.database().reader();
        let row = find_visible(reader, viewer, key).await.map_err(ApiError::from)?;
        let Some(row) = row else { return Ok(None) };
        let receipt = work_out(&row, ctx.today(), reader).await.map_err(refused)?;
        Ok(Some(TeamRepair::of(receipt)?))
    }
}

async fn found(ctx: &Context<'_>, id: Uuid) -> Result<Option<season_plan::Model>> {
    repo::find(ctx.database().reader(), ctx.viewer()?, id).await
}

fn side(row: &season_plan::Model) -> Result<Side> {
    Ok(Side::of(&service::result(row).map_err(refused)?))
}

async fn opened(ctx: &Context<'_>, row: &season_plan::Model) -> Result<Opened> {
    open(ctx.database().reader(), row).await.map_err(refused)
}

/// What a service refuses, as the error of a query.
fn refused(error: ServiceError) -> ApiError {
    match error {
        ServiceError::Failed(error) => error,
        ServiceError::Refused(refused) => {
            ApiError::BadInput(refused.into_iter().map(|one| one.message).collect::<Vec<_>>().join(" "))
        }
    }
}

/// The teams of this moment on the challenges of a plan, with their points as the plan's input counts them. Whoever was not in
/// the pool then brings none.
async fn today(ctx: &Context<'_>, plan: &Opened) -> Result<Side> {
    let reader = ctx.database().reader();
    let ids: Vec<Uuid> = plan.body.frames.iter().map(|frame| frame.challenge).collect();
    let chosen = challenge::Entity::find()
        .filter(challenge::Column::Id.is_in(ids.iter().copied()))
        .all(reader)
        .await?;
    let chosen: HashMap<Uuid, Option<Uuid>> = chosen.into_iter().map(|row| (row.id, row.window_id)).collect();
    let live = assignment::Entity::find()
        .filter(assignment::Column::ChallengeId.is_in(ids))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .all(reader)
        .await?;
    let mut people: BTreeMap<Uuid, Vec<(Uuid, Uuid)>> = BTreeMap::new();
    for row in live {
        people
            .entry(row.challenge_id)
            .or_default()
            .push((row.slot_id, row.peer_id));
    }
    let names = Names::of(&plan.season)?;
    let positions: HashMap<Uuid, usize> = names.peers.iter().enumerate().map(|(at, peer)| (*peer, at)).collect();
    let mut assignments = Vec::new();
    let mut side = Side::default();
    for (at, frame) in plan.body.frames.iter().enumerate() {
        let window = chosen.get(&frame.challenge).copied().flatten();
        let team = people.remove(&frame.challenge).unwrap_or_default();
        let seats = team.iter().filter_map(|(slot, peer)| {
            let slot = frame.slots.iter().find(|one| one.id == *slot)?;
            Some(Seat {
                role: slot.role.clone(),
                peer: *positions.get(peer)?,
            })
        });
        let mut seats: Vec<Seat> = seats.collect();
        seats.sort();
        assignments.push(Assignment {
            challenge: at,
            window: frame.windows.iter().position(|one| Some(one.id) == window),
            team: seats,
        });
        let team = super::compare::Team {
            host: frame.host,
            window,
            people: team.into_iter().map(|(_, peer)| peer).collect::<BTreeSet<Uuid>>(),
            ..super::compare::Team::default()
        };
        side.teams.insert(frame.challenge, team);
    }
    for reviewed in review(&plan.season, &assignments) {
        let frame = plan.body.frames.get(reviewed.challenge);
        if let Some(team) = frame.and_then(|frame| side.teams.get_mut(&frame.challenge)) {
            team.contributions = reviewed.points;
            team.waivers = reviewed.waivers;
        }
    }
    // Rules may have been waived since: what the season is worth is counted without them.
    let placed: Vec<Assignment> = assignments.into_iter().filter(|one| one.window.is_some()).collect();
    let mut settled = plan.season.clone();
    for one in &placed {
        settled.challenges[one.challenge].pinned = one.window.map(|window| matching::season::format::Pinned {
            window,
            team: one.team.clone(),
        });
    }
    for challenge in &mut settled.challenges {
        if placed.iter().all(|one| one.challenge != challenge.id) {
            challenge.pinned = None;
        }
    }
    let worth = worth(&settled, &placed).map_err(ApiError::internal)?;
    side.contributions = super::body::by_criterion(&worth);
    Ok(side)
}
