//! Background jobs that fall due while the database is away.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::ensure;
use entity::{enums::JobState, job};
use peer_challenge::jobs::{Handler, JobError, NewJob, Registry, Work, Worker, WorkerOptions, Working, enqueue};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use support::App;

use super::outage::{BACK, until};

const PLANNED: &str = "test.planned";
const HOURLY: &str = "test.hourly";
/// Planned jobs of each outage.
const COUNT: u32 = 5;

/// Counts what it does.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU32>);

#[async_trait::async_trait]
impl Handler for Counting {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let tx = work.database.begin().await?;
        work.hold(&tx).await?;
        tx.commit().await?;
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A running worker with planned jobs and a recurring one.
pub(super) struct Chores {
    working: Working,
    planned: Counting,
    hourly: Counting,
    outages: AtomicU32,
}

impl Chores {
    /// Starts the worker on the app's database and clock.
    pub(super) fn start(app: &App) -> Self {
        let (planned, hourly) = (Counting::default(), Counting::default());
        let registry =
            Registry::default()
                .on(PLANNED, planned.clone())
                .every(Duration::from_hours(1), HOURLY, hourly.clone());
        let options = WorkerOptions {
            poll: Duration::from_millis(50),
            ..WorkerOptions::default()
        };
        let worker = Worker::new(
            &app.database,
            app.clock.clone(),
            Arc::clone(&app.ids),
            registry,
            options,
        );
        Self {
            working: worker.start(),
            planned,
            hourly,
            outages: AtomicU32::new(0),
        }
    }

    fn ran(&self) -> (u32, u32) {
        (
            self.planned.0.load(Ordering::SeqCst),
            self.hourly.0.load(Ordering::SeqCst),
        )
    }

    /// Plans jobs for the next hour; those of this one are done by then.
    pub(super) async fn plan(&self, app: &App) -> anyhow::Result<()> {
        let before = self.outages.load(Ordering::SeqCst);
        until("this hour's job is done", BACK, async || Ok(self.ran().1 == before + 1)).await?;
        let act = app.act();
        let tx = app.database.begin().await?;
        for _ in 0..COUNT {
            enqueue(
                &tx,
                &act,
                NewJob::new(PLANNED).at(act.at + chrono::Duration::minutes(30)),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The hour passes while nobody can write.
    pub(super) fn fall_due(&self, app: &App) {
        app.clock.advance(chrono::Duration::hours(1));
        self.outages.fetch_add(1, Ordering::SeqCst);
    }

    /// All that fell due was done after the outage, by one attempt each.
    pub(super) async fn are_done_once(&self, app: &App) -> anyhow::Result<()> {
        let outages = self.outages.load(Ordering::SeqCst);
        let wanted = (outages * COUNT, outages + 1);
        until("what fell due is done", BACK, async || {
            let open = job::Entity::find()
                .filter(job::Column::State.ne(JobState::Done))
                .one(app.database.reader())
                .await?;
            Ok(open.is_none() && self.ran().1 == wanted.1)
        })
        .await?;
        ensure!(self.ran() == wanted, "{:?} instead of {wanted:?}", self.ran());
        let jobs = job::Entity::find().all(app.database.reader()).await?;
        ensure!(jobs.iter().all(|job| job.attempts == 1), "{jobs:#?}");
        Ok(())
    }

    pub(super) async fn stop(self) {
        self.working.stop().await;
    }
}
