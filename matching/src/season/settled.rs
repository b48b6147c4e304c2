//! What is settled of a season (accepted people in their windows) and what follows for the rest: points that every plan has,
//! and people, homes and weeks that are spoken for.

use std::collections::{BTreeMap, BTreeSet};

use super::format::Season;
use super::problem::Span;
use super::reading::MEMBER;
use super::small;
use super::weeks::Weeks;

/// What follows from the settled part of a season.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled {
    /// Points that every plan has.
    pub(super) points: i64,
    /// Member peers by party.
    pub(super) members: Vec<i64>,
    /// Challenge, days, person.
    places: Vec<(usize, Span, u32)>,
    /// How many places each person has, those without any left out.
    places_of: BTreeMap<usize, u32>,
    /// Councils that send somebody to a host.
    sent: BTreeSet<(usize, usize)>,
}

impl Settled {
    /// `same` names for each council the one whose limits its people share.
    pub(super) fn of(season: &Season, same: &[usize]) -> Self {
        let mut settled = Self {
            members: vec![0; season.parties.len()],
            ..Self::default()
        };
        let weights = &season.weights;
        for challenge in &season.challenges {
            let Some(pinned) = &challenge.pinned else { continue };
            let window = challenge.windows[pinned.window];
            let span = Span {
                start: window.start,
                end: window.end,
            };
            let (mut regions, mut themes) = (BTreeSet::new(), BTreeSet::new());
            settled.points += weights.preference * window.preference;
            for seat in &pinned.team {
                let peer = &season.peers[seat.peer];
                let (likeness, travel) = season.place_points(challenge, peer.id);
                settled.points += weights.seat * challenge.priority + likeness + travel;
                settled.places.push((challenge.id, span, small(peer.id)));
                if !season.rules.mutual {
                    settled.sent.insert((same[peer.council], same[challenge.host]));
                }
                let places = settled.places_of.entry(peer.id).or_insert(0);
                // load × n (n − 1), beside those that are not planned here.
                settled.points -= 2 * weights.load * (i64::from(*places) + peer.engaged);
                *places += 1;
                regions.insert(season.councils[peer.council].region.as_str());
                themes.extend(peer.themes.iter().map(String::as_str));
                let party = peer.party.as_deref().filter(|_| seat.role == MEMBER);
                if let Some(at) = party.and_then(|party| season.parties.iter().position(|name| name == party)) {
                    settled.members[at] += 1;
                }
            }
            settled.points += weights.spread * i64::try_from(regions.len()).unwrap_or(i64::MAX);
            let known = challenge
                .themes
                .iter()
                .filter(|(theme, _)| themes.contains(theme.as_str()));
            settled.points += weights.theme * known.map(|(_, weight)| weight).sum::<i64>();
        }
        settled
    }

    /// How many slots are filled.
    pub(super) fn count(&self) -> u32 {
        small(self.places.len())
    }

    /// How many places somebody has.
    pub(super) fn places_of(&self, peer: usize) -> u32 {
        self.places_of.get(&peer).copied().unwrap_or(0)
    }

    /// Challenge, days and person of every place.
    pub(super) fn trips(&self) -> impl Iterator<Item = (usize, Span, u32)> {
        self.places.iter().copied()
    }

    /// Whether a council sends somebody to another.
    pub(super) fn sends(&self, home: usize, host: usize) -> bool {
        self.sent.contains(&(home, host))
    }

    /// People who are away anyway, by week and council.
    pub(super) fn away(&self, season: &Season, same: &[usize], weeks: &Weeks) -> Vec<u32> {
        let councils = season.councils.len();
        let mut away = vec![0u32; weeks.count() * councils];
        let mut add = |week: usize, home: usize, people: u32| {
            let place = &mut away[week * councils + same[home]];
            *place = place.saturating_add(people);
        };
        for &(home, week, people) in &season.away {
            if let Some(week) = weeks.number(week) {
                add(week, home, u32::try_from(people).unwrap_or(u32::MAX));
            }
        }
        for &(_, span, peer) in &self.places {
            for week in weeks.touched(span) {
                add(week, season.peers[peer as usize].council, 1);
            }
        }
        away
    }
}
