//! Where everybody stands in a plan: who is where, and every rule that keeps somebody from one more place. Counted from the
//! season itself, like `value`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::format::{Challenge, Season, Window};
use super::plan::Assignment;

/// What keeps somebody from a slot in a window.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// Does not hold the role, or not with all that this slot asks for.
    Role,
    /// Is not free on every day.
    Unavailable,
    /// A conflict of interest with the host.
    Conflict,
    /// A rule that closes this window for them.
    Barred,
    /// Serves elsewhere on some of these days, or needs the days of rest.
    Engaged,
    /// Has as many challenges as they accept or as are allowed.
    Capacity,
    /// Is on this team already.
    InTeam,
    /// The team has as many people of their council as allowed.
    Council,
    /// The team has as many people of their region as allowed.
    Region,
    /// As many people of their council are away in a week as allowed.
    CouncilWeek,
    /// The host's people go to their council.
    Mutual,
}

impl Reason {
    /// Every reason, in the order of their bits.
    pub const ALL: [Self; 11] = [
        Self::Role,
        Self::Unavailable,
        Self::Conflict,
        Self::Barred,
        Self::Engaged,
        Self::Capacity,
        Self::InTeam,
        Self::Council,
        Self::Region,
        Self::CouncilWeek,
        Self::Mutual,
    ];

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of reasons.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Reasons(u16);

impl Reasons {
    /// The set with `reason` if `is`.
    #[must_use]
    const fn with(self, reason: Reason, is: bool) -> Self {
        if is { Self(self.0 | reason.bit()) } else { self }
    }

    /// The set without `reason`.
    #[must_use]
    pub const fn without(self, reason: Reason) -> Self {
        Self(self.0 & !reason.bit())
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `reason` is in it.
    pub const fn contains(self, reason: Reason) -> bool {
        self.0 & reason.bit() != 0
    }

    /// Whether the two have one in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing but places that people have speaks against somebody.
    pub(super) const fn only_places(self) -> bool {
        let places = Reason::Engaged.bit()
            | Reason::Capacity.bit()
            | Reason::InTeam.bit()
            | Reason::Council.bit()
            | Reason::Region.bit()
            | Reason::CouncilWeek.bit()
            | Reason::Mutual.bit();
        self.0 & !places == 0
    }

    /// How many.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.into_iter().filter(move |reason| self.contains(*reason))
    }

    /// Every set of reasons, the smallest first.
    pub(super) fn subsets() -> Vec<Self> {
        let mut all: Vec<Self> = (0..1u16 << Reason::ALL.len()).map(Self).collect();
        all.sort_by_key(|set| (set.len(), set.0));
        all
    }
}

/// A plan, counted up.
pub struct Standing<'s> {
    pub(super) season: &'s Season,
    /// For each challenge its place in the plan.
    pub(super) places: Vec<Option<&'s Assignment>>,
    trips: Vec<Vec<(usize, Window)>>,
    away: BTreeMap<(usize, i64), i64>,
    sent: BTreeSet<(usize, usize)>,
}

impl<'s> Standing<'s> {
    /// Counts a plan of the season up.
    pub fn of(season: &'s Season, plan: &'s [Assignment]) -> Self {
        let mut standing = Self {
            season,
            places: vec![None; season.challenges.len()],
            trips: vec![Vec::new(); season.peers.len()],
            away: BTreeMap::new(),
            sent: BTreeSet::new(),
        };
        for &(council, week, people) in &season.away {
            *standing.away.entry((season.counts_as(council), week)).or_default() += people;
        }
        for assignment in plan {
            let Some(challenge) = season.challenges.get(assignment.challenge) else {
                continue;
            };
            let window = assignment.window.and_then(|window| challenge.windows.get(window));
            let Some(&window) = window else { continue };
            standing.places[challenge.id] = Some(assignment);
            for seat in &assignment.team {
                let Some(peer) = season.peers.get(seat.peer) else {
                    continue;
                };
                let home = season.counts_as(peer.council);
                standing.trips[peer.id].push((challenge.id, window));
                standing.sent.insert((home, season.counts_as(challenge.host)));
                for week in window.start.div_euclid(7)..=window.end.div_euclid(7) {
                    *standing.away.entry((home, week)).or_default() += 1;
                }
            }
        }
        standing
    }

    /// How many challenges somebody has.
    pub fn load(&self, peer: usize) -> usize {
        self.trips[peer].len()
    }

    /// Everything that keeps somebody from a slot of `role`, beside all that the plan has.
    pub fn reasons(&self, challenge: usize, at: usize, role: &str, peer: usize) -> Reasons {
        let (season, challenge) = (self.season, &self.season.challenges[challenge]);
        let (person, window) = (&season.peers[peer], challenge.windows[at]);
        let (home, host) = (season.counts_as(person.council), season.counts_as(challenge.host));
        let team = self.places[challenge.id].map_or(&[][..], |place| place.team.as_slice());
        let mates = || team.iter().map(|seat| &season.peers[seat.peer]);
        let elsewhere = || self.trips[peer].iter().filter(|(there, _)| *there != challenge.id);
        let close = |there: &Window| {
            let between = (there.start - window.end).max(window.start - there.end) - 1;
            between < season.rules.rest_days
        };
        let at_home = mates().filter(|mate| season.counts_as(mate.council) == home).count();
        let region = &season.councils[person.council].region;
        let of_region = mates()
            .filter(|mate| season.councils[mate.council].region == *region)
            .count();
        let weeks = window.start.div_euclid(7)..=window.end.div_euclid(7);
        let mut weeks = weeks.map(|week| self.away.get(&(home, week)).copied().unwrap_or(0));
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Reasons::default()
            .with(Reason::Role, !person.roles.iter().any(|own| own == role))
            .with(
                Reason::Unavailable,
                person
                    .unavailable
                    .iter()
                    .any(|&(from, until)| from <= window.end && window.start <= until),
            )
            .with(
                Reason::Conflict,
                home == host || conflicted(season, challenge, window, peer),
            )
            .with(Reason::Barred, challenge.bars(peer, at))
            .with(Reason::Engaged, elsewhere().any(|(_, there)| close(there)))
            .with(Reason::Capacity, number(elsewhere().count()) >= person.capacity)
            .with(Reason::InTeam, team.iter().any(|seat| seat.peer == peer))
            .with(Reason::Council, number(at_home) >= season.rules.max_per_home)
            .with(Reason::Region, number(of_region) >= self.most_of(challenge, region))
            .with(
                Reason::CouncilWeek,
                weeks.any(|away| away >= season.rules.max_council_week),
            )
            .with(
                Reason::Mutual,
                !season.rules.mutual && self.sent.contains(&(host, home)),
            )
    }

    /// People of a region whom a team may have.
    fn most_of(&self, challenge: &Challenge, region: &str) -> i64 {
        let (season, rules) = (self.season, &self.season.rules);
        let most = challenge.max_per_region.unwrap_or(rules.max_per_region);
        if season.councils[challenge.host].region == region {
            most.min(challenge.max_host_region.unwrap_or(rules.max_host_region))
        } else {
            most
        }
    }
}

/// The rules of the published format about a person and a host.
fn conflicted(season: &Season, challenge: &Challenge, window: Window, peer: usize) -> bool {
    let person = &season.peers[peer];
    let (home, host) = (&season.councils[person.council], &season.councils[challenge.host]);
    let late = |day: i64, days: i64| window.start - day < days;
    home.neighbours.contains(&host.id)
        || host.neighbours.contains(&home.id)
        || person.conflicts.contains(&host.id)
        || person
            .employed
            .iter()
            .any(|post| post.council == host.id && late(post.until, season.rules.employed_days))
        || person
            .reviewed
            .iter()
            .any(|visit| visit.council == host.id && late(visit.day, season.rules.reviewed_days))
        || season.history.iter().any(|past| {
            past.supplier == host.id && past.host == home.id && late(past.day, season.rules.reciprocal_days)
        })
}
