//! Another process that locks a SQLite file (`tests/src/bin/lock-holder.rs`).

use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The other process.
pub(super) struct Intruder(Child);

impl Intruder {
    /// Starts it, and waits until it holds the lock of the database at `url`.
    pub(super) async fn lock(url: &str) -> anyhow::Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lock-holder"))
            .arg(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        match lines.next_line().await? {
            Some(_) => Ok(Self(child)),
            None => bail!("the intruder ended: {}", child.wait().await?),
        }
    }

    /// Has it give the lock back and end.
    pub(super) async fn let_go(&mut self) -> anyhow::Result<()> {
        drop(self.0.stdin.take());
        let status = self.0.wait().await?;
        ensure!(status.success(), "{status}");
        Ok(())
    }

    /// Kills it while it holds the lock.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.0.kill().await?)
    }
}
