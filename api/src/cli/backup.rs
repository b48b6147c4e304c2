//! `peer-challenge backup FILE`: a copy of a SQLite database, taken while the service runs.
//!
//! `VACUUM INTO` reads one consistent state: what was committed before it began is in the copy whole, nothing else is. The
//! copy is written beside the target under another name, checked, made durable, and only then given its name, so a file of
//! that name is always complete. PostgreSQL has `pg_dump`, which does all that better.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::{
    config::DatabaseArgs,
    db::{Database, DatabaseOptions},
};

/// Copy the SQLite database to a file, safely while the service runs.
///
/// The copy is complete and checked, or there is none. An existing file is never overwritten. For PostgreSQL use pg_dump.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge backup /backups/peer-challenge-monday.db\n  \
    peer-challenge backup copy.db --database-url sqlite:///var/lib/peer/data.db\n\n\
    To restore: stop the service, put the copy in the database's place, remove the files -wal and -shm\n\
    beside it if they exist, start the service. PostgreSQL: docs/OPERATIONS.md.")]
pub(super) struct Backup {
    /// Where the copy goes.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Backup {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        self.database.check()?;
        if !self.database.database_url.starts_with("sqlite:") {
            bail!(
                "this copies SQLite databases; for PostgreSQL: pg_dump --format=custom --file={} …",
                self.file.display()
            );
        }
        ensure!(
            !self.file.exists(),
            "{} exists; a backup never overwrites",
            self.file.display()
        );
        let mut partial = self.file.clone().into_os_string();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let outcome = copy(self.database.existing(), &partial).await;
        if let Err(error) = outcome {
            // What is left of an attempt must not be taken for a backup; the first error is the one that matters.
            let _ = std::fs::remove_file(&partial);
            return Err(error);
        }
        publish(&partial, &self.file).with_context(|| format!("cannot write {}", self.file.display()))?;
        println!("{}", self.file.display());
        Ok(())
    }
}

async fn copy(options: DatabaseOptions, target: &Path) -> anyhow::Result<()> {
    let name = target.to_str().context("the file's name is no UTF-8")?;
    // VACUUM refuses a file that exists; this one is of an attempt that was broken off.
    if target.exists() {
        std::fs::remove_file(target).with_context(|| format!("cannot remove {name}"))?;
    }
    // Copying and checking everything takes as long as it takes.
    let patient = |options| DatabaseOptions {
        statement_timeout: None,
        ..options
    };
    let database = Database::connect(&patient(options)).await?;
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [name.into()]);
    database
        .writer()
        .execute_raw(statement)
        .await
        .context("copying failed")?;
    database.close().await?;
    let copy = Database::connect(&patient(DatabaseOptions::existing(format!("sqlite://{name}")))).await?;
    for check in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
        let rows = copy
            .reader()
            .query_all_raw(Statement::from_string(DbBackend::Sqlite, check))
            .await?;
        let fine = match rows.as_slice() {
            [] => true,
            [only] => only.try_get_by_index::<String>(0).is_ok_and(|text| text == "ok"),
            _ => false,
        };
        ensure!(
            fine,
            "the copy does not pass {check}; the database itself may be damaged"
        );
    }
    copy.close().await?;
    Ok(())
}

/// Makes the copy durable, then gives it its name.
fn publish(partial: &Path, file: &Path) -> std::io::Result<()> {
    File::open(partial)?.sync_all()?;
    // A hard link fails when the name was taken meanwhile; a rename would overwrite.
    std::fs::hard_link(partial, file)?;
    std::fs::remove_file(partial)?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
