//! What one more person in a slot would bring to a plan: the points that change, and nothing else counted again.

use super::parties::Parties;
use super::standing::Standing;

/// A plan as far as points of one more person depend on all of it.
pub(super) struct Gain<'s> {
    standing: &'s Standing<'s>,
    parties: Parties,
}

impl<'s> Gain<'s> {
    pub(super) fn of(standing: &'s Standing<'s>) -> Self {
        Self {
            standing,
            parties: Parties::of(standing),
        }
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
        let party = self.parties.counted(role, peer);
        let party = party.map_or(0, |party| self.parties.cost_of_one_more(party));
        Some(slot + preference + themes + likeness + travel + spread - load - charges - party)
    }
}
