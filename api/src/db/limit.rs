//! The time limit of statements on SQLite, which has none of its own.
//!
//! SQLite asks a handler, every so many steps of its machine, whether a statement shall go on. Each connection has one, with
//! a [`Timer`] that starts when it is first asked and is put back before the next statement:
//! - the writer is one connection, so whoever gives it a statement can say so ([`StatementLimit::begin`]): the pool when it
//!   hands the connection out, `Tx` before each statement. A long transaction of short statements is no long statement;
//! - of the readers, which run one statement for each time they are handed out, nobody can say which one it will be. They
//!   get a new handler when they come back and when they are handed out, but only while some timer of the pool runs: short
//!   statements never start one, so they pay nothing.
//!
//! A statement that is stopped fails with `SQLITE_INTERRUPT`, which `trouble` knows. If it wrote, SQLite rolls its whole
//! transaction back by itself; the driver then fails to do so and believes to be in a transaction for ever. Such a
//! connection is given up when it is next asked for.
//!
//! Not seen: a single step that takes long by itself, such as sorting many rows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    SqlxError,
    sqlx::{
        Connection as _,
        pool::PoolOptions,
        sqlite::{Sqlite, SqliteConnection},
    },
};

/// Steps between two questions: some hundred microseconds of work.
const STEPS: i32 = 10_000;

/// The limit of one pool; clones share it.
#[derive(Clone, Debug)]
pub(super) struct StatementLimit(Arc<Limit>);

#[derive(Debug)]
struct Limit {
    time: Duration,
    /// How many statements have begun, as far as it is said.
    begun: AtomicU64,
    /// Whether the statements of this moment may take as long as they like.
    lifted: AtomicBool,
    /// Timers that run.
    running: AtomicUsize,
}

impl StatementLimit {
    pub(super) fn new(time: Duration) -> Self {
        Self(Arc::new(Limit {
            time,
            begun: AtomicU64::new(0),
            lifted: AtomicBool::new(false),
            running: AtomicUsize::new(0),
        }))
    }

    /// A statement begins on the pool's only connection.
    pub(super) fn begin(&self) {
        self.0.lifted.store(false, Ordering::Relaxed);
        self.0.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// What runs on the pool's only connection has no limit, until somebody else is given it.
    pub(super) fn lift(&self) {
        self.0.lifted.store(true, Ordering::Relaxed);
    }

    /// Holds the connections of a pool to the limit; `only`: it has one connection, whose statements are announced.
    pub(super) fn watch(&self, pool: PoolOptions<Sqlite>, only: bool) -> PoolOptions<Sqlite> {
        let (fresh, handed_out, come_back) = (self.clone(), self.clone(), self.clone());
        pool.after_connect(move |connection, _| {
            let limit = fresh.clone();
            Box::pin(async move { limit.renew(connection).await })
        })
        .before_acquire(move |connection, _| {
            let limit = handed_out.clone();
            Box::pin(async move {
                if connection.is_in_transaction() {
                    tracing::warn!("a connection is given up: its transaction did not end with its user");
                    return Ok(false);
                }
                if only {
                    limit.begin();
                } else {
                    limit.renew_if_timed(connection).await?;
                }
                Ok(true)
            })
        })
        .after_release(move |connection, _| {
            let limit = come_back.clone();
            Box::pin(async move {
                if !only {
                    limit.renew_if_timed(connection).await?;
                }
                Ok(true)
            })
        })
    }

    async fn renew_if_timed(&self, connection: &mut SqliteConnection) -> Result<(), SqlxError> {
        if self.0.running.load(Ordering::Relaxed) > 0 {
            self.renew(connection).await?;
        }
        Ok(())
    }

    /// Gives a connection a timer that does not run yet.
    async fn renew(&self, connection: &mut SqliteConnection) -> Result<(), SqlxError> {
        let mut timer = Timer {
            limit: Arc::clone(&self.0),
            statement: 0,
            since: None,
        };
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(STEPS, move || timer.may_go_on());
        Ok(())
    }
}

/// Times what one connection does.
struct Timer {
    limit: Arc<Limit>,
    /// Which of the statements it times.
    statement: u64,
    since: Option<Instant>,
}

impl Timer {
    fn may_go_on(&mut self) -> bool {
        let statement = self.limit.begun.load(Ordering::Relaxed);
        if self.statement != statement {
            self.statement = statement;
            self.stop();
        }
        let Some(since) = self.since else {
            self.since = Some(Instant::now());
            self.limit.running.fetch_add(1, Ordering::Relaxed);
            return true;
        };
        since.elapsed() < self.limit.time || self.limit.lifted.load(Ordering::Relaxed)
    }

    fn stop(&mut self) {
        if self.since.take().is_some() {
            self.limit.running.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests;
