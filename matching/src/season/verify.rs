//! Checks a certificate by other means than those that made it: what no plan can exceed at its prices.
//!
//! A certificate may divide the plans into cases; each has prices of its own, and what it leaves out is left out here
//! ([`given`]). Nothing here is shared with the search. Rules are read from the season again, and the best team of a challenge in a window
//! comes from a table that goes through people home by home and region by region: what can be had with so many slots of each
//! role filled, so many people of this region and these themes known. It is slow, and short enough to be read.

mod certificate;
mod given;

use std::collections::{BTreeMap, BTreeSet};

use super::format::{Challenge, FormatError, Peer, Season, Window};
use super::plan::{CaseFile, Certificate};
use super::value::worth;
use crate::kilometres;
use given::Given;

/// Themes that are counted exactly; more make the table too large, and the others are given to everybody who knows them.
const EXACT_THEMES: usize = 12;

const NEVER: i64 = i64::MIN / 4;

/// No price counts for more, so that sums stay within their integers.
const DEAREST: i64 = 1 << 54;

/// The bound that a certificate proves, in points. Its own claim is not looked at.
///
/// # Errors
/// A certificate that does not belong to the season, has prices below zero, or cases that leave plans out.
pub fn proven_bound(season: &Season, certificate: &Certificate) -> Result<i64, FormatError> {
    certificate::check(season, certificate)?;
    let mut most = i128::MIN;
    // Cases come after those that they are part of, so this ends.
    let mut left = vec![(0, Given::default())];
    while let Some((at, given)) = left.pop() {
        let case = &certificate.cases[at];
        if let Some(divided) = &case.divided {
            let [first, second] = divided.cases;
            left.push((first, given.on(season, divided, true)));
            left.push((second, given.on(season, divided, false)));
        } else {
            most = most.max(bound_at(season, certificate.scale, case, &given));
        }
    }
    i64::try_from(most).map_err(|_| FormatError::new("cases", "the prices are beyond all measure"))
}

/// No plan of a case is worth more at these prices, in points.
fn bound_at(season: &Season, scale: i64, case: &CaseFile, given: &Given) -> i128 {
    let lookup = Lookup::of(season, scale, case, given);
    let fixed = i128::from(lookup.settled_points()) - i128::from(given.bonuses());
    let mut sum = limits(season, case, &lookup) + i128::from(scale) * fixed;
    for challenge in &season.challenges {
        let windows = challenge.windows.iter().enumerate();
        let best = windows
            .filter(|(w, _)| challenge.pinned.as_ref().is_none_or(|pinned| pinned.window == *w))
            .filter(|(w, _)| given.open(challenge.id, *w))
            .map(|(w, window)| lookup.best_team(challenge, w, *window))
            .max();
        sum += i128::from(best.unwrap_or(0).max(0));
    }
    sum.div_euclid(i128::from(scale))
}

/// What the limits are worth at these prices.
fn limits(season: &Season, case: &CaseFile, lookup: &Lookup<'_>) -> i128 {
    let mut sum = 0;
    let mut people: BTreeMap<usize, i128> = BTreeMap::new();
    for &(peer, price) in &case.people {
        *people.entry(peer).or_insert(0) += i128::from(price);
    }
    let load = i128::from(season.weights.load) * i128::from(lookup.scale);
    let challenges = i128::try_from(season.challenges.len()).unwrap_or(i128::MAX);
    for (peer, price) in people {
        let mut best = 0;
        let places = i64::try_from(lookup.trips[peer].len()).unwrap_or(i64::MAX);
        for n in 1..=i128::from(season.peers[peer].capacity - places).min(challenges) {
            best = best.max(price * n - load * n * (n - 1));
        }
        sum += best;
    }
    // A window with its days of rest that holds a day: a person can serve in only one such window.
    sum += case.rests.iter().map(|&(_, _, price)| i128::from(price)).sum::<i128>();
    for &(council, week, price) in &case.weeks {
        let away = lookup.away.get(&(council, week)).copied().unwrap_or(0);
        sum += i128::from(price) * i128::from((season.rules.max_council_week - away).max(0));
    }
    // One of two hosts sends nobody to the other, and a team has at most so many of one council.
    let pairs: i128 = case.pairs.iter().map(|&(_, _, price)| i128::from(price)).sum();
    sum + pairs * i128::from(season.rules.max_per_home.max(0))
}

struct Lookup<'s> {
    season: &'s Season,
    given: &'s Given,
    scale: i64,
    people: Vec<i64>,
    rests: Vec<Vec<(i64, i64)>>,
    weeks: BTreeMap<(usize, i64), i64>,
    pairs: BTreeMap<(usize, usize), i64>,
    /// For each person the challenges and days that are settled.
    trips: Vec<Vec<(usize, Window)>>,
    /// From where to where somebody is sent anyway.
    sent: BTreeSet<(usize, usize)>,
    /// How many of a council are away in a week anyway.
    away: BTreeMap<(usize, i64), i64>,
    /// People by region, then by home.
    homes: BTreeMap<&'s str, Vec<(usize, Vec<usize>)>>,
}

impl<'s> Lookup<'s> {
    fn of(season: &'s Season, scale: i64, case: &CaseFile, given: &'s Given) -> Self {
        let mut people = vec![0; season.peers.len()];
        for &(peer, price) in &case.people {
            people[peer] = i64::saturating_add(people[peer], price);
        }
        let mut rests = vec![Vec::new(); season.peers.len()];
        for &(peer, day, price) in &case.rests {
            rests[peer].push((day, price));
        }
        let mut weeks = BTreeMap::new();
        for &(council, week, price) in &case.weeks {
            let sum = weeks.entry((council, week)).or_insert(0i64);
            *sum = sum.saturating_add(price);
        }
        let mut pairs = BTreeMap::new();
        for &(one, other, price) in &case.pairs {
            for (challenge, host) in [
                (one, season.counts_as(season.challenges[other].host)),
                (other, season.counts_as(season.challenges[one].host)),
            ] {
                let sum = pairs.entry((challenge, host)).or_insert(0i64);
                *sum = sum.saturating_add(price);
            }
        }
        let mut of_home: Vec<Vec<usize>> = vec![Vec::new(); season.councils.len()];
        for peer in &season.peers {
            of_home[season.counts_as(peer.council)].push(peer.id);
        }
        let mut trips = vec![Vec::new(); season.peers.len()];
        let (mut sent, mut away) = (BTreeSet::new(), BTreeMap::new());
        for &(council, week, people) in &season.away {
            *away.entry((season.counts_as(council), week)).or_insert(0) += people;
        }
        for challenge in &season.challenges {
            let Some(pinned) = &challenge.pinned else { continue };
            let window = challenge.windows[pinned.window];
            for seat in &pinned.team {
                let home = season.counts_as(season.peers[seat.peer].council);
                trips[seat.peer].push((challenge.id, window));
                sent.insert((home, season.counts_as(challenge.host)));
                for week in window.start.div_euclid(7)..=window.end.div_euclid(7) {
                    *away.entry((home, week)).or_insert(0) += 1;
                }
            }
        }
        let mut homes: BTreeMap<&str, Vec<(usize, Vec<usize>)>> = BTreeMap::new();
        for (council, people) in season.councils.iter().zip(of_home) {
            homes.entry(&council.region).or_default().push((council.id, people));
        }
        Self {
            season,
            given,
            scale,
            people,
            rests,
            weeks,
            pairs,
            trips,
            sent,
            away,
            homes,
        }
    }

    /// Points of what is settled. What the parties' balance costs may still become less, so it is left out.
    fn settled_points(&self) -> i64 {
        let settled = self.season.settled_plan();
        // What is settled breaks no rule by definition.
        worth(self.season, &settled).map_or(i64::MAX >> 8, |worth| worth.objective - worth.party)
    }

    /// What a person costs for a challenge in a window.
    fn price(&self, challenge: &Challenge, window: Window, peer: usize) -> i64 {
        let home = self.season.counts_as(self.season.peers[peer].council);
        let rest = self.rests[peer]
            .iter()
            .filter(|(day, _)| window.start <= *day && *day <= window.end + self.season.rules.rest_days)
            .fold(0, |sum: i64, (_, price)| sum.saturating_add(*price));
        let weeks = (window.start.div_euclid(7)..=window.end.div_euclid(7))
            .filter_map(|week| self.weeks.get(&(home, week)))
            .fold(0, |sum: i64, price| sum.saturating_add(*price));
        let pair = self.pairs.get(&(challenge.id, home)).copied().unwrap_or(0);
        // Less than the whole price only makes the bound larger.
        self.people[peer]
            .saturating_add(rest)
            .saturating_add(weeks)
            .saturating_add(pair)
            .min(DEAREST)
    }

    /// No team for a challenge in a window is worth more at these prices, points times scale.
    fn best_team(&self, challenge: &Challenge, at: usize, window: Window) -> i64 {
        let season = self.season;
        let host = &season.councils[challenge.host];
        let team: Vec<&Peer> = challenge
            .settled()
            .iter()
            .map(|seat| &season.peers[seat.peer])
            .collect();
        let mut themes: Vec<(&str, i64)> = challenge
            .themes
            .iter()
            .filter(|(theme, _)| !team.iter().any(|peer| peer.themes.contains(*theme)))
            .map(|(theme, weight)| (theme.as_str(), season.weights.theme * weight))
            .collect();
        themes.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
        let given: Vec<(&str, i64)> = themes.split_off(themes.len().min(EXACT_THEMES));
        let masks = 1usize << themes.len();
        let open = challenge.seats.iter().map(|(role, slots)| {
            let taken = challenge.settled().iter().filter(|seat| seat.role == *role).count();
            let open = usize::try_from(*slots).unwrap_or(0).saturating_sub(taken);
            (role.as_str(), open.min(season.peers.len()))
        });
        let roles: Vec<(&str, usize)> = open.filter(|(_, slots)| *slots > 0).collect();
        // The number of a combination of filled slots: one digit for each role.
        let mut digit = Vec::new();
        let mut combinations = 1usize;
        for (_, slots) in &roles {
            digit.push(combinations);
            combinations *= slots + 1;
        }
        let slots: usize = roles.iter().map(|(_, slots)| slots).sum();
        let mut table = vec![NEVER; combinations * masks];
        table[0] = 0;
        for (region, homes) in &self.homes {
            let own = if *region == host.region {
                challenge.max_host_region.unwrap_or(season.rules.max_host_region)
            } else {
                i64::MAX
            };
            let most = challenge.max_per_region.unwrap_or(season.rules.max_per_region).min(own);
            let here = team
                .iter()
                .filter(|peer| season.councils[peer.council].region == *region);
            let here = here.count();
            let cap = usize::try_from(most).unwrap_or(0).saturating_sub(here).min(slots);
            let mut counted = vec![vec![NEVER; table.len()]; cap + 1];
            counted[0] = table;
            let kept = self.kept(challenge, (at, window), homes, cap, &roles, &themes, &given);
            for (home, people) in kept {
                let per_home = self.room(challenge, home).min(people.len());
                let mut layers = vec![counted.clone()];
                layers.resize(per_home + 1, vec![vec![NEVER; counted[0].len()]; cap + 1]);
                for person in &people {
                    for layer in (0..per_home).rev() {
                        let (below, above) = layers.split_at_mut(layer + 1);
                        take(&below[layer], &mut above[0], person, &digit, &roles, masks);
                    }
                }
                for layer in &layers[1..] {
                    for (all, more) in counted.iter_mut().zip(layer) {
                        for (best, other) in all.iter_mut().zip(more) {
                            *best = (*best).max(*other);
                        }
                    }
                }
            }
            let mut counted = counted.into_iter();
            table = counted.next().unwrap_or_default();
            let spread = if here == 0 {
                season.weights.spread * self.scale
            } else {
                0
            };
            for some in counted {
                for (best, other) in table.iter_mut().zip(some) {
                    *best = (*best).max(other + spread);
                }
            }
        }
        let known = |mask: usize| -> i64 {
            themes
                .iter()
                .enumerate()
                .filter(|(bit, _)| mask >> bit & 1 == 1)
                .map(|(_, (_, points))| points)
                .sum()
        };
        let best = table.iter().enumerate().filter(|(_, worth)| **worth > NEVER / 2);
        let best = best
            .map(|(state, worth)| worth + known(state % masks) * self.scale)
            .max()
            .unwrap_or(0);
        let settled = challenge.pinned.is_some();
        let preference = if settled { 0 } else { window.preference };
        best + season.weights.preference * preference * self.scale
    }

    /// How many more of a home can be on the team.
    fn room(&self, challenge: &Challenge, home: usize) -> usize {
        let (season, team) = (self.season, challenge.settled().iter());
        let sent = team.filter(|seat| season.counts_as(season.peers[seat.peer].council) == home);
        // Every window touches some week, so the limit of a week holds in a team too.
        let most = season.rules.max_per_home.min(season.rules.max_council_week);
        usize::try_from(most).unwrap_or(0).saturating_sub(sent.count())
    }

    /// People of a region who could be on the best team, home by home. At most `cap` of the region are, so of those with the
    /// same role and the same themes only the best of the `cap` best homes can be needed.
    #[allow(clippy::too_many_arguments, reason = "what one table is about")]
    fn kept(
        &self,
        challenge: &Challenge,
        (at, window): (usize, Window),
        homes: &[(usize, Vec<usize>)],
        cap: usize,
        roles: &[(&str, usize)],
        themes: &[(&str, i64)],
        given: &[(&str, i64)],
    ) -> Vec<(usize, Vec<Person>)> {
        let season = self.season;
        let mut found: Vec<(usize, Vec<Person>)> = Vec::new();
        for (home, people) in homes {
            if self.room(challenge, *home) == 0 {
                continue;
            }
            let mut here = Vec::new();
            for &id in people {
                let peer = &season.peers[id];
                if !self.can(challenge, (at, window), id) {
                    continue;
                }
                let host = &season.councils[challenge.host];
                let council = &season.councils[peer.council];
                let likeness = host
                    .sisters
                    .iter()
                    .find(|(sister, _)| *sister == peer.council)
                    .map_or(0, |(_, much)| *much);
                let travel = kilometres((council.x, council.y), (host.x, host.y)) / season.weights.km_per_point;
                let mut points = season.weights.seat * challenge.priority;
                points += season.weights.affinity * likeness / 100 - travel;
                let engaged = peer.engaged + i64::try_from(self.trips[id].len()).unwrap_or(i64::MAX);
                points -= 2 * season.weights.load * engaged;
                points -= challenge
                    .charges
                    .iter()
                    .filter(|(who, _)| *who == id)
                    .map(|(_, points)| points)
                    .sum::<i64>();
                points += given
                    .iter()
                    .filter(|(theme, _)| peer.themes.iter().any(|own| own == theme))
                    .map(|(_, p)| p)
                    .sum::<i64>();
                points += self.given.bonus(challenge.id, id);
                let knows = |theme: &str| peer.themes.iter().any(|own| own == theme);
                let mask = themes
                    .iter()
                    .enumerate()
                    .filter(|(_, (theme, _))| knows(theme))
                    .map(|(bit, _)| 1 << bit)
                    .sum();
                let own = roles
                    .iter()
                    .enumerate()
                    .filter(|(_, (role, _))| peer.roles.iter().any(|held| held == role));
                here.push(Person {
                    worth: points * self.scale - self.price(challenge, window, id),
                    mask,
                    roles: own.map(|(r, _)| r).collect(),
                });
            }
            here.retain(|person| !person.roles.is_empty());
            found.push((*home, here));
        }
        // The worth that the `cap`-th best home offers for a role and themes: whoever is worth less is not needed.
        let mut offers: BTreeMap<(usize, usize), Vec<i64>> = BTreeMap::new();
        for (_, people) in &found {
            let mut best: BTreeMap<(usize, usize), i64> = BTreeMap::new();
            for person in people {
                for &role in &person.roles {
                    let offer = best.entry((role, person.mask)).or_insert(person.worth);
                    *offer = person.worth.max(*offer);
                }
            }
            for (what, worth) in best {
                offers.entry(what).or_default().push(worth);
            }
        }
        for worths in offers.values_mut() {
            worths.sort_unstable_by_key(|worth| std::cmp::Reverse(*worth));
        }
        let needed = |role: usize, person: &Person| {
            offers[&(role, person.mask)]
                .get(cap.max(1) - 1)
                .is_none_or(|last| person.worth >= *last)
        };
        for (_, people) in &mut found {
            for person in people.iter_mut() {
                let own = std::mem::take(&mut person.roles);
                person.roles = own.into_iter().filter(|&role| needed(role, person)).collect();
            }
            people.retain(|person| !person.roles.is_empty());
        }
        found.retain(|(_, people)| !people.is_empty());
        found
    }

    /// Whether no rule keeps a person from a challenge in a window, other people aside.
    fn can(&self, challenge: &Challenge, (at, window): (usize, Window), peer: usize) -> bool {
        let (season, peer) = (self.season, &self.season.peers[peer]);
        let (host, home) = (&season.councils[challenge.host], &season.councils[peer.council]);
        let late = |day: i64, days: i64| window.start - day < days;
        let (from, to) = (season.counts_as(home.id), season.counts_as(host.id));
        let mutual = !season.rules.mutual && self.sent.contains(&(to, from));
        let rested = |there: &Window| {
            window.start - there.end > season.rules.rest_days || there.start - window.end > season.rules.rest_days
        };
        from != to
            && !challenge.bars(peer.id, at)
            && !self.given.keeps_out(challenge.id, peer.id)
            && !mutual
            && self.trips[peer.id]
                .iter()
                .all(|(elsewhere, there)| *elsewhere != challenge.id && rested(there))
            && !host.neighbours.contains(&home.id)
            && !home.neighbours.contains(&host.id)
            && !peer.conflicts.contains(&host.id)
            && peer
                .unavailable
                .iter()
                .all(|(from, until)| window.end < *from || *until < window.start)
            && !peer
                .employed
                .iter()
                .any(|e| e.council == host.id && late(e.until, season.rules.employed_days))
            && !peer
                .reviewed
                .iter()
                .any(|r| r.council == host.id && late(r.day, season.rules.reviewed_days))
            && !season.history.iter().any(|past| {
                past.supplier == host.id && past.host == home.id && late(past.day, season.rules.reciprocal_days)
            })
    }
}

struct Person {
    worth: i64,
    mask: usize,
    roles: Vec<usize>,
}

/// Every way to take a person into a slot of a role that they hold, one more of the region.
fn take(
    from: &[Vec<i64>],
    into: &mut [Vec<i64>],
    person: &Person,
    digit: &[usize],
    roles: &[(&str, usize)],
    masks: usize,
) {
    for count in 0..from.len().saturating_sub(1) {
        for (state, &worth) in from[count].iter().enumerate() {
            if worth <= NEVER / 2 {
                continue;
            }
            let (combination, mask) = (state / masks, state % masks);
            for &role in &person.roles {
                if combination / digit[role] % (roles[role].1 + 1) == roles[role].1 {
                    continue;
                }
                let next = (combination + digit[role]) * masks + (mask | person.mask);
                let place = &mut into[count + 1][next];
                *place = (*place).max(worth + person.worth);
            }
        }
    }
}
