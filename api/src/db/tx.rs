//! One writing transaction, shared by the code that works in it.
//!
//! [`Tx`] is a connection for sea-orm (`ConnectionTrait`), so repositories generic over that trait run on it
//! unchanged. It also remembers whether PostgreSQL broke a deadlock, which tells `Database::write` that running the
//! work again is safe. Ending it needs the last handle: a clone that escaped its work makes the commit fail loudly.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use tokio::sync::watch;

use super::{constraint::is_transient, limit::StatementLimit, turns::Turn};

/// What transactions may have to do one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Queue {
    /// Changes of teams, and of the facts that live places on teams rest on.
    Teams,
}

impl Queue {
    /// Number of its advisory lock on PostgreSQL, eight letters of ASCII.
    const fn number(self) -> i64 {
        match self {
            Self::Teams => i64::from_be_bytes(*b"teampeer"),
        }
    }
}

/// A writing transaction; clones share it.
#[derive(Debug, Clone)]
pub struct Tx(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    transaction: DatabaseTransaction,
    transient: AtomicBool,
    commits: watch::Sender<()>,
    limit: Option<StatementLimit>,
    _turn: Option<Turn>,
}

impl Tx {
    pub(super) fn new(
        transaction: DatabaseTransaction,
        commits: watch::Sender<()>,
        limit: Option<StatementLimit>,
        turn: Option<Turn>,
    ) -> Self {
        Self(Arc::new(Inner {
            transaction,
            transient: AtomicBool::new(false),
            commits,
            limit,
            _turn: turn,
        }))
    }

    /// Waits until no other transaction is in `queue`, and stays in it until this one ends. Take it before any row lock.
    ///
    /// For rules that span more rows than a lock could name. PostgreSQL: an advisory lock; SQLite has one writer anyway.
    pub async fn enter(&self, queue: Queue) -> Result<(), DbErr> {
        if self.get_database_backend() == DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({})", queue.number());
            self.execute_unprepared(&lock).await?;
        }
        Ok(())
    }

    /// Makes the changes durable. Fails when another clone is still alive (nothing is written then).
    pub async fn commit(self) -> Result<(), DbErr> {
        let Inner {
            transaction,
            commits,
            _turn,
            ..
        } = self.into_only()?;
        let outcome = transaction.commit().await;
        ended(if outcome.is_ok() { "committed" } else { "failed" });
        outcome?;
        commits.send_replace(());
        Ok(())
    }

    /// Undoes the changes. Fails when another clone is still alive (the last one to go rolls back).
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Inner { transaction, _turn, .. } = self.into_only()?;
        ended("rolled_back");
        transaction.rollback().await
    }

    /// Whether a statement of this transaction lost a deadlock or a serialisation conflict.
    pub fn hit_transient_failure(&self) -> bool {
        self.0.transient.load(Ordering::Relaxed)
    }

    fn into_only(self) -> Result<Inner, DbErr> {
        Arc::try_unwrap(self.0).map_err(|_| DbErr::Custom("a transaction was used after its work had ended".to_owned()))
    }

    /// The transaction, for one statement, which has its whole time.
    fn next(&self) -> &DatabaseTransaction {
        if let Some(limit) = &self.0.limit {
            limit.begin();
        }
        &self.0.transaction
    }

    fn noted<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &result
            && is_transient(error)
        {
            self.0.transient.store(true, Ordering::Relaxed);
        }
        result
    }
}

fn ended(outcome: &'static str) {
    metrics::counter!("peer_challenge_database_transactions_total", "outcome" => outcome).increment(1);
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.0.transaction.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.noted(self.next().execute_raw(stmt).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.noted(self.next().execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.noted(self.next().query_one_raw(stmt).await)
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.noted(self.next().query_all_raw(stmt).await)
    }
}
