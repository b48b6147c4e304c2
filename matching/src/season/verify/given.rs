//! What a case of a certificate leaves out.

use std::collections::{BTreeMap, BTreeSet};

use crate::season::format::Season;
use crate::season::plan::{Divided, DividedBy};

#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Windows in which a challenge does not take place: challenge and position.
    closed: BTreeSet<(usize, usize)>,
    /// Who is not on the team of a challenge: challenge and peer.
    out: BTreeSet<(usize, usize)>,
    /// Points more for taking somebody for a challenge: challenge and peer. Every plan of the case takes them.
    bonus: BTreeMap<(usize, usize), i64>,
}

impl Given {
    /// The same, and one side of what divides the case. A plan is always on one of the sides: its challenge takes place in
    /// the window named, in another or not at all, and somebody is on its team or is not.
    pub(super) fn on(&self, season: &Season, divided: &Divided, first: bool) -> Self {
        let mut given = self.clone();
        let challenge = divided.challenge;
        match &divided.by {
            DividedBy::Window(window) => {
                let all = 0..season.challenges[challenge].windows.len();
                let other = all.filter(|w| (w == window) != first);
                given.closed.extend(other.map(|w| (challenge, w)));
            }
            DividedBy::Member { peer, bonus } if first => {
                let own = given.bonus.entry((challenge, *peer)).or_insert(0);
                *own = (*own).max(*bonus);
            }
            DividedBy::Member { peer, .. } => {
                given.out.insert((challenge, *peer));
            }
        }
        given
    }

    /// What all plans of the case were given more.
    pub(super) fn bonuses(&self) -> i64 {
        self.bonus.values().sum()
    }

    pub(super) fn bonus(&self, challenge: usize, peer: usize) -> i64 {
        self.bonus.get(&(challenge, peer)).copied().unwrap_or(0)
    }

    pub(super) fn open(&self, challenge: usize, window: usize) -> bool {
        !self.closed.contains(&(challenge, window))
    }

    pub(super) fn keeps_out(&self, challenge: usize, peer: usize) -> bool {
        self.out.contains(&(challenge, peer))
    }
}
