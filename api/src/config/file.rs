//! Reads a configuration file (TOML) and holds it against the command line's definition.
//!
//! Keys are the long names of settings; at the top they apply to every command that has them, in a table named like a
//! command (`[serve]`, `[migrate.up]`) to that one. Every fault is found before any is reported, each with its key.

use std::{
    any::TypeId,
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use super::layers::is_setting;

/// A wrong file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("the configuration file {} cannot be read: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// It is no TOML.
    #[error("the configuration file {} is not TOML:\n{reason}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// It says things that mean nothing.
    #[error("the configuration file {} has {} fault(s):{}", .path.display(), .faults.len(), List(.faults))]
    Faults {
        /// The file.
        path: PathBuf,
        /// One sentence each, beginning with the key.
        faults: Vec<String>,
    },
}

struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fault| write!(out, "\n  {fault}"))
    }
}

/// The settings of a file, as texts that the command line's own parsers have accepted.
#[derive(Debug)]
pub struct ConfigFile {
    /// Where it is.
    pub path: PathBuf,
    /// By names of commands (none: all of them), then by long name.
    values: BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>,
}

impl ConfigFile {
    /// Reads and checks.
    ///
    /// # Errors
    /// Whatever is wrong with it, all at once.
    pub fn read(path: &Path, command: &Command) -> Result<Self, FileError> {
        let path = path.to_owned();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(reason) => return Err(FileError::Unreadable { path, reason }),
        };
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(reason) => {
                // The excerpt that the library adds could show a secret; its message and place do not.
                let place = reason
                    .span()
                    .map_or(0, |span| text[..span.start.min(text.len())].lines().count());
                let reason = format!("  line {}: {}", place.max(1), toml::de::Error::message(&reason));
                return Err(FileError::Syntax { path, reason });
            }
        };
        let mut reading = Reading::default();
        reading.table(&table, &[], command);
        if reading.faults.is_empty() {
            Ok(Self {
                path,
                values: reading.values,
            })
        } else {
            let faults = reading.faults;
            Err(FileError::Faults { path, faults })
        }
    }

    /// The value of a setting for the command at `path`: the most specific table wins.
    pub(super) fn value(&self, path: &[String], long: &str) -> Option<&[String]> {
        (0..=path.len())
            .rev()
            .find_map(|depth| self.values.get(&path[..depth])?.get(long))
            .map(Vec::as_slice)
    }

    /// Drops a setting everywhere.
    pub(super) fn forget(&mut self, long: &str) {
        for values in self.values.values_mut() {
            values.remove(long);
        }
    }
}

#[derive(Default)]
struct Reading {
    values: BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>,
    faults: Vec<String>,
}

impl Reading {
    fn table(&mut self, table: &Table, path: &[String], command: &Command) {
        for (key, value) in table {
            let shown: Vec<&str> = path.iter().map(String::as_str).chain([key.as_str()]).collect();
            let shown = shown.join(".");
            if let (Value::Table(inner), Some(sub)) = (value, command.find_subcommand(key)) {
                let path: Vec<String> = path.iter().cloned().chain([key.clone()]).collect();
                self.table(inner, &path, sub);
                continue;
            }
            let arguments = arguments(command);
            let outcome = match arguments.iter().find(|argument| argument.get_long() == Some(key)) {
                Some(argument) if is_setting(argument) => texts(argument, value),
                Some(_) => Err("belongs to one run; it is no setting and stands on the command line only".to_owned()),
                None => Err(unknown(key, &arguments, command)),
            };
            match outcome {
                Ok(texts) => {
                    let values = self.values.entry(path.to_vec()).or_default();
                    values.insert(key.clone(), texts);
                }
                Err(fault) => self.faults.push(format!("{shown}: {fault}")),
            }
        }
    }
}

/// Arguments of a command and of all commands inside it; a setting hides an argument of the same name.
fn arguments(command: &Command) -> Vec<&Arg> {
    let mut found: Vec<&Arg> = command.get_arguments().collect();
    for inner in command.get_subcommands() {
        found.extend(arguments(inner));
    }
    found.sort_by_key(|argument| !is_setting(argument));
    found
}

fn unknown(key: &str, arguments: &[&Arg], command: &Command) -> String {
    let settings = arguments
        .iter()
        .filter(|argument| is_setting(argument))
        .filter_map(|argument| argument.get_long());
    let names = settings.chain(command.get_subcommands().map(Command::get_name));
    match names.min_by_key(|name| distance(key, name)) {
        Some(nearest) => format!("there is no such setting; the nearest is {nearest}"),
        None => "there is no such setting".to_owned(),
    }
}

/// What the argument would be given on the command line, if its own parser accepts it.
fn texts(argument: &Arg, value: &Value) -> Result<Vec<String>, String> {
    let parser = argument.get_value_parser();
    let kind = parser.type_id();
    let flag = !argument.get_action().takes_values();
    let several = matches!(argument.get_action(), ArgAction::Append) || argument.get_value_delimiter().is_some();
    let whole = [
        TypeId::of::<u8>(),
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
        TypeId::of::<i32>(),
        TypeId::of::<i64>(),
    ]
    .iter()
    .any(|number| kind == *number);
    let fraction = kind == TypeId::of::<f64>() || kind == TypeId::of::<f32>();
    let expected = if flag {
        "true or false"
    } else if several {
        "a list of texts"
    } else if whole {
        "a whole number"
    } else if fraction {
        "a number"
    } else {
        "a text"
    };
    let texts = match value {
        Value::Boolean(value) if flag => return Ok(vec![value.to_string()]),
        Value::Integer(value) if whole || fraction => vec![value.to_string()],
        Value::Float(value) if fraction => vec![value.to_string()],
        Value::String(text) if !flag && !whole && !fraction && !several => vec![text.clone()],
        Value::Array(values) if several => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| format!("expected {expected}"))?,
        other => return Err(format!("expected {expected}, found {}", name_of(other))),
    };
    for text in &texts {
        accepted(argument, text)?;
    }
    Ok(texts)
}

/// Lets the argument's own parser judge; the value itself is not repeated, it may be a secret.
fn accepted(argument: &Arg, text: &str) -> Result<(), String> {
    let alone = Arg::new("value")
        .long("value")
        .value_parser(argument.get_value_parser().clone());
    let given = format!("--value={text}");
    let judged = Command::new("file")
        .arg(alone)
        .try_get_matches_from(["file", given.as_str()]);
    let Err(error) = judged else { return Ok(()) };
    let values: Vec<_> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    if !values.is_empty() {
        return Err(format!("expected one of {}", values.join(", ")));
    }
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    Err(format!(
        "is not acceptable: {}",
        cause.unwrap_or_else(|| "see --help".to_owned())
    ))
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// How many letters must be changed, added or removed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
