//! `peer-challenge config …`: what is in force and where it came from, an example file, the tables of the docs.

use std::{ffi::OsString, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};

use super::{Cli, Command};
use crate::config::{
    describe,
    layers::{self, LayerError},
};

/// Check the settings, or print an example of a configuration file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge config example > peer-challenge.toml\n  \
    peer-challenge config check --config peer-challenge.toml\n  \
    peer-challenge config check serve --bind 0.0.0.0:8080")]
pub(super) struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show each setting in force, and whether a flag, the environment, the file or a default decided it.
    ///
    /// Secrets are masked. The exit code is 1 when something is wrong.
    Check {
        /// The command to look at, with its flags. [default: serve]
        #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Print a configuration file that explains every setting.
    Example,
    /// Print every setting as a Markdown table.
    Settings,
    /// Print every figure of /metrics as a Markdown table.
    Metrics,
}

impl Config {
    pub(super) fn run(self, file: Option<PathBuf>) -> anyhow::Result<()> {
        let mut definition = Cli::command();
        definition.build();
        match self.action {
            Action::Check { command } => return check(command, file),
            Action::Example => print!("{}", describe::example(&definition)),
            Action::Settings => print!("{}", describe::settings_table(&definition)),
            Action::Metrics => print!("{}", describe::metrics_table()),
        }
        Ok(())
    }
}

fn check(command: Vec<OsString>, file: Option<PathBuf>) -> anyhow::Result<()> {
    let mut argv = vec![OsString::from("peer-challenge")];
    // From the environment the inner command line hears of it by itself.
    if let Some(file) = file.filter(|_| std::env::var_os("PEER_CHALLENGE_CONFIG").is_none()) {
        argv.extend([OsString::from("--config"), file.into_os_string()]);
    }
    if command
        .first()
        .is_none_or(|word| word.as_encoded_bytes().starts_with(b"-"))
    {
        argv.push(OsString::from("serve"));
    }
    argv.extend(command);
    let layered = match layers::parse(&Cli::command(), &argv, &[]) {
        Ok(layered) => layered,
        Err(LayerError::CommandLine(error)) => bail!("{}", error.to_string().trim_start_matches("error: ").trim_end()),
        Err(LayerError::File(error)) => return Err(error.into()),
    };
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["setting", "value", "from"]);
    for setting in layered.in_force() {
        table.add_row([setting.setting, setting.value, setting.origin]);
    }
    println!("{table}");
    let cli = Cli::from_arg_matches(&layered.matches)?;
    match cli.command {
        Command::Serve(serve) => serve.check().context("the settings do not fit together"),
        _ => Ok(()),
    }
}
