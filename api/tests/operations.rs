//! Configuration as an operator meets it, and the tables of docs/OPERATIONS.md, which must say what the binary says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "this is test code throughout"
)]

use std::{
    path::Path,
    process::{Command, Output},
};

fn run(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peer-challenge"));
    command.current_dir(home).args(arguments);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PEER_CHALLENGE") || name == "DATABASE_URL") {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = run(&std::env::temp_dir(), arguments, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// To correct them: print the table with the command that the marker names and put it between the markers.
#[test]
fn the_tables_of_the_docs_are_what_the_binary_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/OPERATIONS.md");
    let docs = std::fs::read_to_string(path).unwrap();
    for name in ["settings", "metrics"] {
        let opening = format!("<!-- {name}: peer-challenge config {name} -->\n");
        let (_, rest) = docs.split_once(&opening).unwrap();
        let (table, _) = rest.split_once(&format!("<!-- /{name} -->")).unwrap();
        let expected = printed(&["config", name]);
        assert_eq!(
            table, expected,
            "docs/OPERATIONS.md: `peer-challenge config {name}` prints another table"
        );
    }
}

#[test]
fn the_example_is_a_file_that_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("example.toml");
    std::fs::write(&file, printed(&["config", "example"])).unwrap();
    let name = file.to_str().unwrap();
    let with = run(home.path(), &["config", "check", "--config", name], &[]);
    assert!(with.status.success(), "{}", text(&with.stderr));
    let without = run(home.path(), &["config", "check"], &[]);
    let settings = |output: &Output| {
        let lines = text(&output.stdout);
        lines
            .lines()
            .filter(|line| !line.trim_start().starts_with("config "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let squeeze = |lines: Vec<String>| -> Vec<String> {
        lines
            .iter()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(squeeze(settings(&with)), squeeze(settings(&without)));
}

#[test]
fn check_says_what_is_in_force_and_where_it_came_from() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("peer.toml");
    let settings = "bind = \"0.0.0.0:1\"\ndrain-seconds = 9\nno-graphiql = true\n\
        database-url = \"postgres://peer:hunter2@db/peer\"\n[serve]\njwt-issuer = \"https://id\"\n";
    std::fs::write(&file, settings).unwrap();
    let variables = [
        ("PEER_CHALLENGE_CONFIG", file.to_str().unwrap()),
        ("PEER_CHALLENGE_DRAIN_SECONDS", "8"),
    ];
    let output = run(
        home.path(),
        &["config", "check", "serve", "--bind", "127.0.0.1:7"],
        &variables,
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    let line = |setting: &str| {
        let found = shown
            .lines()
            .map(str::split_whitespace)
            .find_map(|mut words| (words.next()? == setting).then_some(words));
        found
            .unwrap_or_else(|| panic!("{setting}\n{shown}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("bind"), "127.0.0.1:7 flag");
    assert_eq!(line("drain-seconds"), "8 env PEER_CHALLENGE_DRAIN_SECONDS");
    assert!(line("no-graphiql").starts_with("true file"));
    assert!(line("jwt-issuer").starts_with("https://id file"));
    assert!(line("database-url").starts_with("postgres://peer:***@db/peer file"));
    assert_eq!(line("data-dir"), ".peer-challenge default");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_fault_is_named_and_ends_check_and_serve() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("peer.toml");
    std::fs::write(&file, "bnid = \"hunter2\"\ndrain-seconds = \"long\"\n").unwrap();
    let name = file.to_str().unwrap();
    for (arguments, code) in [
        (&["config", "check", "--config", name][..], 1),
        (&["serve", "--config", name], 2),
        (&["--config", name, "migrate", "status"], 2),
    ] {
        let output = run(home.path(), arguments, &[]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(
            error.contains("bnid: there is no such setting; the nearest is bind"),
            "{error}"
        );
        assert!(
            error.contains("drain-seconds: expected a whole number") && error.contains("peer.toml"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
    // Settings that each are fine may not fit together.
    std::fs::write(&file, "jwks-url = \"https://id.example.org/jwks\"\n").unwrap();
    let output = run(home.path(), &["config", "check", "--config", name], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("--jwt-issuer must be given"),
        "{}",
        text(&output.stderr)
    );
    assert!(
        !run(home.path(), &["config", "check", "--no-such-flag"], &[])
            .status
            .success()
    );
}
