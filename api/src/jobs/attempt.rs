//! One attempt: runs the handler under its lease and writes what came of it.
//!
//! The lease is renewed three times in its length. When it cannot be (the database is away for too long, or another
//! worker has the job), the handler is stopped, because it no longer has the right to go on. A handler that panics has
//! failed; it takes nothing else with it.

use std::{sync::Arc, time::Duration};

use entity::job;
use sea_orm::DbErr;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time::{Instant, sleep, timeout_at},
};

use super::{
    JobError, Work,
    repo::{self, Claim, End},
    worker::{Shared, count_attempt},
};
use crate::{auth::Viewer, backoff::Backoff, graphql::context::Act};

/// Between attempts at one job.
const PAUSES: Backoff = Backoff {
    first: Duration::from_secs(10),
    most: Duration::from_hours(1),
};
/// Between attempts to write down what came of one.
const RECORD: Backoff = Backoff {
    first: Duration::from_millis(100),
    most: Duration::from_secs(5),
};

/// What came of an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The job is done.
    Done,
    /// It failed and will be tried again.
    Again,
    /// It failed for good.
    Dead,
    /// The lease was lost; whoever has it now goes on.
    Lost,
    /// The worker stopped before the job ended; anybody may begin it again at once.
    Released,
}

impl Outcome {
    /// Its name in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Again => "again",
            Self::Dead => "dead",
            Self::Lost => "lost",
            Self::Released => "released",
        }
    }
}

/// How the handler ended.
enum Ran {
    ToItsEnd(Result<Result<(), JobError>, JoinError>),
    LeaseLost,
    Stopped,
}

/// Runs a claimed job. `leased_at` is an instant before the claim; `stop` turns true when the worker can wait no longer.
pub(super) async fn run(
    shared: Arc<Shared>,
    job: job::Model,
    leased_at: Instant,
    mut stop: watch::Receiver<bool>,
) -> Outcome {
    let claim = Claim {
        job: job.id,
        worker: shared.id,
        attempt: job.attempts,
    };
    let Some(handler) = shared.registry.handlers.get(job.kind.as_str()).cloned() else {
        // Only kinds of the registry are claimed.
        return Outcome::Lost;
    };
    let mut act = Act::new(Viewer::service(), &*shared.clock, Arc::clone(&shared.ids));
    act.request_id = Some(format!("job:{}", job.id));
    let work = Work {
        id: job.id,
        attempt: job.attempts,
        database: shared.database.clone(),
        act,
        payload: job.payload,
        claim,
    };
    let started = Instant::now();
    // A set, because dropping it stops the handler too.
    let mut running = JoinSet::new();
    running.spawn(async move { handler.run(&work).await });
    let mut lease_end = leased_at + shared.options.lease;
    let ran = tokio::select! {
        Some(ended) = running.join_next() => Ran::ToItsEnd(ended),
        () = keep_lease(&shared, &claim, &mut lease_end) => Ran::LeaseLost,
        _ = stop.wait_for(|stop| *stop) => Ran::Stopped,
    };
    // What it had begun is rolled back before anybody else may begin.
    running.shutdown().await;
    let (outcome, end) = judge(&shared, &job.kind, job.attempts, job.max_attempts, &claim, ran);
    if outcome == Outcome::Released {
        // The process wants to end. If the database is away, the lease will have to run out.
        lease_end = lease_end.min(Instant::now() + RECORD.most);
    }
    let outcome = match end {
        Some(end) if !record(&shared, &claim, end, lease_end).await => Outcome::Lost,
        _ => outcome,
    };
    count_attempt(&job.kind, outcome, started.elapsed());
    outcome
}

/// Says what an end means, and logs it.
fn judge(
    shared: &Shared,
    kind: &str,
    attempt: i32,
    max_attempts: i32,
    claim: &Claim,
    ran: Ran,
) -> (Outcome, Option<End>) {
    let error = match ran {
        Ran::ToItsEnd(Ok(Ok(()))) => return (Outcome::Done, Some(End::Done)),
        Ran::ToItsEnd(Ok(Err(error))) => error,
        Ran::ToItsEnd(Err(panic)) => JobError::again("PANIC", panic),
        Ran::LeaseLost => {
            tracing::warn!(job = %claim.job, kind, attempt, "the lease of a job was lost; its attempt was stopped");
            return (Outcome::Lost, None);
        }
        Ran::Stopped => {
            tracing::info!(job = %claim.job, kind, attempt, "a job was released because the worker stops");
            return (Outcome::Released, Some(End::Released));
        }
    };
    let cause = format!("{:#}", error.cause);
    if error.again && attempt < max_attempts {
        let pause = PAUSES.delay(attempt.unsigned_abs(), (shared.options.chance)());
        tracing::warn!(job = %claim.job, kind, attempt, code = error.code, cause, ?pause, "a job failed and is tried again");
        let end = End::Again {
            run_at: shared.clock.now() + pause,
            error: error.code,
        };
        return (Outcome::Again, Some(end));
    }
    tracing::error!(job = %claim.job, kind, attempt, code = error.code, cause, "a job failed for good; see `peer-challenge jobs`");
    (Outcome::Dead, Some(End::Dead { error: error.code }))
}

/// Writes the end down, again and again while the lease lasts; whether it is written.
async fn record(shared: &Shared, claim: &Claim, end: End, lease_end: Instant) -> bool {
    let mut failures = 0;
    loop {
        let now = shared.clock.now();
        match timeout_at(lease_end, repo::end(shared.database.writer(), claim, end, now)).await {
            Ok(Ok(held)) => return held,
            Ok(Err(error)) => {
                failures += 1;
                let pause = RECORD.delay(failures, (shared.options.chance)());
                if Instant::now() + pause >= lease_end {
                    tracing::warn!(job = %claim.job, %error, "the end of a job could not be written; it will be begun again");
                    return false;
                }
                sleep(pause).await;
            }
            Err(_) => return false,
        }
    }
}

/// Renews the lease for as long as it can; returns when it is lost. `lease_end` always tells until when it holds.
async fn keep_lease(shared: &Shared, claim: &Claim, lease_end: &mut Instant) {
    let mut pause = shared.options.lease / 3;
    loop {
        sleep(pause).await;
        let asked = Instant::now();
        match timeout_at(*lease_end, renew(shared, claim)).await {
            Ok(Ok(true)) => {
                *lease_end = asked + shared.options.lease;
                pause = shared.options.lease / 3;
            }
            Ok(Ok(false)) | Err(_) => return,
            Ok(Err(error)) => {
                tracing::debug!(job = %claim.job, %error, "a lease could not be renewed; trying again");
                pause = RECORD.first;
            }
        }
    }
}

async fn renew(shared: &Shared, claim: &Claim) -> Result<bool, DbErr> {
    let until = shared.clock.now() + shared.options.lease;
    repo::renew(shared.database.writer(), claim, until).await
}
