//! How many connections stay open at a time, in all and for each viewer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::LiveOptions;
use crate::auth::Viewer;

/// Counts open connections against their limits.
#[derive(Debug)]
pub(in super::super) struct Admission {
    most: usize,
    most_per_viewer: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_viewer: HashMap<String, usize>,
}

/// The place of one connection; free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    admission: Arc<Admission>,
    transport: &'static str,
    viewer: Option<String>,
}

impl Admission {
    /// Nobody is there yet.
    pub(in super::super) fn new(options: &LiveOptions) -> Arc<Self> {
        Arc::new(Self {
            most: options.connections,
            most_per_viewer: options.connections_per_viewer,
            open: Mutex::default(),
        })
    }

    /// A place for a connection, if there is one.
    pub(super) fn enter(self: &Arc<Self>, transport: &'static str) -> Option<Seat> {
        let mut open = self.open();
        if open.all >= self.most {
            metrics::counter!("peer_challenge_limits_total", "limit" => "live_connections").increment(1);
            return None;
        }
        open.all += 1;
        metrics::gauge!("peer_challenge_live_connections", "transport" => transport).increment(1.0);
        Some(Seat {
            admission: Arc::clone(self),
            transport,
            viewer: None,
        })
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Counts the connection as `viewer`'s; false when they have as many as they may.
    pub(super) fn claim(&mut self, viewer: &Viewer) -> bool {
        let name = format!("{} {}", viewer.role_code(), viewer.subject);
        let mut open = self.admission.open();
        let theirs = open.by_viewer.entry(name.clone()).or_default();
        if *theirs >= self.admission.most_per_viewer {
            metrics::counter!("peer_challenge_limits_total", "limit" => "live_connections_per_viewer").increment(1);
            return false;
        }
        *theirs += 1;
        self.viewer = Some(name);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        open.all = open.all.saturating_sub(1);
        if let Some(name) = &self.viewer
            && let Some(theirs) = open.by_viewer.get_mut(name)
        {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                open.by_viewer.remove(name);
            }
        }
        metrics::gauge!("peer_challenge_live_connections", "transport" => self.transport).decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ViewerRole;

    fn viewer(subject: &str) -> Viewer {
        Viewer::new(subject, ViewerRole::Analyst)
    }

    #[test]
    fn places_are_limited_and_come_back() {
        let admission = Admission::new(&LiveOptions {
            connections: 3,
            connections_per_viewer: 1,
            ..LiveOptions::default()
        });
        let mut first = admission.enter("websocket").unwrap();
        let mut second = admission.enter("websocket").unwrap();
        assert!(first.claim(&viewer("a")));
        assert!(!second.claim(&viewer("a")));
        assert!(second.claim(&viewer("b")));
        let mut third = admission.enter("sse").unwrap();
        assert!(admission.enter("sse").is_none());
        drop(first);
        assert!(third.claim(&viewer("a")));
        assert!(admission.enter("sse").is_some());
        drop((second, third));
        let open = admission.open();
        assert_eq!((open.all, open.by_viewer.len()), (0, 0));
    }
}
