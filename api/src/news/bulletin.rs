//! One change with everything that is needed to show it and to judge who may see it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use entity::{challenge, challenge_window};
use uuid::Uuid;

use crate::{
    auth::{Viewer, ViewerRole},
    challenge::repo::is_on_schedule,
    db::Database,
    feed::Change,
    graphql::{
        ids::Kind,
        loader::{BatchLoader, batch_loader},
    },
};

/// The council whose challenge it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    /// Its region.
    pub region: Uuid,
    /// GSS code of the region.
    pub region_code: String,
    /// Its own GSS code and superseded ones.
    pub codes: Vec<String>,
}

/// A change of a challenge. The rows are those of the moment of loading: the change itself, or something later.
#[derive(Debug)]
pub struct Bulletin {
    /// The change.
    pub change: Arc<Change>,
    /// The challenge.
    pub challenge: challenge::Model,
    /// Its host.
    pub host: Arc<Host>,
    /// Everybody who has or had a place on its team.
    pub team: Arc<HashSet<Uuid>>,
    /// Its windows, earliest first.
    pub windows: Arc<Vec<challenge_window::Model>>,
    pub(super) loaders: Shelf,
}

impl Bulletin {
    /// The kind of thing that changed; `None` for those that are no node.
    pub fn kind(&self) -> Option<Kind> {
        let name = &self.change.entity_kind;
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The windows that stand for the challenge in the schedule now: the chosen one, or all proposed ones; none while it is
    /// off the schedule.
    pub fn entries(&self) -> Vec<challenge_window::Model> {
        if !is_on_schedule(self.challenge.stage) {
            return Vec::new();
        }
        let chosen = self.challenge.window_id;
        let windows = self.windows.iter();
        windows
            .filter(|window| chosen.is_none_or(|chosen| window.id == chosen))
            .cloned()
            .collect()
    }

    /// Loaders for this event, shared by all who may see the same. They begin empty, so nothing older is shown, and go
    /// with the event.
    pub fn loaders(&self, viewer: &Viewer) -> Arc<BatchLoader> {
        self.loaders.of(viewer)
    }
}

/// The loaders of one event, by role and scope.
pub(super) struct Shelf {
    database: Database,
    taken: Mutex<Vec<(ViewerRole, Arc<BatchLoader>)>>,
}

impl Shelf {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            taken: Mutex::default(),
        }
    }

    pub(super) fn of(&self, viewer: &Viewer) -> Arc<BatchLoader> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // What may be seen follows from the role and its scope alone. Few of them see one challenge.
        if let Some((_, loader)) = taken.iter().find(|(role, _)| *role == viewer.role) {
            return Arc::clone(loader);
        }
        let loader = Arc::new(batch_loader(self.database.clone(), Some(viewer.clone())));
        taken.push((viewer.role.clone(), Arc::clone(&loader)));
        loader
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shelf").finish_non_exhaustive()
    }
}
