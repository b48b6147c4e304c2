//! What the service does by itself: every kind of background job there is, and which of them recur.
//!
//! A new job: a handler beside the aggregate that it works on, and a line in [`registry`]. What is left of idempotency
//! keys, of the feed of changes and of finished jobs is cleared away here.
//!
//! Neighbours: `jobs` (how they are run), `cli::serve` (runs them), `config::JobArgs` and `config::FeedArgs` (for how long
//! things are kept).

use std::time::Duration;

use crate::{
    feed,
    graphql::change,
    invitation::expire::ExpireInvitations,
    jobs::{self, Handler, JobError, Registry, Work},
    notice::{mail::SendMail, remind::Remind},
    picture::kpi::MeasureKpis,
    planning::season::{
        run::{EndLostRuns, PlanSeason},
        service,
    },
    team::{
        reserves::{self, KeepReserves},
        watch::AdoptPolicies,
    },
    visit::escalate::EscalateRisks,
};

/// For how long things are kept that only the service itself needs.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Rows of the feed of changes.
    pub feed: Duration,
    /// Jobs that were done; longer than any job's period.
    pub done_jobs: Duration,
    /// Jobs that were given up.
    pub dead_jobs: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            feed: Duration::from_hours(3 * 24),
            done_jobs: Duration::from_hours(14 * 24),
            dead_jobs: Duration::from_hours(90 * 24),
        }
    }
}

/// Every kind of job; e-mails are sent where there is a mail server.
pub fn registry(retention: Retention, mail: Option<SendMail>) -> Registry {
    let hour = Duration::from_hours(1);
    let registry = Registry::default()
        // A policy comes into force at midnight in England, which is a full hour of UTC in summer too.
        .every(hour, "team.adopt-policies", AdoptPolicies)
        .every(hour, reserves::JOB, KeepReserves)
        .on(service::JOB, PlanSeason::default())
        .every(Duration::from_mins(5), "season.end-lost-runs", EndLostRuns)
        .every(hour, "idempotency.forget", ForgetKeys)
        .every(hour, "feed.prune", PruneFeed(retention.feed))
        .every(hour, "jobs.prune", PruneJobs(retention))
        .every(hour, "invitations.expire", ExpireInvitations)
        .every(hour, "notices.remind", Remind)
        .every(hour, "risks.escalate", EscalateRisks)
        .every(Duration::from_hours(6), "kpis.measure", MeasureKpis);
    match mail {
        Some(mail) => registry.every(Duration::from_mins(5), "notices.mail", mail),
        None => registry,
    }
}

struct ForgetKeys;

#[async_trait::async_trait]
impl Handler for ForgetKeys {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let forgotten = change::forget_old_keys(&work.act, work.database.writer()).await?;
        tracing::debug!(forgotten, "old idempotency keys are gone");
        Ok(())
    }
}

struct PruneFeed(Duration);

#[async_trait::async_trait]
impl Handler for PruneFeed {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let pruned = feed::prune(work.database.writer(), work.act.at - self.0).await?;
        tracing::debug!(pruned, "old rows of the feed of changes are gone");
        Ok(())
    }
}

struct PruneJobs(Retention);

#[async_trait::async_trait]
impl Handler for PruneJobs {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let Self(retention) = self;
        let (done, dead) = (work.act.at - retention.done_jobs, work.act.at - retention.dead_jobs);
        let pruned = jobs::repo::prune(work.database.writer(), done, dead).await?;
        tracing::debug!(pruned, "old jobs are gone");
        Ok(())
    }
}
