//! Asking for season plans and ending their runs.

use std::collections::{HashMap, HashSet};

use entity::{
    assignment,
    constraint::PLAN_RUNNING,
    enums::{AssignmentStatus, PlanKind, PlanState},
    programme, programme_policy, season, season_plan, team_slot,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{
    body::Body,
    facts, repo,
    settings::{Forbidden, Settings},
};
use crate::{
    audit::{self, Event},
    db::{Tx, violated},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    jobs::{NewJob, enqueue},
};

/// The kind of the job that runs the planner.
pub const JOB: &str = "season.plan";

/// A run that is begun so often has failed; each time it starts from its facts anew.
const ATTEMPTS: u16 = 3;

/// What may be asked at most.
pub struct Bounds;

impl Bounds {
    /// Seconds of a run.
    pub const TIME: std::ops::RangeInclusive<u32> = 1..=900;
    /// Rounds of improvement.
    pub const ROUNDS: std::ops::RangeInclusive<u32> = 0..=1_000_000;
    /// Pins, forbidden places, and entries of each list that is supposed.
    pub const ENTRIES: usize = 1_000;
    /// Points lost by a waiver.
    pub const WAIVER_POINTS: std::ops::RangeInclusive<u32> = 0..=1_000_000;
}

/// Refuses everybody but the national programme.
pub(super) fn programme_only(act: &Act) -> Outcome<()> {
    if act.viewer.is_programme() {
        Ok(())
    } else {
        Err(UserError::new(UserErrorCode::Forbidden, "Only the national programme plans seasons.").into())
    }
}

/// Refuses to work with a plan whose run goes on: what it has so far is for looking at.
pub(super) fn ended(row: &season_plan::Model) -> Outcome<()> {
    if row.state.is_open() {
        let message = "The run of this plan goes on: end it first, or wait for it.";
        return Err(UserError::at(UserErrorCode::Conflict, "planId", message).into());
    }
    Ok(())
}

/// What came out of a plan; refused when nothing did.
pub(super) fn result(row: &season_plan::Model) -> Outcome<Body> {
    let nothing = || UserError::at(UserErrorCode::Invalid, "planId", "This plan has no result.");
    Ok(Body::read(row.result.as_ref().ok_or_else(nothing)?)?)
}

/// Asks for a plan: writes it down and enqueues its run.
///
/// # Errors
/// Refused for anybody but the programme, for an unknown programme or season, while another run of this season is on its way,
/// when there is nothing to plan, and for settings out of bounds.
pub async fn ask(
    tx: &Tx,
    act: &Act,
    (programme, season): (Uuid, Uuid),
    settings: Settings,
) -> Outcome<season_plan::Model> {
    programme_only(act)?;
    refuse_if_any(faults(&settings))?;
    let mut errors = contradictions(tx, &settings).await?;
    if programme::Entity::find_by_id(programme).one(tx).await?.is_none() {
        errors.push(UserError::not_found("programmeId", "programme"));
    }
    if season::Entity::find_by_id(season).one(tx).await?.is_none() {
        errors.push(UserError::not_found("seasonId", "season"));
    }
    refuse_if_any(errors)?;
    let rows = facts::challenges([programme, season], facts::plannable(), tx).await?;
    if rows.is_empty() {
        let message = "No challenge of this programme and season is SCOPED or in TEAM_BUILDING.";
        return Err(UserError::at(UserErrorCode::Invalid, "seasonId", message).into());
    }
    let supposed = settings.what_if.as_ref().and_then(|what_if| what_if.policy);
    let policy = match supposed {
        Some(id) => of_programme(tx, programme, id).await?,
        None => one_policy(tx, &rows).await?,
    };
    if let Some(other) = repo::on_its_way(tx, programme, season).await? {
        return Err(running(&other).into());
    }
    let kind = if settings.what_if.is_some() {
        PlanKind::WhatIf
    } else {
        PlanKind::Planned
    };
    let row = season_plan::ActiveModel {
        programme_id: Set(programme),
        season_id: Set(season),
        policy_id: Set(policy),
        ..blank(act, kind, &settings)?
    };
    let row = row
        .insert(tx)
        .await
        .map_err(|error| match violated(&error).as_deref() {
            Some(PLAN_RUNNING) => {
                let message = "Another run of this season was asked for at this moment.";
                ServiceError::from(UserError::new(UserErrorCode::Conflict, message))
            }
            _ => error.into(),
        })?;
    let job = NewJob::new(JOB)
        .with(serde_json::json!({ "plan": row.id }))
        .once(format!("{JOB}:{}", row.id))
        .attempts(ATTEMPTS);
    enqueue(tx, act, job).await?;
    let event = Event::new("SEASON_PLAN_REQUESTED", Kind::SeasonPlan, row.id).with(serde_json::json!({
        "kind": row.kind, "seed": settings.seed, "timeLimitSeconds": settings.time_limit_seconds,
        "challenges": rows.len(), "pins": settings.pins.len(), "forbidden": settings.forbidden.len(),
    }));
    audit::record(tx, act, event).await?;
    Ok(row)
}

/// A plan of which nothing but its settings is known; programme, season and policy are to be set.
pub(super) fn blank(act: &Act, kind: PlanKind, settings: &Settings) -> Result<season_plan::ActiveModel, ApiError> {
    Ok(season_plan::ActiveModel {
        id: Set(act.id()),
        parent_id: Set(None),
        kind: Set(kind),
        state: Set(PlanState::Queued),
        settings: Set(serde_json::to_value(settings).map_err(ApiError::internal)?),
        cancel_requested: Set(false),
        phase: Set(None),
        value: Set(None),
        bound: Set(None),
        filled: Set(None),
        slots: Set(None),
        rounds: Set(0),
        elapsed_ms: Set(0),
        input_hash: Set(None),
        result: Set(None),
        certificate: Set(None),
        error: Set(None),
        version: Set(1),
        created_by: Set(act.viewer.subject.clone()),
        created_at: Set(act.at),
        updated_at: Set(act.at),
        finished_at: Set(None),
        applied_at: Set(None),
        applied_by: Set(None),
        ..Default::default()
    })
}

fn running(other: &season_plan::Model) -> UserError {
    let since = other.created_at.format("%H:%M:%S");
    let message = format!("A run of this season is on its way since {since} UTC; wait for it or cancel it.");
    UserError::new(UserErrorCode::Conflict, message)
}

/// A version of the programme's policy, for a plan that supposes it.
async fn of_programme(tx: &Tx, programme: Uuid, id: Uuid) -> Outcome<Uuid> {
    let found = programme_policy::Entity::find_by_id(id)
        .filter(programme_policy::Column::ProgrammeId.eq(programme))
        .one(tx)
        .await?;
    let message = "There is no such policy version of this programme.";
    found
        .map(|row| row.id)
        .ok_or_else(|| UserError::at(UserErrorCode::NotFound, "whatIf.policyId", message).into())
}

/// The version that all challenges rest on.
async fn one_policy(tx: &Tx, rows: &[entity::challenge::Model]) -> Outcome<Uuid> {
    let mut versions: Vec<Uuid> = rows.iter().map(|row| row.policy_id).collect();
    versions.sort_unstable();
    versions.dedup();
    if let [only] = versions.as_slice() {
        return Ok(*only);
    }
    let versions = programme_policy::Entity::find()
        .filter(programme_policy::Column::Id.is_in(versions))
        .order_by_desc(programme_policy::Column::Number)
        .all(tx)
        .await?;
    let newest = versions.first().map_or(0, |row| row.number);
    let old: Vec<&str> = rows
        .iter()
        .filter(|row| versions.first().is_some_and(|newest| newest.id != row.policy_id))
        .map(|row| row.reference.as_str())
        .take(10)
        .collect();
    let message = format!(
        "The challenges rest on several versions of the policy. Bring these to version {newest} first: {}.",
        old.join(", ")
    );
    Err(UserError::at(UserErrorCode::Invalid, "seasonId", message).into())
}

/// Wishes that cannot all come true: somebody pinned to a challenge and kept from it, somebody kept from a challenge of which they
/// hold a place that no plan takes from them.
async fn contradictions(tx: &Tx, settings: &Settings) -> Result<Vec<UserError>> {
    if settings.forbidden.is_empty() {
        return Ok(Vec::new());
    }
    let slots: Vec<(Uuid, Uuid)> = team_slot::Entity::find()
        .select_only()
        .columns([team_slot::Column::Id, team_slot::Column::ChallengeId])
        .filter(team_slot::Column::Id.is_in(settings.pins.iter().map(|pin| pin.slot)))
        .into_tuple()
        .all(tx)
        .await?;
    let slots: HashMap<Uuid, Uuid> = slots.into_iter().collect();
    let pinned: HashSet<(Uuid, Uuid)> = settings
        .pins
        .iter()
        .filter_map(|pin| Some((*slots.get(&pin.slot)?, pin.peer)))
        .collect();
    let held: Vec<(Uuid, Uuid)> = assignment::Entity::find()
        .select_only()
        .columns([assignment::Column::ChallengeId, assignment::Column::PeerId])
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .filter(assignment::Column::ChallengeId.is_in(settings.forbidden.iter().map(|one| one.challenge)))
        .filter(assignment::Column::PeerId.is_in(settings.forbidden.iter().map(|one| one.peer)))
        .into_tuple()
        .all(tx)
        .await?;
    let held: HashSet<(Uuid, Uuid)> = held.into_iter().collect();
    let wrong = |(at, one): (usize, &Forbidden)| {
        let (what, path) = ((one.challenge, one.peer), format!("forbidden.{at}.peerId"));
        let message = if pinned.contains(&what) {
            "They are pinned to a place of this challenge."
        } else if settings.what_if.is_none() && held.contains(&what) {
            "They hold a place of this challenge, and a plan takes nobody's: end that first, or suppose it with `whatIf`."
        } else {
            return None;
        };
        Some(UserError::at(UserErrorCode::Conflict, &path, message))
    };
    Ok(settings.forbidden.iter().enumerate().filter_map(wrong).collect())
}

fn faults(settings: &Settings) -> Vec<UserError> {
    let mut errors = Vec::new();
    let mut within = |path: &str, number: u32, range: &std::ops::RangeInclusive<u32>| {
        if !range.contains(&number) {
            let message = format!("{number} is not between {} and {}.", range.start(), range.end());
            errors.push(UserError::at(UserErrorCode::Invalid, path, message));
        }
    };
    within("timeLimitSeconds", settings.time_limit_seconds, &Bounds::TIME);
    within("rounds", settings.rounds, &Bounds::ROUNDS);
    within(
        "waiverPoints",
        settings.waiver_points.unwrap_or(0),
        &Bounds::WAIVER_POINTS,
    );
    let what_if = settings.what_if.clone().unwrap_or_default();
    for (path, entries) in [
        ("pins", settings.pins.len()),
        ("forbidden", settings.forbidden.len()),
        ("whatIf.withoutPeerIds", what_if.without.len()),
        ("whatIf.windows", what_if.windows.len()),
    ] {
        if entries > Bounds::ENTRIES {
            let message = format!("{entries} entries; at most {} are taken.", Bounds::ENTRIES);
            errors.push(UserError::at(UserErrorCode::TooMany, path, message));
        }
    }
    for (i, pin) in settings.pins.iter().enumerate() {
        if what_if.without.contains(&pin.peer) {
            let message = "They are supposed not to be there.";
            errors.push(UserError::at(
                UserErrorCode::Conflict,
                &format!("pins.{i}.peerId"),
                message,
            ));
        }
    }
    for (i, window) in what_if.windows.iter().enumerate() {
        if window.ends_on < window.starts_on {
            let message = format!("{} lies before {}.", window.ends_on, window.starts_on);
            errors.push(UserError::at(
                UserErrorCode::DatesReversed,
                &format!("whatIf.windows.{i}.endsOn"),
                message,
            ));
        }
        if window.preference > 100 {
            let message = format!("{} is not between 0 and 100.", window.preference);
            errors.push(UserError::at(
                UserErrorCode::Invalid,
                &format!("whatIf.windows.{i}.preference"),
                message,
            ));
        }
    }
    errors
}

/// Ends a run: one that waits at once, one that goes on as soon as its worker hears of it.
///
/// # Errors
/// Refused for anybody but the programme, when the plan changed since it was read, and when its run has ended.
pub async fn cancel(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<season_plan::Model> {
    let row = repo::for_update(tx, &act.viewer, id).await?;
    let row = row.ok_or_else(|| UserError::not_found("planId", "plan"))?;
    programme_only(act)?;
    UserError::unless_fresh("The plan", version, row.version)?;
    let over = match row.state {
        PlanState::Queued => true,
        PlanState::Running => false,
        PlanState::Done | PlanState::Cancelled | PlanState::Failed => {
            let message = format!("The run has ended already ({}).", row.state);
            return Err(UserError::at(UserErrorCode::Invalid, "planId", message).into());
        }
    };
    let row = season_plan::ActiveModel {
        id: Set(row.id),
        cancel_requested: Set(true),
        state: Set(if over { PlanState::Cancelled } else { row.state }),
        finished_at: Set(over.then_some(act.at)),
        version: Set(row.version + 1),
        updated_at: Set(act.at),
        ..Default::default()
    }
    .update(tx)
    .await?;
    audit::record(tx, act, Event::new("SEASON_PLAN_CANCELLED", Kind::SeasonPlan, row.id)).await?;
    Ok(row)
}
