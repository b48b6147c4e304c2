//! Where everybody stands in a plan: who is where, and every rule that keeps somebody from one more place. Counted from the
//! season itself, like `value`.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use super::format::{Challenge, Closed, Season, Window};
use super::plan::{Assignment, Seat};

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
    /// A rule that closes this window for them, whatever is waived.
    Barred,
    /// A rule that somebody would have to waive.
    Waiver,
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
    pub const ALL: [Self; 12] = [
        Self::Role,
        Self::Unavailable,
        Self::Conflict,
        Self::Barred,
        Self::Waiver,
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

    /// The reasons of both.
    #[must_use]
    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
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
    /// The last day on which people of one council were at another, by (supplier, host).
    last: BTreeMap<(usize, usize), i64>,
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
            last: BTreeMap::new(),
        };
        for past in &season.history {
            let last = standing.last.entry((past.supplier, past.host)).or_insert(past.day);
            *last = past.day.max(*last);
        }
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
                for week in window.weeks() {
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

    /// A challenge in one of its windows, ready to ask about people. Where that is not the plan's window, the team that it has comes
    /// along; whether it can is [`Scene::keeps_its_team`].
    pub fn scene(&self, challenge: usize, at: usize) -> Scene<'_> {
        let challenge = &self.season.challenges[challenge];
        let window = challenge.windows[at];
        let barred = barred(challenge, at, self.season.peers.len());
        let place = self.places[challenge.id];
        Scene {
            standing: self,
            challenge,
            window,
            team: place.map_or(&[][..], |place| place.team.as_slice()),
            left: place
                .and_then(|place| place.window)
                .filter(|chosen| *chosen != at)
                .map(|chosen| challenge.windows[chosen]),
            barred,
            of_council: vec![OnceCell::new(); self.season.councils.len()],
        }
    }
}

/// A challenge in one of its windows, beside a whole plan. What depends on nothing but somebody's council is known beforehand.
pub struct Scene<'s> {
    standing: &'s Standing<'s>,
    challenge: &'s Challenge,
    window: Window,
    team: &'s [Seat],
    /// The days that the team would leave for these.
    left: Option<Window>,
    /// What rules say of each person about this window.
    barred: Vec<Reasons>,
    /// What keeps people of each council away, as far as somebody asked.
    of_council: Vec<OnceCell<Reasons>>,
}

/// What rules say of each of so many people about a window of a challenge.
fn barred(challenge: &Challenge, at: usize, people: usize) -> Vec<Reasons> {
    let here = |windows: &[usize]| windows.contains(&at);
    let mut all = vec![Reasons::default(); people];
    for Closed(people, _, rules) in challenge.because.iter().filter(|closed| here(&closed.1)) {
        let reasons = Reasons::default()
            .with(Reason::Conflict, rules.iter().any(|rule| rule.is_conflict()))
            .with(Reason::Barred, !rules.iter().all(|rule| rule.is_conflict()));
        for &peer in people {
            all[peer] = all[peer].and(reasons);
        }
    }
    for Closed(people, ..) in challenge.waivable.iter().filter(|closed| here(&closed.1)) {
        for &peer in people {
            all[peer] = all[peer].with(Reason::Waiver, true);
        }
    }
    // Of whom no rule is told there is one all the same.
    for peer in challenge.barred_in(at) {
        all[peer] = all[peer].with(Reason::Barred, all[peer].is_empty());
    }
    all
}

impl Scene<'_> {
    /// What keeps people of a council away.
    fn of_council(&self, council: usize) -> Reasons {
        *self.of_council[council].get_or_init(|| self.about_council(council))
    }

    fn about_council(&self, council: usize) -> Reasons {
        let (standing, season, challenge) = (self.standing, self.standing.season, self.challenge);
        let (here, home, host) = (
            &season.councils[council],
            season.counts_as(council),
            season.counts_as(challenge.host),
        );
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let mates = || {
            self.team
                .iter()
                .map(|seat| &season.councils[season.peers[seat.peer].council])
        };
        let at_home = mates().filter(|mate| season.counts_as(mate.id) == home).count();
        let of_region = mates().filter(|mate| mate.region == here.region).count();
        let the_host = &season.councils[challenge.host];
        let reciprocal = standing.last.get(&(the_host.id, here.id));
        let conflict = home == host
            || here.neighbours.contains(&the_host.id)
            || the_host.neighbours.contains(&here.id)
            || reciprocal.is_some_and(|last| self.late(*last, season.rules.reciprocal_days));
        Reasons::default()
            .with(Reason::Conflict, conflict)
            .with(Reason::Council, number(at_home) >= season.rules.max_per_home)
            .with(
                Reason::Region,
                number(of_region) >= season.most_of_region(challenge, &here.region),
            )
            .with(
                Reason::CouncilWeek,
                self.most_away(home, at_home) >= season.rules.max_council_week,
            )
            .with(
                Reason::Mutual,
                !season.rules.mutual && standing.sent.contains(&(host, home)),
            )
    }

    /// Most people of a council who are away in one of the weeks, `mates` on this team among them.
    fn most_away(&self, home: usize, mates: usize) -> i64 {
        let mates = i64::try_from(mates).unwrap_or(i64::MAX);
        let of = |week| {
            let counted = self.standing.away.get(&(home, week)).copied().unwrap_or(0);
            match &self.left {
                Some(left) if !left.weeks().contains(&week) => counted + mates,
                _ => counted,
            }
        };
        self.window.weeks().map(of).max().unwrap_or(0)
    }

    /// Whether everybody whom the plan has on the team could serve in this window.
    pub fn keeps_its_team(&self) -> bool {
        if self.left.is_none() {
            return true;
        }
        let season = self.standing.season;
        let home = |seat: &Seat| season.counts_as(season.peers[seat.peer].council);
        self.team.iter().all(|seat| {
            let reasons = self.reasons(&seat.role, seat.peer);
            let of_days = [
                Reason::Unavailable,
                Reason::Conflict,
                Reason::Barred,
                Reason::Waiver,
                Reason::Engaged,
            ];
            let mates = self.team.iter().filter(|mate| home(mate) == home(seat)).count();
            !of_days.into_iter().any(|reason| reasons.contains(reason))
                && self.most_away(home(seat), mates) <= season.rules.max_council_week
        })
    }

    fn late(&self, day: i64, days: i64) -> bool {
        self.window.start - day < days
    }

    fn is_away(&self, peer: usize) -> bool {
        let closed = |&(from, until): &(i64, i64)| from <= self.window.end && self.window.start <= until;
        self.standing.season.peers[peer].unavailable.iter().any(closed)
    }

    /// Everything that keeps somebody from a slot of `role`.
    pub fn reasons(&self, role: &str, peer: usize) -> Reasons {
        let (season, host) = (self.standing.season, self.challenge.host);
        let person = &season.peers[peer];
        let elsewhere = || {
            self.standing.trips[peer]
                .iter()
                .filter(|(there, _)| *there != self.challenge.id)
        };
        let close = |there: &Window| {
            let between = (there.start - self.window.end).max(self.window.start - there.end) - 1;
            between < season.rules.rest_days
        };
        let employed = person.employed.iter().filter(|post| post.council == host);
        let reviewed = person.reviewed.iter().filter(|visit| visit.council == host);
        let own = person.conflicts.contains(&host)
            || employed
                .into_iter()
                .any(|post| self.late(post.until, season.rules.employed_days))
            || reviewed
                .into_iter()
                .any(|visit| self.late(visit.day, season.rules.reviewed_days));
        let trips = i64::try_from(elsewhere().count()).unwrap_or(i64::MAX);
        self.of_council(person.council)
            .and(self.barred[peer])
            .with(Reason::Role, !person.roles.iter().any(|own| own == role))
            .with(Reason::Unavailable, self.is_away(peer))
            .with(Reason::Conflict, own)
            .with(Reason::Engaged, elsewhere().any(|(_, there)| close(there)))
            .with(Reason::Capacity, trips >= person.capacity)
            .with(Reason::InTeam, self.team.iter().any(|seat| seat.peer == peer))
    }

    /// Whether nothing but the role, or nothing at all, keeps somebody from a slot. What speaks against most people is asked first.
    pub fn is_open_to(&self, peer: usize) -> bool {
        let person = &self.standing.season.peers[peer];
        self.barred[peer].is_empty()
            && self.of_council(person.council).is_empty()
            && !self.is_away(peer)
            && self.reasons("", peer).without(Reason::Role).is_empty()
    }
}
