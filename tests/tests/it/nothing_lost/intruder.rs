//! Another process that locks a SQLite file: this test binary, started anew for one test only.

use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use peer_challenge::db::{Database, DatabaseOptions};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Names the database to the other process.
const URL: &str = "INTRUDER_DATABASE_URL";
const LOCKED: &str = "the intruder has locked it";

/// The other process.
pub(super) struct Intruder(Child);

impl Intruder {
    /// Starts it, and waits until it holds the lock of the database at `url`.
    pub(super) async fn lock(url: &str) -> anyhow::Result<Self> {
        let module = module_path!().split_once("::").context("a module")?.1;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", &format!("{module}::in_a_process_of_its_own")])
            .args(["--ignored", "--nocapture"])
            .env(URL, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        while let Some(line) = lines.next_line().await? {
            if line.ends_with(LOCKED) {
                // It says a little more when it ends, and nobody may hold that up.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self(child));
            }
        }
        bail!("the intruder ended: {}", child.wait().await?)
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

/// Holds the write lock until its input ends.
#[tokio::test]
#[ignore = "the other side of Intruder, which starts it"]
async fn in_a_process_of_its_own() -> anyhow::Result<()> {
    let url = std::env::var(URL).with_context(|| format!("{URL} is not set: this is no test of its own"))?;
    let database = Database::connect(&DatabaseOptions::new(url)).await?;
    let lock = database.begin().await?;
    println!("{LOCKED}");
    std::io::read_to_string(std::io::stdin())?;
    lock.rollback().await?;
    Ok(())
}
