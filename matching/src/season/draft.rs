//! A plan in the making: who is where, and whether somebody more fits, kept up to date move by move.

use super::oracle::{Member, Oracle, Pricing, SCALE};
use super::prices::Prices;
use super::problem::{Problem, Span};

/// A challenge's window and team.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// Position of the window.
    pub window: usize,
    /// Who.
    pub team: Vec<Member>,
    /// Points, loads of its people aside.
    pub value: i64,
}

/// A plan in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) places: Vec<Option<Place>>,
    /// Where everybody is: span and challenge.
    busy: Vec<Vec<(Span, u32)>>,
    /// People away, by week and council.
    away: Vec<u32>,
    councils: usize,
    /// For each council, the councils that its people are sent to, once for each of them.
    sent: Vec<Vec<u32>>,
    /// Points, loads included; the parties' balance is not.
    points: i64,
    /// Member peers sent, by party; kept where their balance counts.
    members: Vec<i64>,
    /// What their balance costs.
    balance: i64,
}

/// What it costs to take people who are free in a draft.
struct Taking<'d> {
    draft: &'d Draft,
    problem: &'d Problem,
    span: Span,
    people: Option<&'d [i64]>,
    /// What each home costs; `i64::MAX` where it can send nobody.
    homes: &'d [i64],
    room: &'d [u32],
    /// Share of the prices that counts, in quarters.
    quarters: i64,
}

impl Pricing for Taking<'_> {
    #[inline]
    fn cost(&self, peer: u32, home: u32) -> Option<i64> {
        let at_home = self.homes[home as usize];
        if at_home == i64::MAX {
            return None;
        }
        let busy = &self.draft.busy[peer as usize];
        let price = self.people.map_or(0, |people| people[peer as usize] + at_home);
        if busy.is_empty() {
            return (self.problem.people[peer as usize].capacity > 0).then_some(price * self.quarters / 4);
        }
        if busy.len() >= self.problem.people[peer as usize].capacity as usize
            || busy
                .iter()
                .any(|(span, _)| span.excludes(self.span, self.problem.limits.rest_days))
        {
            return None;
        }
        let load = 2 * self.problem.load * i64::try_from(busy.len()).unwrap_or(i64::MAX) * SCALE;
        // The price of a person holds what their further load is worth already.
        Some((price * self.quarters / 4).max(load))
    }

    fn of_home(&self, home: u32) -> u32 {
        self.room[home as usize].min(self.problem.limits.per_home)
    }
}

/// Working space for taking.
#[derive(Debug, Default)]
pub(super) struct Space {
    pub(super) oracle: Oracle,
    homes: Vec<i64>,
    room: Vec<u32>,
}

impl Draft {
    pub(super) fn new(problem: &Problem) -> Self {
        let councils = problem.councils;
        Self {
            places: vec![None; problem.challenges.len()],
            busy: vec![Vec::new(); problem.people.len()],
            away: problem.away.clone(),
            councils,
            sent: vec![Vec::new(); councils],
            points: problem.base,
            members: problem.members.clone(),
            balance: problem.party * super::value::imbalance(&problem.parties, &problem.members),
        }
    }

    /// Takes a challenge out and gives its place.
    pub(super) fn take_out(&mut self, problem: &Problem, challenge: usize) -> Option<Place> {
        let place = self.places[challenge].take()?;
        let ask = &problem.challenges[challenge];
        let weeks = ask.windows[place.window].weeks;
        for member in &place.team {
            let busy = &mut self.busy[member.peer as usize];
            busy.retain(|&(_, other)| other as usize != challenge);
            self.points += 2 * problem.load * i64::try_from(busy.len()).unwrap_or(0);
            let home = problem.people[member.peer as usize].home as usize;
            for week in weeks.0..=weeks.1 {
                self.away[week as usize * self.councils + home] -= 1;
            }
            if let Some(at) = self.sent[home].iter().position(|&host| host == ask.host) {
                self.sent[home].swap_remove(at);
            }
        }
        self.points -= place.value;
        self.count_members(problem, challenge, &place, -1);
        Some(place)
    }

    /// Puts a place in that fits.
    pub(super) fn put_in(&mut self, problem: &Problem, challenge: usize, place: Place) {
        let ask = &problem.challenges[challenge];
        let window = &ask.windows[place.window];
        let span = problem.spans[window.span as usize];
        for member in &place.team {
            let busy = &mut self.busy[member.peer as usize];
            self.points -= 2 * problem.load * i64::try_from(busy.len()).unwrap_or(0);
            busy.push((span, super::small(challenge)));
            let home = problem.people[member.peer as usize].home as usize;
            for week in window.weeks.0..=window.weeks.1 {
                self.away[week as usize * self.councils + home] += 1;
            }
            self.sent[home].push(ask.host);
        }
        self.points += place.value;
        self.count_members(problem, challenge, &place, 1);
        self.places[challenge] = Some(place);
    }

    /// Sets places of some challenges that fit together with the rest.
    pub(super) fn set(&mut self, problem: &Problem, places: Vec<(usize, Option<Place>)>) {
        for (challenge, _) in &places {
            self.take_out(problem, *challenge);
        }
        for (challenge, place) in places {
            if let Some(place) = place {
                self.put_in(problem, challenge, place);
            }
        }
    }

    /// Points of the plan.
    pub(super) fn value(&self) -> i64 {
        self.points - self.balance
    }

    /// Filled slots, settled ones included.
    pub(super) fn filled(&self, problem: &Problem) -> u32 {
        problem.settled + super::small(self.places.iter().flatten().map(|place| place.team.len()).sum())
    }

    fn count_members(&mut self, problem: &Problem, challenge: usize, place: &Place, by: i64) {
        if problem.party == 0 {
            return;
        }
        let groups = &problem.challenges[challenge].groups;
        for member in place
            .team
            .iter()
            .filter(|member| groups[usize::from(member.group)].member)
        {
            if let Some(party) = problem.people[member.peer as usize].party {
                self.members[usize::from(party)] += by;
            }
        }
        self.balance = problem.party * super::value::imbalance(&problem.parties, &self.members);
    }

    /// Whether a team that keeps the rules by itself also fits beside the others.
    pub(super) fn fits(&self, problem: &Problem, challenge: usize, place: &Place) -> bool {
        let ask = &problem.challenges[challenge];
        let window = &ask.windows[place.window];
        let span = problem.spans[window.span as usize];
        place.team.iter().enumerate().all(|(i, member)| {
            let person = &problem.people[member.peer as usize];
            let busy = &self.busy[member.peer as usize];
            let together = place.team[..i]
                .iter()
                .filter(|other| problem.people[other.peer as usize].home == person.home)
                .count();
            busy.len() < person.capacity as usize
                && !busy
                    .iter()
                    .any(|(other, _)| other.excludes(span, problem.limits.rest_days))
                && (problem.mutual || !self.sent[ask.host as usize].contains(&person.home))
                && (window.weeks.0..=window.weeks.1).all(|week| {
                    (self.away[week as usize * self.councils + person.home as usize] as usize + together)
                        < problem.limits.per_home_week as usize
                })
        })
    }

    /// Challenges whose people stand in the way of `place`.
    pub(super) fn in_the_way(&self, problem: &Problem, challenge: usize, place: &Place) -> Vec<usize> {
        let ask = &problem.challenges[challenge];
        let window = &ask.windows[place.window];
        let span = problem.spans[window.span as usize];
        let mut found = Vec::new();
        for member in &place.team {
            let person = &problem.people[member.peer as usize];
            let busy = &self.busy[member.peer as usize];
            let full = busy.len() >= person.capacity as usize;
            for (other, at) in busy {
                if full || other.excludes(span, problem.limits.rest_days) {
                    found.push(*at as usize);
                }
            }
            let crowded = (window.weeks.0..=window.weeks.1).any(|week| {
                self.away[week as usize * self.councils + person.home as usize] >= problem.limits.per_home_week
            });
            let mutual = !problem.mutual && self.sent[ask.host as usize].contains(&person.home);
            if crowded || mutual {
                for (other, place) in self.places.iter().enumerate() {
                    let Some(place) = place else { continue };
                    let there = &problem.challenges[other];
                    let weeks = there.windows[place.window].weeks;
                    let same_week = weeks.0 <= window.weeks.1 && window.weeks.0 <= weeks.1;
                    let from = |home: u32| {
                        place
                            .team
                            .iter()
                            .any(|member| problem.people[member.peer as usize].home == home)
                    };
                    if crowded && same_week && from(person.home)
                        || mutual && there.host == person.home && from(ask.host)
                    {
                        found.push(other);
                    }
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|&other| other != challenge);
        found
    }

    /// The best place for a challenge that is not in the draft, with a share of the prices taken off (in quarters).
    /// `None` when there is none worth more than not taking place.
    pub(super) fn best(
        &self,
        problem: &Problem,
        space: &mut Space,
        prices: Option<&Prices>,
        quarters: i64,
        challenge: usize,
        limit: u64,
    ) -> Option<Place> {
        let ask = &problem.challenges[challenge];
        let mut best: Option<(i64, Place)> = None;
        let mut order: Vec<usize> = (0..ask.windows.len()).collect();
        order.sort_by_key(|&w| (std::cmp::Reverse(ask.windows[w].points), w));
        for w in order {
            let window = &ask.windows[w];
            if let Some(prices) = prices {
                prices.homes(problem, challenge, w, &mut space.homes);
            } else {
                space.homes.clear();
                space.homes.resize(self.councils, 0);
            }
            space.room.clear();
            space.room.resize(self.councils, u32::MAX);
            for week in window.weeks.0..=window.weeks.1 {
                let away = &self.away[week as usize * self.councils..(week as usize + 1) * self.councils];
                for (home, &away) in away.iter().enumerate() {
                    if away > 0 {
                        let room = problem.limits.per_home_week.saturating_sub(away);
                        space.room[home] = space.room[home].min(room);
                        if room == 0 {
                            space.homes[home] = i64::MAX;
                        }
                    }
                }
            }
            if problem.limits.per_home_week < problem.limits.per_home {
                for room in &mut space.room {
                    *room = (*room).min(problem.limits.per_home_week);
                }
            }
            for &home in self.sent[ask.host as usize].iter().filter(|_| !problem.mutual) {
                space.homes[home as usize] = i64::MAX;
            }
            let taking = Taking {
                draft: self,
                problem,
                span: problem.spans[window.span as usize],
                people: prices.map(|prices| prices.for_span(window.span)),
                homes: &space.homes,
                room: &space.room,
                quarters,
            };
            let floor = best.as_ref().map_or(0, |(value, _)| *value);
            let answer = space.oracle.solve(problem, ask, window, &taking, (floor, &[]), limit);
            if answer.value > floor {
                let value = value_of(problem, challenge, w, &answer.team);
                best = Some((
                    answer.value,
                    Place {
                        window: w,
                        team: answer.team,
                        value,
                    },
                ));
            }
        }
        best.map(|(_, place)| place)
    }
}

/// Points of a window and team by themselves: everything but loads.
pub(super) fn value_of(problem: &Problem, challenge: usize, window: usize, team: &[Member]) -> i64 {
    let ask = &problem.challenges[challenge];
    let mut value = ask.windows[window].points;
    let (mut mask, mut regions) = (0, 0u64);
    for member in team {
        value += ask.groups[usize::from(member.group)].points;
        for bucket in ask.buckets.iter().filter(|bucket| bucket.group == member.group) {
            if bucket.region != problem.people[member.peer as usize].region {
                continue;
            }
            let entries = &ask.entries[bucket.from as usize..bucket.until as usize];
            if let Some(entry) = entries.iter().find(|entry| entry.peer == member.peer) {
                value += entry.points;
                mask |= bucket.mask;
                regions |= 1 << bucket.region;
                break;
            }
        }
    }
    let spread = ask
        .spread
        .iter()
        .enumerate()
        .filter(|(region, _)| regions >> region & 1 == 1);
    value + ask.theme_points(mask) + spread.map(|(_, points)| points).sum::<i64>()
}
