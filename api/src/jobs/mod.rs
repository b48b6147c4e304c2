//! Durable jobs: work that goes on beside requests, done by one replica, and done again until it succeeds.
//!
//! - [`enqueue`] writes a job in the caller's transaction: it exists exactly if what causes it does.
//! - A [`Worker`] in each process claims due jobs. A claim is a lease, renewed while the job runs; when a process dies,
//!   its lease runs out and another worker takes the job over.
//! - A job that fails is tried again after growing pauses; after its last attempt it is **dead** and waits for a person
//!   (`peer-challenge jobs`). So does one whose worker died on its last attempt.
//! - Every handler must be idempotent: it may have run, whole or half, before. One that ends each of its transactions with
//!   [`Work::hold`] commits only while the lease is its own, so nothing of it comes after its successor's.
//! - A recurring job is enqueued once for each period by whichever replica comes first ([`Registry::every`]).
//! - Rows hold codes, ids and figures only. The cause of a failure goes to the log.
//!
//! Times come from the `Clock` of each process: replicas' clocks must agree far better than a lease is long.
//!
//! Neighbours: `repo` (statements), `attempt` (one run under its lease), `worker` (the loop), `schedule` (recurring
//! jobs), `chores` (which jobs there are), `cli::jobs` (looking and retrying by hand).
//!
//! What workers do with jobs is in the figures and the log; what a person does with one ([`retry`]) is in the audit record.

mod attempt;
pub mod repo;
mod schedule;
mod worker;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use entity::{enums::JobState, job};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set, TryInsertResult};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

pub use attempt::Outcome;
pub use repo::Revival;
pub use schedule::Recurring;
pub use worker::{Ended, Worker, WorkerOptions, Working};

use crate::{
    audit,
    db::{Database, Tx},
    graphql::{
        context::Act,
        errors::{ApiError, ServiceError},
    },
};

/// How often a job is begun unless it says otherwise: with the usual pauses its last attempt is some twenty minutes after
/// the first.
pub const USUAL_ATTEMPTS: u16 = 9;

/// A job to enqueue.
#[derive(Clone, Debug)]
pub struct NewJob {
    kind: &'static str,
    payload: Value,
    run_at: Option<DateTime<Utc>>,
    dedupe_key: Option<String>,
    max_attempts: u16,
}

impl NewJob {
    /// One of `kind`, due at once, without payload.
    pub fn new(kind: &'static str) -> Self {
        Self {
            kind,
            payload: Value::Object(serde_json::Map::new()),
            run_at: None,
            dedupe_key: None,
            max_attempts: USUAL_ATTEMPTS,
        }
    }

    /// What its handler needs to know: ids and figures, no personal data.
    #[must_use]
    pub fn with(self, payload: Value) -> Self {
        Self { payload, ..self }
    }

    /// Not before `run_at`.
    #[must_use]
    pub fn at(self, run_at: DateTime<Utc>) -> Self {
        Self {
            run_at: Some(run_at),
            ..self
        }
    }

    /// Only if there is no job of this key, finished ones included as long as their rows are kept.
    #[must_use]
    pub fn once(self, key: impl Into<String>) -> Self {
        Self {
            dedupe_key: Some(key.into()),
            ..self
        }
    }

    /// Begun at most so often, at least once.
    #[must_use]
    pub fn attempts(self, most: u16) -> Self {
        Self {
            max_attempts: most.max(1),
            ..self
        }
    }
}

/// Writes `job` in the transaction of what causes it. Gives its key, or nothing when a job of its dedupe key is there.
///
/// # Errors
/// The database's.
pub async fn enqueue(transaction: &impl ConnectionTrait, act: &Act, job: NewJob) -> Result<Option<Uuid>, DbErr> {
    let id = act.id();
    let row = job::ActiveModel {
        id: Set(id),
        kind: Set(job.kind.to_owned()),
        payload: Set(job.payload),
        state: Set(JobState::Queued),
        dedupe_key: Set(job.dedupe_key),
        run_at: Set(job.run_at.unwrap_or(act.at)),
        attempts: Set(0),
        max_attempts: Set(i32::from(job.max_attempts)),
        leased_by: Set(None),
        lease_until: Set(None),
        last_error: Set(None),
        created_at: Set(act.at),
        finished_at: Set(None),
    };
    let inserted = job::Entity::insert(row)
        .on_conflict_do_nothing_on([job::Column::DedupeKey])
        .exec_without_returning(transaction)
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)).then_some(id))
}

/// Queues a dead job again, with all its attempts, and enters that in the audit record.
///
/// # Errors
/// The database's.
pub async fn retry(transaction: &Tx, act: &Act, id: Uuid) -> Result<Revival, ApiError> {
    let dead = job::Entity::find_by_id(id).one(transaction).await?;
    let revival = repo::revive(transaction, id, act.at).await?;
    if let (Revival::Queued, Some(dead)) = (revival, dead) {
        let facts = json!({ "job": id, "kind": dead.kind, "attempts": dead.attempts, "lastError": dead.last_error });
        audit::record(transaction, act, audit::Event::of_job("JOB_RETRIED", id).with(facts)).await?;
    }
    Ok(revival)
}

/// Does the jobs of one kind.
#[async_trait::async_trait]
pub trait Handler: Send + Sync {
    /// Does the work once more, from the start; it may have been done before, whole or half.
    async fn run(&self, work: &Work) -> Result<(), JobError>;
}

/// One attempt at a job, as its handler sees it.
pub struct Work {
    /// Key of the job.
    pub id: Uuid,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// The database; its statements are not counted among those of requests.
    pub database: Database,
    /// The service itself acting now; its request id names the job.
    pub act: Act,
    payload: Value,
    claim: repo::Claim,
}

impl Work {
    /// The payload as a type.
    ///
    /// # Errors
    /// `PAYLOAD`, for good, when it is no `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        serde_json::from_value(self.payload.clone()).map_err(|error| JobError::for_good("PAYLOAD", error))
    }

    /// Makes sure that this attempt still holds the job, and keeps it so until `transaction` ends. Call it last, right
    /// before the commit: from here on the lease cannot be renewed until the transaction ends.
    ///
    /// # Errors
    /// `LEASE_LOST` when another worker took the job over: stop and roll back.
    pub async fn hold(&self, transaction: &Tx) -> Result<(), JobError> {
        if repo::hold(transaction, &self.claim).await? {
            Ok(())
        } else {
            Err(JobError::again("LEASE_LOST", "another worker has the job now"))
        }
    }
}

/// Why an attempt failed.
#[derive(Debug)]
pub struct JobError {
    code: &'static str,
    again: bool,
    cause: anyhow::Error,
}

impl JobError {
    /// A failure that may pass: try again. `code` (SCREAMING_SNAKE_CASE) is kept with the job, `cause` only logged.
    pub fn again(code: &'static str, cause: impl std::fmt::Display) -> Self {
        Self {
            code,
            again: true,
            cause: anyhow::anyhow!("{cause}"),
        }
    }

    /// A failure that no repetition will mend.
    pub fn for_good(code: &'static str, cause: impl std::fmt::Display) -> Self {
        Self {
            again: false,
            ..Self::again(code, cause)
        }
    }
}

impl From<DbErr> for JobError {
    fn from(error: DbErr) -> Self {
        Self {
            code: "DATABASE",
            again: true,
            cause: error.into(),
        }
    }
}

impl From<ApiError> for JobError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Internal(cause) if cause.is::<DbErr>() => Self {
                code: "DATABASE",
                again: true,
                cause,
            },
            other => Self::again("SERVICE", ServiceError::Failed(other).for_log()),
        }
    }
}

impl From<ServiceError> for JobError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Failed(error) => error.into(),
            ServiceError::Refused(_) => Self::again("SERVICE", error.for_log()),
        }
    }
}

/// Which kinds of jobs there are, who does them, and which of them recur.
#[derive(Clone, Default)]
pub struct Registry {
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
    recurring: Vec<Recurring>,
}

impl Registry {
    /// Jobs of `kind` are done by `handler`.
    #[must_use]
    pub fn on(mut self, kind: &'static str, handler: impl Handler + 'static) -> Self {
        self.handlers.insert(kind, Arc::new(handler));
        self
    }

    /// A job of `kind`, done by `handler`, in each `period` since 1970 (an hour: at every full hour, UTC). Periods in which
    /// no replica ran are not made up for. Finished jobs must be kept for longer than the period.
    #[must_use]
    pub fn every(mut self, period: Duration, kind: &'static str, handler: impl Handler + 'static) -> Self {
        self.recurring.push(Recurring { kind, period });
        self.on(kind, handler)
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }
}
