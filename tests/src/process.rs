//! Real processes of the service: `serve` on a free port, stopped politely or killed.
//!
//! The binary is named by the caller, because cargo tells its path only to the tests themselves
//! (`env!("CARGO_BIN_EXE_peer-challenge-under-test")`).

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// A command of the binary in `home`, where its own files go; nothing of the machine's own settings leaks in.
pub fn command(binary: &str, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(home).args(arguments);
    for (name, _) in std::env::vars() {
        if name.starts_with("PEER_CHALLENGE") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
}

/// What a command prints; it must succeed.
pub fn answer(binary: &str, home: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = command(binary, home, arguments).output()?;
    ensure!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The last line on standard error of a command that must fail with exit code 1.
pub fn refusal(binary: &str, home: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let Output { status, stderr, .. } = command(binary, home, arguments).output()?;
    let text = String::from_utf8(stderr)?;
    ensure!(status.code() == Some(1), "{arguments:?} ended with {status}: {text}");
    Ok(text.lines().last().unwrap_or_default().to_owned())
}

/// A running `serve`; killed when dropped.
#[derive(Debug)]
pub struct Replica {
    /// Where it listens.
    pub url: String,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Replica {
    /// Starts `serve` in `home` and waits until it serves. Replicas of one home share its signing key.
    pub fn start(binary: &str, home: &Path, database_url: &str, more: &[&str]) -> anyhow::Result<Self> {
        let arguments = [
            "--log-format",
            "json",
            "serve",
            "--bind",
            "127.0.0.1:0",
            "--no-graphiql",
            "--database-url",
            database_url,
        ];
        let mut child = command(binary, home, &[&arguments, more].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("standard error is piped")?).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        // From here on it is killed when this fails.
        let mut replica = Self {
            url: String::new(),
            child,
            log: Arc::clone(&log),
        };
        loop {
            let Some(line) = lines.next().transpose()? else {
                bail!("it ended before it served: {:#?}", replica.log());
            };
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            keep(&log, line);
            if entry["message"] == "serving" {
                entry["address"]
                    .as_str()
                    .context("the address")?
                    .clone_into(&mut replica.url);
                break;
            }
        }
        // Nobody may let the pipe run full.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| keep(&log, line)));
        Ok(replica)
    }

    /// What it has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it at once, as a power cut would (SIGKILL).
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits; it must end with 0.
    pub fn terminate(&mut self) -> anyhow::Result<()> {
        let pid = self.child.id().to_string();
        ensure!(Command::new("kill").args(["-s", "TERM", &pid]).status()?.success());
        let status = self.child.wait()?;
        ensure!(status.success(), "{status}: {:#?}", self.log());
        Ok(())
    }
}

fn keep(log: &Mutex<Vec<String>>, line: String) {
    log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

impl Drop for Replica {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
