//! What a plan gives to whom: points of every place and challenge by criterion, and fairness in three senses (worst-served host,
//! days given and received, people never asked). Counted from the season itself, like `value`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::format::{Challenge, Season};
use super::plan::{Assignment, Seat};
use crate::{Contribution, Criterion};

/// A challenge of a plan with what it brings.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reviewed {
    /// The challenge.
    pub challenge: usize,
    /// Points by criterion; loads, which belong to people, are not among them.
    pub points: Vec<Contribution>,
    /// Points lost by people who need a waiver.
    pub waivers: i64,
    /// What each place brings, in the order of the team: themes and regions as far as the team would lose them, loads as far
    /// as the person would have less.
    pub seats: Vec<Vec<Contribution>>,
}

/// Fairness, measured in three senses.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fairness {
    /// The host with the smallest share of its slots filled, then the fewest points per slot.
    pub worst: Option<Served>,
    /// The best-served one.
    pub best: Option<Served>,
    /// Person days that the plan asks of each council and gives to it.
    pub councils: Vec<CouncilDays>,
    /// Most challenges that anybody has.
    pub busiest: u32,
    /// People who hold a role that is asked for.
    pub qualified: u32,
    /// Those of them who are asked.
    pub asked: u32,
}

/// How a host is served.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Served {
    /// Its challenge.
    pub challenge: usize,
    /// Filled slots.
    pub filled: u32,
    /// Its slots.
    pub slots: u32,
    /// Points of the team, those of slots left out.
    pub points: i64,
}

/// Person days of a council.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CouncilDays {
    /// The council.
    pub council: usize,
    /// Days that its people give.
    pub given: i64,
    /// Days that its challenges take.
    pub received: i64,
}

/// The role that is scarcest in a week.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Bottleneck {
    /// The week (day div 7).
    pub week: i64,
    /// The role.
    pub role: String,
    /// Slots of this role in challenges that take place then.
    pub wanted: u32,
    /// People who hold it and are free on some day of the week.
    pub free: u32,
}

/// Every challenge of a plan with what it brings.
pub fn review(season: &Season, plan: &[Assignment]) -> Vec<Reviewed> {
    let mut loads: BTreeMap<usize, i64> = BTreeMap::new();
    for seat in plan.iter().flat_map(|one| &one.team) {
        *loads.entry(seat.peer).or_default() += 1;
    }
    plan.iter().map(|one| reviewed(season, one, &loads)).collect()
}

fn reviewed(season: &Season, one: &Assignment, loads: &BTreeMap<usize, i64>) -> Reviewed {
    let challenge = &season.challenges[one.challenge];
    let weights = &season.weights;
    let (themes, spread) = team_points(season, challenge, &one.team);
    let (mut seats, mut likeness, mut travel, mut waivers) = (Vec::new(), 0, 0, 0);
    for (at, seat) in one.team.iter().enumerate() {
        let mut rest: Vec<Seat> = one.team.clone();
        rest.remove(at);
        let (themes_left, spread_left) = team_points(season, challenge, &rest);
        let (like, way) = season.place_points(challenge, seat.peer);
        (likeness, travel) = (likeness + like, travel + way);
        if !challenge.settled().contains(seat) {
            waivers -= challenge
                .charges
                .iter()
                .filter(|(who, _)| *who == seat.peer)
                .map(|(_, points)| points)
                .sum::<i64>();
        }
        let load = loads.get(&seat.peer).copied().unwrap_or(1) - 1 + season.peers[seat.peer].engaged;
        seats.push(listed([
            (Criterion::Seat, weights.seat * challenge.priority),
            (Criterion::Themes, themes - themes_left),
            (Criterion::Likeness, like),
            (Criterion::Travel, way),
            (Criterion::Load, -2 * weights.load * load),
            (Criterion::Spread, spread - spread_left),
        ]));
    }
    let filled = i64::try_from(one.team.len()).unwrap_or(i64::MAX);
    let preference = one.window.and_then(|window| challenge.windows.get(window));
    Reviewed {
        challenge: one.challenge,
        points: listed([
            (Criterion::Seat, weights.seat * challenge.priority * filled),
            (
                Criterion::Preference,
                weights.preference * preference.map_or(0, |window| window.preference),
            ),
            (Criterion::Themes, themes),
            (Criterion::Likeness, likeness),
            (Criterion::Travel, travel),
            (Criterion::Spread, spread),
        ]),
        waivers,
        seats,
    }
}

fn listed<const N: usize>(points: [(Criterion, i64); N]) -> Vec<Contribution> {
    points
        .into_iter()
        .map(|(criterion, points)| Contribution { criterion, points })
        .collect()
}

/// Points for themes and regions of a team.
fn team_points(season: &Season, challenge: &Challenge, team: &[Seat]) -> (i64, i64) {
    let people = || team.iter().map(|seat| &season.peers[seat.peer]);
    let known: BTreeSet<&str> = people().flat_map(|peer| &peer.themes).map(String::as_str).collect();
    let regions: BTreeSet<&str> = people()
        .map(|peer| season.councils[peer.council].region.as_str())
        .collect();
    let covered = challenge
        .themes
        .iter()
        .filter(|(theme, _)| known.contains(theme.as_str()));
    (
        season.weights.theme * covered.map(|(_, weight)| weight).sum::<i64>(),
        season.weights.spread * i64::try_from(regions.len()).unwrap_or(i64::MAX),
    )
}

/// How fair a plan is.
pub fn fairness(season: &Season, plan: &[Assignment]) -> Fairness {
    let reviewed = review(season, plan);
    let served: Vec<Served> = season
        .challenges
        .iter()
        .map(|challenge| served(challenge, plan, &reviewed))
        .filter(|served| served.slots > 0)
        .collect();
    let order = |one: &Served, other: &Served| {
        let share = |a: &Served, b: &Served| u64::from(a.filled) * u64::from(b.slots);
        let points = |a: &Served, b: &Served| a.points * i64::from(b.slots);
        share(one, other)
            .cmp(&share(other, one))
            .then(points(one, other).cmp(&points(other, one)))
            .then(other.challenge.cmp(&one.challenge))
    };
    let mut days: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
    let mut loads: BTreeMap<usize, u32> = BTreeMap::new();
    for one in plan {
        let challenge = &season.challenges[one.challenge];
        let window = one.window.and_then(|window| challenge.windows.get(window));
        let each = window.map_or(0, |window| window.end - window.start + 1);
        for seat in &one.team {
            days.entry(season.peers[seat.peer].council).or_default().0 += each;
            days.entry(challenge.host).or_default().1 += each;
            *loads.entry(seat.peer).or_default() += 1;
        }
    }
    let wanted: BTreeSet<&String> = season
        .challenges
        .iter()
        .flat_map(|challenge| challenge.seats.keys())
        .collect();
    let qualified = season
        .peers
        .iter()
        .filter(|peer| peer.roles.iter().any(|role| wanted.contains(role)));
    Fairness {
        worst: served.iter().copied().min_by(order),
        best: served.iter().copied().max_by(order),
        councils: days
            .into_iter()
            .map(|(council, (given, received))| CouncilDays {
                council,
                given,
                received,
            })
            .collect(),
        busiest: loads.values().copied().max().unwrap_or(0),
        qualified: super::small(qualified.clone().count()),
        asked: super::small(qualified.filter(|peer| loads.contains_key(&peer.id)).count()),
    }
}

fn served(challenge: &Challenge, plan: &[Assignment], reviewed: &[Reviewed]) -> Served {
    let place = plan.iter().zip(reviewed).find(|(one, _)| one.challenge == challenge.id);
    let points = |reviewed: &Reviewed| {
        let soft = reviewed.points.iter().filter(|one| one.criterion != Criterion::Seat);
        soft.map(|one| one.points).sum::<i64>() + reviewed.waivers
    };
    Served {
        challenge: challenge.id,
        filled: super::small(place.map_or(0, |(one, _)| one.team.len())),
        slots: super::small(usize::try_from(challenge.seats.values().sum::<i64>()).unwrap_or(0)),
        points: place.map_or(0, |(_, reviewed)| points(reviewed)),
    }
}

/// The scarcest role of each week in which challenges take place.
pub fn bottlenecks(season: &Season, plan: &[Assignment]) -> Vec<Bottleneck> {
    let mut wanted: BTreeMap<i64, BTreeMap<&str, u32>> = BTreeMap::new();
    for one in plan {
        let challenge = &season.challenges[one.challenge];
        let Some(window) = one.window.and_then(|window| challenge.windows.get(window)) else {
            continue;
        };
        for week in window.weeks() {
            for (role, &slots) in &challenge.seats {
                *wanted.entry(week).or_default().entry(role).or_default() += u32::try_from(slots).unwrap_or(0);
            }
        }
    }
    let free = |role: &str, week: i64| {
        let closed = |peer: &super::format::Peer| {
            peer.unavailable
                .iter()
                .any(|&(from, until)| from <= 7 * week && until >= 7 * week + 4)
        };
        let holders = season
            .peers
            .iter()
            .filter(|peer| peer.roles.iter().any(|own| own == role));
        super::small(holders.filter(|peer| !closed(peer)).count())
    };
    wanted
        .into_iter()
        .filter_map(|(week, roles)| {
            let all = roles.into_iter().map(|(role, wanted)| Bottleneck {
                week,
                role: role.to_owned(),
                wanted,
                free: free(role, week),
            });
            all.filter(|one| one.wanted > 0).max_by(|one, other| {
                (u64::from(one.wanted) * u64::from(other.free.max(1)))
                    .cmp(&(u64::from(other.wanted) * u64::from(one.free.max(1))))
            })
        })
        .collect()
}
