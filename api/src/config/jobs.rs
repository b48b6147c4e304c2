//! What goes on beside requests: background jobs and the feed of changes.

use std::time::Duration;

use clap::{Args, value_parser};

use crate::{chores::Retention, feed::FeedOptions, jobs::WorkerOptions};

/// Background jobs and the feed of changes.
#[derive(Debug, Clone, Args)]
pub struct JobArgs {
    /// Background jobs that this process runs at a time; 0 leaves them to other replicas.
    #[arg(long, env = "PEER_CHALLENGE_JOB_PLACES", default_value_t = 4, value_name = "N",
        value_parser = value_parser!(u16).range(..=64))]
    pub job_places: u16,
    /// Seconds after which another replica takes over the jobs of one that no longer answers.
    ///
    /// A running job's lease is renewed three times as often. Replicas' clocks must agree far better than this.
    #[arg(long, env = "PEER_CHALLENGE_JOB_LEASE_SECONDS", default_value_t = 60, value_name = "N",
        value_parser = value_parser!(u64).range(1..=3600))]
    pub job_lease_seconds: u64,
    /// Seconds that running jobs may take to end on shutdown; then another replica begins them anew.
    #[arg(
        long,
        env = "PEER_CHALLENGE_JOB_GRACE_SECONDS",
        default_value_t = 10,
        value_name = "N"
    )]
    pub job_grace_seconds: u64,
    /// Days for which finished jobs are kept.
    #[arg(long, env = "PEER_CHALLENGE_JOB_RETENTION_DAYS", default_value_t = 14, value_name = "N",
        value_parser = value_parser!(u64).range(2..=3650))]
    pub job_retention_days: u64,
    /// Days for which jobs are kept that were given up.
    #[arg(long, env = "PEER_CHALLENGE_DEAD_JOB_RETENTION_DAYS", default_value_t = 90, value_name = "N",
        value_parser = value_parser!(u64).range(2..=3650))]
    pub dead_job_retention_days: u64,
    /// Hours for which rows of the feed of changes are kept.
    #[arg(long, env = "PEER_CHALLENGE_FEED_RETENTION_HOURS", default_value_t = 72, value_name = "N",
        value_parser = value_parser!(u64).range(1..=8760))]
    pub feed_retention_hours: u64,
    /// Changes that a subscriber may be behind before it loses some (and is told so).
    #[arg(long, env = "PEER_CHALLENGE_FEED_BUFFER", default_value_t = 4096, value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub feed_buffer: u32,
}

impl JobArgs {
    /// Settings of the worker.
    pub fn worker(&self) -> WorkerOptions {
        WorkerOptions {
            places: usize::from(self.job_places),
            lease: Duration::from_secs(self.job_lease_seconds),
            grace: Duration::from_secs(self.job_grace_seconds),
            ..WorkerOptions::default()
        }
    }

    /// Settings of the feed.
    pub fn feed(&self) -> FeedOptions {
        FeedOptions {
            buffer: usize::try_from(self.feed_buffer).unwrap_or(usize::MAX),
            ..FeedOptions::default()
        }
    }

    /// For how long things are kept.
    pub fn retention(&self) -> Retention {
        let days = |days: u64| Duration::from_hours(24 * days);
        Retention {
            feed: Duration::from_hours(self.feed_retention_hours),
            done_jobs: days(self.job_retention_days),
            dead_jobs: days(self.dead_job_retention_days),
        }
    }
}
