//! The loop that reads the feed and broadcasts it: one for each process.

use std::{sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::sync::{Notify, broadcast, watch};

use super::{
    Change, FeedOptions,
    repo::{self, Cursor},
};
use crate::{backoff::Backoff, db::Database};

/// Until the database answers again.
const RETRY: Backoff = Backoff {
    first: Duration::from_millis(100),
    most: Duration::from_secs(2),
};
/// Until a running transaction lets withheld changes go; nothing tells of its end.
const WITHHELD: Backoff = Backoff {
    first: Duration::from_millis(10),
    most: Duration::from_millis(200),
};

/// Reads from a cursor onwards.
pub(super) struct Relay {
    database: Database,
    cursor: Cursor,
    sender: broadcast::Sender<Arc<Change>>,
    breaks: watch::Sender<u64>,
    options: FeedOptions,
}

impl Relay {
    pub(super) fn new(
        database: Database,
        cursor: Cursor,
        sender: broadcast::Sender<Arc<Change>>,
        breaks: watch::Sender<u64>,
        options: FeedOptions,
    ) -> Self {
        Self {
            database,
            cursor,
            sender,
            breaks,
            options,
        }
    }

    /// Relays until the task is aborted. `told` is notified when there may be something new.
    pub(super) async fn run(mut self, told: Arc<Notify>) {
        let mut commits = self.database.commits();
        let (mut failures, mut withheld) = (0, 0);
        loop {
            let pause = match self.pass().await {
                Ok(false) => {
                    (failures, withheld) = (0, 0);
                    self.options.poll
                }
                Ok(true) => {
                    (failures, withheld) = (0, withheld + 1);
                    WITHHELD.delay(withheld, 1.0)
                }
                Err(error) => {
                    failures += 1;
                    metrics::counter!("peer_challenge_feed_failures_total").increment(1);
                    if failures == 1 {
                        tracing::warn!(%error, "the feed of changes cannot be read; trying again");
                    }
                    RETRY.delay(failures, rand::random())
                }
            };
            tokio::select! {
                () = told.notified() => {}
                // The sender lives as long as the database handle in `self`, so this only ever reports commits.
                _ = commits.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Broadcasts everything that may be told now; whether committed changes are withheld.
    async fn pass(&mut self) -> Result<bool, DbErr> {
        if repo::is_behind(&self.database, self.cursor).await? {
            self.cursor = repo::end(&self.database).await?;
            tracing::warn!("the database is behind what was told of it (restored?); telling from its present on");
            self.breaks.send_modify(|breaks| *breaks += 1);
        }
        loop {
            let batch = repo::after(&self.database, self.cursor).await?;
            metrics::counter!("peer_challenge_feed_changes_total").increment(batch.changes.len() as u64);
            for change in batch.changes {
                // Without a receiver it is told to nobody, as it should be.
                let _ = self.sender.send(Arc::new(change));
            }
            self.cursor = batch.cursor;
            if !batch.more {
                return Ok(batch.withheld);
            }
        }
    }
}
