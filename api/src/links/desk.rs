//! What the pages behind links work with.

use std::sync::Arc;

use super::Links;
use crate::{
    auth::{Viewer, ViewerRole},
    clock::Clock,
    db::Database,
    graphql::context::Act,
    ids::IdGenerator,
};

/// The subject of what is done by link, in the audit record.
pub const SUBJECT: &str = "signed-link";

/// What every page behind a link works with.
#[derive(Clone)]
pub struct Desk {
    /// Reads links.
    pub links: Links,
    /// What they are about.
    pub database: Database,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl Desk {
    /// Something that the holder of a link does, in the role of the person or office that it was sent to.
    pub fn act(&self, role: ViewerRole) -> Act {
        Act::new(Viewer::new(SUBJECT, role), &*self.clock, Arc::clone(&self.ids))
    }
}
