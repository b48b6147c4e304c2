//! What changed, told to whoever listens in this process, whichever process changed it.
//!
//! The database adds a row to `change_feed` for every audit event (step 8 of `migration`). [`Feed::start`] runs a relay
//! that reads new rows and broadcasts them. It looks when a transaction of this process commits, when PostgreSQL
//! notifies (on a connection of its own, so that other replicas' changes arrive within milliseconds), and once a second
//! in any case, which is how SQLite tells of other processes and what covers a lost notification.
//!
//! Promises, for as long as the feed runs: every committed change is broadcast once, after its commit, never one that
//! was rolled back. It starts with the changes after [`Feed::start`] (on PostgreSQL perhaps with a few just before).
//! Changes of one transaction keep their order; those of concurrent transactions may come in any order. So a change says
//! *that* something changed: read what it is now, do not compute it from the order of changes. When a database that is
//! behind takes the place of the one that was told of (a restored backup, a standby that lost transactions), the feed goes
//! on with what changes there from then on, and says so ([`Feed::breaks`]).
//!
//! Neighbours: `repo` (how nothing is missed), `relay` (the loop), `listen` (LISTEN), `audit` (writes what is told here),
//! `jobs` (prunes old rows), `db` (tells of commits).

mod listen;
mod relay;
mod repo;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, FromQueryResult};
use tokio::{
    sync::{Notify, broadcast, watch},
    task::JoinHandle,
};
use uuid::Uuid;

pub use repo::prune;

use crate::db::{Database, Engine};

/// Something changed: the audit event of the change, without its actor and details.
#[derive(Clone, Debug, Eq, FromQueryResult, PartialEq)]
pub struct Change {
    /// Rises with every change, unique for ever; on PostgreSQL not the order of commits.
    pub position: i64,
    /// Key of the audit event.
    pub audit_event: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened (SCREAMING_SNAKE_CASE, past tense).
    pub action: String,
    /// Name of the changed thing's kind (`graphql::ids::Kind::name`, `audit::IMPORT_KIND` or `audit::JOB_KIND`).
    pub entity_kind: String,
    /// Key of the changed thing.
    pub entity: Uuid,
    /// The challenge that it belongs to.
    pub challenge: Option<Uuid>,
    /// The council that it concerns.
    pub council: Option<Uuid>,
    /// The person that it concerns.
    pub peer: Option<Uuid>,
}

/// Settings of the relay.
#[derive(Clone, Copy, Debug)]
pub struct FeedOptions {
    /// Changes that a receiver may be behind before it loses some (and hears of it).
    pub buffer: usize,
    /// How often to look when nothing tells of changes.
    pub poll: Duration,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self {
            buffer: 4096,
            poll: Duration::from_secs(1),
        }
    }
}

/// A running relay; clones share it, and it ends with the last of them.
#[derive(Clone, Debug)]
pub struct Feed {
    sender: broadcast::Sender<Arc<Change>>,
    breaks: watch::Sender<u64>,
    tasks: Arc<Tasks>,
}

impl Feed {
    /// Starts to relay what changes from now on.
    ///
    /// # Errors
    /// The database's, when it cannot say where the feed ends now. Later failures are logged and tried again.
    pub async fn start(database: &Database, options: FeedOptions) -> Result<Self, DbErr> {
        // Its reads must not be taken for those of a request.
        let database = database.beside();
        let cursor = repo::end(&database).await?;
        let (sender, _) = broadcast::channel(options.buffer.max(1));
        let (breaks, _) = watch::channel(0);
        let told = Arc::new(Notify::new());
        let mut tasks = Vec::new();
        if database.engine() == Engine::Postgres {
            tasks.push(tokio::spawn(listen::run(database.clone(), Arc::clone(&told))));
        }
        let relay = relay::Relay::new(database, cursor, sender.clone(), breaks.clone(), options);
        tasks.push(tokio::spawn(relay.run(told)));
        Ok(Self {
            sender,
            breaks,
            tasks: Arc::new(Tasks(tasks)),
        })
    }

    /// The changes from now on. A receiver that falls more than the buffer behind gets `RecvError::Lagged` with the
    /// number of changes that it lost, and goes on with the oldest one kept: whoever holds state must then read it anew.
    /// `Closed` never comes while a clone of the feed lives; it may after [`Feed::stop`] and the last clone.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Change>> {
        self.sender.subscribe()
    }

    /// Changes when the database was found to have gone back: what was told may not be true of it, and what changed there
    /// before it was found out is not told. Whoever holds state must read it anew.
    pub fn breaks(&self) -> watch::Receiver<u64> {
        self.breaks.subscribe()
    }

    /// Ends the relay; nothing is broadcast afterwards. Call it before the database is closed.
    pub fn stop(&self) {
        self.tasks.stop();
    }
}

#[derive(Debug)]
struct Tasks(Vec<JoinHandle<()>>);

impl Tasks {
    fn stop(&self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop();
    }
}
