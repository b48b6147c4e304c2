use std::path::Path;

use clap::{ArgAction, builder::FalseyValueParser};

use super::*;
use crate::config::describe::{self, InForce};

/// A command line with one argument of each kind. The variables are names that nobody sets.
fn command() -> Command {
    let setting = |name: &'static str, variable: &'static str| Arg::new(name).long(name).env(variable).help(name);
    Command::new("demo")
        .arg(
            Arg::new(FILE_ARGUMENT)
                .long("config")
                .global(true)
                .env("LAYERS_TEST_CONFIG")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(
            setting("format", "LAYERS_TEST_FORMAT")
                .global(true)
                .value_parser(["text", "json"])
                .default_value("text"),
        )
        .subcommand(
            Command::new("serve")
                .arg(setting("bind", "LAYERS_TEST_BIND").default_value("here:1"))
                .arg(
                    setting("quiet", "LAYERS_TEST_QUIET")
                        .action(ArgAction::SetTrue)
                        .value_parser(FalseyValueParser::new()),
                )
                .arg(setting("seconds", "LAYERS_TEST_SECONDS").value_parser(clap::value_parser!(u64).range(1..100)))
                .arg(
                    setting("origin", "LAYERS_TEST_ORIGIN")
                        .action(ArgAction::Append)
                        .value_delimiter(','),
                )
                .arg(setting("key-file", "LAYERS_TEST_FILE").conflicts_with("key-url"))
                .arg(setting("key-url", "LAYERS_TEST_URL"))
                .arg(setting("database", "LAYERS_TEST_DATABASE").hide_env_values(true))
                // The home directory is the one variable that is surely set.
                .arg(setting("home", "PATH"))
                .arg(Arg::new("once").long("once").action(ArgAction::SetTrue)),
        )
        .subcommand(Command::new("other").arg(setting("bind", "LAYERS_TEST_BIND").default_value("there:2")))
        .subcommand(Command::new("config"))
}

fn file(text: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

fn layered(text: &str, arguments: &[&str]) -> Result<Layered, LayerError> {
    let (_dir, path) = file(text);
    let argv = ["demo", "--config", &path].into_iter().chain(arguments.iter().copied());
    let argv: Vec<OsString> = argv.map(OsString::from).collect();
    parse(&command(), &argv, &["config"])
}

fn setting(layered: &Layered, name: &str) -> (String, String) {
    let found: Vec<InForce> = layered
        .in_force()
        .into_iter()
        .filter(|setting| setting.setting == name)
        .collect();
    assert_eq!(found.len(), 1, "{name} once");
    let origin = found[0].origin.split(' ').next().unwrap().to_owned();
    (found[0].value.clone(), origin)
}

fn pair(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn flags_beat_the_environment_beats_the_file_beats_defaults() {
    let text =
        "bind = \"file:3\"\nhome = \"file\"\nquiet = true\nseconds = 7\norigin = [\"a\", \"b\"]\nformat = \"json\"\n";
    let from_file = layered(text, &["serve"]).unwrap();
    assert_eq!(setting(&from_file, "bind"), pair("file:3", "file"));
    assert_eq!(setting(&from_file, "seconds"), pair("7", "file"));
    assert_eq!(setting(&from_file, "origin"), pair("a, b", "file"));
    assert_eq!(setting(&from_file, "quiet"), pair("true", "file"));
    assert_eq!(setting(&from_file, "format"), pair("json", "file"));
    assert_eq!(setting(&from_file, "home").1, "env");
    assert_eq!(setting(&from_file, "key-url"), pair("", "–"));
    let serve = innermost(&from_file.matches);
    assert!(serve.get_flag("quiet"));
    assert_eq!(serve.get_one::<u64>("seconds"), Some(&7));
    assert_eq!(from_file.matches.get_one::<String>("format").unwrap(), "json");

    let flags = [
        "serve", "--bind", "flag:4", "--origin", "c", "--home", "flag", "--format", "text",
    ];
    let flagged = layered(text, &flags).unwrap();
    assert_eq!(setting(&flagged, "bind"), pair("flag:4", "flag"));
    assert_eq!(setting(&flagged, "origin"), pair("c", "flag"));
    assert_eq!(setting(&flagged, "home"), pair("flag", "flag"));
    assert_eq!(setting(&flagged, "format"), pair("text", "flag"));
    assert_eq!(
        setting(&layered("", &["serve"]).unwrap(), "bind"),
        pair("here:1", "default")
    );
}

#[test]
fn a_command_s_table_is_for_that_command() {
    let text = "bind = \"all:1\"\n[serve]\nbind = \"serve:2\"\nformat = \"json\"\n";
    let serve = layered(text, &["serve"]).unwrap();
    assert_eq!(setting(&serve, "bind").0, "serve:2");
    assert_eq!(setting(&serve, "format").0, "json");
    let other = layered(text, &["other"]).unwrap();
    assert_eq!(setting(&other, "bind").0, "all:1");
    assert_eq!(setting(&other, "format").0, "text");
}

#[test]
fn an_explicit_argument_silences_the_one_it_contradicts() {
    let both = layered("key-file = \"f\"\n", &["serve", "--key-url", "u"]).unwrap();
    assert_eq!(setting(&both, "key-file"), pair("", "–"));
    assert_eq!(setting(&both, "key-url"), pair("u", "flag"));
    let both = layered("key-url = \"u\"\n", &["serve", "--key-file", "f"]).unwrap();
    assert_eq!(setting(&both, "key-url"), pair("", "–"));
}

#[test]
fn every_fault_is_named_with_its_key_and_without_its_value() {
    let text = "bin = \"x\"\nonce = true\nseconds = \"5\"\nquiet = \"yes\"\n[serve]\nseconds = 4000\nformat = \"xml\"\norigin = \"a\"\n[sevre]\nbind = \"hunter2\"\n";
    let error = layered(text, &["serve"]).unwrap_err().to_string();
    for expected in [
        "settings.toml has 8 fault(s):",
        "\n  bin: there is no such setting; the nearest is bind",
        "\n  once: belongs to one run",
        "\n  seconds: expected a whole number, found a text",
        "\n  quiet: expected true or false, found a text",
        "\n  serve.seconds: is not acceptable: 4000 is not in 1..100",
        "\n  serve.format: expected one of text, json",
        "\n  serve.origin: expected a list of texts, found a text",
        "\n  sevre: there is no such setting; the nearest is serve",
    ] {
        assert!(error.contains(expected), "{expected}\n{error}");
    }
    assert!(!error.contains("hunter2"), "{error}");
    let error = layered("bind = \"hunter2", &["serve"]).unwrap_err().to_string();
    assert!(
        error.contains("is not TOML") && error.contains("line 1") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn no_file_is_read_for_commands_that_look_at_files_themselves() {
    assert!(layered("nonsense", &["config"]).unwrap().file.is_none());
    let argv = ["demo", "--config", "/no/such/file", "serve"].map(OsString::from);
    let error = parse(&command(), &argv, &[]).unwrap_err().to_string();
    assert!(error.contains("/no/such/file cannot be read"), "{error}");
}

#[test]
fn secrets_are_masked_wherever_they_come_from() {
    let text = "database = \"postgres://peer:hunter2@db/name?host=/run&password=hunter2\"\n";
    let shown = setting(&layered(text, &["serve"]).unwrap(), "database");
    assert_eq!(
        shown,
        pair("postgres://peer:***@db/name?host=/run&password=***", "file")
    );
    assert_eq!(describe::masked("hunter2"), "(set, not shown)");
    assert_eq!(describe::masked("postgres://a:p@ss@db/x"), "postgres://a:***@db/x");
    assert_eq!(describe::masked("sqlite://data.db"), "sqlite://data.db");
}

#[test]
fn the_example_means_the_defaults() {
    let example = describe::example(&command());
    assert!(example.contains("\n#bind = \"here:1\"\n"), "{example}");
    let live: String = example
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
        // What has no default has no sample that means nothing.
        .filter(|line| !line.ends_with("= \"\""))
        .flat_map(|line| [line, "\n"])
        .collect();
    let (_dir, path) = file(&live);
    let mut definition = command();
    definition.build();
    ConfigFile::read(Path::new(&path), &definition).unwrap();
}
