//! The way to the database: one handle for SQLite and PostgreSQL.
//!
//! Invariants:
//! - reads go through [`Database::reader`], writes through [`Database::write`] (or [`Database::begin`]); inside a
//!   transaction every query takes the transaction, never the handle, otherwise SQLite's single writer waits for itself;
//! - on SQLite the writer is one connection that begins `IMMEDIATE`, so two writers queue instead of failing, and the
//!   reader's connections refuse to write;
//! - errors of the database never leave the service as text: [`constraint::violated`] names the broken rule.
//!
//! Neighbours: `connect` (opening), `copy` (into another database), `limit` (how long a statement may take on SQLite), `migrate` (schema state), `tx`
//! (transactions), `turns` (how many of them at a time), `constraint` (error names), `trouble` (what may be tried again).

pub mod connect;
pub mod constraint;
pub mod copy;
mod limit;
pub mod migrate;
pub mod trouble;
mod turns;
pub mod tx;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use tokio::sync::watch;

pub use connect::{ConnectError, DatabaseOptions};
pub use constraint::{is_transient, violated};
use limit::StatementLimit;
pub use trouble::{Trouble, trouble};
use turns::Turns;
pub use tx::{Queue, Tx};

/// Which database engine stands behind a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// Production.
    Postgres,
}

/// How often a transaction is run again after a deadlock or a serialisation failure before the error is returned.
const TRANSIENT_RETRIES: u32 = 3;

/// A cheap handle on the connection pools; clones share them.
#[derive(Debug, Clone)]
pub struct Database {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    engine: Engine,
    statements: Arc<AtomicU64>,
    commits: watch::Sender<()>,
    /// Of the writer on SQLite.
    limit: Option<StatementLimit>,
    /// On PostgreSQL.
    turns: Option<Turns>,
}

impl Database {
    /// Opens the pools; see [`connect::open`] for what is checked and set.
    pub async fn connect(options: &DatabaseOptions) -> Result<Self, ConnectError> {
        connect::open(options).await
    }

    /// Connections for reading outside a transaction: queries, loaders, health checks.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The writing pool itself, for migrations and bulk loads; services use [`Database::write`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// The engine behind this handle.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// How many statements went to the database through this handle and its clones, `BEGIN`/`COMMIT` not counted.
    ///
    /// Tests take the difference round a request to show that a page costs a fixed number of statements.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// A handle on the same pools whose statements are counted apart: for work that goes on beside requests.
    #[must_use]
    pub fn beside(&self) -> Self {
        let statements = Arc::new(AtomicU64::new(0));
        Self {
            reader: counted(self.reader.clone(), &statements),
            writer: counted(self.writer.clone(), &statements),
            engine: self.engine,
            statements,
            commits: self.commits.clone(),
            limit: self.limit.clone(),
            turns: self.turns.clone(),
        }
    }

    /// Changes whenever a transaction of this process has been committed through this handle or its clones.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.commits.subscribe()
    }

    /// Closes the pools after what runs has ended; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(self) -> Result<(), DbErr> {
        if self.engine == Engine::Sqlite {
            self.reader.close().await?;
        }
        self.writer.close().await
    }

    /// Begins a writing transaction. Dropping it without [`Tx::commit`] rolls it back.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        let start = std::time::Instant::now();
        let turn = match &self.turns {
            Some(turns) => Some(turns.next().await?),
            None => None,
        };
        let transaction = self.begin_raw().await?;
        metrics::histogram!("peer_challenge_database_begin_duration_seconds").record(start.elapsed());
        Ok(Tx::new(transaction, self.commits.clone(), self.limit.clone(), turn))
    }

    async fn begin_raw(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = match self.engine {
            // Asking for the write lock at once lets `busy_timeout` queue writers; a lock upgrade in the middle
            // of a deferred transaction would fail immediately instead.
            Engine::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            },
            Engine::Postgres => TransactionOptions::default(),
        };
        self.writer.begin_with_options(options).await
    }

    /// What the writer of SQLite does for whoever has it now may take as long as it likes.
    fn lift_limit(&self) {
        if let Some(limit) = &self.limit {
            limit.lift();
        }
    }

    /// Sets the gauges of the pools to their state of this moment.
    pub fn record_pools(&self) {
        let record = |pool: &'static str, size: u32, idle: usize, most: u32| {
            let idle = u32::try_from(idle).unwrap_or(u32::MAX);
            let set = |state: &'static str, value: u32| {
                metrics::gauge!("peer_challenge_database_connections", "pool" => pool, "state" => state).set(value);
            };
            set("in_use", size.saturating_sub(idle));
            set("idle", idle);
            metrics::gauge!("peer_challenge_database_connections_max", "pool" => pool).set(most);
        };
        match self.engine {
            Engine::Sqlite => {
                for (name, connection) in [("reader", &self.reader), ("writer", &self.writer)] {
                    let pool = connection.get_sqlite_connection_pool();
                    record(name, pool.size(), pool.num_idle(), pool.options().get_max_connections());
                }
            }
            Engine::Postgres => {
                let pool = self.writer.get_postgres_connection_pool();
                record(
                    "all",
                    pool.size(),
                    pool.num_idle(),
                    pool.options().get_max_connections(),
                );
            }
        }
    }

    /// Waits until a writing transaction can begin, or one of this process has been committed meanwhile.
    pub async fn writable(&self) -> Result<(), DbErr> {
        let mut commits = self.commits();
        tokio::select! {
            begun = self.begin_raw() => begun?.rollback().await,
            // Under load the queue for the writer may be long, but it moves.
            Ok(()) = commits.changed() => Ok(()),
        }
    }

    /// Runs `work` in one writing transaction: commits on `Ok`, rolls back on `Err`.
    ///
    /// `work` receives the transaction by value (clones share it) and must let go of it when it ends. It may run
    /// again: when PostgreSQL breaks a deadlock or refuses a serialisation, everything was rolled back, so running
    /// the closure from the start is safe as long as it has no effects outside the database. A failed `COMMIT` is
    /// never repeated, because its outcome may be unknown.
    ///
    /// ```ignore
    /// let season = db.write(|tx| async move { repo::insert(&tx, &input).await }).await?;
    /// ```
    pub async fn write<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        W: Fn(Tx) -> F,
        F: Future<Output = Result<T, E>>,
        E: From<DbErr>,
    {
        let mut attempt = 0;
        loop {
            let tx = self.begin().await?;
            match work(tx.clone()).await {
                Ok(value) => {
                    tx.commit().await?;
                    return Ok(value);
                }
                Err(error) => {
                    let again = tx.hit_transient_failure() && attempt < TRANSIENT_RETRIES;
                    // The error that the caller hears is the first one; a failing rollback ends with the connection.
                    if let Err(rollback) = tx.rollback().await {
                        tracing::warn!(error = %rollback, "rolling back failed");
                    }
                    if !again {
                        return Err(error);
                    }
                    attempt += 1;
                    tracing::debug!(attempt, "transaction runs again after a deadlock");
                }
            }
        }
    }
}

/// The same connection with every statement counted in `statements` (and no longer where it was counted before).
fn counted(mut connection: DatabaseConnection, statements: &Arc<AtomicU64>) -> DatabaseConnection {
    let statements = Arc::clone(statements);
    let name = "peer_challenge_database_statement_duration_seconds";
    let (succeeded, failed) = (
        metrics::histogram!(name, "outcome" => "ok"),
        metrics::histogram!(name, "outcome" => "failed"),
    );
    connection.set_metric_callback(move |statement| {
        statements.fetch_add(1, Ordering::Relaxed);
        let histogram = if statement.failed { &failed } else { &succeeded };
        histogram.record(statement.elapsed);
    });
    connection
}

#[cfg(test)]
mod tests;
