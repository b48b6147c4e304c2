//! What a plan is worth, criterion by criterion, and whether it keeps every rule: counted from the season itself, sharing
//! nothing with the search.

use std::collections::{BTreeMap, BTreeSet};

use super::broken::{Broken, BrokenRule, Fault, Unfit};
use super::format::{Challenge, Season};
use super::plan::Assignment;
use super::reading::MEMBER;

/// What a plan is worth, by criterion (season-format.md, "Objective").
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Worth {
    /// All points.
    pub objective: i64,
    /// Points of filled slots.
    pub slots: i64,
    /// Points of windows.
    pub preference: i64,
    /// Points of covered themes.
    pub themes: i64,
    /// Points of likeness.
    pub affinity: i64,
    /// Points of home regions.
    pub spread: i64,
    /// Points lost by travel.
    pub travel: i64,
    /// Points lost by load.
    pub load: i64,
    /// Points lost by the parties' balance.
    pub party: i64,
    /// Points lost by people who need a waiver.
    pub charges: i64,
    /// Filled slots.
    pub filled: u32,
    /// Slots of all challenges.
    pub wanted: u32,
    /// Challenges that take place.
    pub scheduled: u32,
}

/// Collects what is broken.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn at(&mut self, assignment: usize, rule: BrokenRule) {
        self.0.push(Fault {
            assignment: Some(assignment),
            seat: None,
            rule,
        });
    }

    fn in_seat(&mut self, assignment: usize, seat: usize, rule: BrokenRule) {
        self.0.push(Fault {
            assignment: Some(assignment),
            seat: Some(seat),
            rule,
        });
    }

    fn overall(&mut self, rule: BrokenRule) {
        self.0.push(Fault {
            assignment: None,
            seat: None,
            rule,
        });
    }
}

/// Somebody's days away.
struct Trip {
    start: i64,
    end: i64,
    challenge: usize,
    settled: bool,
}

/// How many there are, and whether any of them is not settled: what is settled breaks no rule by itself.
#[derive(Clone, Copy, Default)]
struct Count {
    people: i64,
    chosen: bool,
}

impl Count {
    fn add(&mut self, settled: bool) {
        self.people += 1;
        self.chosen |= !settled;
    }

    fn exceeds(self, most: i64) -> bool {
        self.chosen && self.people > most
    }
}

/// What has to be counted over the whole season.
#[derive(Default)]
struct Across {
    trips: BTreeMap<usize, Vec<Trip>>,
    /// Whether anybody who is sent from one council to another is not settled.
    supplies: BTreeMap<(usize, usize), Count>,
    away: BTreeMap<(usize, i64), Count>,
    members: BTreeMap<String, i64>,
}

/// Counts a plan up.
///
/// # Errors
/// Every rule that it breaks.
pub fn worth(season: &Season, plan: &[Assignment]) -> Result<Worth, Broken> {
    let mut broken = Faults::default();
    let mut worth = Worth {
        wanted: u32::try_from(season.challenges.iter().flat_map(|c| c.seats.values()).sum::<i64>()).unwrap_or(u32::MAX),
        ..Worth::default()
    };
    let mut whole = Across::default();
    let mut seen = BTreeSet::new();
    for (i, assignment) in plan.iter().enumerate() {
        let Some(challenge) = season.challenges.get(assignment.challenge) else {
            broken.at(i, BrokenRule::NoChallenge(assignment.challenge));
            continue;
        };
        if !seen.insert(assignment.challenge) {
            broken.at(i, BrokenRule::Twice(assignment.challenge));
            continue;
        }
        let Some(window) = assignment.window else {
            if challenge.pinned.is_some() {
                broken.at(i, BrokenRule::SettledToTakePlace);
            }
            if !assignment.team.is_empty() {
                broken.at(i, BrokenRule::TeamWithoutWindow);
            }
            continue;
        };
        let Some(days) = challenge.windows.get(window) else {
            let challenge = challenge.id;
            broken.at(i, BrokenRule::NoWindow { challenge, window });
            continue;
        };
        worth.scheduled += 1;
        worth.preference += season.weights.preference * days.preference;
        if let Some(pinned) = &challenge.pinned {
            if pinned.window != window {
                broken.at(i, BrokenRule::WindowSettled(pinned.window));
            }
            for seat in pinned.team.iter().filter(|seat| !assignment.team.contains(seat)) {
                broken.at(i, BrokenRule::PlaceSettled(seat.peer));
            }
        }
        team(
            season,
            challenge,
            (window, *days),
            (i, assignment),
            &mut worth,
            &mut whole,
            &mut broken,
        );
    }
    let missing = season.challenges.iter().filter(|challenge| challenge.pinned.is_some());
    for challenge in missing.filter(|challenge| !seen.contains(&challenge.id)) {
        broken.overall(BrokenRule::SettledMissing(challenge.id));
    }
    across(season, &whole, &mut worth, &mut broken);
    if !broken.0.is_empty() {
        return Err(Broken(broken.0));
    }
    worth.objective = worth.slots
        + worth.preference
        + worth.themes
        + worth.affinity
        + worth.spread
        + worth.travel
        + worth.load
        + worth.party
        + worth.charges;
    Ok(worth)
}

/// Rules and points within one team.
#[allow(clippy::too_many_arguments, reason = "one pass over the team fills them all")]
fn team(
    season: &Season,
    challenge: &Challenge,
    (at, window): (usize, super::format::Window),
    (i, assignment): (usize, &Assignment),
    worth: &mut Worth,
    whole: &mut Across,
    broken: &mut Faults,
) {
    let host = &season.councils[challenge.host];
    let (mut roles, mut homes, mut regions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut people, mut known) = (BTreeSet::new(), BTreeSet::new());
    for (s, seat) in assignment.team.iter().enumerate() {
        let Some(peer) = season.peers.get(seat.peer) else {
            broken.in_seat(i, s, BrokenRule::NoPeer(seat.peer));
            continue;
        };
        let home = &season.councils[peer.council];
        let (from, to) = (season.counts_as(home.id), season.counts_as(host.id));
        let settled = challenge.settled().contains(seat);
        *roles.entry(seat.role.as_str()).or_insert(0) += 1;
        let again = !people.insert(peer.id);
        if again {
            broken.in_seat(i, s, BrokenRule::TwoSlots(peer.id));
        }
        if !settled {
            for reason in unfit(season, challenge, (at, window), seat, peer) {
                broken.in_seat(i, s, BrokenRule::Unfit(peer.id, reason));
            }
            let charges = challenge.charges.iter().filter(|(who, _)| *who == peer.id);
            worth.charges -= charges.map(|(_, points)| points).sum::<i64>();
        }
        if again {
            // That is said. Counted twice, they would break every limit together with themselves.
            continue;
        }
        homes.entry(from).or_insert_with(Count::default).add(settled);
        regions
            .entry(home.region.as_str())
            .or_insert_with(Count::default)
            .add(settled);
        known.extend(peer.themes.iter().map(String::as_str));
        whole.trips.entry(peer.id).or_default().push(Trip {
            start: window.start,
            end: window.end,
            challenge: challenge.id,
            settled,
        });
        whole.supplies.entry((from, to)).or_default().add(settled);
        for week in window.start.div_euclid(7)..=window.end.div_euclid(7) {
            whole.away.entry((from, week)).or_default().add(settled);
        }
        if seat.role == MEMBER
            && let Some(party) = &peer.party
        {
            *whole.members.entry(party.clone()).or_insert(0) += 1;
        }
        worth.filled += 1;
        worth.slots += season.weights.seat * challenge.priority;
        let (likeness, travel) = season.place_points(challenge, peer.id);
        worth.affinity += likeness;
        worth.travel += travel;
    }
    for (role, people) in roles {
        let slots = challenge.seats.get(role).copied().unwrap_or(0);
        if people > slots {
            let role = role.to_owned();
            broken.at(i, BrokenRule::Slots { role, people, slots });
        }
    }
    for (council, n) in homes {
        if n.exceeds(season.rules.max_per_home) {
            let people = n.people;
            broken.at(i, BrokenRule::SameCouncil { council, people });
        }
    }
    for (&region, &n) in &regions {
        let of_host = challenge.max_host_region.unwrap_or(season.rules.max_host_region);
        let most = challenge.max_per_region.unwrap_or(season.rules.max_per_region);
        if n.exceeds(most) || region == host.region && n.exceeds(of_host) {
            let (region, people) = (region.to_owned(), n.people);
            broken.at(i, BrokenRule::SameRegion { region, people });
        }
    }
    worth.spread += season.weights.spread * i64::try_from(regions.len()).unwrap_or(i64::MAX);
    let covered = challenge
        .themes
        .iter()
        .filter(|(theme, _)| known.contains(theme.as_str()));
    worth.themes += season.weights.theme * covered.map(|(_, weight)| weight).sum::<i64>();
}

/// What keeps a person from a slot, other people aside.
fn unfit(
    season: &Season,
    challenge: &Challenge,
    (at, window): (usize, super::format::Window),
    seat: &super::plan::Seat,
    peer: &super::format::Peer,
) -> Vec<Unfit> {
    let (host, home) = (&season.councils[challenge.host], &season.councils[peer.council]);
    let within = |day: i64, days: i64| window.start - day < days;
    let employed =
        |post: &super::format::Employed| post.council == host.id && within(post.until, season.rules.employed_days);
    let reviewed =
        |visit: &super::format::Reviewed| visit.council == host.id && within(visit.day, season.rules.reviewed_days);
    let reciprocal = |past: &super::format::PastSupply| {
        past.supplier == host.id && past.host == home.id && within(past.day, season.rules.reciprocal_days)
    };
    let rules = [
        (!peer.roles.contains(&seat.role), Unfit::Role),
        (
            peer.unavailable
                .iter()
                .any(|&(from, until)| from <= window.end && window.start <= until),
            Unfit::NotFree,
        ),
        (
            season.counts_as(home.id) == season.counts_as(host.id),
            Unfit::OwnCouncil,
        ),
        (challenge.bars(peer.id, at), Unfit::Barred),
        (
            home.neighbours.contains(&host.id) || host.neighbours.contains(&home.id),
            Unfit::Neighbour,
        ),
        (peer.conflicts.contains(&host.id), Unfit::Conflict),
        (peer.employed.iter().any(employed), Unfit::Employed),
        (peer.reviewed.iter().any(reviewed), Unfit::Reviewed),
        (season.history.iter().any(reciprocal), Unfit::Reciprocal),
    ];
    rules
        .into_iter()
        .filter(|(broken, _)| *broken)
        .map(|(_, reason)| reason)
        .collect()
}

/// Rules and points over the whole season.
fn across(season: &Season, whole: &Across, worth: &mut Worth, broken: &mut Faults) {
    for (&peer, trips) in &whole.trips {
        let n = i64::try_from(trips.len()).unwrap_or(i64::MAX);
        if n > season.peers[peer].capacity && trips.iter().any(|trip| !trip.settled) {
            broken.overall(BrokenRule::Capacity {
                peer,
                challenges: n,
                capacity: season.peers[peer].capacity,
            });
        }
        for (i, one) in trips.iter().enumerate() {
            for other in &trips[i + 1..] {
                let between = (other.start - one.end).max(one.start - other.end) - 1;
                if !(one.settled && other.settled) && between < season.rules.rest_days {
                    broken.overall(BrokenRule::Rest {
                        peer,
                        challenges: [one.challenge, other.challenge],
                        days: season.rules.rest_days,
                    });
                }
            }
        }
        worth.load -= season.weights.load * n * (n - 1 + 2 * season.peers[peer].engaged);
    }
    for (&(from, to), there) in &whole.supplies {
        let back = whole.supplies.get(&(to, from));
        if !season.rules.mutual && from < to && back.is_some_and(|back| there.chosen || back.chosen) {
            broken.overall(BrokenRule::Mutual([from, to]));
        }
    }
    let mut anyway: BTreeMap<(usize, i64), i64> = BTreeMap::new();
    for &(council, week, people) in &season.away {
        *anyway.entry((season.counts_as(council), week)).or_default() += people;
    }
    for (&(council, week), n) in &whole.away {
        let others = anyway.get(&(council, week)).copied().unwrap_or(0);
        if n.exceeds(season.rules.max_council_week - others) {
            broken.overall(BrokenRule::Week {
                council,
                week,
                people: n.people + others,
            });
        }
    }
    let pool: Vec<i64> = season
        .parties
        .iter()
        .map(|party| {
            season
                .peers
                .iter()
                .filter(|peer| peer.party.as_ref() == Some(party))
                .count()
        })
        .map(|n| i64::try_from(n).unwrap_or(i64::MAX))
        .collect();
    let sent: Vec<i64> = season
        .parties
        .iter()
        .map(|party| whole.members.get(party).copied().unwrap_or(0))
        .collect();
    worth.party = -season.weights.party * imbalance(&pool, &sent);
}

/// How far members sent are from their parties' shares of the pool: Σ |sent − share rounded half up|.
///
/// `pool` counts everybody of a party, `sent` the member peers sent of each.
pub(super) fn imbalance(pool: &[i64], sent: &[i64]) -> i64 {
    let (all, total): (i64, i64) = (pool.iter().sum(), sent.iter().sum());
    if all == 0 {
        return 0;
    }
    let share = |own: i64| (2 * total * own + all).div_euclid(2 * all);
    pool.iter()
        .zip(sent)
        .map(|(&own, &sent)| (sent - share(own)).abs())
        .sum()
}
