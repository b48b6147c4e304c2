//! Which operation names may become labels.
//!
//! Clients choose the names of their operations, so an unbounded label would let anybody fill the monitoring system's
//! memory. A name is taken up when a signed-in viewer's operation of that name ran, or when it belongs to a document
//! this service knows, and only until the book is full; everything else is `other`.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};

use metrics::SharedString;

/// Longest name that is taken up.
const LONGEST: usize = 64;

/// The names seen so far.
#[derive(Debug)]
pub struct OperationNames {
    most: usize,
    names: RwLock<HashSet<Arc<str>>>,
}

impl OperationNames {
    /// An empty book for at most `most` names; with 0 every named operation is `other`.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            names: RwLock::default(),
        }
    }

    /// The label for an operation: `anonymous`, its name, or `other`. `trusted`: whether a new name may be taken up.
    pub fn label(&self, name: Option<&str>, trusted: bool) -> SharedString {
        const OTHER: SharedString = SharedString::const_str("other");
        let Some(name) = name else {
            return SharedString::const_str("anonymous");
        };
        if let Some(known) = self.names.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return SharedString::from_shared(Arc::clone(known));
        }
        if !trusted || name.len() > LONGEST {
            return OTHER;
        }
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= self.most && !names.contains(name) {
            return OTHER;
        }
        let name: Arc<str> = Arc::from(name);
        names.insert(Arc::clone(&name));
        SharedString::from_shared(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_bounded_and_closed_to_strangers() {
        let book = OperationNames::new(2);
        let long = "x".repeat(65);
        let label = |name, trusted| book.label(name, trusted).into_owned();
        assert_eq!(label(None, true), "anonymous");
        assert_eq!(label(Some("Schedule"), false), "other");
        assert_eq!(label(Some("Schedule"), true), "Schedule");
        assert_eq!(label(Some("Schedule"), false), "Schedule");
        assert_eq!(label(Some(&long), true), "other");
        assert_eq!(label(Some("Peers"), true), "Peers");
        assert_eq!(label(Some("Third"), true), "other");
        assert_eq!(label(Some("Peers"), true), "Peers");
        assert_eq!(OperationNames::new(0).label(Some("Any"), true).into_owned(), "other");
    }
}
