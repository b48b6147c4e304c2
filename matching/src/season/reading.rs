//! From a season in the file format to the planner's problem: which of the file's rules keep whom from what.

use std::{cmp::Reverse, collections::HashMap};

use super::bits::Bits;
use super::control::{Control, ToTheEnd};
use super::format::{Challenge, Peer, Season};
use super::problem::{Ask, Bucket, Entry, Group, Limits, Person, Problem, Span, Window, cliques};
use super::roster::Roster;
use super::settled::Settled;
use super::small;
use super::weeks::Weeks;
use crate::lots::lot;
use crate::{PeerIx, kilometres};

/// The role whose holders count for their party.
pub(super) const MEMBER: &str = "MEMBER_PEER";

/// Positions by name.
fn positions(names: &[String]) -> HashMap<&str, usize> {
    names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect()
}

/// A limit of the file; more than can be is no limit.
fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

fn byte(position: usize) -> u8 {
    u8::try_from(position).unwrap_or(u8::MAX)
}

/// Where somebody was, seen from the council: who and on which day last.
type Ties = Vec<Vec<(u32, i64)>>;

/// What all challenges ask of everybody.
struct Facts<'s> {
    season: &'s Season,
    settled: Settled,
    /// The council whose limits each council's people share.
    same: Vec<usize>,
    roles: HashMap<&'s str, usize>,
    themes: HashMap<&'s str, usize>,
    region_of: Vec<u8>,
    roster: Roster,
    employed: Ties,
    reviewed: Ties,
    /// For each council, where its people were last and when.
    supplied: Ties,
    spans: Vec<Span>,
    /// Who has no other plans, by span.
    free: Vec<Bits>,
    weeks: Weeks,
    /// Who comes first among people worth the same.
    lots: Vec<u32>,
}

impl Problem {
    /// The problem that a checked season poses. The seed decides who comes first among people worth the same.
    pub fn of(season: &Season, seed: u64) -> Self {
        Self::posed(season, seed, &ToTheEnd).0
    }

    /// The same, or `None` when it was stopped on the way: the largest seasons take more than a moment.
    pub fn unless_stopped(season: &Season, seed: u64, control: &dyn Control) -> Option<Self> {
        let (problem, whole) = Self::posed(season, seed, control);
        whole.then_some(problem)
    }

    /// The problem, and whether all its challenges are there.
    fn posed(season: &Season, seed: u64, control: &dyn Control) -> (Self, bool) {
        let facts = Facts::of(season, seed);
        let going_on = season.challenges.iter().take_while(|_| !control.stop());
        let challenges: Vec<Ask> = going_on.map(|challenge| facts.ask(challenge)).collect();
        let whole = challenges.len() == season.challenges.len();
        let (cliques, cliques_of) = cliques(&facts.spans, season.rules.rest_days);
        let mut hosted = vec![Vec::new(); season.councils.len()];
        let coupled = season.challenges.iter().filter(|_| !season.rules.mutual);
        for challenge in coupled {
            hosted[facts.same[challenge.host]].push(small(challenge.id));
        }
        let parties_by_name = positions(&season.parties);
        let mut parties = vec![0; season.parties.len()];
        let people = season.peers.iter().map(|peer| {
            let party = peer.party.as_deref().map(|party| parties_by_name[party]);
            if let Some(party) = party {
                parties[party] += 1;
            }
            Person {
                home: small(facts.same[peer.council]),
                region: facts.region_of[peer.council],
                capacity: count(peer.capacity - i64::from(facts.settled.places_of(peer.id))),
                party: party.map(byte),
                lot: facts.lots[peer.id],
            }
        });
        let problem = Self {
            people: people.collect(),
            base: facts.settled.points,
            settled: facts.settled.count(),
            members: facts.settled.members.clone(),
            away: facts.settled.away(season, &facts.same, &facts.weeks),
            councils: season.councils.len(),
            parties,
            limits: Limits {
                rest_days: season.rules.rest_days,
                per_home: count(season.rules.max_per_home),
                per_home_week: count(season.rules.max_council_week),
            },
            load: season.weights.load,
            party: season.weights.party,
            regions: season.regions.len(),
            mutual: season.rules.mutual,
            challenges,
            weeks: facts.weeks.firsts(),
            spans: facts.spans,
            cliques,
            cliques_of,
            hosted,
        };
        (problem, whole)
    }
}

impl<'s> Facts<'s> {
    fn of(season: &'s Season, seed: u64) -> Self {
        let (regions, roles, themes) = (
            positions(&season.regions),
            positions(&season.roles),
            positions(&season.themes),
        );
        let councils = season.councils.len();
        let windows = season.challenges.iter().flat_map(|challenge| &challenge.windows);
        let mut spans: Vec<Span> = windows
            .map(|window| Span {
                start: window.start,
                end: window.end,
            })
            .collect();
        spans.sort_unstable();
        spans.dedup();
        let (mut employed, mut reviewed) = (vec![Vec::new(); councils], vec![Vec::new(); councils]);
        for peer in &season.peers {
            for post in &peer.employed {
                employed[post.council].push((small(peer.id), post.until));
            }
            for visit in &peer.reviewed {
                reviewed[visit.council].push((small(peer.id), visit.day));
            }
        }
        let mut supplied = vec![Vec::new(); councils];
        for past in &season.history {
            supplied[past.supplier].push((small(past.host), past.day));
        }
        let same: Vec<usize> = (0..season.councils.len())
            .map(|council| season.counts_as(council))
            .collect();
        let settled = Settled::of(season, &same);
        let lost = |peer: &Peer| 2 * season.weights.load * (peer.engaged + i64::from(settled.places_of(peer.id)));
        Self {
            roster: Roster::of(season, |role| roles[role], |theme| themes[theme], lost),
            settled,
            same,
            region_of: season
                .councils
                .iter()
                .map(|council| byte(regions[council.region.as_str()]))
                .collect(),
            free: spans.iter().map(|span| free(season, *span)).collect(),
            weeks: Weeks::of(&spans, season.away.iter().map(|&(_, week, _)| week)),
            lots: lots(season.peers.len(), seed),
            season,
            roles,
            themes,
            employed,
            reviewed,
            supplied,
            spans,
        }
    }

    fn ask(&self, challenge: &'s Challenge) -> Ask {
        let season = self.season;
        let taken = |role: &str| challenge.settled().iter().filter(|seat| seat.role == role).count();
        let groups: Vec<Group> = challenge
            .seats
            .iter()
            .map(|(role, &slots)| (role, count(slots).saturating_sub(small(taken(role)))))
            .filter(|&(_, slots)| slots > 0)
            .map(|(role, slots)| Group {
                role: small(self.roles[role.as_str()]),
                slots,
                points: season.weights.seat * challenge.priority,
                member: role == MEMBER,
            })
            .collect();
        let homes = |seat: &super::plan::Seat| self.same[season.peers[seat.peer].council];
        let mut at_home: Vec<(u32, u32)> = Vec::new();
        for home in challenge.settled().iter().map(homes).map(small) {
            match at_home.iter_mut().find(|(other, _)| *other == home) {
                Some((_, people)) => *people += 1,
                None => at_home.push((home, 1)),
            }
        }
        let regions: Vec<u8> = challenge
            .settled()
            .iter()
            .map(|seat| self.region_of[season.peers[seat.peer].council])
            .collect();
        let region_caps = season.regions.iter().enumerate().map(|(here, region)| {
            let (cap, here) = (season.most_of_region(challenge, region), byte(here));
            count(cap).saturating_sub(small(regions.iter().map(|region| usize::from(*region == here)).sum()))
        });
        let spread = (0..season.regions.len()).map(byte).map(|here| {
            let anyway = regions.contains(&here);
            if anyway { 0 } else { season.weights.spread }
        });
        let themes = self.open_themes(challenge);
        let (entries, buckets) = self.entries(challenge, &groups, &themes, &at_home);
        let settled_window = challenge.pinned.as_ref().map(|pinned| pinned.window);
        let windows = challenge.windows.iter().enumerate();
        Ask {
            host: small(self.same[challenge.host]),
            themes: themes
                .iter()
                .map(|theme| season.weights.theme * challenge.themes[*theme])
                .collect(),
            windows: windows
                .filter(|(w, _)| settled_window.is_none_or(|settled| settled == *w))
                .map(|(w, window)| self.window(challenge, w, *window))
                .collect(),
            region_caps: region_caps.collect(),
            spread: spread.collect(),
            settled: challenge
                .settled()
                .iter()
                .map(|seat| (small(self.roles[seat.role.as_str()]), small(seat.peer)))
                .collect(),
            settled_window,
            homes: at_home,
            groups,
            entries,
            buckets,
        }
    }

    /// Required themes that the settled part of the team does not know.
    fn open_themes(&self, challenge: &'s Challenge) -> Vec<&'s str> {
        let season = self.season;
        let knows = |theme: &str| {
            let mut team = challenge.settled().iter();
            team.any(|seat| season.peers[seat.peer].themes.iter().any(|known| known == theme))
        };
        let themes = challenge.themes.keys().map(String::as_str);
        themes.filter(|theme| !knows(theme)).collect()
    }

    /// Everybody whom no rule keeps from the host on every day, in buckets, best first.
    fn entries(
        &self,
        challenge: &Challenge,
        groups: &[Group],
        themes: &[&str],
        at_home: &[(u32, u32)],
    ) -> (Vec<Entry>, Vec<Bucket>) {
        if groups.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let (season, host) = (self.season, &self.season.councils[challenge.host]);
        let full = |home: usize| {
            let here = at_home.iter().find(|(other, _)| *other as usize == self.same[home]);
            here.is_some_and(|&(_, people)| people >= count(season.rules.max_per_home))
                || self.settled.sends(self.same[challenge.host], self.same[home])
        };
        // Who can never come here.
        let mut out = Bits::new(season.peers.len());
        let there = challenge.settled().iter().map(|seat| small(seat.peer));
        for peer in there.chain(self.roster.in_conflict(challenge.host).iter().copied()) {
            out.insert(peer);
        }
        let charges: HashMap<usize, i64> = challenge.charges.iter().copied().collect();
        let mut likeness = vec![0; season.councils.len()];
        for &(sister, much) in &host.sisters {
            likeness[sister] = much;
        }
        let mut homes: Vec<(i64, usize)> = Vec::new();
        for home in &season.councils {
            let bordering = host.neighbours.contains(&home.id) || home.neighbours.contains(&host.id);
            if self.same[home.id] != self.same[host.id] && !bordering && !full(home.id) {
                let travelled = kilometres((home.x, home.y), (host.x, host.y));
                let points =
                    season.weights.affinity * likeness[home.id] / 100 - travelled / season.weights.km_per_point;
                homes.push((points, home.id));
            }
        }
        let mut group_of = vec![None; season.roles.len()];
        for (g, group) in groups.iter().enumerate() {
            group_of[group.role as usize] = Some(byte(g));
        }
        let mut bit_of = vec![0u64; season.themes.len()];
        for (bit, theme) in themes.iter().enumerate() {
            bit_of[self.themes[theme]] = 1 << bit;
        }
        // Group, region and mask of the bucket that each belongs in.
        let mut found: Vec<((u8, u8, u64), Entry)> = Vec::new();
        for (points, home) in homes {
            let region = self.region_of[home];
            for somebody in self.roster.at(home) {
                let peer = somebody.peer;
                if out.has(peer) {
                    continue;
                }
                let charge = charges.get(&(peer as usize)).copied().unwrap_or(0);
                let entry = Entry {
                    peer,
                    home: small(self.same[home]),
                    points: points - somebody.lost - charge,
                };
                let mask = self.roster.themes(somebody).iter();
                let mask = mask.fold(0, |mask, &theme| mask | bit_of[theme as usize]);
                let roles = self.roster.roles(somebody).iter();
                let groups = roles.filter_map(|&role| group_of[role as usize]);
                found.extend(groups.map(|group| ((group, region, mask), entry)));
            }
        }
        found.sort_unstable_by_key(|(key, entry)| (*key, Reverse(entry.points), self.lots[entry.peer as usize]));
        let (mut entries, mut buckets) = (Vec::with_capacity(found.len()), Vec::new());
        for bucket in found.chunk_by(|(one, _), (other, _)| one == other) {
            let (group, region, mask) = bucket[0].0;
            let from = small(entries.len());
            entries.extend(bucket.iter().map(|(_, entry)| *entry));
            buckets.push(Bucket {
                group,
                region,
                mask,
                from,
                until: small(entries.len()),
            });
        }
        (entries, buckets)
    }

    fn window(&self, challenge: &Challenge, position: usize, window: super::format::Window) -> Window {
        let (rules, host) = (&self.season.rules, challenge.host);
        let span = Span {
            start: window.start,
            end: window.end,
        };
        let at = self.spans.binary_search(&span).unwrap_or(0);
        let mut free = self.free[at].clone();
        for &(peer, until) in &self.employed[host] {
            if window.start - until < rules.employed_days {
                free.remove(peer);
            }
        }
        for &(peer, day) in &self.reviewed[host] {
            if window.start - day < rules.reviewed_days {
                free.remove(peer);
            }
        }
        // The host's people were at these councils, whose people do not come in return.
        for &(home, day) in &self.supplied[host] {
            if window.start - day < rules.reciprocal_days {
                for somebody in self.roster.at(home as usize) {
                    free.remove(somebody.peer);
                }
            }
        }
        for peer in challenge.barred_in(position) {
            free.remove(small(peer));
        }
        for (elsewhere, there, peer) in self.settled.trips() {
            if elsewhere != challenge.id && there.excludes(span, rules.rest_days) {
                free.remove(peer);
            }
        }
        let weeks = self.weeks.touched(span);
        // The window of what is settled counts in the base already.
        let points = if challenge.pinned.is_some() {
            0
        } else {
            self.season.weights.preference * window.preference
        };
        Window {
            position,
            span: small(at),
            points,
            weeks: (small(*weeks.start()), small(*weeks.end())),
            free,
        }
    }
}

/// For everybody their place in an order drawn by lots.
fn lots(people: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..small(people)).collect();
    order.sort_by_cached_key(|&peer| lot(seed, PeerIx(peer)));
    let mut lots = vec![0; people];
    for (place, peer) in order.into_iter().enumerate() {
        lots[peer as usize] = small(place);
    }
    lots
}

/// Who has no other plans in a span.
fn free(season: &Season, span: Span) -> Bits {
    let mut free = Bits::new(season.peers.len());
    for peer in &season.peers {
        if !peer
            .unavailable
            .iter()
            .any(|&(from, until)| from <= span.end && span.start <= until)
        {
            free.insert(small(peer.id));
        }
    }
    free
}
