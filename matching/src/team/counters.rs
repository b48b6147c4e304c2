//! Places of councils, in the team and in each week, as counters ([`super::model`]).

use std::collections::BTreeMap;

use super::model::{ANY, Entry, waived};
use crate::eligibility::Case;
use crate::points::Personal;
use crate::world::position;
use crate::{CouncilIx, PeerIx, RuleCode, Severity};

/// Counters of councils, made as people need them.
pub(super) struct Counters {
    pub(super) used: Vec<u32>,
    /// Council → its counters: one for the team, or that and one for each week of the window.
    of: BTreeMap<CouncilIx, Vec<usize>>,
    /// Councils with somebody of the window's people already away in its weeks: their weeks count apart.
    apart: BTreeMap<CouncilIx, Vec<PeerIx>>,
}

impl Counters {
    pub(super) fn new(case: &Case<'_>, found: &[PeerIx], personal: &[Personal], region_counts: &[u32]) -> Self {
        let mut apart: BTreeMap<CouncilIx, Vec<PeerIx>> = BTreeMap::new();
        let homes = found
            .iter()
            .zip(personal)
            .map(|(&peer, person)| (peer, &person.homes.all));
        let staying = case.seats.iter().map(|seat| (seat.peer, &seat.homes.all));
        for (peer, homes) in homes.chain(staying) {
            for &home in homes {
                if case.away_from(home).iter().any(|away| away.peer == peer) {
                    apart.entry(home).or_default().push(peer);
                }
            }
        }
        Self {
            used: region_counts.to_vec(),
            of: BTreeMap::new(),
            apart,
        }
    }

    pub(super) fn add_homes(&mut self, case: &Case<'_>, peer: PeerIx, homes: &[CouncilIx], entries: &mut Vec<Entry>) {
        let rules = &case.policy.team;
        let lifted = |rule, limit| {
            if waived(case, peer, rule, Severity::Block) {
                ANY
            } else {
                limit
            }
        };
        let team_limit = lifted(RuleCode::TeamCouncilCap, rules.max_per_council);
        let week_limit = lifted(RuleCode::CouncilWeek, rules.max_council_week);
        for &home in homes {
            let staying: Vec<PeerIx> = case
                .seats
                .iter()
                .filter(|seat| seat.homes.all.contains(&home))
                .map(|seat| seat.peer)
                .collect();
            let away_in = |week: i32| {
                let mut people: Vec<PeerIx> = case
                    .away_from(home)
                    .iter()
                    .filter(|away| away.week == week)
                    .map(|away| away.peer)
                    .collect();
                people.sort_unstable();
                people.dedup();
                people
            };
            let apart = self.apart.contains_key(&home);
            let used = &mut self.used;
            let counters = self.of.entry(home).or_insert_with(|| {
                let team = used.len();
                used.push(position(staying.len()));
                let mut counters = vec![team];
                for week in case.span.weeks().filter(|_| apart) {
                    let mut people = away_in(week);
                    people.extend(&staying);
                    people.sort_unstable();
                    people.dedup();
                    counters.push(used.len());
                    used.push(position(people.len()));
                }
                counters
            });
            if apart {
                entries.push(Entry {
                    counter: counters[0],
                    adds: 1,
                    limit: team_limit,
                });
                for (&counter, week) in counters[1..].iter().zip(case.span.weeks()) {
                    let adds = u32::from(!away_in(week).contains(&peer));
                    entries.push(Entry {
                        counter,
                        adds,
                        limit: week_limit,
                    });
                }
            } else {
                // None of the team is away already, so the fullest week leaves the same room for everybody.
                let fullest = case.span.weeks().map(|week| away_in(week).len()).max().unwrap_or(0);
                let room = if week_limit == ANY {
                    ANY
                } else {
                    week_limit.saturating_sub(position(fullest))
                };
                entries.push(Entry {
                    counter: counters[0],
                    adds: 1,
                    limit: team_limit.min(room),
                });
            }
        }
    }
}
