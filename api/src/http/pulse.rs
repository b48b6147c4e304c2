//! Tells waiting for an event from preparing it: only the second is under a time limit.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

/// Whether an event of one subscription is being prepared. Clones share it.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<watch::Sender<bool>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Pulse {
    /// An event has come; its answer is due within the time limit of a query.
    pub fn beat(&self) {
        self.0.send_replace(true);
    }

    /// Its answer is complete.
    pub(super) fn rest(&self) {
        self.0.send_replace(false);
    }

    /// Comes back when an event has been in preparation for `limit`.
    pub(super) async fn overdue(&self, limit: Duration) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|busy| *busy).await;
        tokio::time::sleep(limit).await;
    }
}
