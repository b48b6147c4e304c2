//! Statements on jobs.
//!
//! Everything that a worker writes about a job names its claim (job, worker, attempt) and does nothing when the job is no
//! longer held under it: a worker that lost its lease cannot disturb the one that took over.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    enums::JobState,
    job::{self, Column},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set, Statement, Value,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

use crate::db::Tx;

/// Code of a job whose worker vanished on its last attempt.
pub const LEASE_LOST: &str = "LEASE_LOST";

/// One attempt of one worker at one job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Claim {
    pub(super) job: Uuid,
    pub(super) worker: Uuid,
    pub(super) attempt: i32,
}

impl Claim {
    fn held(&self) -> Condition {
        Condition::all()
            .add(Column::Id.eq(self.job))
            .add(Column::State.eq(JobState::Running))
            .add(Column::LeasedBy.eq(self.worker))
            .add(Column::Attempts.eq(self.attempt))
    }
}

/// What a worker takes.
pub(super) struct Wanted<'a> {
    pub(super) kinds: &'a [&'static str],
    pub(super) now: DateTime<Utc>,
}

impl Wanted<'_> {
    /// Due, or left by a worker that vanished.
    fn due(&self) -> Condition {
        let waiting = Condition::all()
            .add(Column::State.eq(JobState::Queued))
            .add(Column::RunAt.lte(self.now));
        Condition::all()
            .add(Column::Kind.is_in(self.kinds.iter().copied()))
            .add(Condition::any().add(waiting).add(self.left()))
    }

    fn left(&self) -> Condition {
        Condition::all()
            .add(Column::State.eq(JobState::Running))
            .add(Column::LeaseUntil.lte(self.now))
    }
}

/// Whether there is anything to take; never writes.
pub(super) async fn any_due(db: &impl ConnectionTrait, wanted: &Wanted<'_>) -> Result<bool, DbErr> {
    let found = job::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(wanted.due())
        .limit(1)
        .into_tuple::<Uuid>()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Gives up the jobs whose worker vanished on their last attempt. Gives their kinds.
pub(super) async fn bury(tx: &Tx, wanted: &Wanted<'_>) -> Result<Vec<String>, DbErr> {
    let lost = Condition::all()
        .add(Column::Kind.is_in(wanted.kinds.iter().copied()))
        .add(wanted.left())
        .add(Expr::col(Column::Attempts).gte(Expr::col(Column::MaxAttempts)));
    let buried = job::Entity::update_many()
        .set(job::ActiveModel {
            state: Set(JobState::Dead),
            leased_by: Set(None),
            lease_until: Set(None),
            last_error: Set(Some(LEASE_LOST.to_owned())),
            finished_at: Set(Some(wanted.now)),
            ..Default::default()
        })
        .filter(lost)
        .exec_with_returning(tx)
        .await?;
    Ok(buried.into_iter().map(|job| job.kind).collect())
}

/// Claims up to `most` jobs for `worker` until `lease_until`, the longest due first.
pub(super) async fn claim(
    tx: &Tx,
    wanted: &Wanted<'_>,
    worker: Uuid,
    lease_until: DateTime<Utc>,
    most: usize,
) -> Result<Vec<job::Model>, DbErr> {
    let backend = tx.get_database_backend();
    // Another worker may be claiming at this moment: its rows are passed over instead of waited for. SQLite has one writer.
    let lock = match backend {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let kinds: Vec<String> = (4..4 + wanted.kinds.len()).map(|number| format!("${number}")).collect();
    // Materialised, so that the limit is applied once and not once for every row that the update looks at.
    let sql = format!(
        "WITH due AS MATERIALIZED (
             SELECT id FROM job
             WHERE kind IN ({}) AND ((state = 'QUEUED' AND run_at <= $1) OR (state = 'RUNNING' AND lease_until <= $1))
             ORDER BY run_at, id LIMIT {most} {lock}
         )
         UPDATE job SET state = 'RUNNING', attempts = attempts + 1, leased_by = $2, lease_until = $3
         WHERE id IN (SELECT id FROM due) RETURNING *",
        kinds.join(", ")
    );
    let mut values: Vec<Value> = vec![wanted.now.into(), worker.into(), lease_until.into()];
    values.extend(wanted.kinds.iter().map(|kind| Value::from(*kind)));
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut jobs = job::Model::find_by_statement(statement).all(tx).await?;
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

/// Holds the job's row until the transaction ends; whether it was still held under the claim.
pub(super) async fn hold(tx: &Tx, claim: &Claim) -> Result<bool, DbErr> {
    let found = job::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(claim.held())
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .one(tx)
        .await?;
    Ok(found.is_some())
}

/// Prolongs the lease; whether the job was still held under the claim.
pub(super) async fn renew(db: &impl ConnectionTrait, claim: &Claim, lease_until: DateTime<Utc>) -> Result<bool, DbErr> {
    let renewed = job::ActiveModel {
        lease_until: Set(Some(lease_until)),
        ..Default::default()
    };
    settle(db, claim, renewed).await
}

/// Where an attempt leaves its job.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// Done for good.
    Done,
    /// To be begun again.
    Again { run_at: DateTime<Utc>, error: &'static str },
    /// Given up.
    Dead { error: &'static str },
    /// Not run to its end for reasons of its worker: as if it had not been begun.
    Released,
}

/// Ends the attempt; whether the job was still held under the claim.
pub(super) async fn end(db: &impl ConnectionTrait, claim: &Claim, end: End, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let free = job::ActiveModel {
        leased_by: Set(None),
        lease_until: Set(None),
        ..Default::default()
    };
    let row = match end {
        End::Done => job::ActiveModel {
            state: Set(JobState::Done),
            finished_at: Set(Some(now)),
            ..free
        },
        End::Dead { error } => job::ActiveModel {
            state: Set(JobState::Dead),
            last_error: Set(Some(error.to_owned())),
            finished_at: Set(Some(now)),
            ..free
        },
        End::Again { run_at, error } => job::ActiveModel {
            state: Set(JobState::Queued),
            last_error: Set(Some(error.to_owned())),
            run_at: Set(run_at),
            ..free
        },
        End::Released => job::ActiveModel {
            state: Set(JobState::Queued),
            attempts: Set(claim.attempt - 1),
            ..free
        },
    };
    settle(db, claim, row).await
}

async fn settle(db: &impl ConnectionTrait, claim: &Claim, row: job::ActiveModel) -> Result<bool, DbErr> {
    let changed = job::Entity::update_many()
        .set(row)
        .filter(claim.held())
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Waiting {
    /// Jobs that are due and that nobody runs.
    pub due: u64,
    /// How long the oldest of them has been due.
    pub oldest: TimeDelta,
    /// Jobs that were given up.
    pub dead: u64,
}

/// How much waits at `now`.
///
/// # Errors
/// The database's.
pub async fn waiting(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Waiting, DbErr> {
    let due = job::Entity::find()
        .filter(Column::State.eq(JobState::Queued))
        .filter(Column::RunAt.lte(now));
    let oldest = due
        .clone()
        .select_only()
        .column_as(Column::RunAt.min(), "oldest")
        .into_tuple::<Option<DateTime<Utc>>>()
        .one(db)
        .await?
        .flatten();
    Ok(Waiting {
        due: due.count(db).await?,
        oldest: oldest.map_or_else(TimeDelta::zero, |oldest| now - oldest),
        dead: job::Entity::find()
            .filter(Column::State.eq(JobState::Dead))
            .count(db)
            .await?,
    })
}

/// The newest jobs first, at most `most`.
///
/// # Errors
/// The database's.
pub async fn newest(
    db: &impl ConnectionTrait,
    states: &[JobState],
    kind: Option<&str>,
    most: u64,
) -> Result<Vec<job::Model>, DbErr> {
    let mut query = job::Entity::find();
    if !states.is_empty() {
        query = query.filter(Column::State.is_in(states.iter().copied()));
    }
    if let Some(kind) = kind {
        query = query.filter(Column::Kind.eq(kind));
    }
    query.order_by_desc(Column::Id).limit(most).all(db).await
}

/// What came of asking for another round of attempts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revival {
    /// It is queued again, with all its attempts.
    Queued,
    /// It is not dead.
    Is(JobState),
    /// There is no such job.
    Unknown,
}

/// Queues a dead job again, due at `now`.
///
/// # Errors
/// The database's.
pub(super) async fn revive(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<Revival, DbErr> {
    let revived = job::Entity::update_many()
        .set(job::ActiveModel {
            state: Set(JobState::Queued),
            attempts: Set(0),
            run_at: Set(now),
            finished_at: Set(None),
            ..Default::default()
        })
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(JobState::Dead))
        .exec(tx)
        .await?;
    if revived.rows_affected == 1 {
        return Ok(Revival::Queued);
    }
    let found = job::Entity::find_by_id(id).one(tx).await?;
    Ok(found.map_or(Revival::Unknown, |job| Revival::Is(job.state)))
}

/// Deletes jobs that were done before `done_before`, and dead ones that were given up before `dead_before`. Gives their
/// number.
///
/// # Errors
/// The database's.
pub async fn prune(
    db: &impl ConnectionTrait,
    done_before: DateTime<Utc>,
    dead_before: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let finished = |state: JobState, before: DateTime<Utc>| {
        Condition::all()
            .add(Column::State.eq(state))
            .add(Column::FinishedAt.lt(before))
    };
    let old = Condition::any()
        .add(finished(JobState::Done, done_before))
        .add(finished(JobState::Dead, dead_before));
    Ok(job::Entity::delete_many().filter(old).exec(db).await?.rows_affected)
}
