//! Why an import did not happen.
//!
//! Nothing is half-written in any of these cases: the caller's transaction is dropped. Neighbours: `folder` and
//! `reference` return it, the command prints it.

use std::path::PathBuf;

use super::csv::problems::Problem;

/// Why an import did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The folder cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// Why it cannot.
        source: std::io::Error,
    },
    /// The folder holds nothing to import.
    #[error("{path} holds none of the files {expected}")]
    Nothing {
        /// The folder.
        path: PathBuf,
        /// The file names that would be read.
        expected: String,
    },
    /// The files have faults; all of them.
    #[error("{} fault(s) in the files; nothing was imported", errors.len())]
    Faults {
        /// What stops the import, in the order of the files.
        errors: Vec<Problem>,
        /// What does not stop it.
        warnings: Vec<Problem>,
    },
    /// There are no councils to refer to.
    #[error("the database holds no councils; run `peer-challenge import reference` first")]
    NoCouncils,
    /// The data files inside the program are damaged.
    #[error("the program's own data file {file} is damaged: {reason}")]
    Damaged {
        /// The data file.
        file: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sea_orm::DbErr),
}
