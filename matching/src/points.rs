//! Points of the objective (season-format.md, "Objective") for one challenge, criterion by criterion.
//!
//! Theme cover and spread belong to a team as a whole; a person's share of them is what the team would lose without
//! the person. Everything else belongs to one person. A required theme entry is covered when at least one member
//! knows all of its themes. All integers.

use serde::{Deserialize, Serialize};

use crate::eligibility::Case;
use crate::world::Homes;
use crate::{PeerIx, RegionIx, kilometres};

/// A term of the objective.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Criterion {
    /// A filled slot, times priority.
    Seat,
    /// The host's preference for the window.
    Preference,
    /// Required themes covered.
    Themes,
    /// Likeness of the home council to the host.
    Likeness,
    /// Distance from the home council to the host; never positive.
    Travel,
    /// Engagements already in the season; never positive.
    Load,
    /// Distinct home regions.
    Spread,
}

/// Points for one criterion.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Contribution {
    /// For what.
    pub criterion: Criterion,
    /// How many.
    pub points: i64,
}

/// What a person brings to a challenge on given days, whoever else is on the team.
#[derive(Clone, Debug)]
pub(crate) struct Personal {
    pub(crate) homes: Homes,
    pub(crate) region: Option<RegionIx>,
    /// Bit i: knows every theme of entry i of the challenge's themes.
    pub(crate) themes: u64,
    pub(crate) likeness: i64,
    pub(crate) travel: i64,
    pub(crate) load: i64,
}

impl Personal {
    /// Points that do not depend on the rest of the team, the seat's included.
    pub(crate) fn points(&self, case: &Case<'_>) -> i64 {
        case.seat_points() + self.likeness + self.travel + self.load
    }
}

impl Case<'_> {
    pub(crate) fn seat_points(&self) -> i64 {
        self.policy.weights.seat * i64::from(self.challenge.priority)
    }

    pub(crate) fn personal(&self, peer: PeerIx) -> Personal {
        let weights = self.policy.weights;
        let homes = self.world.homes(peer, self.span);
        let person = &self.world.peers()[peer.index()];
        let themes = self.challenge.themes.iter().enumerate();
        let themes = themes
            .filter(|(_, (wanted, _))| person.themes.covers(*wanted))
            .map(|(i, _)| 1 << i)
            .sum();
        let councils = self.world.councils();
        let host = councils[self.challenge.host.index()].position;
        let likeness = homes.primary.map_or(0, |home| i64::from(self.likeness[home.index()]));
        let travelled = homes
            .primary
            .map_or(0, |home| kilometres(councils[home.index()].position, host));
        Personal {
            region: homes.primary.map(|home| self.world.region(home)),
            homes,
            themes,
            likeness: weights.affinity * likeness / 100,
            travel: -(travelled / weights.km_per_point),
            // load × n(n − 1), for one engagement more than the n of today.
            load: -(weights.load * 2 * i64::from(self.season_load(peer))),
        }
    }

    /// Points for the theme entries in `mask`.
    pub(crate) fn theme_points(&self, mask: u64) -> i64 {
        let themes = self.challenge.themes.iter().enumerate();
        let covered = themes
            .filter(|(i, _)| mask & 1 << i != 0)
            .map(|(_, &(_, weight))| i64::from(weight));
        self.policy.weights.theme * covered.sum::<i64>()
    }

    /// What a person adds to a team that covers `themes` and comes from `regions`, criterion by criterion.
    pub(crate) fn contributions(&self, person: &Personal, themes: u64, regions: &[RegionIx]) -> Vec<Contribution> {
        let spread = match person.region {
            Some(region) if !regions.contains(&region) => self.policy.weights.spread,
            _ => 0,
        };
        [
            (Criterion::Seat, self.seat_points()),
            (Criterion::Themes, self.theme_points(person.themes & !themes)),
            (Criterion::Likeness, person.likeness),
            (Criterion::Travel, person.travel),
            (Criterion::Load, person.load),
            (Criterion::Spread, spread),
        ]
        .map(|(criterion, points)| Contribution { criterion, points })
        .into()
    }
}

/// Sum of contributions.
pub(crate) fn total(contributions: &[Contribution]) -> i64 {
    contributions.iter().map(|contribution| contribution.points).sum()
}

/// The criterion on which `better` is furthest ahead of `worse`; the first in declaration order among equals, `None`
/// if it is ahead on none.
pub(crate) fn decisive(better: &[Contribution], worse: &[Contribution]) -> Option<Criterion> {
    let points = |list: &[Contribution], criterion| {
        list.iter()
            .find(|contribution| contribution.criterion == criterion)
            .map_or(0, |found| found.points)
    };
    let ahead = better
        .iter()
        .map(|mine| (mine.points - points(worse, mine.criterion), mine.criterion));
    let best = ahead.max_by_key(|&(points, criterion)| (points, std::cmp::Reverse(criterion)))?;
    (best.0 > 0).then_some(best.1)
}
