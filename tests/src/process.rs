//! The real binary as processes of its own: commands that end ([`Installation`]) and `serve` ([`Served`]), which is asked,
//! signalled, killed, started again, and gone when the value is dropped.
//!
//! `cargo test` builds it together with the tests, so that they never meet an old one; `PEER_CHALLENGE_BIN` names another
//! (a release build).

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
/// The binary that is built with the tests (`tests/src/bin`).
const BUILT_WITH_TESTS: &str = "peer-challenge-under-test";

fn binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("PEER_CHALLENGE_BIN") {
        return Ok(path.into());
    }
    // Tests run from target/PROFILE/deps.
    let here = std::env::current_exe()?;
    let profile = here
        .parent()
        .and_then(Path::parent)
        .context("no directory above the tests")?;
    let path = profile.join(BUILT_WITH_TESTS);
    ensure!(path.is_file(), "{} is missing", path.display());
    Ok(path)
}

/// A working directory with the files of one installation: its signing key is made there at first use, and all that are
/// started here share it.
#[derive(Debug)]
pub struct Installation(TempDir);

impl Installation {
    /// An empty one.
    ///
    /// # Errors
    /// There is no place for it.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(binary()?);
        command.current_dir(self.0.path()).args(arguments);
        command.stdin(Stdio::null()).kill_on_drop(true);
        // Nothing of the machine's own settings may leak in.
        let ours = |name: &str| name.starts_with("PEER_CHALLENGE") || matches!(name, "DATABASE_URL" | "RUST_LOG");
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(ours) {
                command.env_remove(name);
            }
        }
        Ok(command)
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// It cannot be started.
    pub async fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        Ok(self.command(arguments)?.output().await?)
    }

    /// What a command prints; it must succeed.
    ///
    /// # Errors
    /// It failed.
    pub async fn answer(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.run(arguments).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {said}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// A file that a command wrote there.
    ///
    /// # Errors
    /// There is none.
    pub fn read(&self, name: &str) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.0.path().join(name))?)
    }

    /// Puts a file into it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.0.path().join(name), text)?)
    }

    /// The last line on standard error of a command that must fail with exit code 1.
    ///
    /// # Errors
    /// It succeeded, or broke off.
    pub async fn refusal(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let Output { status, stderr, .. } = self.run(arguments).await?;
        let said = String::from_utf8(stderr)?;
        ensure!(status.code() == Some(1), "{arguments:?} ended with {status}: {said}");
        Ok(said.lines().last().unwrap_or_default().to_owned())
    }

    /// A token that its processes accept; `arguments` as for the command `token`.
    ///
    /// # Errors
    /// The command failed.
    pub async fn token(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.answer(&[&["token"], arguments].concat()).await
    }

    /// Starts `serve` over the database at `url`, on a free port unless `arguments` (further flags) name one.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn serve(&self, url: &str, arguments: &[&str]) -> anyhow::Result<Served> {
        let mut all = vec!["--log-format", "json", "serve", "--database-url", url];
        if !arguments.contains(&"--bind") {
            all.extend(["--bind", "127.0.0.1:0"]);
        }
        all.extend(arguments);
        let mut child = self
            .command(&all)?
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting the service")?;
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
        Ok(Served { child, log, lines })
    }
}

/// A running `serve`.
#[derive(Debug)]
pub struct Served {
    child: Child,
    log: Arc<Mutex<Vec<Value>>>,
    lines: watch::Receiver<usize>,
}

impl Served {
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

    /// Waits for its end; afterwards the log is complete.
    ///
    /// # Errors
    /// Too much time passed.
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        let wait = async {
            let status = self.child.wait().await?;
            while self.lines.changed().await.is_ok() {}
            anyhow::Ok(status)
        };
        tokio::time::timeout(PATIENCE, wait).await.context("it does not end")?
    }

    /// Asks it to stop (SIGTERM) and waits; it must end with 0.
    ///
    /// # Errors
    /// It does not end, or not well.
    pub async fn terminate(&mut self) -> anyhow::Result<()> {
        self.signal("TERM").await?;
        let status = self.ended().await?;
        ensure!(status.success(), "{status}: {:#?}", self.log());
        Ok(())
    }

    /// Ends it at once, as a power cut would (SIGKILL); afterwards the log is complete.
    ///
    /// # Errors
    /// It cannot be killed.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.start_kill()?;
        self.ended().await.map(drop)
    }
}
