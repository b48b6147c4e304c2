//! `peer-challenge copy --to URL`: all that a database holds, into an empty one of either engine.

use anyhow::Context as _;
use clap::Args;
use migration::Migrator;

use crate::{
    config::DatabaseArgs,
    db::{Database, DatabaseOptions, connect, copy, migrate},
};

/// Copy everything into another database, which is empty: from SQLite to PostgreSQL, or back into a file.
///
/// Keys and records stay as they are; jobs that are running or waiting are left behind, and the new database has the schema of this
/// version. Everything is there afterwards, or nothing. Stop the service first when the copy is to take its place: what is written
/// meanwhile is not in it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge copy --to postgres://peer@db.example.org/peer\n  \
    peer-challenge copy --to sqlite://decision-2027.db --database-url postgres://peer@db.example.org/peer\n\n\
    The copy is as confidential as the database.")]
pub(super) struct Copy {
    /// The other database; a missing SQLite file is made.
    #[arg(long, value_name = "URL")]
    to: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Copy {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        self.database.check()?;
        connect::check_url(&self.to).context("--to")?;
        // Reading and writing everything takes as long as it takes.
        let patient = |options| DatabaseOptions {
            statement_timeout: None,
            ..options
        };
        let from = Database::connect(&patient(self.database.existing())).await?;
        migrate::require_current::<Migrator>(from.reader()).await?;
        let to = Database::connect(&patient(DatabaseOptions::new(&self.to))).await?;
        migrate::up::<Migrator>(&to, None).await?;
        let copied = copy::copy(&from, &to).await?;
        let rows: u64 = copied.iter().map(|(_, rows)| rows).sum();
        for (table, rows) in copied.iter().filter(|(_, rows)| *rows > 0) {
            println!("{rows:>9}  {table}");
        }
        println!("{rows:>9}  rows of {} tables", copied.len());
        from.close().await?;
        to.close().await?;
        Ok(())
    }
}
