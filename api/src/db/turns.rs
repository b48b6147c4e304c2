//! How many writing transactions of one process may be open at a time on PostgreSQL.
//!
//! Reads and writes share one pool there, and a transaction that waits in a queue or for a lock keeps its connection. If
//! transactions could take all of them, a crowd of changes would hold up every query (which needs a connection for each of
//! its statements), readiness and background jobs for as long as the crowd lasts. So they may have half of the pool, in the
//! order in which they came; the others wait for their turn without a connection.
//!
//! SQLite needs none of this: its one writer has a connection of its own.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnAcquireErr, DbErr};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The turns of one pool; clones share them.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    free: Arc<Semaphore>,
    patience: Duration,
}

/// Somebody's turn, until it is dropped.
pub(super) type Turn = OwnedSemaphorePermit;

impl Turns {
    /// For a pool of so many connections; whoever waits longer than `patience` for a turn is refused for now.
    pub(super) fn of_pool(connections: u32, patience: Duration) -> Self {
        let turns = usize::try_from((connections / 2).max(1)).unwrap_or(1);
        Self {
            free: Arc::new(Semaphore::new(turns)),
            patience,
        }
    }

    /// Waits for a turn.
    pub(super) async fn next(&self) -> Result<Turn, DbErr> {
        match timeout(self.patience, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            // The semaphore is never closed.
            Ok(Err(_)) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }
}
