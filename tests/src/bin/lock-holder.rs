//! Holds the write lock of the database at the URL given until its input ends: another process than the service under test.

use std::io::{Write as _, read_to_string, stdin, stdout};

use anyhow::Context as _;
use peer_challenge::db::{Database, DatabaseOptions};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).context("usage: lock-holder DATABASE_URL")?;
    let database = Database::connect(&DatabaseOptions::new(url)).await?;
    let lock = database.begin().await?;
    // Whoever started it waits for this line.
    writeln!(stdout(), "locked")?;
    read_to_string(stdin())?;
    lock.rollback().await?;
    Ok(())
}
