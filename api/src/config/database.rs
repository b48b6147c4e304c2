//! Where the data is: the database, and the directory of this installation's own files.

use std::path::PathBuf;

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
}

impl DatabaseArgs {
    /// Settings that create a missing SQLite file.
    pub fn options(&self) -> DatabaseOptions {
        DatabaseOptions::new(&self.database_url)
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
        DatabaseOptions::existing(&self.database_url)
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
