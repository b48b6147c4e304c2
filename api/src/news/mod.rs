//! What subscribers are told: every change of a challenge that the feed reports, with the challenge as it is then, and every
//! notification to those whom it is for ([`Letter`]).
//!
//! One task per process ([`News`]) takes the changes from the feed, loads what is needed to show them and to judge who may
//! see them in a fixed number of statements, however many subscribers there are, and hands them on as [`Bulletin`]s.
//! Subscribers judge in memory ([`sight`]), and those who may see the same share what nested fields load for one event.
//!
//! Invariant: who is told of a change may see its challenge by the same rule as in queries, and nobody is told of a kind of
//! thing that the audit record hides from them.
//!
//! Neighbours: `feed` (says that something changed), `challenge` (what is shown), `audit::repo` (what is hidden).

mod bulletin;
mod letters;
pub mod objects;
mod repo;
mod sight;
pub mod subscriptions;

use std::sync::Arc;

use tokio::{
    sync::{
        broadcast::{
            self, Receiver,
            error::{RecvError, TryRecvError},
        },
        watch,
    },
    task::AbortHandle,
};

pub use bulletin::{Bulletin, Host};
pub use letters::Letter;

use crate::{
    db::Database,
    feed::{Change, Feed},
};

/// Bulletins that a subscriber may be behind before it loses some and is told so.
const BUFFER: usize = 1_024;
/// Most changes that are loaded together.
const BATCH: usize = 256;

/// What subscribers receive.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A challenge changed.
    Change(Arc<Bulletin>),
    /// Somebody is notified.
    Letter(Arc<Letter>),
    /// Changes were lost on the way; what they were is not known.
    Lost,
}

/// Hands changes to subscribers; ends with its last clone.
#[derive(Clone, Debug)]
pub struct News {
    sender: broadcast::Sender<Notice>,
    _task: Arc<Task>,
}

#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl News {
    /// Starts to tell what `feed` reports. Must be called on the runtime where it shall run.
    pub fn start(database: Database, feed: &Feed) -> Self {
        let (sender, _) = broadcast::channel(BUFFER);
        let task = tokio::spawn(relay(database, feed.subscribe(), feed.breaks(), sender.clone()));
        Self {
            sender,
            _task: Arc::new(Task(task.abort_handle())),
        }
    }

    /// How many receive.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// What is told from now on.
    pub fn subscribe(&self) -> Receiver<Notice> {
        self.sender.subscribe()
    }
}

async fn relay(
    database: Database,
    mut changes: Receiver<Arc<Change>>,
    mut breaks: watch::Receiver<u64>,
    sender: broadcast::Sender<Notice>,
) {
    let mut sent = letters::Sent::default();
    loop {
        let received = tokio::select! {
            received = changes.recv() => received,
            Ok(()) = breaks.changed() => {
                let _ = sender.send(Notice::Lost);
                continue;
            }
        };
        let first = match received {
            Ok(change) => change,
            Err(RecvError::Lagged(lost)) => {
                tracing::warn!(lost, "changes were lost before subscribers could be told");
                // An error says only that nobody listens.
                let _ = sender.send(Notice::Lost);
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        let mut batch = vec![first];
        let mut lagged = false;
        while batch.len() < BATCH {
            match changes.try_recv() {
                Ok(change) => batch.push(change),
                Err(TryRecvError::Lagged(_)) => lagged = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if sender.receiver_count() == 0 {
            continue;
        }
        match letters::letters(&database, &batch, &mut sent).await {
            Ok(letters) => {
                for letter in letters {
                    let _ = sender.send(Notice::Letter(Arc::new(letter)));
                }
            }
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "subscribers cannot be told of notifications");
                lagged = true;
            }
        }
        batch.retain(|change| change.challenge.is_some());
        match repo::bulletins(&database, &batch).await {
            Ok(bulletins) => {
                for bulletin in bulletins {
                    let _ = sender.send(Notice::Change(Arc::new(bulletin)));
                }
            }
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "subscribers cannot be told of changes");
                lagged = true;
            }
        }
        if lagged {
            let _ = sender.send(Notice::Lost);
        }
    }
}
