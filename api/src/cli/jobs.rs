//! `peer-challenge jobs list|retry`: what an engineer on call needs to know of background jobs.
//!
//! Works beside a running service and without one; it runs no job itself.

use std::{str::FromStr, sync::Arc};

use anyhow::{anyhow, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use entity::enums::JobState;
use migration::Migrator;
use uuid::Uuid;

use super::act;
use crate::{
    clock::{Clock, SystemClock},
    config::DatabaseArgs,
    db::{Database, migrate},
    ids::SystemIds,
    jobs::{self, Revival, repo},
};

/// List background jobs, or have a dead one tried again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge jobs list --state dead\n  \
    peer-challenge jobs list --kind team.adopt-policies --limit 5\n  \
    peer-challenge jobs retry 0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\n\n\
    The cause of a failure is in the log of the replica that ran the job; the job keeps its code.")]
pub(super) struct Jobs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List jobs, newest first; changes nothing.
    List {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Only jobs in this state: queued, running, done or dead; may be repeated.
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Vec<JobState>,
        /// Only jobs of this kind.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Show at most N jobs.
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
    },
    /// Queue a dead job again, with all its attempts; the audit record tells of it.
    Retry {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Key of the job, as `list` shows it.
        #[arg(value_name = "ID")]
        id: Uuid,
    },
}

fn state(text: &str) -> Result<JobState, String> {
    JobState::from_str(&text.to_ascii_uppercase()).map_err(|_| "expected queued, running, done or dead".to_owned())
}

impl Jobs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self.action {
            Action::List {
                database,
                state,
                kind,
                limit,
            } => {
                let database = open(&database).await?;
                // One more than shown tells whether that is all.
                let mut jobs = repo::newest(database.reader(), &state, kind.as_deref(), limit + 1).await?;
                let shown = usize::try_from(limit).unwrap_or(usize::MAX);
                let more = jobs.len() > shown;
                jobs.truncate(shown);
                println!("{}", table(&jobs));
                if more {
                    println!("There are more; show them with --limit.");
                }
            }
            Action::Retry { database, id } => {
                let database = open(&database).await?;
                let tx = database.begin().await?;
                let clock: Arc<dyn Clock> = Arc::new(SystemClock);
                let act = act(&*clock, Arc::new(SystemIds::new(Arc::clone(&clock))));
                let revival = jobs::retry(&tx, &act, id).await.map_err(|error| anyhow!("{error:?}"))?;
                tx.commit().await?;
                match revival {
                    Revival::Queued => println!("queued again: {id}"),
                    Revival::Is(state) => bail!("job {id} is {state}; only a DEAD job can be tried again"),
                    Revival::Unknown => bail!("there is no job {id}"),
                }
            }
        }
        Ok(())
    }
}

async fn open(args: &DatabaseArgs) -> anyhow::Result<Database> {
    let database = Database::connect(&args.existing()).await?;
    migrate::require_current::<Migrator>(database.reader()).await?;
    Ok(database)
}

fn table(jobs: &[entity::job::Model]) -> Table {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header([
        "id",
        "kind",
        "state",
        "attempts",
        "due",
        "lease until",
        "finished",
        "last error",
    ]);
    for job in jobs {
        table.add_row([
            job.id.to_string(),
            job.kind.clone(),
            job.state.to_string(),
            format!("{}/{}", job.attempts, job.max_attempts),
            instant(job.run_at),
            job.lease_until.map(instant).unwrap_or_default(),
            job.finished_at.map(instant).unwrap_or_default(),
            job.last_error.clone().unwrap_or_default(),
        ]);
    }
    table
}
