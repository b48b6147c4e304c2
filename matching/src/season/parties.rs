//! The parties of a season's pool, and how many member peers of each a plan sends.

use std::collections::HashMap;

use super::reading::MEMBER;
use super::standing::Standing;
use super::value::imbalance;

/// What the parties' balance is counted from, in the season's order of parties.
#[derive(Clone, Debug)]
pub(super) struct Parties {
    of_peer: Vec<Option<usize>>,
    pool: Vec<i64>,
    sent: Vec<i64>,
    weight: i64,
}

impl Parties {
    pub(super) fn of(standing: &Standing<'_>) -> Self {
        let season = standing.season;
        let names = season.parties.iter().enumerate();
        let at: HashMap<&str, usize> = names.map(|(at, party)| (party.as_str(), at)).collect();
        let of = |peer: &super::format::Peer| peer.party.as_deref().and_then(|party| at.get(party).copied());
        let of_peer: Vec<Option<usize>> = season.peers.iter().map(of).collect();
        let mut pool = vec![0; season.parties.len()];
        for &party in of_peer.iter().flatten() {
            pool[party] += 1;
        }
        let mut parties = Self {
            of_peer,
            sent: vec![0; pool.len()],
            pool,
            weight: season.weights.party,
        };
        for seat in standing.places.iter().flatten().flat_map(|place| &place.team) {
            if let Some(party) = parties.counted(&seat.role, seat.peer) {
                parties.count(party, 1);
            }
        }
        parties
    }

    /// The party that somebody in a role counts for, where the balance costs something.
    pub(super) fn counted(&self, role: &str, peer: usize) -> Option<usize> {
        self.of_peer[peer].filter(|_| self.weight != 0 && role == MEMBER)
    }

    /// So many member peers of a party more.
    pub(super) fn count(&mut self, party: usize, by: i64) {
        self.sent[party] += by;
    }

    /// Points lost by the balance.
    pub(super) fn cost(&self) -> i64 {
        self.weight * imbalance(&self.pool, &self.sent)
    }

    /// Points lost by one member peer of a party more.
    pub(super) fn cost_of_one_more(&self, party: usize) -> i64 {
        let mut sent = self.sent.clone();
        sent[party] += 1;
        self.weight * imbalance(&self.pool, &sent) - self.cost()
    }
}
