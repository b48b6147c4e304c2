//! The loop that enqueues recurring jobs, claims due ones and runs them: one for each process.
//!
//! It looks about once a second (spread by chance, so that replicas do not look together), and at once when a place gets
//! free. Looking costs one read; only what is due is claimed. A worker takes only kinds that its registry knows, so a
//! newer replica's jobs wait for newer workers.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use entity::job;
use sea_orm::DbErr;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{
    Outcome, Registry, attempt, enqueue,
    repo::{self, Wanted},
};
use crate::{auth::Viewer, backoff::Backoff, clock::Clock, db::Database, graphql::context::Act, ids::IdGenerator};

/// Until the database answers again.
const RETRY: Backoff = Backoff {
    first: Duration::from_millis(500),
    most: Duration::from_secs(5),
};
/// How often what waits is counted, for the metrics.
const COUNT: Duration = Duration::from_secs(15);

/// Settings of a worker.
#[derive(Clone, Copy, Debug)]
pub struct WorkerOptions {
    /// Jobs that this process runs at a time; 0 runs none and enqueues no recurring ones.
    pub places: usize,
    /// How long a job stays with a process that no longer answers; far longer than replicas' clocks differ.
    pub lease: Duration,
    /// How long running jobs may take to end when the process stops; then they are released.
    pub grace: Duration,
    /// How often to look for due jobs.
    pub poll: Duration,
    /// A number between 0 and 1 by chance, for pauses.
    pub chance: fn() -> f64,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            places: 4,
            lease: Duration::from_mins(1),
            grace: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            chance: rand::random::<f64>,
        }
    }
}

/// What the worker and its attempts share.
pub(super) struct Shared {
    pub(super) id: Uuid,
    pub(super) database: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) registry: Registry,
    pub(super) options: WorkerOptions,
}

/// Counts an attempt.
pub(super) fn count_attempt(kind: &str, outcome: Outcome, took: Duration) {
    let kind = kind.to_owned();
    metrics::counter!("peer_challenge_jobs_total", "kind" => kind.clone(), "outcome" => outcome.as_str()).increment(1);
    metrics::histogram!("peer_challenge_job_duration_seconds", "kind" => kind).record(took);
}

impl Shared {
    /// Enqueues the recurring jobs of the present periods; `known` remembers which of them are there.
    async fn schedule(&self, known: &mut HashMap<&'static str, DateTime<Utc>>) -> Result<(), DbErr> {
        let act = Act::new(Viewer::service(), &*self.clock, Arc::clone(&self.ids));
        let new: Vec<_> = self
            .registry
            .recurring
            .iter()
            .map(|recurring| (recurring, recurring.period_start(act.at)))
            .filter(|(recurring, start)| known.get(recurring.kind) != Some(start))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let tx = self.database.begin().await?;
        for (recurring, start) in &new {
            enqueue(&tx, &act, recurring.job(*start)).await?;
        }
        tx.commit().await?;
        known.extend(new.into_iter().map(|(recurring, start)| (recurring.kind, start)));
        Ok(())
    }

    /// Claims up to `most` due jobs.
    async fn claim(&self, most: usize) -> Result<Vec<job::Model>, DbErr> {
        let kinds = self.registry.kinds();
        let wanted = Wanted {
            kinds: &kinds,
            now: self.clock.now(),
        };
        if most == 0 || !repo::any_due(self.database.reader(), &wanted).await? {
            return Ok(Vec::new());
        }
        let tx = self.database.begin().await?;
        let buried = repo::bury(&tx, &wanted).await?;
        let jobs = repo::claim(&tx, &wanted, self.id, wanted.now + self.options.lease, most).await?;
        tx.commit().await?;
        for kind in buried {
            tracing::error!(
                kind,
                code = repo::LEASE_LOST,
                "a job failed for good; see `peer-challenge jobs`"
            );
            count_attempt(&kind, Outcome::Dead, Duration::ZERO);
        }
        Ok(jobs)
    }

    async fn count(&self) {
        match repo::waiting(self.database.reader(), self.clock.now()).await {
            Ok(waiting) => {
                metrics::gauge!("peer_challenge_jobs_due").set(figure(waiting.due));
                metrics::gauge!("peer_challenge_jobs_dead").set(figure(waiting.dead));
                metrics::gauge!("peer_challenge_jobs_oldest_due_seconds").set(waiting.oldest.as_seconds_f64());
            }
            Err(error) => tracing::debug!(%error, "jobs that wait cannot be counted"),
        }
    }
}

/// A count for a gauge; exact up to four thousand million.
fn figure(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A worker that does not run yet.
pub struct Worker(Arc<Shared>);

/// An attempt that [`Worker::drain`] made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ended {
    /// Key of the job.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// What came of it.
    pub outcome: Outcome,
}

impl Worker {
    /// A worker for the jobs of `registry`.
    pub fn new(
        database: &Database,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        registry: Registry,
        options: WorkerOptions,
    ) -> Self {
        Self(Arc::new(Shared {
            id: ids.next_id(),
            database: database.beside(),
            clock,
            ids,
            registry,
            options,
        }))
    }

    /// Enqueues the recurring jobs of this instant, then runs jobs one after the other until none is due, in the order in
    /// which they are due. For tests: the clock decides what is due.
    ///
    /// # Errors
    /// The database's, while looking for jobs; what fails within a job is its outcome.
    pub async fn drain(&self) -> Result<Vec<Ended>, DbErr> {
        self.0.schedule(&mut HashMap::new()).await?;
        let (_stop, never) = watch::channel(false);
        let mut ended = Vec::new();
        loop {
            let leased_at = Instant::now();
            let Some(job) = self.0.claim(1).await?.into_iter().next() else {
                return Ok(ended);
            };
            let (id, kind) = (job.id, job.kind.clone());
            let outcome = attempt::run(Arc::clone(&self.0), job, leased_at, never.clone()).await;
            ended.push(Ended { id, kind, outcome });
        }
    }

    /// Starts to work. Dropping the handle stops at once; what ran is then begun again when its lease has run out.
    pub fn start(self) -> Working {
        let (stop, stopped) = watch::channel(false);
        let task = (self.0.options.places > 0).then(|| tokio::spawn(work(self.0, stopped)));
        Working { stop, task }
    }
}

/// A running worker.
pub struct Working {
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Working {
    /// Takes no more jobs, lets the running ones end for the time of grace, then releases them. Call it before the
    /// database is closed. Given up half-way, it stops at once like a dropped handle.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = &mut self.task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the worker broke off; its jobs are begun again when their leases have run out");
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn work(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let (release, released) = watch::channel(false);
    let mut attempts = JoinSet::new();
    let mut known = HashMap::new();
    let mut failures = 0;
    let mut counted: Option<Instant> = None;
    while !*stop.borrow() {
        if counted.is_none_or(|last| last.elapsed() >= COUNT) {
            shared.count().await;
            counted = Some(Instant::now());
        }
        let leased_at = Instant::now();
        let free = shared.options.places.saturating_sub(attempts.len());
        let taken = match shared.schedule(&mut known).await {
            Ok(()) => shared.claim(free).await,
            Err(error) => Err(error),
        };
        let pause = match taken {
            Ok(jobs) => {
                failures = 0;
                for job in jobs {
                    attempts.spawn(attempt::run(Arc::clone(&shared), job, leased_at, released.clone()));
                }
                // Between half and all of it, like every pause.
                Backoff {
                    first: shared.options.poll,
                    most: shared.options.poll,
                }
                .delay(1, (shared.options.chance)())
            }
            Err(error) => {
                failures += 1;
                if failures == 1 {
                    tracing::warn!(%error, "due jobs cannot be looked for; trying again");
                }
                RETRY.delay(failures, (shared.options.chance)())
            }
        };
        tokio::select! {
            _ = stop.changed() => {}
            () = tokio::time::sleep(pause) => {}
            Some(_) = attempts.join_next() => {}
        }
    }
    let all_ended = async { while attempts.join_next().await.is_some() {} };
    if timeout(shared.options.grace, all_ended).await.is_err() {
        release.send_replace(true);
        while attempts.join_next().await.is_some() {}
    }
}
