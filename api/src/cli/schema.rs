//! `peer-challenge schema`: prints the GraphQL schema.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::graphql::schema::definition;

/// Print the GraphQL schema (SDL), to generate clients from or to compare with schema.graphql.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  peer-challenge schema\n  peer-challenge schema --out schema.graphql")]
pub(super) struct PrintSchema {
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl PrintSchema {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let text = definition();
        if let Some(path) = self.out {
            return std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()));
        }
        print!("{text}");
        Ok(())
    }
}
