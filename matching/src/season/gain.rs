//! What one more person in a slot would bring to a plan: the points that change, and nothing else counted again.

use std::collections::BTreeMap;

use super::reading::MEMBER;
use super::standing::Standing;
use super::value::imbalance;

/// A plan as far as points of one more person depend on all of it.
pub(super) struct Gain<'s> {
    standing: &'s Standing<'s>,
    /// People of each party in the pool, and member peers of each party whom the plan sends, in the season's order.
    pool: Vec<i64>,
    sent: Vec<i64>,
}

impl<'s> Gain<'s> {
    pub(super) fn of(standing: &'s Standing<'s>) -> Self {
        let season = standing.season;
        let at: BTreeMap<&str, usize> = season
            .parties
            .iter()
            .enumerate()
            .map(|(at, party)| (party.as_str(), at))
            .collect();
        let of = |peer: usize| {
            season.peers[peer]
                .party
                .as_deref()
                .and_then(|party| at.get(party).copied())
        };
        let (mut pool, mut sent) = (vec![0; season.parties.len()], vec![0; season.parties.len()]);
        for peer in &season.peers {
            if let Some(party) = of(peer.id) {
                pool[party] += 1;
            }
        }
        let seats = standing.places.iter().flatten().flat_map(|place| &place.team);
        for seat in seats.filter(|seat| seat.role == MEMBER) {
            if let Some(party) = of(seat.peer) {
                sent[party] += 1;
            }
        }
        Self { standing, pool, sent }
    }

    /// Points of the plan with this person in a vacant slot of `role`, in this window, less its points now: the team comes along
    /// when the window is another one. `None` when the challenge is settled for another.
    pub(super) fn with(&self, challenge: usize, window: usize, role: &str, peer: usize) -> Option<i64> {
        let season = self.standing.season;
        let (ask, person, weights) = (&season.challenges[challenge], &season.peers[peer], &season.weights);
        let place = self.standing.places[challenge];
        let team = place.map_or(&[][..], |place| place.team.as_slice());
        let chosen = place.and_then(|place| place.window);
        if ask.pinned.as_ref().is_some_and(|pinned| pinned.window != window) {
            return None;
        }
        let mates = || team.iter().map(|seat| &season.peers[seat.peer]);

        let preference = |window: usize| weights.preference * ask.windows[window].preference;
        let preference = preference(window) - chosen.map_or(0, preference);
        let new = ask
            .themes
            .iter()
            .filter(|(theme, _)| person.themes.contains(theme) && !mates().any(|mate| mate.themes.contains(theme)));
        let themes = weights.theme * new.map(|(_, weight)| weight).sum::<i64>();
        let region = &season.councils[person.council].region;
        let alone = mates().all(|mate| season.councils[mate.council].region != *region);
        let spread = if alone { weights.spread } else { 0 };
        let (likeness, travel) = season.place_points(ask, peer);
        let n = i64::try_from(self.standing.load(peer)).unwrap_or(i64::MAX);
        let load = 2 * weights.load * (n + person.engaged);
        let charges = ask.charges.iter().filter(|(who, _)| *who == peer);
        let charges: i64 = charges.map(|(_, points)| points).sum();
        let slot = weights.seat * ask.priority;
        Some(slot + preference + themes + likeness + travel + spread - load - charges + self.party(role, peer))
    }

    fn party(&self, role: &str, peer: usize) -> i64 {
        let season = self.standing.season;
        let party = season.peers[peer].party.as_ref().filter(|_| role == MEMBER);
        let at = party.and_then(|party| season.parties.iter().position(|one| one == party));
        let Some(at) = at.filter(|_| season.weights.party != 0) else {
            return 0;
        };
        let mut sent = self.sent.clone();
        sent[at] += 1;
        season.weights.party * (imbalance(&self.pool, &self.sent) - imbalance(&self.pool, &sent))
    }
}
