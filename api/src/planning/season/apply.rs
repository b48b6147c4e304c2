//! Putting a plan into effect: everybody whom it newly puts on a team is nominated, in one transaction.
//!
//! Nothing is believed that the plan was made from: places and windows that it takes for settled must still be so
//! (`unchanged`), challenges, slots and windows are read again and every rule is asked about everybody, in the teams and the
//! season as they would stand afterwards. Whatever differs is told, and then nothing is written. A plan that has been
//! applied stays so: applying it again changes nothing.

use std::collections::{HashMap, HashSet};

use entity::{
    challenge,
    enums::{AssignmentStatus, DecisionCause, PlanKind, Stage},
    season_plan,
};
use matching::{Challenge, Engagement, EngagementState, Member, WindowIx, World, eligibility::Case};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, sea_query::LockType,
};
use uuid::Uuid;

use super::{
    body::{Body, Decided},
    facts::PLANNABLE,
    repo,
    service::{self, programme_only},
    unchanged,
};
use crate::{
    audit::{self, Event},
    challenge::service::scope::start_team_building,
    db::{Queue, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    jobs::enqueue,
    team::{
        late::{self, Fact, Touched},
        reserves,
        service::{choose, nominate, verdict_error},
        world::{self, Facts, Whom},
    },
};

/// Most differences that are told at once.
const MOST_TOLD: usize = 50;

/// What a plan newly decides about a challenge, on the facts of this moment.
pub(super) struct Step {
    /// Position in the facts.
    at: usize,
    window: WindowIx,
    newcomers: Vec<Member>,
}

/// Puts a plan into effect.
///
/// # Errors
/// Refused for anybody but the programme, for a plan without a result or one that only supposes, when it changed since it was
/// read, and with every difference between the facts of the plan and those of this moment.
pub async fn apply(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<season_plan::Model> {
    tx.enter(Queue::Teams).await?;
    let row = repo::for_update(tx, &act.viewer, id).await?;
    let row = row.ok_or_else(|| UserError::not_found("planId", "plan"))?;
    programme_only(act)?;
    if row.applied_at.is_some() {
        return Ok(row);
    }
    UserError::unless_fresh("The plan", version, row.version)?;
    if row.kind == PlanKind::WhatIf {
        let message = "This plan supposes what is not so: it cannot be put into effect.";
        return Err(UserError::at(UserErrorCode::Invalid, "planId", message).into());
    }
    service::ended(&row)?;
    let body = service::result(&row)?;
    let decided: Vec<&Decided> = body
        .challenges
        .iter()
        .filter(|one| one.places.iter().any(|place| !place.settled))
        .collect();
    let rows = locked(tx, &body).await?;
    let differences = unchanged::differences(&body, &rows, tx).await?;
    let rows = ready(tx, act, &row, (&decided, rows), differences).await?;
    let facts = world::load_all(rows, row.programme_id, Whom::Everybody, act.today, None, tx).await?;
    let steps = steps(&facts, &decided)?;
    agreed(&facts, &steps)?;

    let nominated = nominate_all(tx, act, &facts, &steps).await?;
    let newcomers = steps.iter().flat_map(|step| {
        let facts = &facts[step.at];
        step.newcomers.iter().map(|member| facts.peer_id(member.peer))
    });
    let touched = Touched::people(newcomers, Fact::new(DecisionCause::Assignment, None));
    late::recheck_touched(tx, act, &touched).await?;
    let filled = steps.iter().map(|step| facts[step.at].row.id);
    enqueue(tx, act, reserves::rank(filled)?).await?;
    let applied = season_plan::ActiveModel {
        id: Set(row.id),
        applied_at: Set(Some(act.at)),
        applied_by: Set(Some(act.viewer.subject.clone())),
        version: Set(row.version + 1),
        updated_at: Set(act.at),
        ..Default::default()
    }
    .update(tx)
    .await?;
    let event = Event::new("SEASON_PLAN_APPLIED", Kind::SeasonPlan, row.id).with(serde_json::json!({
        "challenges": steps.len(), "nominated": nominated,
    }));
    audit::record(tx, act, event).await?;
    Ok(applied)
}

/// Nominates everybody and chooses the windows; gives how many were nominated.
pub(super) async fn nominate_all(tx: &Tx, act: &Act, facts: &[Facts], steps: &[Step]) -> Outcome<usize> {
    let mut nominated = 0;
    for step in steps {
        let facts = &facts[step.at];
        choose(tx, act, facts, step.window).await?;
        for member in &step.newcomers {
            let place = nominate::Place {
                slot: member.slot,
                peer: member.peer,
                window: step.window,
            };
            nominate::insert(tx, act, facts, place, AssignmentStatus::Nominated).await?;
            nominated += 1;
        }
    }
    Ok(nominated)
}

/// All challenges of a plan, locked.
async fn locked(tx: &Tx, body: &Body) -> Result<Vec<challenge::Model>> {
    let ids = body.challenges.iter().map(|one| one.challenge);
    Ok(challenge::Entity::find()
        .filter(challenge::Column::Id.is_in(ids))
        .order_by_asc(challenge::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(tx)
        .await?)
}

/// Those of which a plan decides something, all of them in team building and on the plan's policy; `differences` are what
/// was found beside that.
async fn ready(
    tx: &Tx,
    act: &Act,
    plan: &season_plan::Model,
    (decided, mut rows): (&[&Decided], Vec<challenge::Model>),
    differences: Vec<String>,
) -> Outcome<Vec<challenge::Model>> {
    let decided: HashSet<Uuid> = decided.iter().map(|one| one.challenge).collect();
    rows.retain(|row| decided.contains(&row.id));
    let mut errors: Vec<UserError> = differences.into_iter().map(differs).collect();
    for row in &rows {
        if !PLANNABLE.contains(&row.stage) {
            errors.push(differs(format!("{} is in {} now.", row.reference, row.stage)));
        } else if row.policy_id != plan.policy_id {
            errors.push(differs(format!(
                "{} rests on another policy version now.",
                row.reference
            )));
        }
    }
    told(errors)?;
    let mut ready = Vec::with_capacity(rows.len());
    let mut errors = Vec::new();
    for row in rows {
        if row.stage == Stage::TeamBuilding {
            ready.push(row);
            continue;
        }
        let reference = row.reference.clone();
        match start_team_building(tx, act, row.id, row.version).await {
            Ok(row) => ready.push(row),
            Err(ServiceError::Refused(refused)) => {
                errors.extend(
                    refused
                        .into_iter()
                        .map(|error| differs(format!("{reference}: {}", error.message))),
                );
            }
            Err(error) => return Err(error),
        }
    }
    told(errors)?;
    Ok(ready)
}

fn differs(message: impl Into<String>) -> UserError {
    UserError::at(UserErrorCode::Conflict, "planId", message)
}

/// Refuses with the first of many differences.
fn told(mut errors: Vec<UserError>) -> Outcome<()> {
    let more = errors.len().saturating_sub(MOST_TOLD);
    errors.truncate(MOST_TOLD);
    if more > 0 {
        errors.push(differs(format!("There are {more} more differences.")));
    }
    refuse_if_any(errors)
}

/// What the plan newly decides, found again in the facts of this moment.
pub(super) fn steps(facts: &[Facts], decided: &[&Decided]) -> Outcome<Vec<Step>> {
    let mut errors = Vec::new();
    let mut steps = Vec::with_capacity(decided.len());
    let positions: HashMap<Uuid, usize> = facts.iter().enumerate().map(|(at, one)| (one.row.id, at)).collect();
    for one in decided {
        let Some(&at) = positions.get(&one.challenge) else {
            continue;
        };
        let facts = &facts[at];
        let reference = &facts.row.reference;
        let window = one.window.and_then(|window| facts.window(window));
        let Some(window) = window.filter(|_| facts.row.window_id.is_none_or(|chosen| Some(chosen) == one.window))
        else {
            errors.push(differs(format!(
                "{reference} has another window now, or no longer the plan's."
            )));
            continue;
        };
        let mut newcomers = Vec::new();
        for place in one.places.iter().filter(|place| !place.settled) {
            match (facts.slot(place.slot), facts.peer(place.peer)) {
                (Some(slot), Some(peer)) => match facts.challenge.holder(slot) {
                    None => newcomers.push(Member { slot, peer }),
                    Some(holder) if holder == peer => {}
                    Some(holder) => errors.push(differs(format!(
                        "{reference}: {} holds a slot that the plan gives to {}.",
                        facts.peer_name(holder),
                        facts.peer_name(peer)
                    ))),
                },
                (None, _) => errors.push(differs(format!("{reference}: a slot of the plan is gone."))),
                (_, None) => errors.push(differs(format!("{reference}: somebody of the plan is gone."))),
            }
        }
        steps.push(Step { at, window, newcomers });
    }
    told(errors)?;
    Ok(steps)
}

/// Asks every rule about everybody whom the plan newly brings, in the teams and the season as they would stand.
pub(super) fn agreed(facts: &[Facts], steps: &[Step]) -> Outcome<()> {
    let Some(first) = facts.first() else { return Ok(()) };
    let world = after(&first.world, facts, steps)?;
    let mut errors = Vec::new();
    for step in steps {
        let facts = &facts[step.at];
        let team = Challenge {
            members: facts.challenge.members.iter().chain(&step.newcomers).copied().collect(),
            ..facts.challenge.clone()
        };
        let case = Case::at_window(&world, &facts.policy, &team, step.window).map_err(ApiError::from)?;
        for &Member { slot, peer } in &step.newcomers {
            let verdict = case.assess(Some(slot), peer).map_err(ApiError::from)?;
            if let Some(error) = verdict_error(facts, &verdict, "planId") {
                errors.push(UserError {
                    message: format!("{}: {}", facts.row.reference, error.message),
                    ..error
                });
            }
        }
    }
    told(errors)
}

/// The world with the plan's places as planned engagements.
fn after(world: &World, facts: &[Facts], steps: &[Step]) -> Outcome<World> {
    let mut engagements = world.engagements().to_vec();
    for step in steps {
        let facts = &facts[step.at];
        let span = facts.span(step.window);
        for &Member { slot, peer } in &step.newcomers {
            // Whoever has no home cannot be nominated; that is told when they are.
            let Some(home) = world.homes(peer, span).primary else {
                continue;
            };
            engagements.push(Engagement {
                id: facts.slot_id(slot),
                peer,
                challenge: Some(facts.row.id),
                home,
                host: facts.challenge.host,
                season: Some(facts.challenge.season),
                span,
                state: EngagementState::Planned,
            });
        }
    }
    Ok(world.with_engagements(engagements).map_err(ApiError::internal)?)
}
