//! Rules about a person's other engagements and about how many of their council are away.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::case::{Away, Case, Seat};
use super::ledger::{Details, Ledger};
use crate::calendar::{day_after, days_after, monday, week};
use crate::{CouncilIx, Engagement, EvidenceKind, PeerIx, RuleCode, Severity, SlotIx, Unit};

impl Case<'_> {
    /// A person's engagements elsewhere: those of this challenge never conflict with it.
    pub(crate) fn elsewhere(&self, peer: PeerIx) -> impl Iterator<Item = &Engagement> {
        self.world
            .engagements_of(peer)
            .filter(|engagement| self.is_load(engagement))
    }

    /// How many engagements elsewhere count towards the challenge's season.
    pub(crate) fn season_load(&self, peer: PeerIx) -> u32 {
        let in_season = self
            .elsewhere(peer)
            .filter(|engagement| engagement.season == Some(self.challenge.season));
        crate::world::position(in_season.count())
    }

    /// `ALREADY_ENGAGED`, `REST_PERIOD`, `SEASON_CAP`, `CAPACITY`.
    pub(super) fn load_rules(&self, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let rest = self.policy.team.rest_days;
        for engagement in self.elsewhere(peer) {
            let details = |clear| {
                Details::of(EvidenceKind::Engagement, engagement.id)
                    .from(Some(engagement.span.from))
                    .lapses(Some(clear))
            };
            if engagement.span.overlaps(self.span) {
                let clear = || day_after(engagement.span.until);
                ledger.raise(RuleCode::AlreadyEngaged, Severity::Block, || details(clear()))?;
                continue;
            }
            let days = engagement.span.days_between(self.span);
            if days < i64::from(rest) {
                ledger.raise(RuleCode::RestPeriod, Severity::Block, || {
                    // An engagement after the window is in its way until its own rest is over.
                    let clear = days_after(day_after(engagement.span.until), u64::from(rest));
                    details(clear).measure(days, i64::from(rest), Unit::Days)
                })?;
            }
        }
        self.caps(peer, ledger)
    }

    fn caps(&self, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let person = &self.world.peers()[peer.index()];
        let team = &self.policy.team;
        let load = self.season_load(peer);
        let details = |limit: u32| {
            let counted = self
                .elsewhere(peer)
                .filter(|engagement| engagement.season == Some(self.challenge.season));
            counted
                .fold(Details::of(EvidenceKind::Peer, person.id), |details, engagement| {
                    details.and(EvidenceKind::Engagement, engagement.id)
                })
                .measure(i64::from(load) + 1, i64::from(limit), Unit::Engagements)
        };
        if load >= team.season_engagements_stop {
            ledger.raise(RuleCode::SeasonCap, Severity::Block, || {
                details(team.season_engagements_stop)
            })?;
        } else if load >= team.season_engagements {
            ledger.raise(RuleCode::SeasonCap, Severity::Warn, || details(team.season_engagements))?;
        }
        if let Some(capacity) = person.capacity.filter(|&capacity| load >= capacity) {
            ledger.raise(RuleCode::Capacity, Severity::Block, || details(capacity))?;
        }
        ControlFlow::Continue(())
    }

    /// `COUNCIL_WEEK`: for each home council, the people (other than this one) who are away in a week of the window,
    /// on other engagements or on this team, each counted once.
    pub(super) fn council_week(
        &self,
        slot: Option<SlotIx>,
        peer: PeerIx,
        homes: &[CouncilIx],
        ledger: &mut impl Ledger,
    ) -> ControlFlow<()> {
        let limit = self.policy.team.max_council_week;
        let cap = limit as usize;
        let from = |home: &CouncilIx| -> Vec<&Seat> {
            self.others(slot, peer)
                .filter(|seat| seat.homes.all.contains(home))
                .collect()
        };
        // Where the team alone fills a council's week, no later day mends it: the team travels with the window.
        let full = |home: &&CouncilIx| from(home).len() >= cap;
        if let Some(most) = homes.iter().filter(full).map(|home| from(home).len()).max() {
            ledger.raise(RuleCode::CouncilWeek, Severity::Block, || {
                let sharing = |seat: &&Seat| homes.iter().filter(full).any(|home| seat.homes.all.contains(home));
                let sharing: Vec<&Seat> = self.others(slot, peer).filter(sharing).collect();
                self.beside(peer, &sharing).people(most, limit)
            })?;
        }
        for &home in homes.iter().filter(|home| !full(home)) {
            let seats = from(&home);
            let team: Vec<PeerIx> = seats.iter().map(|seat| seat.peer).collect();
            let with_team = || self.beside(peer, &seats);
            let away = self.away_from(home);
            if away.is_empty() {
                continue;
            }
            let counts = |entry: &&Away| entry.peer != peer && !team.contains(&entry.peer);
            let mut told: Vec<BTreeSet<usize>> = Vec::new();
            for number in self.span.weeks() {
                let those = || away.iter().filter(|entry| entry.week == number).filter(counts);
                let people: BTreeSet<PeerIx> = those().map(|entry| entry.peer).collect();
                if team.len() + people.len() < cap {
                    continue;
                }
                let engagements: BTreeSet<usize> = those().map(|entry| entry.engagement).collect();
                if told.contains(&engagements) {
                    continue;
                }
                ledger.raise(RuleCode::CouncilWeek, Severity::Block, || {
                    let all = self.world.engagements();
                    let details = engagements.iter().fold(with_team(), |details, &i| {
                        details.and(EvidenceKind::Engagement, all[i].id)
                    });
                    let clear = self.week_clears(home, &engagements, peer, &team);
                    let moved = self.first_leaves(home, peer, &team);
                    let details = details
                        .from(Some(monday(number)))
                        .lapses(clear.into_iter().chain(moved).min());
                    details.people(team.len() + people.len(), limit)
                })?;
                told.push(engagements);
            }
        }
        ControlFlow::Continue(())
    }

    /// Who of `home` is away in the weeks of the window.
    pub(crate) fn away_from(&self, home: CouncilIx) -> &[Away] {
        let first = self.away.partition_point(|entry| entry.home < home);
        let last = self.away.partition_point(|entry| entry.home <= home);
        &self.away[first..last]
    }

    /// The first later day on which one of these people, of whom `home` is a home now, is not from there any more.
    fn first_leaves(&self, home: CouncilIx, peer: PeerIx, team: &[PeerIx]) -> Option<NaiveDate> {
        let from_there = |homes: &[(usize, CouncilIx)]| homes.iter().any(|&(_, council)| council == home);
        let people = std::iter::once(&peer).chain(team);
        people
            .filter_map(|&person| self.world.homes_change(person, self.span, from_there))
            .min()
    }

    /// The Monday after the last week in which exactly these engagements take people of `home` away.
    fn week_clears(
        &self,
        home: CouncilIx,
        engagements: &BTreeSet<usize>,
        peer: PeerIx,
        team: &[PeerIx],
    ) -> Option<NaiveDate> {
        let all = self.world.engagements();
        let last = engagements.iter().map(|&i| week(all[i].span.until)).min()?;
        let first = *self.span.weeks().start();
        let exactly = |number: i32| {
            let away = all.iter().enumerate().filter(|(_, engagement)| {
                engagement.home == home
                    && self.is_load(engagement)
                    && engagement.peer != peer
                    && !team.contains(&engagement.peer)
                    && engagement.span.weeks().contains(&number)
            });
            away.map(|(i, _)| i).eq(engagements.iter().copied())
        };
        (first..=last)
            .rev()
            .find(|&number| exactly(number))
            .map(|number| monday(number + 1))
    }
}
