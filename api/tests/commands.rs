//! The binary as an operator meets it: exit codes, one-line errors, signals.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "this is test code throughout"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peer-challenge"));
    command.current_dir(home).args(arguments);
    // Nothing of the machine's own settings may leak in.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PEER_CHALLENGE") || name == "DATABASE_URL") {
        command.env_remove(name);
    }
    command
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

/// The one line on standard error that begins with "error:".
fn refused(home: &Path, arguments: &[&str], code: i32) -> String {
    let output = run(home, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{errors}");
    let lines: Vec<_> = errors.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(lines.len(), 1, "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    lines[0].to_owned()
}

fn answer(home: &Path, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn migrate_shows_applies_and_takes_back() {
    let home = tempfile::tempdir().unwrap();
    assert!(refused(home.path(), &["migrate", "status"], 1).contains("there is no database file"));
    assert!(
        !home.path().join("peer-challenge.db").exists(),
        "looking creates nothing"
    );
    let applied = answer(home.path(), &["migrate", "up"]).lines().count();
    assert_eq!(answer(home.path(), &["migrate", "up"]), "nothing to do\n");
    assert_eq!(
        answer(home.path(), &["migrate", "status"]).matches("applied").count(),
        applied
    );
    assert_eq!(answer(home.path(), &["migrate", "down"]).lines().count(), 1);
    assert_eq!(
        answer(home.path(), &["migrate", "status"]).matches("pending").count(),
        1
    );
    answer(home.path(), &["migrate", "down", "--all"]);
    assert_eq!(
        answer(home.path(), &["migrate", "status"]).matches("pending").count(),
        applied
    );
}

#[test]
fn unusable_settings_are_one_line_and_exit_code_1() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "x").unwrap();
    for (arguments, says) in [
        (&["serve", "--bind", "nonsense"][..], "--bind nonsense"),
        (&["serve", "--database-url", "mysql://h/d"], "mysql"),
        (
            &["serve", "--database-url", "sqlite://file/x.db"],
            "cannot open or create",
        ),
        (
            &["serve", "--database-url", "postgres://u:hunter2@127.0.0.1:1/d"],
            "cannot connect to PostgreSQL",
        ),
        (&["serve", "--data-dir", "file"], "cannot read file/local-key.pem"),
        (&["serve", "--jwks-url", "https://id.example.org/"], "--jwt-issuer"),
        (&["token", "--role", "council", "--council", "Leeds"], "GSS code"),
        (
            &["token", "--role", "analyst", "--council", "E06000001"],
            "must not carry",
        ),
    ] {
        let error = refused(home.path(), arguments, 1);
        assert!(error.contains(says), "{arguments:?}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    // A wrong command line is clap's own exit code.
    for arguments in [
        &["token"][..],
        &["token", "--role", "council"],
        &["token", "--role", "king"],
        &["nonsense"],
    ] {
        refused(home.path(), arguments, 2);
    }
}

#[test]
fn a_token_is_alone_on_standard_output_and_its_key_private() {
    let home = tempfile::tempdir().unwrap();
    let token = answer(home.path(), &["token", "--role", "national-programme"]);
    assert_eq!(token.trim_end().split('.').count(), 3);
    assert_eq!(token.lines().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = home.path().join(".peer-challenge/local-key.pem");
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(refused(home.path(), &["token", "--role", "analyst"], 1).contains("chmod 600"));
    }
}

#[test]
fn the_schema_is_printed_or_written() {
    let home = tempfile::tempdir().unwrap();
    let printed = answer(home.path(), &["schema"]);
    assert!(printed.contains("type Query"));
    answer(home.path(), &["schema", "--out", "schema.graphql"]);
    assert_eq!(
        std::fs::read_to_string(home.path().join("schema.graphql")).unwrap(),
        printed
    );
    assert!(refused(home.path(), &["schema", "--out", "no/such/dir/x"], 1).contains("no/such/dir/x"));
}

#[test]
fn a_busy_port_is_said_so() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = taken.local_addr().unwrap().to_string();
    let error = refused(home.path(), &["serve", "--bind", &bind], 1);
    assert!(error.contains("in use") && error.contains(&bind), "{error}");
}

/// Ends the child also when the test fails.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn sigterm_ends_the_service_with_exit_code_0() {
    for signal in ["TERM", "INT"] {
        let home = tempfile::tempdir().unwrap();
        let mut serve = command(home.path(), &["--log-format", "json", "serve", "--bind", "127.0.0.1:0"]);
        let mut child = Served(serve.stderr(Stdio::piped()).spawn().unwrap());
        let mut log = BufReader::new(child.0.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("\"serving\"") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended before it served");
        }
        let pid = child.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        assert_eq!(child.0.wait().unwrap().code(), Some(0), "{rest}");
        assert!(rest.contains("\"stopped\""), "{rest}");
        // The write-ahead log is folded into the file.
        assert!(!home.path().join("peer-challenge.db-wal").exists());
    }
}
