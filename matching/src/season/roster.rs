//! Everybody who could come, council by council, laid out to be read from one end to the other: every challenge asks about
//! everybody, and in large seasons what is asked lies scattered over more memory than a processor keeps at hand.

use super::format::{Peer, Season};
use super::small;

/// What every challenge asks of somebody.
#[derive(Debug)]
pub(super) struct Somebody {
    /// Their position.
    pub(super) peer: u32,
    /// Points that they lose anywhere, for what they do besides.
    pub(super) lost: i64,
    roles: (u32, u32),
    themes: (u32, u32),
}

/// Everybody, by council.
#[derive(Debug)]
pub(super) struct Roster {
    people: Vec<Somebody>,
    /// From where to where the people of each council are.
    of: Vec<(u32, u32)>,
    roles: Vec<u32>,
    themes: Vec<u32>,
    /// Who is in conflict with each council.
    in_conflict: Vec<Vec<u32>>,
}

/// Positions, each once, behind those that are there; gives from where to where.
fn append(all: &mut Vec<u32>, own: impl Iterator<Item = usize>) -> (u32, u32) {
    let mut own: Vec<u32> = own.map(small).collect();
    own.sort_unstable();
    own.dedup();
    let from = small(all.len());
    all.extend(own);
    (from, small(all.len()))
}

impl Roster {
    /// Everybody of a season; `role` and `theme` give positions of names, `lost` what somebody loses anywhere.
    pub(super) fn of(
        season: &Season,
        role: impl Fn(&str) -> usize,
        theme: impl Fn(&str) -> usize,
        lost: impl Fn(&Peer) -> i64,
    ) -> Self {
        let councils = season.councils.len();
        let (mut at, mut in_conflict) = (vec![Vec::new(); councils], vec![Vec::new(); councils]);
        for peer in &season.peers {
            at[peer.council].push(peer);
            for &council in &peer.conflicts {
                in_conflict[council].push(small(peer.id));
            }
        }
        let mut roster = Self {
            people: Vec::with_capacity(season.peers.len()),
            of: Vec::with_capacity(councils),
            roles: Vec::new(),
            themes: Vec::new(),
            in_conflict,
        };
        for people in at {
            let from = small(roster.people.len());
            for peer in people {
                let somebody = Somebody {
                    peer: small(peer.id),
                    lost: lost(peer),
                    roles: append(&mut roster.roles, peer.roles.iter().map(|name| role(name))),
                    themes: append(&mut roster.themes, peer.themes.iter().map(|name| theme(name))),
                };
                roster.people.push(somebody);
            }
            roster.of.push((from, small(roster.people.len())));
        }
        roster
    }

    /// The people of a council.
    pub(super) fn at(&self, council: usize) -> &[Somebody] {
        let (from, until) = self.of[council];
        &self.people[from as usize..until as usize]
    }

    /// What somebody can serve as.
    pub(super) fn roles(&self, somebody: &Somebody) -> &[u32] {
        &self.roles[somebody.roles.0 as usize..somebody.roles.1 as usize]
    }

    /// What somebody knows.
    pub(super) fn themes(&self, somebody: &Somebody) -> &[u32] {
        &self.themes[somebody.themes.0 as usize..somebody.themes.1 as usize]
    }

    /// Who is in conflict with a council.
    pub(super) fn in_conflict(&self, council: usize) -> &[u32] {
        &self.in_conflict[council]
    }
}
