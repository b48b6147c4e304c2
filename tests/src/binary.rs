//! The real binary as a process of its own: started, asked, signalled, and gone when the value is dropped.
//!
//! `cargo test --workspace` builds it beside the tests; `PEER_CHALLENGE_BIN` names another one (a release build).

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::watch,
};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary under test.
///
/// # Errors
/// It was not built.
pub fn path() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("PEER_CHALLENGE_BIN") {
        return Ok(path.into());
    }
    // Tests run from target/PROFILE/deps.
    let here = std::env::current_exe()?;
    let profile = here
        .parent()
        .and_then(Path::parent)
        .context("no directory above the tests")?;
    let path = profile.join("peer-challenge");
    ensure!(
        path.is_file(),
        "{} is missing: run `cargo build -p peer-challenge` first",
        path.display()
    );
    Ok(path)
}

/// A command of the binary, without the machine's own settings, in `home`.
///
/// # Errors
/// It was not built.
pub fn command(home: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(path()?);
    command.current_dir(home).args(arguments).kill_on_drop(true);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PEER_CHALLENGE") || name == "DATABASE_URL") {
        command.env_remove(name);
    }
    Ok(command)
}

/// Runs a command to its end.
///
/// # Errors
/// It cannot be started.
pub async fn run(home: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    Ok(command(home, arguments)?.output().await?)
}

/// `serve`, as a process.
#[derive(Debug)]
pub struct Served {
    /// Its working directory; the local key is in it.
    pub home: TempDir,
    child: Child,
    log: Arc<Mutex<Vec<Value>>>,
    lines: watch::Receiver<usize>,
}

impl Served {
    /// Starts it over the database at `url` on a free port, logging JSON; `arguments` are further flags.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(url: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let home = tempfile::tempdir()?;
        let usual = [
            "--log-format",
            "json",
            "serve",
            "--bind",
            "127.0.0.1:0",
            "--database-url",
            url,
        ];
        let all: Vec<&str> = usual.into_iter().chain(arguments.iter().copied()).collect();
        let mut child = command(home.path(), &all)?.stderr(Stdio::piped()).spawn()?;
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (told, lines) = watch::channel(0);
        let mut reader = BufReader::new(child.stderr.take().context("its log")?).lines();
        let kept = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = reader.next_line().await {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                told.send_modify(|lines| *lines += 1);
            }
        });
        Ok(Self {
            home,
            child,
            log,
            lines,
        })
    }

    /// What it logged until now: an object for each line, a text where it is no JSON.
    pub fn log(&self) -> Vec<Value> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a log line with this message.
    ///
    /// # Errors
    /// It ended, or too much time passed.
    pub async fn logged(&mut self, message: &str) -> anyhow::Result<Value> {
        let wait = async {
            loop {
                self.lines.mark_unchanged();
                if let Some(line) = self.log().into_iter().find(|line| line["message"] == message) {
                    return Ok(line);
                }
                if self.lines.changed().await.is_err() {
                    bail!("it ended without \"{message}\": {:#?}", self.log());
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .with_context(|| format!("no \"{message}\""))?
    }

    /// Waits until it serves; gives the address, `http://HOST:PORT`.
    ///
    /// # Errors
    /// It ended, or too much time passed.
    pub async fn serving(&mut self) -> anyhow::Result<String> {
        let line = self.logged("serving").await?;
        Ok(line["address"].as_str().context("its address")?.to_owned())
    }

    /// A token of its local key; `arguments` as for the command `token`.
    ///
    /// # Errors
    /// The command failed.
    pub async fn token(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let arguments: Vec<&str> = ["token"].into_iter().chain(arguments.iter().copied()).collect();
        let output = run(self.home.path(), &arguments).await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Sends a signal, by its name without SIG.
    ///
    /// # Errors
    /// It cannot be sent.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.child.id().context("it has ended")?.to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await?;
        ensure!(sent.success(), "kill: {sent}");
        Ok(())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Too much time passed.
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        Ok(tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .context("it does not end")??)
    }
}
