//! Background jobs: none lost, none done by two at a time, every failure tried again until it is given up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::{change_feed, enums::JobState, job};
use peer_challenge::{
    auth::Viewer,
    chores,
    clock::{Clock, ManualClock, SystemClock},
    db::Database,
    graphql::context::Act,
    ids::{IdGenerator, SeededIds},
    jobs::{Handler, JobError, NewJob, Outcome, Registry, Revival, Work, Worker, WorkerOptions, enqueue, repo, retry},
};
use sea_orm::{ActiveModelTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, Set};
use serde_json::json;
use support::{TestDb, on_both};
use tokio::sync::Notify;
use uuid::Uuid;

const KIND: &str = "test.job";

/// Time, ids and a registry with one kind of job.
struct Bench {
    clock: Arc<ManualClock>,
    ids: Arc<dyn IdGenerator>,
}

/// Says, for each attempt in turn, how it ends; beyond its end every attempt succeeds.
#[derive(Default)]
struct Script {
    ends: Vec<fn() -> Result<(), JobError>>,
    runs: Arc<AtomicU32>,
}

#[async_trait::async_trait]
impl Handler for Script {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let attempt = usize::try_from(work.attempt).unwrap();
        self.ends.get(attempt - 1).map_or(Ok(()), |end| end())
    }
}

/// Says that it began, waits until it may go on, and writes only if the lease is still its own.
#[derive(Clone, Default)]
struct Slow {
    began: Arc<Notify>,
    go_on: Arc<Notify>,
}

#[async_trait::async_trait]
impl Handler for Slow {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        self.began.notify_one();
        self.go_on.notified().await;
        let tx = work.database.begin().await?;
        note(&tx, work.attempt).await?;
        work.hold(&tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Leaves a trace of an attempt in a table that nothing else uses here.
async fn note(tx: &peer_challenge::db::Tx, attempt: i32) -> Result<(), DbErr> {
    let region = entity::region::Model {
        id: Uuid::from_u128(u128::from(attempt.unsigned_abs())),
        gss_code: format!("E1200000{attempt}"),
        name: format!("attempt {attempt}"),
    };
    crate::database::world::insert(tx, region).await
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(crate::database::world::instant()));
        let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(clock.clone(), 1));
        Self { clock, ids }
    }

    fn act(&self) -> Act {
        Act::new(Viewer::service(), &*self.clock, Arc::clone(&self.ids))
    }

    fn worker(&self, database: &Database, handler: impl Handler + 'static) -> Worker {
        self.worker_of(database, Registry::default().on(KIND, handler), OPTIONS)
    }

    fn worker_of(&self, database: &Database, registry: Registry, options: WorkerOptions) -> Worker {
        Worker::new(database, self.clock.clone(), Arc::clone(&self.ids), registry, options)
    }

    async fn enqueue(&self, db: &TestDb, job: NewJob) -> anyhow::Result<Option<Uuid>> {
        let tx = db.database().begin().await?;
        let id = enqueue(&tx, &self.act(), job).await?;
        tx.commit().await?;
        Ok(id)
    }
}

const OPTIONS: WorkerOptions = WorkerOptions {
    places: 4,
    lease: Duration::from_mins(1),
    grace: Duration::from_secs(10),
    poll: Duration::from_millis(20),
    chance: || 1.0,
};

async fn the_job(db: &TestDb) -> anyhow::Result<job::Model> {
    let mut jobs = job::Entity::find().all(db.conn()).await?;
    assert_eq!(jobs.len(), 1, "{jobs:#?}");
    Ok(jobs.remove(0))
}

async fn outcomes(worker: &Worker) -> anyhow::Result<Vec<Outcome>> {
    Ok(worker.drain().await?.into_iter().map(|ended| ended.outcome).collect())
}

/// Waits until `reached` holds for the only job.
async fn until(db: &TestDb, reached: fn(&job::Model) -> bool) -> anyhow::Result<job::Model> {
    for _ in 0..3_000 {
        let job = the_job(db).await?;
        if reached(&job) {
            return Ok(job);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("it never came to that: {:?}", the_job(db).await?)
}

on_both!(
    async fn a_job_exists_exactly_if_what_causes_it_does(db: &TestDb) {
        let bench = Bench::new();
        let worker = bench.worker(db.database(), Script::default());
        let tx = db.database().begin().await?;
        assert!(enqueue(&tx, &bench.act(), NewJob::new(KIND)).await?.is_some());
        tx.rollback().await?;
        assert_eq!(outcomes(&worker).await?, []);
        let id = bench
            .enqueue(db, NewJob::new(KIND).with(json!({ "number": 7 })))
            .await?;
        let ended = worker.drain().await?;
        assert_eq!(
            (ended.len(), Some(ended[0].id), ended[0].outcome),
            (1, id, Outcome::Done)
        );
        let job = the_job(db).await?;
        assert_eq!((job.state, job.attempts, job.leased_by), (JobState::Done, 1, None));
        assert_eq!(job.finished_at, Some(bench.clock.now()));
        assert_eq!(outcomes(&worker).await?, [], "done once");
        Ok(())
    }
);

on_both!(
    async fn a_key_lets_one_job_through_and_a_job_waits_for_its_time(db: &TestDb) {
        let bench = Bench::new();
        let worker = bench.worker(db.database(), Script::default());
        let later = bench.clock.now() + chrono::Duration::hours(2);
        let job = || NewJob::new(KIND).once("letter:1").at(later);
        assert!(bench.enqueue(db, job()).await?.is_some());
        assert!(bench.enqueue(db, job()).await?.is_none());
        assert_eq!(outcomes(&worker).await?, []);
        bench.clock.set(later);
        assert_eq!(outcomes(&worker).await?, [Outcome::Done]);
        assert!(bench.enqueue(db, job()).await?.is_none(), "done is there too");
        Ok(())
    }
);

on_both!(
    async fn failures_are_tried_again_after_growing_pauses(db: &TestDb) {
        let bench = Bench::new();
        let script = Script {
            ends: vec![
                || Err(JobError::again("PROVIDER", "jane@example.org is away")),
                || panic!("a bug"),
                || Err(DbErr::Custom("away".to_owned()).into()),
            ],
            ..Script::default()
        };
        let worker = bench.worker(db.database(), script);
        bench.enqueue(db, NewJob::new(KIND)).await?;
        for (code, pause) in [("PROVIDER", 10), ("PANIC", 20), ("DATABASE", 40)] {
            assert_eq!(outcomes(&worker).await?, [Outcome::Again]);
            let job = the_job(db).await?;
            assert_eq!((job.state, job.last_error.as_deref()), (JobState::Queued, Some(code)));
            assert_eq!(job.run_at, bench.clock.now() + chrono::Duration::seconds(pause));
            bench.clock.advance(chrono::Duration::seconds(pause - 1));
            assert_eq!(outcomes(&worker).await?, [], "not before its pause is over");
            bench.clock.advance(chrono::Duration::seconds(1));
        }
        assert_eq!(outcomes(&worker).await?, [Outcome::Done]);
        assert_eq!(the_job(db).await?.attempts, 4);
        Ok(())
    }
);

on_both!(
    async fn a_job_is_given_up_after_its_last_attempt_or_at_once_and_can_be_revived(db: &TestDb) {
        let bench = Bench::new();
        let script = Script {
            ends: vec![|| Err(JobError::again("PROVIDER", "away")), || {
                Err(JobError::again("PROVIDER", "away"))
            }],
            ..Script::default()
        };
        let runs = script.runs.clone();
        let worker = bench.worker(db.database(), script);
        let id = bench.enqueue(db, NewJob::new(KIND).attempts(2)).await?.unwrap();
        assert_eq!(outcomes(&worker).await?, [Outcome::Again]);
        bench.clock.advance(chrono::Duration::hours(1));
        assert_eq!(outcomes(&worker).await?, [Outcome::Dead]);
        let job = the_job(db).await?;
        assert_eq!((job.state, job.finished_at), (JobState::Dead, Some(bench.clock.now())));
        let waiting = repo::waiting(db.conn(), bench.clock.now()).await?;
        assert_eq!((waiting.due, waiting.dead), (0, 1));

        let tx = db.database().begin().await?;
        let act = bench.act();
        for (job, expected) in [
            (id, Revival::Queued),
            (id, Revival::Is(JobState::Queued)),
            (Uuid::nil(), Revival::Unknown),
        ] {
            assert_eq!(retry(&tx, &act, job).await.unwrap(), expected);
        }
        tx.commit().await?;
        bench.clock.advance(chrono::Duration::seconds(30));
        let waiting = repo::waiting(db.conn(), bench.clock.now()).await?;
        assert_eq!((waiting.due, waiting.oldest.num_seconds(), waiting.dead), (1, 30, 0));
        assert_eq!(outcomes(&worker).await?, [Outcome::Again]);
        assert_eq!(runs.load(Ordering::SeqCst), 3);

        let hopeless = bench.worker(
            db.database(),
            Script {
                ends: vec![|| Ok(()), || Err(JobError::for_good("PAYLOAD", "no number"))],
                ..Script::default()
            },
        );
        bench.clock.advance(chrono::Duration::hours(1));
        assert_eq!(outcomes(&hopeless).await?, [Outcome::Dead]);
        assert_eq!(the_job(db).await?.last_error.as_deref(), Some("PAYLOAD"));
        Ok(())
    }
);

on_both!(
    async fn a_recurring_job_runs_once_in_each_period_among_all_replicas(db: &TestDb) {
        let bench = Bench::new();
        let runs = Arc::new(AtomicU32::new(0));
        let registry = || {
            let script = Script {
                runs: runs.clone(),
                ..Script::default()
            };
            Registry::default().every(Duration::from_hours(1), KIND, script)
        };
        let replicas = [
            bench.worker_of(db.database(), registry(), OPTIONS),
            bench.worker_of(&db.another().await?, registry(), OPTIONS),
        ];
        let working = replicas.map(Worker::start);
        for period in 1..=3 {
            for _ in 0..3_000 {
                if runs.load(Ordering::SeqCst) >= period {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // Both have looked again by then.
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(runs.load(Ordering::SeqCst), period);
            bench.clock.advance(chrono::Duration::hours(1));
        }
        for worker in working {
            worker.stop().await;
        }
        Ok(())
    }
);

on_both!(
    async fn many_jobs_among_two_replicas_are_each_done_once(db: &TestDb) {
        let bench = Bench::new();
        let runs = Arc::new(AtomicU32::new(0));
        let tx = db.database().begin().await?;
        for _ in 0..60 {
            enqueue(&tx, &bench.act(), NewJob::new(KIND)).await?;
        }
        tx.commit().await?;
        let script = || Script {
            runs: runs.clone(),
            ..Script::default()
        };
        let working = [
            bench.worker(db.database(), script()).start(),
            bench.worker(&db.another().await?, script()).start(),
        ];
        for _ in 0..3_000 {
            if runs.load(Ordering::SeqCst) >= 60 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for worker in working {
            worker.stop().await;
        }
        let jobs = job::Entity::find().all(db.conn()).await?;
        assert!(
            jobs.iter().all(|job| job.state == JobState::Done && job.attempts == 1),
            "{jobs:#?}"
        );
        assert_eq!((jobs.len(), runs.load(Ordering::SeqCst)), (60, 60));
        Ok(())
    }
);

on_both!(
    async fn a_lease_that_ran_out_is_taken_over_and_its_old_holder_writes_nothing(db: &TestDb) {
        let bench = Bench::new();
        let slow = Slow::default();
        // With one place, so that it does not come upon its own lease before the other one does.
        let one = WorkerOptions { places: 1, ..OPTIONS };
        let registry = Registry::default().on(KIND, slow.clone());
        let first = bench.worker_of(db.database(), registry, one).start();
        bench.enqueue(db, NewJob::new(KIND)).await?;
        slow.began.notified().await;
        let second = Slow::default();
        second.go_on.notify_one();
        let successor = bench.worker(&db.another().await?, second);
        bench.clock.advance(chrono::Duration::seconds(59));
        assert_eq!(outcomes(&successor).await?, [], "the lease still holds");
        bench.clock.advance(chrono::Duration::seconds(1));
        assert_eq!(outcomes(&successor).await?, [Outcome::Done]);
        slow.go_on.notify_one();
        first.stop().await;
        let job = the_job(db).await?;
        assert_eq!((job.state, job.attempts), (JobState::Done, 2));
        let traces = entity::region::Entity::find().all(db.conn()).await?;
        assert_eq!(traces.len(), 1);
        assert_eq!(traces[0].name, "attempt 2");
        Ok(())
    }
);

on_both!(
    async fn a_job_whose_worker_vanishes_on_its_last_attempt_is_given_up(db: &TestDb) {
        let bench = Bench::new();
        let slow = Slow::default();
        let vanishing = bench.worker(db.database(), slow.clone()).start();
        bench.enqueue(db, NewJob::new(KIND).attempts(1)).await?;
        slow.began.notified().await;
        drop(vanishing);
        let successor = bench.worker(&db.another().await?, Script::default());
        bench.clock.advance(chrono::Duration::seconds(60));
        assert_eq!(outcomes(&successor).await?, []);
        let job = the_job(db).await?;
        assert_eq!(
            (job.state, job.last_error.as_deref()),
            (JobState::Dead, Some(repo::LEASE_LOST))
        );
        Ok(())
    }
);

on_both!(
    async fn a_running_job_keeps_its_lease_for_longer_than_one_lease(db: &TestDb) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let bench = Bench::new();
        let options = WorkerOptions {
            lease: Duration::from_secs(3),
            ..OPTIONS
        };
        let slow = Slow::default();
        let start = |database: &Database| {
            let registry = Registry::default().on(KIND, slow.clone());
            Worker::new(database, Arc::clone(&clock), Arc::clone(&bench.ids), registry, options).start()
        };
        let working = [start(db.database()), start(&db.another().await?)];
        bench.enqueue(db, NewJob::new(KIND)).await?;
        slow.began.notified().await;
        let first = until(db, |job| job.state == JobState::Running).await?;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let renewed = the_job(db).await?;
        assert_eq!((renewed.attempts, renewed.leased_by), (1, first.leased_by));
        assert!(renewed.lease_until > first.lease_until);
        slow.go_on.notify_one();
        let done = until(db, |job| job.state == JobState::Done).await?;
        assert_eq!(done.attempts, 1);
        for worker in working {
            worker.stop().await;
        }
        Ok(())
    }
);

on_both!(
    async fn stopping_lets_jobs_end_or_releases_them(db: &TestDb) {
        let bench = Bench::new();
        let slow = Slow::default();
        let hasty = WorkerOptions {
            grace: Duration::from_millis(50),
            ..OPTIONS
        };
        let registry = Registry::default().on(KIND, slow.clone());
        let working = bench.worker_of(db.database(), registry, hasty).start();
        bench.enqueue(db, NewJob::new(KIND)).await?;
        slow.began.notified().await;
        working.stop().await;
        let job = the_job(db).await?;
        assert_eq!((job.state, job.attempts, job.leased_by), (JobState::Queued, 0, None));

        let working = bench.worker(db.database(), slow.clone()).start();
        slow.began.notified().await;
        let end = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            slow.go_on.notify_one();
        };
        tokio::join!(working.stop(), end);
        let job = the_job(db).await?;
        assert_eq!((job.state, job.attempts), (JobState::Done, 1));
        Ok(())
    }
);

on_both!(
    async fn a_kind_that_nobody_here_knows_is_left_to_others(db: &TestDb) {
        let bench = Bench::new();
        bench.enqueue(db, NewJob::new("from.the-future")).await?;
        let worker = bench.worker(db.database(), Script::default());
        assert_eq!(outcomes(&worker).await?, []);
        assert_eq!(the_job(db).await?.state, JobState::Queued);
        Ok(())
    }
);

on_both!(
    async fn what_is_old_is_cleared_away_and_what_is_not_stays(db: &TestDb) {
        let bench = Bench::new();
        let now: DateTime<Utc> = bench.clock.now();
        let days = chrono::Duration::days;
        for (number, state, ago, stays) in [
            (1, JobState::Done, 13, true),
            (2, JobState::Done, 15, false),
            (3, JobState::Dead, 15, true),
            (4, JobState::Dead, 91, false),
            (5, JobState::Queued, 91, true),
        ] {
            let mut tagged = NewJob::new("test.other").at(now + days(1));
            tagged = tagged.once(format!("{number} {}", if stays { "stays" } else { "goes" }));
            let id = bench.enqueue(db, tagged).await?.unwrap();
            let mut row = job::Entity::find_by_id(id)
                .one(db.conn())
                .await?
                .unwrap()
                .into_active_model();
            row.state = Set(state);
            row.finished_at = Set((state != JobState::Queued).then_some(now - days(ago)));
            row.update(db.conn()).await?;
        }
        for (position, hours) in [(1, 73), (2, 71)] {
            let change = change_feed::Model {
                position,
                transaction_id: 0,
                audit_event_id: Uuid::nil(),
                at: now - chrono::Duration::hours(hours),
            };
            let mut row = change.into_active_model().reset_all();
            row.position = sea_orm::NotSet;
            change_feed::Entity::insert(row)
                .exec_without_returning(db.conn())
                .await?;
        }
        let registry = chores::registry(chores::Retention::default(), None);
        let worker = bench.worker_of(db.database(), registry, OPTIONS);
        let ended = worker.drain().await?;
        assert_eq!(ended.len(), 10, "every chore that recurs: {ended:?}");
        assert!(ended.iter().all(|job| job.outcome == Outcome::Done), "{ended:?}");
        let left = job::Entity::find().all(db.conn()).await?;
        let keys: Vec<_> = left.iter().filter_map(|job| job.dedupe_key.as_deref()).collect();
        assert_eq!(keys.iter().filter(|key| key.ends_with(" stays")).count(), 3, "{keys:?}");
        assert_eq!(keys.iter().filter(|key| key.ends_with(" goes")).count(), 0, "{keys:?}");
        let changes = change_feed::Entity::find().all(db.conn()).await?;
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].at, now - chrono::Duration::hours(71));
        assert_eq!(change_feed::Entity::find().count(db.conn()).await?, 1);
        Ok(())
    }
);
