//! The service as a process of its own, to be killed and started again on the same address.

use std::{
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where and how a process runs.
#[derive(Debug)]
pub struct Process {
    /// Where it listens, whenever it runs.
    pub url: String,
    binary: PathBuf,
    database_url: String,
    bind: String,
    home: TempDir,
    child: Option<Child>,
    client: reqwest::Client,
}

impl Process {
    /// `binary` over a database, on a free port; not started yet.
    pub fn new(binary: &str, database_url: &str) -> anyhow::Result<Self> {
        let bind = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        Ok(Self {
            url: format!("http://{bind}"),
            binary: binary.into(),
            database_url: database_url.to_owned(),
            bind,
            home: tempfile::tempdir()?,
            child: None,
            client: reqwest::Client::new(),
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(self.home.path()).stdin(Stdio::null());
        // Nothing of the machine's own settings may leak in.
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("PEER_CHALLENGE") || name == "DATABASE_URL")
        {
            command.env_remove(name);
        }
        command
    }

    /// A token of the national programme that this installation accepts.
    pub fn token(&self) -> anyhow::Result<String> {
        let output = self
            .command()
            .args(["token", "--role", "national-programme"])
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// What it has written so far.
    pub fn logged(&self) -> String {
        read(&self.log())
    }

    /// Starts it and waits until it is ready; how long that took.
    pub async fn start(&mut self) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let log = File::options().create(true).append(true).open(self.log())?;
        let child = self
            .command()
            .args([
                "serve",
                "--no-graphiql",
                "--bind",
                &self.bind,
                "--database-url",
                &self.database_url,
            ])
            .env("RUST_LOG", "warn")
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("starting the service")?;
        let child = self.child.insert(child);
        loop {
            if let Ok(answer) = self.client.get(format!("{}/readyz", self.url)).send().await
                && answer.status().is_success()
            {
                return Ok(started.elapsed());
            }
            if let Some(status) = child.try_wait()? {
                bail!("the service ended ({status}): {}", read(&self.home.path().join("log")));
            }
            ensure!(
                started.elapsed() < PATIENCE,
                "not ready: {}",
                read(&self.home.path().join("log"))
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it with SIGKILL, if it runs.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap_or_default()
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that fails must not leave it behind; there is nobody left to tell.
        self.kill().ok();
    }
}
