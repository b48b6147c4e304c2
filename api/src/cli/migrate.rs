//! `peer-challenge migrate up|down|status`: the schema of the database, by hand.
//!
//! `serve` goes up by itself; this is for looking, for going back, and for deployments that migrate separately.

use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use migration::Migrator;

use crate::{
    config::DatabaseArgs,
    db::{Database, migrate},
};

/// Show, apply or take back the steps of the database schema.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge migrate status\n  \
    peer-challenge migrate up --database-url postgres://peer@db.example.org/peer\n  \
    peer-challenge migrate down --steps 1")]
pub(super) struct Migrate {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Apply the missing steps, all or none of them.
    Up {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Apply only the next N steps.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        steps: Option<u32>,
    },
    /// Take back the latest step. What its tables held is lost.
    Down {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Take back the latest N steps.
        #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "all",
            value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Take back every step: nothing remains.
        #[arg(long)]
        all: bool,
    },
    /// List the steps and whether the database has them; changes nothing.
    Status {
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self.action {
            Action::Up { database, steps } => {
                let database = Database::connect(&database.options()).await?;
                let done = migrate::up::<Migrator>(&database, steps).await?;
                report("applied", &done);
            }
            Action::Down { database, steps, all } => {
                let database = Database::connect(&database.existing()).await?;
                let done = migrate::down::<Migrator>(&database, (!all).then_some(steps)).await?;
                report("taken back", &done);
            }
            Action::Status { database } => {
                let database = Database::connect(&database.existing()).await?;
                let mut table = Table::new();
                table.load_preset(presets::NOTHING).set_header(["step", "state"]);
                for step in migrate::status::<Migrator>(database.reader()).await? {
                    table.add_row([step.name.as_str(), if step.applied { "applied" } else { "pending" }]);
                }
                println!("{table}");
            }
        }
        Ok(())
    }
}

fn report(what: &str, steps: &[String]) {
    if steps.is_empty() {
        println!("nothing to do");
    }
    for step in steps {
        println!("{what}: {step}");
    }
}
