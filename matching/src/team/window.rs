//! One window, ready to be solved the one way or the other.
//!
//! Most windows are solved by parts (`branch`): nearly always at once. Where slots and themes have too many combinations
//! for that, `search` goes through the people. Both are exact.

use super::Value;
use super::branch::{Branch, Branches, Found};
use super::dominance::essential;
use super::model::Model;
use super::search::Ready;

/// A window with its bound.
pub(super) enum Prepared<'a> {
    Parts(Box<Branches<'a>>),
    Search(Box<Ready<'a>>),
}

impl<'a> Prepared<'a> {
    pub(super) fn new(model: Model<'a>, table_limit: usize) -> Self {
        let lists = essential(&model);
        let mut steps = 0;
        match Branch::new(&model, lists.clone(), table_limit, 0, &mut steps) {
            Some(first) => Self::Parts(Box::new(Branches::new(model, first, steps, table_limit))),
            None => Self::Search(Box::new(Ready::new(model, &lists))),
        }
    }

    pub(super) fn model(&self) -> &Model<'a> {
        match self {
            Self::Parts(branches) => &branches.model,
            Self::Search(ready) => &ready.model,
        }
    }

    /// No team of the window is worth more.
    pub(super) fn root(&self) -> Value {
        match self {
            Self::Parts(branches) => branches.root,
            Self::Search(ready) => ready.root,
        }
    }

    /// The people who matter, by slot.
    pub(super) fn lists(&self) -> &[Vec<usize>] {
        match self {
            Self::Parts(branches) => &branches.lists,
            Self::Search(ready) => &ready.order.lists,
        }
    }

    /// The best team that is worth more than `floor`, within `limit` steps.
    pub(super) fn solve(&self, floor: Option<Value>, nodes: &mut u64, limit: u64) -> Found {
        match self {
            Self::Parts(branches) => branches.solve(floor, nodes, limit),
            Self::Search(ready) => {
                let (best, complete) = ready.solve(floor, nodes, limit);
                ready.found(best, complete)
            }
        }
    }

    /// Some team, within `limit` steps.
    pub(super) fn look(&self, nodes: &mut u64, limit: u64) -> Found {
        match self {
            Self::Parts(branches) => branches.solve(None, nodes, limit),
            Self::Search(ready) => {
                let (best, complete) = ready.search(None, nodes, limit);
                ready.found(best, complete)
            }
        }
    }
}

impl Ready<'_> {
    fn found(&self, best: Option<(Value, super::search::Team)>, complete: bool) -> Found {
        Found {
            best,
            complete,
            bound: self.root,
        }
    }
}
