//! Bounds case by case: of two cases that leave no plan out, each can have a smaller bound than both together.
//!
//! Either a challenge takes place in this window or in another; either somebody is on its team or not. In each case
//! the problem is a little smaller, its bound comes from prices of its own, and a case can be divided again. No plan
//! is worth more than the largest of all the bounds.

use super::bits::Bits;
use super::problem::Problem;
use super::rows::Row;

/// What divides all plans in two.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fork {
    /// A challenge takes place in one window or not at all; or in another or not at all.
    Window {
        /// Position of the challenge.
        challenge: usize,
        /// Position of the window in the problem.
        window: usize,
    },
    /// Somebody is on the team of a challenge, or is not.
    Member {
        /// Position of the challenge.
        challenge: usize,
        /// Position in the pool.
        peer: usize,
        /// Points that plans with this person are given more, and the bound less, where they are on the team: it makes
        /// every best team take them, and is worth nothing in the end.
        bonus: i64,
    },
}

/// What proves a bound of some plans.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Case {
    /// Prices, points times [`SCALE`](super::oracle::SCALE).
    Prices(Vec<(Row, i64)>),
    /// Two cases further on, by position: first the one of which the fork speaks.
    Divided(Fork, [usize; 2]),
}

/// What proves a bound: the first case is of all plans.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof(pub Vec<Case>);

impl Default for Proof {
    /// No prices at all.
    fn default() -> Self {
        Self(vec![Case::Prices(Vec::new())])
    }
}

/// A fork and the side of it that is meant.
pub(super) type Given = (Fork, bool);

impl Fork {
    /// The challenge that it is about.
    pub(super) fn challenge(&self) -> usize {
        match self {
            Self::Window { challenge, .. } | Self::Member { challenge, .. } => *challenge,
        }
    }

    /// Whether a place is on the side that is meant.
    pub(super) fn allows(&self, first: bool, window: usize, on_team: impl Fn(usize) -> bool) -> bool {
        match self {
            Self::Window { window: only, .. } => (*only == window) == first,
            // Teams without the person are worth less where the person is given, not forbidden.
            Self::Member { peer, .. } => first || !on_team(*peer),
        }
    }

    /// Leaves in a problem what is on one side.
    pub(super) fn narrow(&self, problem: &mut Problem, first: bool) {
        let pool = problem.people.len();
        let ask = &mut problem.challenges[self.challenge()];
        match self {
            Self::Window { window: only, .. } => {
                let windows = ask.windows.iter_mut().enumerate();
                for (_, window) in windows.filter(|(w, _)| (w == only) != first) {
                    window.free = Bits::new(pool);
                    window.points = 0;
                }
            }
            Self::Member { peer, bonus, .. } if first => {
                for bucket in &ask.buckets {
                    let entries = &mut ask.entries[bucket.from as usize..bucket.until as usize];
                    if let Some(entry) = entries.iter_mut().find(|entry| entry.peer as usize == *peer) {
                        entry.points += bonus;
                        entries.sort_by_key(|entry| std::cmp::Reverse(entry.points));
                    }
                }
                problem.base -= bonus;
            }
            Self::Member { peer, .. } => {
                for window in &mut ask.windows {
                    window.free.remove(super::small(*peer));
                }
            }
        }
    }
}

/// The problem that is left on the sides that are meant.
pub(super) fn narrowed(problem: &Problem, given: &[Given]) -> Problem {
    let mut problem = problem.clone();
    for (fork, first) in given {
        fork.narrow(&mut problem, *first);
    }
    problem
}
