//! Where the data is: the database, and the directory of this installation's own files.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::db::{self, ConnectError, DatabaseOptions};

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// The database: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    ///
    /// A missing SQLite file is created; a PostgreSQL database must exist (`createdb NAME`).
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://peer-challenge.db",
        value_name = "URL"
    )]
    pub database_url: String,
    /// Connections: all of them on PostgreSQL, those that read on SQLite (which has one more that writes).
    /// [default: 10 on PostgreSQL, 4 on SQLite]
    #[arg(long, env = "PEER_CHALLENGE_DATABASE_CONNECTIONS", value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub database_connections: Option<u32>,
    /// How long a request waits for a free connection, and on SQLite for the lock of another process.
    #[arg(long, env = "PEER_CHALLENGE_ACQUIRE_TIMEOUT_SECONDS", default_value_t = 5, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=600))]
    pub acquire_timeout_seconds: u32,
    /// When one statement is given up. Migrations and backups are exempt.
    #[arg(long, env = "PEER_CHALLENGE_STATEMENT_TIMEOUT_SECONDS", default_value_t = 30, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub statement_timeout_seconds: u32,
    /// When PostgreSQL gives up waiting for a lock. Migrations are exempt.
    #[arg(long, env = "PEER_CHALLENGE_LOCK_TIMEOUT_SECONDS", default_value_t = 15, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub lock_timeout_seconds: u32,
}

impl DatabaseArgs {
    /// Settings that create a missing SQLite file.
    pub fn options(&self) -> DatabaseOptions {
        self.bounded(DatabaseOptions::new(&self.database_url))
    }

    /// Whether the URL can name a database of ours.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), ConnectError> {
        db::connect::check_url(&self.database_url)
    }

    /// Settings under which a missing SQLite file is an error.
    pub fn existing(&self) -> DatabaseOptions {
        self.bounded(DatabaseOptions::existing(&self.database_url))
    }

    fn bounded(&self, options: DatabaseOptions) -> DatabaseOptions {
        let seconds = |count: u32| Duration::from_secs(count.into());
        DatabaseOptions {
            sqlite_readers: self.database_connections.unwrap_or(options.sqlite_readers),
            postgres_connections: self.database_connections.unwrap_or(options.postgres_connections),
            acquire_timeout: seconds(self.acquire_timeout_seconds),
            statement_timeout: Some(seconds(self.statement_timeout_seconds)),
            lock_timeout: seconds(self.lock_timeout_seconds),
            ..options
        }
    }
}

/// Where this installation keeps what is its own.
#[derive(Debug, Clone, Args)]
pub struct DataDirArgs {
    /// Directory of this installation's own files; the local signing key is kept there (mode 0600).
    #[arg(
        long,
        env = "PEER_CHALLENGE_DATA_DIR",
        default_value = ".peer-challenge",
        value_name = "DIR"
    )]
    pub data_dir: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        database: DatabaseArgs,
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_library() {
        let line = Line::parse_from(["line", "--database-url", "sqlite://x.db"]).database;
        let plain = DatabaseOptions::new("sqlite://x.db");
        assert_eq!(format!("{:?}", line.options()), format!("{plain:?}"));
        let changed = ["line", "--database-connections", "7", "--lock-timeout-seconds", "3"];
        let changed = Line::parse_from(changed).database.existing();
        assert_eq!((changed.sqlite_readers, changed.postgres_connections), (7, 7));
        assert_eq!(changed.lock_timeout, Duration::from_secs(3));
        assert!(!changed.create_if_missing);
    }
}
