//! The commands of the one binary.
//!
//! Each command is a file with its arguments and its `run`. Results go to standard output, logs and errors to
//! standard error; the exit code is 0, or 1 with one line that says what went wrong, or 2 for a wrong command line or
//! configuration file.
//!
//! A new command: a file here, a variant in [`Command`], a line in [`dispatch`].

mod backup;
mod config;
mod copy;
mod demo;
mod import;
mod jobs;
mod migrate;
mod plan;
mod schema;
mod season;
mod serve;
mod token;
mod verify;

use std::{ffi::OsString, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    auth::{Viewer, ViewerRole},
    clock::Clock,
    config::layers::{self, LayerError},
    graphql::context::Act,
    ids::IdGenerator,
    import::audit::ACTOR,
    telemetry::{self, LogFormat},
};

/// Peer challenges between English councils: finds conflict-free teams, schedules them, follows their life.
#[derive(Debug, Parser)]
#[command(
    name = "peer-challenge",
    version,
    propagate_version = true,
    after_help = "Start here:\n  peer-challenge demo                                   see the main job on a database of its own\n  \
                  peer-challenge import reference                       load the councils and all that is known of them\n  \
                  peer-challenge serve                                  run the service on http://127.0.0.1:8080\n  \
                  peer-challenge token --role national-programme        print a token for it\n\n\
                  Every command explains itself with --help."
)]
struct Cli {
    /// How log lines look; what is logged follows the variable `RUST_LOG`.
    #[arg(long, global = true, env = "PEER_CHALLENGE_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
    /// File with settings (TOML); environment variables and flags win over it. See `config example`.
    #[arg(long, global = true, env = "PEER_CHALLENGE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(Box<demo::Demo>),
    Serve(Box<serve::Serve>),
    Import(import::Import),
    Jobs(jobs::Jobs),
    Migrate(migrate::Migrate),
    Plan(plan::Plan),
    Season(season::ExportSeason),
    Verify(verify::Verify),
    Schema(schema::PrintSchema),
    Token(token::Token),
    Config(config::Config),
    Backup(backup::Backup),
    Copy(copy::Copy),
}

async fn dispatch(command: Command, file: Option<PathBuf>) -> anyhow::Result<()> {
    match command {
        Command::Demo(demo) => demo.run().await,
        Command::Serve(serve) => serve.run().await,
        Command::Import(import) => import.run().await,
        Command::Jobs(jobs) => jobs.run().await,
        Command::Migrate(migrate) => migrate.run().await,
        Command::Plan(plan) => plan.run().await,
        Command::Season(season) => season.run().await,
        Command::Verify(verify) => verify.run(),
        Command::Schema(schema) => schema.run(),
        Command::Token(token) => token.run(),
        Command::Config(config) => config.run(file),
        Command::Backup(backup) => backup.run().await,
        Command::Copy(copy) => copy.run().await,
    }
}

/// The command line, acting in the name of the national programme.
fn act(clock: &dyn Clock, ids: Arc<dyn IdGenerator>) -> Act {
    Act::new(Viewer::new(ACTOR, ViewerRole::Programme), clock, ids)
}

/// Reads the command line, runs the command, and turns its outcome into an exit code.
pub fn run() -> ExitCode {
    let argv: Vec<OsString> = std::env::args_os().collect();
    // `config` looks at files itself, so that it can speak about their faults.
    let cli = layers::parse(&Cli::command(), &argv, &["config"])
        .and_then(|layered| Ok(Cli::from_arg_matches(&layered.matches)?));
    let cli = match cli {
        Ok(cli) => cli,
        Err(LayerError::CommandLine(error)) => error.exit(),
        Err(LayerError::File(error)) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    telemetry::start(cli.log_format);
    // Deeply nested selections need stack in debug builds; two megabytes are not always enough there.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(8 * 1024 * 1024)
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(dispatch(cli.command, cli.config));
            // What still runs now was told to stop, or belongs to nobody.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(anyhow::anyhow!("the runtime cannot start: {error}")),
    };
    telemetry::end();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_explained() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        command.build();
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            assert!(
                sub.get_about().is_some(),
                "{} says nothing about itself",
                sub.get_name()
            );
            assert!(sub.get_after_help().is_some(), "{} has no example", sub.get_name());
            for argument in sub.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{}: {}",
                    sub.get_name(),
                    argument.get_id()
                );
            }
        }
    }
}
