//! The layers of configuration: defaults < file < environment < flags, for every command line argument alike.
//!
//! No setting is loaded by hand. The command line is parsed as it stands first (its errors and `--help` end there); then
//! the file's values become defaults of the same arguments and it is parsed again, so flags and environment win by
//! themselves. A setting is an argument with an environment variable; arguments without one (`--dry-run`, `--all`) belong
//! to one run and are refused in a file. A file's value gives way when an argument that conflicts with it is given
//! explicitly.
//!
//! Neighbours: `describe` (what is in force, example, tables), `file` (reads and checks the file).

use std::{ffi::OsString, path::PathBuf};

use clap::{Arg, ArgMatches, Command, parser::ValueSource};

use super::file::{ConfigFile, FileError};

/// Id and long name of the argument that names the file.
pub const FILE_ARGUMENT: &str = "config";

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The command line or the environment is wrong, or asked for help.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
    /// The file is wrong.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A command line with the file's values beneath it.
#[derive(Debug)]
pub struct Layered {
    /// What is in force.
    pub matches: ArgMatches,
    /// The command definition that gave `matches`.
    pub command: Command,
    /// The file, when one was named.
    pub file: Option<ConfigFile>,
    /// Names of the commands that were chosen, outermost first.
    pub path: Vec<String>,
}

/// Parses `argv` (the program's name first) in all layers. A path that begins with one of `fileless` reads no file.
///
/// # Errors
/// What clap says of the command line and the environment, or every fault of the file.
pub fn parse(command: &Command, argv: &[OsString], fileless: &[&str]) -> Result<Layered, LayerError> {
    let first = command.clone().try_get_matches_from(argv)?;
    // Built copies are for looking at: global arguments are known in every command there.
    let built = |command: &Command| {
        let mut command = command.clone();
        command.build();
        command
    };
    let path = path(&first);
    let named = first.try_get_one::<PathBuf>(FILE_ARGUMENT).ok().flatten().cloned();
    let named = named.filter(|_| !path.first().is_some_and(|name| fileless.contains(&name.as_str())));
    let Some(name) = named else {
        return Ok(Layered {
            matches: first,
            command: built(command),
            file: None,
            path,
        });
    };
    let definition = built(command);
    let mut file = ConfigFile::read(&name, &definition)?;
    yield_to_explicit(&mut file, &definition, &first, &path);
    let layered = beneath(command.clone(), &path, &[], &file);
    let matches = layered.clone().try_get_matches_from(argv)?;
    Ok(Layered {
        matches,
        command: built(&layered),
        file: Some(file),
        path,
    })
}

/// Whether an argument is a setting: it can come from the environment, so also from a file.
pub(super) fn is_setting(argument: &Arg) -> bool {
    argument.get_env().is_some() && argument.get_long().is_some() && argument.get_id() != FILE_ARGUMENT
}

fn path(matches: &ArgMatches) -> Vec<String> {
    let mut path = Vec::new();
    let mut inner = matches.subcommand();
    while let Some((name, matches)) = inner {
        path.push(name.to_owned());
        inner = matches.subcommand();
    }
    path
}

/// The matches of the innermost command that was chosen.
pub(super) fn innermost(matches: &ArgMatches) -> &ArgMatches {
    let mut inner = matches;
    while let Some((_, next)) = inner.subcommand() {
        inner = next;
    }
    inner
}

/// Flags and environment beat the file also where they contradict it by another argument.
fn yield_to_explicit(file: &mut ConfigFile, command: &Command, first: &ArgMatches, path: &[String]) {
    let Some(leaf) = path
        .iter()
        .try_fold(command, |command, name| command.find_subcommand(name))
    else {
        return;
    };
    let given = |argument: &Arg| {
        let source = innermost(first).value_source(argument.get_id().as_str());
        matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    for argument in leaf.get_arguments().filter(|argument| given(argument)) {
        let others = leaf.get_arguments().filter(|other| {
            leaf.get_arg_conflicts_with(argument)
                .iter()
                .any(|conflict| conflict.get_id() == other.get_id())
                || leaf
                    .get_arg_conflicts_with(other)
                    .iter()
                    .any(|conflict| conflict.get_id() == argument.get_id())
        });
        for other in others.filter_map(Arg::get_long) {
            file.forget(other);
        }
    }
}

/// The command with the file's values as defaults along the chosen path.
fn beneath(command: Command, path: &[String], done: &[String], file: &ConfigFile) -> Command {
    let whole: Vec<String> = done.iter().chain(path).cloned().collect();
    let mut command = command.mut_args(|argument| {
        let values = argument
            .get_long()
            .filter(|_| is_setting(&argument))
            .and_then(|long| file.value(&whole, long));
        match values {
            Some(values) => argument.default_values(values.to_vec()).required(false),
            None => argument,
        }
    });
    if let Some((next, rest)) = path.split_first() {
        let done: Vec<String> = done.iter().chain([next]).cloned().collect();
        command = command.mut_subcommand(next, |inner| beneath(inner, rest, &done, file));
    }
    command
}

#[cfg(test)]
mod tests;
