//! Season plans as the API shows them; what came out of a run is in `result_objects`.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use entity::{enums, season_plan};
use matching::season::share;
use uuid::Uuid;

use super::{body::Body, result_objects::SeasonPlanResult, settings::Settings};
use crate::{
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        visible::visible,
    },
    programme::objects::{Programme, ProgrammePolicy, programme},
    season::objects::{Season, season},
    team::{loader::PackedInput, objects::policy},
};

/// How a season plan came about.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "SeasonPlanKind", remote = "enums::PlanKind")]
pub enum PlanKind {
    /// The planner made it of the facts as they were.
    Planned,
    /// The planner made it of the facts with something supposed; it cannot be put into effect.
    WhatIf,
    /// A person changed another plan.
    Edited,
}

/// Where the run of a season plan stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "SeasonPlanState", remote = "enums::PlanState")]
pub enum PlanState {
    /// Waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// There is a plan.
    Done,
    /// Somebody ended it; the plan that it had by then is kept, if it had one.
    Cancelled,
    /// It could not be done; `error` says why.
    Failed,
}

/// What the run of a season plan is doing.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "SeasonPlanPhase", remote = "enums::PlanPhase")]
pub enum PlanPhase {
    /// A first plan, the most urgent first.
    Building,
    /// Prices that make the bound small.
    Pricing,
    /// A plan from the teams that the prices mix.
    Diving,
    /// Better plans from the best one.
    Improving,
    /// Case by case, when little is left open.
    Proving,
}

/// How far the run of a season plan is; what it told last, about every half second.
#[derive(Clone, Debug, SimpleObject)]
pub struct SeasonPlanProgress {
    /// What it is doing; null when it does not run.
    phase: Option<PlanPhase>,
    /// Points of the best plan so far; null before the first.
    value: Option<i64>,
    /// No plan has more points than this; null before the first bound.
    bound: Option<i64>,
    /// (bound − value) / |value|; null before the first bound.
    gap: Option<f64>,
    /// Filled slots of the best plan, those held already included.
    filled: Option<i32>,
    /// Slots of all challenges.
    slots: Option<i32>,
    /// Rounds of work so far.
    rounds: i64,
    /// Milliseconds that the run has taken.
    elapsed_ms: i64,
}

/// What a plan was made from or is proven by: JSON, compressed with gzip, in base64.
#[derive(Clone, Debug, SimpleObject)]
pub struct SeasonPlanFile {
    /// Name and version of the format: `peer-season/1` with the service's own fields, or `peer-season-certificate/2`.
    format: String,
    /// SHA-256 of the text, hexadecimal; null for certificates.
    hash: Option<String>,
    /// Bytes of the text; null for certificates.
    length: Option<i64>,
    /// The text, compressed with gzip, in base64. `peer-challenge plan` and `verify` read it.
    gzip: String,
}

/// A plan of all challenges of a programme's season, or a run that makes one. It is a proposal: nothing changes until it is
/// applied. For the national programme only.
pub struct SeasonPlan {
    row: season_plan::Model,
    settings: Settings,
}

/// State, rounds, milliseconds, value and bound.
pub type Mark = (enums::PlanState, i64, i64, Option<i64>, Option<i64>);

impl SeasonPlan {
    /// A stored plan.
    ///
    /// # Errors
    /// Internal, when its settings cannot be read.
    pub fn read(row: season_plan::Model) -> Result<Self> {
        let settings = serde_json::from_value(row.settings.clone());
        let settings = settings.map_err(|fault| {
            ApiError::internal(format_args!(
                "settings of season plan {} cannot be read: {fault}",
                row.id
            ))
        })?;
        Ok(Self { row, settings })
    }

    /// Whether its run goes on.
    pub fn is_open(&self) -> bool {
        self.row.state.is_open()
    }

    /// What a follower compares.
    pub fn mark(&self) -> Mark {
        let row = &self.row;
        (row.state, row.rounds, row.elapsed_ms, row.value, row.bound)
    }
}

/// The plan with this id, if the viewer may see it.
pub(super) async fn plan(ctx: &Context<'_>, id: Uuid) -> Result<Option<SeasonPlan>> {
    visible::<season_plan::Entity>(ctx, id)
        .await?
        .map(SeasonPlan::read)
        .transpose()
}

/// A plan of all challenges of a programme's season, or a run that makes one. It is a proposal: nothing changes until it is
/// applied. For the national programme only.
#[Object]
impl SeasonPlan {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::SeasonPlan, self.row.id)
    }

    /// The programme whose challenges are planned.
    async fn programme(&self, ctx: &Context<'_>) -> async_graphql::Result<Programme> {
        Ok(programme(ctx, self.row.programme_id).await?)
    }

    /// The season.
    async fn season(&self, ctx: &Context<'_>) -> async_graphql::Result<Season> {
        Ok(season(ctx, self.row.season_id).await?)
    }

    /// The policy version that it rests on.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        Ok(policy(ctx, self.row.policy_id).await?)
    }

    /// The plan that this one was made from by hand; null when the planner made it.
    async fn edited_from(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<SeasonPlan>> {
        Ok(match self.row.parent_id {
            Some(id) => plan(ctx, id).await?,
            None => None,
        })
    }

    /// How it came about.
    async fn kind(&self) -> PlanKind {
        self.row.kind.into()
    }

    /// Where its run stands.
    async fn state(&self) -> PlanState {
        self.row.state.into()
    }

    /// Why it could not be made, as a code; null unless it failed. NOTHING_TO_PLAN, SEVERAL_POLICIES, PIN_IMPOSSIBLE (the slot,
    /// window or person of a pin is not there, or the slot is held), PIN_NOT_ELIGIBLE (a rule speaks against a pinned person),
    /// NOT_COMPOSABLE (facts or weights that make no sense), OUT_OF_TIME (the time was over before a first plan was there), LOST
    /// (its worker vanished again and again; `result` is what it had, if it had anything).
    async fn error(&self) -> Option<&str> {
        self.row.error.as_deref()
    }

    /// What decided between plans that are worth the same: equal input, seed and rounds give the same plan unless the run was
    /// cut short.
    async fn seed(&self) -> u32 {
        self.settings.seed
    }

    /// Seconds after which the run ends with what it has.
    async fn time_limit_seconds(&self) -> u32 {
        self.settings.time_limit_seconds
    }

    /// How far the run is.
    async fn progress(&self) -> SeasonPlanProgress {
        let row = &self.row;
        SeasonPlanProgress {
            phase: row.phase.map(Into::into),
            value: row.value,
            bound: row.bound,
            gap: row
                .value
                .zip(row.bound)
                .map(|(value, bound)| share(bound - value, value)),
            filled: row.filled,
            slots: row.slots,
            rounds: row.rounds,
            elapsed_ms: row.elapsed_ms,
        }
    }

    /// The plan; while the run goes on and when it failed, the best that it had when it was last kept (about every ten seconds), or
    /// null.
    async fn result(&self) -> async_graphql::Result<Option<SeasonPlanResult>> {
        let Some(result) = &self.row.result else {
            return Ok(None);
        };
        Ok(Some(SeasonPlanResult(Body::read(result)?)))
    }

    /// Everything that the planner was given, in the season format; it names people by id and holds their days and conflicts.
    /// Null until the run is done, and once somebody in it was erased.
    async fn input(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<SeasonPlanFile>> {
        let Some(hash) = &self.row.input_hash else {
            return Ok(None);
        };
        let found = ctx
            .loader()
            .load_one(PackedInput(hash.clone()))
            .await
            .map_err(ApiError::from)?;
        Ok(found.map(|kept| SeasonPlanFile {
            format: matching::season::format::FORMAT.to_owned(),
            hash: Some(kept.hash),
            length: Some(kept.length),
            gzip: kept.gzip,
        }))
    }

    /// The prices that prove the bound; null until the run is done, and for plans changed by hand.
    async fn certificate(&self) -> Option<SeasonPlanFile> {
        self.row.certificate.as_ref().map(|packed| SeasonPlanFile {
            format: matching::season::CERTIFICATE.to_owned(),
            hash: None,
            length: None,
            gzip: STANDARD.encode(packed),
        })
    }

    /// Rises with every change that a person makes; name it when changing the plan.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// Who asked for it (subject of the token).
    async fn created_by(&self) -> &str {
        &self.row.created_by
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When its run ended; null while it goes on.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.row.finished_at
    }

    /// When it was put into effect; null unless it was.
    async fn applied_at(&self) -> Option<DateTime<Utc>> {
        self.row.applied_at
    }
}
