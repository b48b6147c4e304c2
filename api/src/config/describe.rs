//! Says what the settings are: what is in force and where it came from, an example file, and the tables of the docs.
//!
//! Everything is read from the command line's definition, so it cannot drift from it. An argument that hides its
//! environment's value (`hide_env_values`) is a secret; secrets are never printed.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command, parser::ValueSource};

use super::layers::{FILE_ARGUMENT, Layered, innermost, is_setting};
use crate::metrics::names::METRICS;

/// A setting in force.
#[derive(Debug, PartialEq, Eq)]
pub struct InForce {
    /// Its long name.
    pub setting: String,
    /// Its value as text; secrets are masked.
    pub value: String,
    /// `flag`, `env NAME`, `file PATH`, `default`, or `–` when it has no value.
    pub origin: String,
}

impl Layered {
    /// Every setting of the chosen command, sorted by name.
    pub fn in_force(&self) -> Vec<InForce> {
        let leaf = self
            .path
            .iter()
            .try_fold(&self.command, |command, name| command.find_subcommand(name));
        let matches = innermost(&self.matches);
        let arguments = leaf
            .into_iter()
            .flat_map(Command::get_arguments)
            .chain(self.command.get_arguments());
        let mut settings: Vec<InForce> = arguments
            .filter(|argument| is_setting(argument) || argument.get_id() == FILE_ARGUMENT)
            .filter_map(|argument| {
                let (id, setting) = (argument.get_id().as_str(), argument.get_long()?.to_owned());
                let values = matches.try_get_raw(id).ok()?;
                let Some(source) = matches.value_source(id) else {
                    return Some(InForce {
                        setting,
                        value: String::new(),
                        origin: "–".to_owned(),
                    });
                };
                let values: Vec<_> = values
                    .into_iter()
                    .flatten()
                    .map(|value| value.to_string_lossy())
                    .collect();
                let value = match values.join(", ") {
                    value if argument.is_hide_env_values_set() => masked(&value),
                    value => value,
                };
                let from_file = self
                    .file
                    .as_ref()
                    .filter(|file| file.value(&self.path, &setting).is_some());
                let origin = match (source, from_file) {
                    (ValueSource::CommandLine, _) => "flag".to_owned(),
                    (ValueSource::EnvVariable, _) => format!("env {}", environment(argument)),
                    (_, Some(file)) => format!("file {}", file.path.display()),
                    _ => "default".to_owned(),
                };
                Some(InForce { setting, value, origin })
            })
            .collect();
        settings.sort_by(|a, b| a.setting.cmp(&b.setting));
        settings.dedup_by(|a, b| a.setting == b.setting);
        settings
    }
}

/// What may be shown of a secret: of an address all but its password, of anything else that it is there.
pub fn masked(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return "(set, not shown)".to_owned();
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let rest = match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split(':').next().unwrap_or_default();
            let password = if login.contains(':') { ":***" } else { "" };
            format!("{user}{password}@{host}")
        }
        None => rest.to_owned(),
    };
    // Only what is known to be harmless.
    let shown = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((key @ ("host" | "port" | "mode" | "sslmode" | "application_name" | "user" | "dbname"), value)) => {
                format!("{key}={value}")
            }
            _ => format!("{}=***", pair.split('=').next().unwrap_or_default()),
        });
    let query: Vec<String> = shown.collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{rest}{mark}{}", query.join("&"))
}

/// A file with every setting of `command`, all commented out, with their manuals.
pub fn example(command: &Command) -> String {
    let mut text = format!(
        "# Settings of {name}. Environment variables and flags win over this file.\n\
         # Name it with --config FILE or {variable}; `{name} config check` shows what is in force.\n\
         # Keys apply to every command; a table such as [serve] applies to that command only.\n",
        name = command.get_name(),
        variable = command
            .get_arguments()
            .find(|argument| argument.get_id() == FILE_ARGUMENT)
            .map_or_else(String::new, environment),
    );
    for (argument, commands) in settings(command) {
        let help = argument
            .get_long_help()
            .or(argument.get_help())
            .map(ToString::to_string)
            .unwrap_or_default();
        text.push('\n');
        for line in help.lines() {
            let _ = writeln!(text, "{}", format!("# {line}").trim_end());
        }
        let values = argument.get_possible_values();
        if argument.get_action().takes_values() && !values.is_empty() {
            let names: Vec<_> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
            let _ = writeln!(text, "# One of: {}", names.join(", "));
        }
        let _ = writeln!(
            text,
            "# Commands: {}. Variable: {}.",
            commands.join(", "),
            environment(argument)
        );
        let _ = writeln!(
            text,
            "#{} = {}",
            argument.get_long().unwrap_or_default(),
            sample(argument)
        );
    }
    text
}

/// The settings as a Markdown table, for the docs.
pub fn settings_table(command: &Command) -> String {
    let mut text =
        "| setting (flag, key) | variable | default | meaning | commands |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for (argument, commands) in settings(command) {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let default = match default(argument) {
            text if text.is_empty() => "–".to_owned(),
            text => format!("`{text}`"),
        };
        let _ = writeln!(
            text,
            "| `--{}` | `{}` | {default} | {} | {} |",
            argument.get_long().unwrap_or_default(),
            environment(argument),
            help.lines().next().unwrap_or_default().replace('|', "\\|"),
            commands.join(", ")
        );
    }
    text
}

/// The figures as a Markdown table, for the docs.
pub fn metrics_table() -> String {
    let mut text = "| figure | kind | labels | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    for metric in METRICS {
        let labels = if metric.labels.is_empty() {
            "–".to_owned()
        } else {
            metric.labels.join(", ")
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {labels} | {} |",
            metric.name,
            metric.kind.as_str(),
            metric.help
        );
    }
    text
}

/// Every setting once, in the order of the definition, with the commands that have it.
fn settings(command: &Command) -> Vec<(&Arg, Vec<String>)> {
    fn walk<'a>(command: &'a Command, name: &str, found: &mut Vec<(&'a Arg, Vec<String>)>) {
        for argument in command.get_arguments().filter(|argument| is_setting(argument)) {
            match found
                .iter_mut()
                .find(|(known, _)| known.get_long() == argument.get_long())
            {
                Some((_, commands)) if commands[0] == "all" => {}
                Some((_, commands)) => commands.push(name.to_owned()),
                None if name.is_empty() => found.push((argument, vec!["all".to_owned()])),
                None => found.push((argument, vec![name.to_owned()])),
            }
        }
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            walk(inner, format!("{name} {}", inner.get_name()).trim_start(), found);
        }
    }
    let mut found = Vec::new();
    walk(command, "", &mut found);
    found
}

fn environment(argument: &Arg) -> String {
    argument
        .get_env()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn default(argument: &Arg) -> String {
    let values: Vec<_> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    values.join(",")
}

/// A value in TOML: the default, or something of the right type.
fn sample(argument: &Arg) -> String {
    let default = default(argument);
    if matches!(argument.get_action(), ArgAction::Append) || argument.get_value_delimiter().is_some() {
        "[]".to_owned()
    } else if !argument.get_action().takes_values() {
        "false".to_owned()
    } else if default.parse::<f64>().is_ok() {
        default
    } else {
        format!("\"{default}\"")
    }
}
