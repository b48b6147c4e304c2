//! From a season in the file format to the planner's problem: which of the file's rules keep whom from what.

use std::collections::HashMap;

use super::bits::Bits;
use super::format::{Challenge, Season};
use super::problem::{Ask, Bucket, Entry, Group, Limits, Person, Problem, Span, Window, cliques};
use super::small;
use crate::kilometres;

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
    roles: HashMap<&'s str, usize>,
    themes: HashMap<&'s str, usize>,
    region_of: Vec<u8>,
    /// Roles and themes of each person, by position.
    roles_of: Vec<Vec<usize>>,
    themes_of: Vec<Vec<usize>>,
    /// The people of each council.
    people_of: Vec<Vec<u32>>,
    employed: Ties,
    reviewed: Ties,
    /// For each council, where its people were last and when.
    supplied: Ties,
    spans: Vec<Span>,
    /// Who has no other plans, by span.
    free: Vec<Bits>,
    first_week: i64,
}

impl Problem {
    /// The problem that a checked season poses.
    pub fn of(season: &Season) -> Self {
        let facts = Facts::of(season);
        let (cliques, cliques_of) = cliques(&facts.spans, season.rules.rest_days);
        let last_week = facts.spans.iter().map(|span| span.end.div_euclid(7)).max().unwrap_or(0);
        let mut hosted = vec![Vec::new(); season.councils.len()];
        for challenge in &season.challenges {
            hosted[challenge.host].push(small(challenge.id));
        }
        let parties_by_name = positions(&season.parties);
        let mut parties = vec![0; season.parties.len()];
        let people = season.peers.iter().map(|peer| {
            let party = peer.party.as_deref().map(|party| parties_by_name[party]);
            if let Some(party) = party {
                parties[party] += 1;
            }
            Person {
                home: small(peer.council),
                capacity: count(peer.capacity),
                party: party.map(byte),
            }
        });
        Self {
            people: people.collect(),
            parties,
            limits: Limits {
                rest_days: season.rules.rest_days,
                per_home: count(season.rules.max_per_home),
                per_home_week: count(season.rules.max_council_week),
            },
            spread: season.weights.spread,
            load: season.weights.load,
            party: season.weights.party,
            regions: season.regions.len(),
            challenges: season.challenges.iter().map(|challenge| facts.ask(challenge)).collect(),
            weeks: usize::try_from(last_week - facts.first_week + 1).unwrap_or(0),
            first_week: facts.first_week,
            region_of: facts.region_of,
            spans: facts.spans,
            cliques,
            cliques_of,
            hosted,
        }
    }
}

impl<'s> Facts<'s> {
    fn of(season: &'s Season) -> Self {
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
        let (mut people_of, mut employed, mut reviewed) = (
            vec![Vec::new(); councils],
            vec![Vec::new(); councils],
            vec![Vec::new(); councils],
        );
        for peer in &season.peers {
            people_of[peer.council].push(small(peer.id));
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
        let of = |names: &HashMap<&str, usize>, own: &[String]| {
            let mut found: Vec<usize> = own.iter().map(|name| names[name.as_str()]).collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        Self {
            region_of: season
                .councils
                .iter()
                .map(|council| byte(regions[council.region.as_str()]))
                .collect(),
            roles_of: season.peers.iter().map(|peer| of(&roles, &peer.roles)).collect(),
            themes_of: season.peers.iter().map(|peer| of(&themes, &peer.themes)).collect(),
            free: spans.iter().map(|span| free(season, *span)).collect(),
            first_week: spans.iter().map(|span| span.start.div_euclid(7)).min().unwrap_or(0),
            season,
            roles,
            themes,
            people_of,
            employed,
            reviewed,
            supplied,
            spans,
        }
    }

    fn ask(&self, challenge: &Challenge) -> Ask {
        let season = self.season;
        let seats = challenge.seats.iter().filter(|&(_, &slots)| slots > 0);
        let groups: Vec<Group> = seats
            .map(|(role, &slots)| Group {
                role: small(self.roles[role.as_str()]),
                slots: count(slots),
                points: season.weights.seat * challenge.priority,
                member: role == MEMBER,
            })
            .collect();
        let (entries, buckets) = self.entries(challenge, &groups);
        let region = self.region_of[challenge.host];
        let region_caps = (0..season.regions.len()).map(|here| {
            let cap = count(season.rules.max_per_region);
            if byte(here) == region {
                cap.min(count(season.rules.max_host_region))
            } else {
                cap
            }
        });
        Ask {
            host: small(challenge.host),
            themes: challenge
                .themes
                .values()
                .map(|weight| season.weights.theme * weight)
                .collect(),
            windows: challenge
                .windows
                .iter()
                .map(|window| self.window(challenge.host, *window))
                .collect(),
            region_caps: region_caps.collect(),
            groups,
            entries,
            buckets,
        }
    }

    /// Everybody whom no rule keeps from the host on every day, in buckets, best first.
    fn entries(&self, challenge: &Challenge, groups: &[Group]) -> (Vec<Entry>, Vec<Bucket>) {
        let (season, host) = (self.season, &self.season.councils[challenge.host]);
        let mut likeness = vec![0; season.councils.len()];
        for &(sister, much) in &host.sisters {
            likeness[sister] = much;
        }
        let mut homes: Vec<(i64, usize)> = Vec::new();
        for home in &season.councils {
            if home.id != host.id && !host.neighbours.contains(&home.id) && !home.neighbours.contains(&host.id) {
                let travelled = kilometres((home.x, home.y), (host.x, host.y));
                let points =
                    season.weights.affinity * likeness[home.id] / 100 - travelled / season.weights.km_per_point;
                homes.push((points, home.id));
            }
        }
        homes.sort_unstable_by_key(|&(points, home)| (std::cmp::Reverse(points), home));
        let mut group_of = vec![None; season.roles.len()];
        for (g, group) in groups.iter().enumerate() {
            group_of[group.role as usize] = Some(byte(g));
        }
        let mut bit_of = vec![0u64; season.themes.len()];
        for (bit, theme) in challenge.themes.keys().enumerate() {
            bit_of[self.themes[theme.as_str()]] = 1 << bit;
        }
        let mut found: HashMap<(u8, u8, u64), Vec<Entry>> = HashMap::new();
        for (points, home) in homes {
            for &peer in &self.people_of[home] {
                if season.peers[peer as usize].conflicts.contains(&host.id) {
                    continue;
                }
                let mask = self.themes_of[peer as usize]
                    .iter()
                    .fold(0, |mask, &theme| mask | bit_of[theme]);
                for group in self.roles_of[peer as usize].iter().filter_map(|&role| group_of[role]) {
                    found
                        .entry((group, self.region_of[home], mask))
                        .or_default()
                        .push(Entry {
                            peer,
                            home: small(home),
                            points,
                        });
                }
            }
        }
        let mut keys: Vec<(u8, u8, u64)> = found.keys().copied().collect();
        keys.sort_unstable();
        let (mut entries, mut buckets) = (Vec::new(), Vec::with_capacity(keys.len()));
        for key in keys {
            let Some(bucket) = found.remove(&key) else { continue };
            let from = small(entries.len());
            entries.extend(bucket);
            buckets.push(Bucket {
                group: key.0,
                region: key.1,
                mask: key.2,
                from,
                until: small(entries.len()),
            });
        }
        (entries, buckets)
    }

    fn window(&self, host: usize, window: super::format::Window) -> Window {
        let rules = &self.season.rules;
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
                for &peer in &self.people_of[home as usize] {
                    free.remove(peer);
                }
            }
        }
        let week = |day: i64| count(day.div_euclid(7) - self.first_week);
        Window {
            span: small(at),
            points: self.season.weights.preference * window.preference,
            weeks: (week(window.start), week(window.end)),
            free,
        }
    }
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
