//! The run of a season plan, as a durable job.
//!
//! A run reads the facts, composes the season, plans it on threads of its own and keeps the result with its input and proof. It
//! writes down how far it is twice a second and looks whether somebody wants it to end, and its best plan every few seconds
//! (`interim`). When its worker goes away, the planner hears of it within a tenth of a second; whoever takes the job over begins
//! anew, and the same facts give the same plan. When nobody can take it over, the run ends as failed with the plan kept last.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use entity::{
    enums::{PlanKind, PlanPhase, PlanState},
    season, season_plan,
};
use flate2::{Compression, write::GzEncoder};
use matching::season::{
    Certificate, ComposeError, Control, Options, Phase, PlanFile, Planned, Problem, Progress, plan, worth,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    body::{Body, before},
    facts::{Material, MaterialError, nothing_moves, set_aside},
    frame::{Names, Seating, frames},
    interim::{self, Interim, Keeping, Tray},
    repo::{self, Reached},
    settings::Settings,
};
use crate::{
    audit::{self, Event},
    graphql::{errors::ApiError, ids::Kind},
    jobs::{Handler, JobError, Work},
    planning::watch::Watch,
    team::record::{self, Packed},
};

/// How often a run writes down how far it is.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Runs the planner.
#[derive(Clone, Copy, Debug)]
pub struct PlanSeason {
    /// The best plan is kept when it has become better and so much time has passed.
    pub keep_every: Duration,
}

impl Default for PlanSeason {
    fn default() -> Self {
        Self {
            keep_every: Duration::from_secs(10),
        }
    }
}

#[derive(Deserialize)]
struct Payload {
    plan: Uuid,
}

#[async_trait::async_trait]
impl Handler for PlanSeason {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let Payload { plan } = work.payload()?;
        let reader = work.database.reader();
        let Some(row) = season_plan::Entity::find_by_id(plan).one(reader).await? else {
            return Ok(());
        };
        if !row.state.is_open() {
            return Ok(());
        }
        if row.cancel_requested {
            return end(work, &row, PlanState::Cancelled, None).await;
        }
        begin(work, &row).await?;
        match work_out(work, &row, self.keep_every).await {
            Ok(Some((finished, state))) => keep(work, &row, finished, state).await,
            Ok(None) => end(work, &row, PlanState::Cancelled, None).await,
            Err(NoPlan::Job(error)) => Err(error),
            Err(NoPlan::Material(MaterialError::Failed(error))) => Err(error.into()),
            Err(NoPlan::Material(error)) => {
                tracing::warn!(plan = %row.id, cause = ?error, "a season plan could not be made");
                end(work, &row, PlanState::Failed, Some(error.code().to_owned())).await
            }
        }
    }
}

/// Why there is no plan.
enum NoPlan {
    /// It cannot be made of these facts.
    Material(MaterialError),
    /// This attempt of the job is over.
    Job(JobError),
}

impl<E: Into<MaterialError>> From<E> for NoPlan {
    fn from(error: E) -> Self {
        Self::Material(error.into())
    }
}

/// Everything that is kept of a run.
struct Finished {
    body: Body,
    certificate: Vec<u8>,
    input: Packed,
    rounds: u64,
    elapsed: Duration,
}

/// Tells the planner to stop when the handler is given up.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn begin(work: &Work, row: &season_plan::Model) -> Result<(), JobError> {
    let change = season_plan::ActiveModel {
        id: Set(row.id),
        state: Set(PlanState::Running),
        updated_at: Set(work.act.at),
        ..Default::default()
    };
    change.update(work.database.writer()).await?;
    Ok(())
}

/// Plans the season; `None` when somebody ended the run before there was anything to keep.
async fn work_out(
    work: &Work,
    row: &season_plan::Model,
    keep_every: Duration,
) -> Result<Option<(Finished, PlanState)>, NoPlan> {
    let reader = work.database.reader();
    let settings: Settings = serde_json::from_value(row.settings.clone()).map_err(ApiError::internal)?;
    let name = season::Entity::find_by_id(row.season_id)
        .one(reader)
        .await
        .map_err(ApiError::from)?
        .map_or_else(String::new, |season| season.name);
    let began = Instant::now();
    let limit = Duration::from_secs(settings.time_limit_seconds.into());
    let stop = StopOnDrop(Arc::new(AtomicBool::new(false)));
    let latest: Arc<Mutex<Option<Progress>>> = Arc::default();
    let material = Material::load([row.programme_id, row.season_id], &settings, work.act.today, reader).await?;
    let slots = material
        .facts
        .iter()
        .map(|facts| facts.challenge.slots.len())
        .sum::<usize>();
    let slots = u32::try_from(slots).unwrap_or(u32::MAX);
    let tray: Arc<Tray> = Arc::default();
    let (end, told, puts) = (Arc::clone(&stop.0), Arc::clone(&latest), Arc::clone(&tray));
    let mut planning = tokio::task::spawn_blocking(move || {
        let watch = Watch::new(began, Some(limit), &end, |progress, _| {
            if let Ok(mut latest) = told.lock() {
                *latest = Some(*progress);
            }
        });
        planned(material, &settings, &name, &watch, (keep_every, &puts))
    });
    let mut state = PlanState::Done;
    let joined = loop {
        if let Ok(joined) = tokio::time::timeout(TELL_EVERY, &mut planning).await {
            break joined.map_err(ApiError::internal)?;
        }
        let progress = latest.lock().ok().and_then(|latest| *latest);
        let reached = progress.map(|progress| reached(&progress, slots, began.elapsed()));
        if repo::progress(work.database.writer(), row.id, reached.as_ref(), work.act.at).await? {
            // The planner answers within a tenth of a second with the best that it has.
            stop.0.store(true, Ordering::Relaxed);
            state = PlanState::Cancelled;
        }
        if let Some(interim) = tray.take() {
            interim::keep(work, row, interim).await.map_err(NoPlan::Job)?;
        }
    };
    drop(stop);
    match joined {
        Err(MaterialError::Compose(ComposeError::Stopped)) if state == PlanState::Cancelled => Ok(None),
        joined => Ok(Some((joined?, state))),
    }
}

fn reached(progress: &Progress, slots: u32, elapsed: Duration) -> Reached {
    Reached {
        phase: match progress.phase {
            Phase::Building => PlanPhase::Building,
            Phase::Pricing => PlanPhase::Pricing,
            Phase::Diving => PlanPhase::Diving,
            Phase::Improving => PlanPhase::Improving,
            Phase::Proving => PlanPhase::Proving,
        },
        value: progress.value,
        bound: progress.bound,
        filled: progress.filled,
        slots,
        rounds: progress.rounds,
        elapsed_ms: i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX),
    }
}

/// Composes and plans, on threads of its own.
fn planned(
    mut material: Material,
    settings: &Settings,
    name: &str,
    watch: &Watch,
    (keep_every, tray): (Duration, &Tray),
) -> Result<Finished, MaterialError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let composed = material.compose(settings, (name, &nothing_moves), threads, watch)?;
    let problem =
        Problem::unless_stopped(&composed.season, settings.seed.into(), watch).ok_or(ComposeError::Stopped)?;
    let options = Options {
        seed: settings.seed.into(),
        threads,
        rounds: settings.rounds.into(),
        ..Options::default()
    };
    let frames = frames(&material.facts, &composed, &settings.pins);
    let settled = before(&composed.season, &frames, &Names::of(&composed.season)?);
    let known = (settled, set_aside(&composed));
    let told = |planned: &Planned| -> Result<Body, ApiError> {
        let file =
            PlanFile::of(&composed.season, &problem, planned, settings.seed.into()).map_err(ApiError::internal)?;
        let worth = worth(&composed.season, &file.assignments)
            .map_err(|broken| ApiError::internal(format_args!("a plan breaks rules: {broken}")))?;
        Body::of(&composed.season, frames.clone(), &file, &worth, known, &Seating::new())
    };
    let input = record::pack_value(&composed.season)?;
    let first = AtomicBool::new(true);
    let interim = |planned: &Planned| {
        let body = told(planned).ok()?;
        let input = first.swap(false, Ordering::Relaxed).then(|| input.clone());
        Some(Interim { body, input })
    };
    let result = plan(&problem, options, &Keeping::new(watch, keep_every, &interim, tray));
    if result.came_to_nothing() {
        return Err(ComposeError::Stopped.into());
    }
    Ok(Finished {
        body: told(&result)?,
        certificate: gzip(&Certificate::of(&problem, &result))?,
        input,
        rounds: result.rounds,
        elapsed: watch.elapsed(),
    })
}

fn gzip(certificate: &Certificate) -> Result<Vec<u8>, ApiError> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    serde_json::to_writer(&mut packed, certificate).map_err(ApiError::internal)?;
    packed.finish().map_err(ApiError::internal)
}

/// Keeps what came out, with its input, while the job is still ours.
async fn keep(work: &Work, row: &season_plan::Model, finished: Finished, state: PlanState) -> Result<(), JobError> {
    let tx = work.database.begin().await?;
    let body = &finished.body;
    let whole = i32::try_from(body.filled).unwrap_or(i32::MAX);
    let change = season_plan::ActiveModel {
        id: Set(row.id),
        state: Set(state),
        phase: Set(None),
        value: Set(Some(body.objective)),
        bound: Set(Some(body.bound)),
        filled: Set(Some(whole)),
        slots: Set(Some(i32::try_from(body.slots).unwrap_or(i32::MAX))),
        rounds: Set(i64::try_from(finished.rounds).unwrap_or(i64::MAX)),
        elapsed_ms: Set(i64::try_from(finished.elapsed.as_millis()).unwrap_or(i64::MAX)),
        input_hash: Set(Some(finished.input.hash.clone())),
        result: Set(Some(body.write()?)),
        certificate: Set(Some(finished.certificate)),
        version: Set(repo::version(&tx, row.id).await? + 1),
        updated_at: Set(work.act.at),
        finished_at: Set(Some(work.act.at)),
        ..Default::default()
    };
    let event = Event::new("SEASON_PLANNED", Kind::SeasonPlan, row.id).with(serde_json::json!({
        "inputHash": finished.input.hash, "objective": body.objective, "bound": body.bound, "filled": body.filled,
        "slots": body.slots, "cutShort": body.cut_short, "state": state,
    }));
    record::keep(&tx, &work.act, finished.input).await?;
    change.update(&tx).await?;
    audit::record(&tx, &work.act, event).await?;
    work.hold(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a run without a plan.
async fn end(work: &Work, row: &season_plan::Model, state: PlanState, error: Option<String>) -> Result<(), JobError> {
    let tx = work.database.begin().await?;
    ended(&tx, &work.act, row, state, error).await?;
    work.hold(&tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn ended(
    tx: &crate::db::Tx,
    act: &crate::graphql::context::Act,
    row: &season_plan::Model,
    state: PlanState,
    error: Option<String>,
) -> Result<(), ApiError> {
    let action = match state {
        PlanState::Failed => "SEASON_PLAN_FAILED",
        _ => "SEASON_PLAN_ENDED",
    };
    let event = Event::new(action, Kind::SeasonPlan, row.id).with(serde_json::json!({ "error": error }));
    season_plan::ActiveModel {
        id: Set(row.id),
        state: Set(state),
        phase: Set(None),
        error: Set(error),
        version: Set(repo::version(tx, row.id).await? + 1),
        updated_at: Set(act.at),
        finished_at: Set(Some(act.at)),
        ..Default::default()
    }
    .update(tx)
    .await?;
    audit::record(tx, act, event).await
}

/// Ends plans whose job was given up, so that their season can be planned again.
pub struct EndLostRuns;

#[async_trait::async_trait]
impl Handler for EndLostRuns {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let open = season_plan::Entity::find()
            .filter(season_plan::Column::State.is_in(PlanState::OPEN))
            .filter(season_plan::Column::Kind.ne(PlanKind::Edited))
            .all(work.database.reader())
            .await?;
        for row in open {
            let key = format!("{}:{}", super::service::JOB, row.id);
            let job = entity::job::Entity::find()
                .filter(entity::job::Column::DedupeKey.eq(key))
                .one(work.database.reader())
                .await?;
            let alive = job.is_some_and(|job| {
                matches!(
                    job.state,
                    entity::enums::JobState::Queued | entity::enums::JobState::Running
                )
            });
            if !alive {
                end(work, &row, PlanState::Failed, Some("LOST".to_owned())).await?;
            }
        }
        Ok(())
    }
}
