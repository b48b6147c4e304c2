//! Where people are at home, when they can come, and how much they can take on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{Asked, SetAside, Terms};
use crate::calendar::{day_after, week};
use crate::season::format;
use crate::{CouncilIx, Engagement, PeerIx, Policy, Span, World};

/// Where somebody is at home throughout a season.
#[derive(Clone, Debug, Default)]
pub(super) struct Homes {
    pub(super) primary: Option<CouncilIx>,
    pub(super) all: Vec<CouncilIx>,
}

/// Where a person is at home on all these days.
pub(super) fn homes(world: &World, peer: PeerIx, spans: &[Span]) -> Result<Homes, SetAside> {
    let mut found = Homes::default();
    for (i, span) in spans.iter().enumerate() {
        let here = world.homes(peer, *span);
        if i > 0 && here.primary != found.primary {
            return Err(SetAside::HomeChanges);
        }
        found.primary = here.primary;
        for home in here.all {
            if !found.all.contains(&home) {
                found.all.push(home);
            }
        }
    }
    if found.primary.is_none() && !spans.is_empty() {
        return Err(SetAside::NoHome);
    }
    let regions: BTreeSet<_> = found.all.iter().map(|home| world.region(*home)).collect();
    if regions.len() > 1 {
        return Err(SetAside::SeveralRegions);
    }
    Ok(found)
}

/// When people can come and how much they can take on, by position in the world.
pub(super) struct Calendars {
    /// Days on which they cannot, in order.
    pub(super) closed: Vec<Vec<Span>>,
    /// Challenges of the season that they can still take on, those that are settled here included.
    pub(super) capacity: Vec<i64>,
    /// Challenges of the season that are not planned here.
    pub(super) engaged: Vec<i64>,
    horizon: Option<Span>,
}

/// Engagements that a season's plan does not decide.
fn outside<'w>(asked: &[Asked<'_>]) -> impl Fn(&&'w Engagement) -> bool + use<'w> {
    let planned: BTreeSet<Uuid> = asked.iter().map(|one| one.challenge.id).collect();
    move |engagement| {
        engagement
            .challenge
            .is_none_or(|challenge| !planned.contains(&challenge))
    }
}

impl Calendars {
    pub(super) fn of(world: &World, asked: &[Asked<'_>], policy: &Policy, spans: &[Span]) -> Self {
        let from = spans.iter().map(|span| span.from).min();
        let until = spans.iter().map(|span| span.until).max();
        let horizon = from.zip(until).map(|(from, until)| Span { from, until });
        let season = asked.first().map(|one| one.challenge.season);
        let outside = outside(asked);
        let most = i64::from(policy.team.season_engagements);
        let mut calendars = Self {
            closed: Vec::new(),
            capacity: Vec::new(),
            engaged: Vec::new(),
            horizon,
        };
        for peer in world.everybody() {
            let others: Vec<&Engagement> = world.engagements_of(peer).filter(&outside).collect();
            let counts = |engagement: &&&Engagement| season.is_some() && engagement.season == season;
            let engaged = i64::try_from(others.iter().filter(counts).count()).unwrap_or(i64::MAX);
            let wish = world.peers()[peer.index()].capacity.map_or(most, i64::from);
            calendars.capacity.push((wish.min(most) - engaged).max(0));
            calendars.engaged.push(engaged);
            let closed = horizon.map(|horizon| closed(world, peer, horizon, &others, policy.team.rest_days));
            calendars.closed.push(closed.unwrap_or_default());
        }
        calendars
    }

    /// `[council, week, people]` of engagements that are not planned here.
    pub(super) fn away(
        &self,
        world: &World,
        asked: &[Asked<'_>],
        councils: &Councils,
        start: NaiveDate,
    ) -> Vec<(usize, i64, i64)> {
        let Some(horizon) = self.horizon else { return Vec::new() };
        let (first, last) = (week(horizon.from), week(horizon.until));
        let mut away: BTreeMap<(usize, i64), BTreeSet<PeerIx>> = BTreeMap::new();
        for engagement in world.engagements().iter().filter(|one| outside(asked)(one)) {
            let Some(&home) = councils.positions.get(&engagement.home) else {
                continue;
            };
            for number in week(engagement.span.from).max(first)..=week(engagement.span.until).min(last) {
                let number = i64::from(number) - i64::from(week(start));
                away.entry((home, number)).or_default().insert(engagement.peer);
            }
        }
        // Somebody settled whose homes are not one: all of them send somebody.
        for one in asked {
            let Some(window) = one.window.and_then(|window| one.challenge.windows.get(window.index())) else {
                continue;
            };
            for member in &one.challenge.members {
                let here = councils.of_member(member.peer);
                for home in world.homes(member.peer, window.span).all {
                    let Some(&at) = councils.positions.get(&home) else {
                        continue;
                    };
                    if here.is_some_and(|here| councils.same[here] == councils.same[at]) {
                        continue;
                    }
                    for number in window.span.weeks() {
                        let number = i64::from(number) - i64::from(week(start));
                        away.entry((at, number)).or_default().insert(member.peer);
                    }
                }
            }
        }
        let people = |people: BTreeSet<PeerIx>| i64::try_from(people.len()).unwrap_or(i64::MAX);
        away.into_iter()
            .map(|((home, week), who)| (home, week, people(who)))
            .collect()
    }
}

/// Days within the horizon on which a person cannot come: not offered, closed, engaged elsewhere or at rest.
fn closed(world: &World, peer: PeerIx, horizon: Span, others: &[&Engagement], rest: u32) -> Vec<Span> {
    let mut closed: Vec<Span> = Vec::new();
    let mut next = horizon.from;
    for free in world.free(peer) {
        if free.from > next {
            closed.extend(free.from.pred_opt().and_then(|until| Span::new(next, until)));
        }
        next = next.max(day_after(free.until));
    }
    closed.extend(Span::new(next, horizon.until));
    closed.extend(
        world.peers()[peer.index()]
            .blackouts
            .iter()
            .map(|blackout| blackout.span),
    );
    let rest = Days::new(u64::from(rest));
    closed.extend(others.iter().map(|engagement| Span {
        from: engagement.span.from.checked_sub_days(rest).unwrap_or(NaiveDate::MIN),
        until: engagement.span.until.checked_add_days(rest).unwrap_or(NaiveDate::MAX),
    }));
    let within = |span: Span| Span::new(span.from.max(horizon.from), span.until.min(horizon.until));
    let mut closed: Vec<Span> = closed.into_iter().filter_map(within).collect();
    closed.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(closed.len());
    for span in closed {
        match joined.last_mut() {
            Some(last) if span.from <= day_after(last.until) => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}

/// The councils of a season: hosts and homes.
pub(super) struct Councils {
    pub(super) positions: HashMap<CouncilIx, usize>,
    /// Where everybody of the pool is at home.
    pub(super) of_peer: Vec<usize>,
    /// The same by person.
    by_person: HashMap<PeerIx, usize>,
    order: Vec<CouncilIx>,
    hosts: BTreeSet<CouncilIx>,
    same: Vec<usize>,
}

impl Councils {
    pub(super) fn of(world: &World, asked: &[Asked<'_>], peers: &[PeerIx], homes: &[Result<Homes, SetAside>]) -> Self {
        // Of somebody settled whose home cannot be told for the whole season, the one on record with their place counts.
        let on_record = |peer: PeerIx| {
            let planned = |challenge: Uuid| asked.iter().any(|one| one.challenge.id == challenge);
            let mut places = world
                .engagements_of(peer)
                .filter(|one| one.challenge.is_some_and(planned));
            places.next().map(|place| place.home)
        };
        let home_of = |peer: PeerIx| match &homes[peer.index()] {
            Ok(homes) => homes.clone(),
            Err(_) => Homes {
                primary: on_record(peer),
                all: Vec::new(),
            },
        };
        let own: Vec<Homes> = peers.iter().map(|peer| home_of(*peer)).collect();
        let hosts: BTreeSet<CouncilIx> = asked.iter().map(|one| one.challenge.host).collect();
        let mut order: BTreeSet<CouncilIx> = hosts.clone();
        order.extend(own.iter().flat_map(|homes| homes.primary.iter().chain(&homes.all)));
        let order: Vec<CouncilIx> = order.into_iter().collect();
        let positions: HashMap<CouncilIx, usize> = order.iter().enumerate().map(|(i, council)| (*council, i)).collect();
        let mut same: Vec<usize> = (0..order.len()).collect();
        let mut join = |one: CouncilIx, other: CouncilIx| {
            let (one, other) = (same[positions[&one]], same[positions[&other]]);
            let (low, high) = (one.min(other), one.max(other));
            same.iter_mut().filter(|of| **of == high).for_each(|of| *of = low);
        };
        for homes in &own {
            homes.all.windows(2).for_each(|pair| join(pair[0], pair[1]));
        }
        // What holds of a council holds of those that it took over from.
        for &here in &order {
            for &kin in world.lineage(here) {
                if positions.contains_key(&kin) && world.region(kin) == world.region(here) {
                    join(here, kin);
                }
            }
        }
        let first = asked.first().map_or(0, |one| positions[&one.challenge.host]);
        let of_peer = own
            .iter()
            .map(|homes| homes.primary.map_or(first, |home| positions[&home]));
        let of_peer: Vec<usize> = of_peer.collect();
        Self {
            by_person: peers.iter().copied().zip(of_peer.iter().copied()).collect(),
            of_peer,
            positions,
            order,
            hosts,
            same,
        }
    }

    /// Where somebody of the pool is at home.
    fn of_member(&self, peer: PeerIx) -> Option<usize> {
        self.by_person.get(&peer).copied()
    }

    pub(super) fn councils(&self, world: &World, terms: &Terms<'_>) -> Vec<format::Council> {
        let region = |at: usize| terms.regions.get(at).cloned().unwrap_or_default();
        let mut all = Vec::with_capacity(self.order.len());
        for (id, &here) in self.order.iter().enumerate() {
            let council = &world.councils()[here.index()];
            let sisters = council.sisters.iter().filter(|_| self.hosts.contains(&here));
            let known =
                |(sister, likeness): &(CouncilIx, u8)| Some((*self.positions.get(sister)?, i64::from(*likeness)));
            all.push(format::Council {
                id,
                reference: council.id.to_string(),
                region: region(council.region.index()),
                kind: String::new(),
                x: council.position.0,
                y: council.position.1,
                neighbours: Vec::new(),
                sisters: sisters.filter_map(known).collect(),
                counts_as: (self.same[id] != id).then_some(self.same[id]),
            });
        }
        all
    }
}
