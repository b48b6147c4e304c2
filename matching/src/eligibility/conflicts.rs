//! Conflicts of interest (domain.md, "Conflict-of-interest rules"): ties of the person, past and present, to the host.

use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::case::Case;
use super::ledger::{Details, Ledger};
use crate::calendar::{day_after, first_clear_day, first_day_behind, months_after, months_between};
use crate::{
    Affiliation, AffiliationKind, CouncilIx, Engagement, EvidenceKind, InterestKind, Peer, PeerIx, Period, RuleCode,
    Severity, Unit,
};

impl Case<'_> {
    /// Every conflict-of-interest rule except the stale ones.
    pub(super) fn conflict_rules(&self, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let person = &self.world.peers()[peer.index()];
        for affiliation in &person.affiliations {
            self.affiliation_rules(affiliation, ledger)?;
        }
        self.neighbour(peer, person, ledger)?;
        self.interests(person, ledger)?;
        self.objections(person, ledger)?;
        self.repeat_visit(peer, ledger)?;
        self.reciprocal(peer, ledger)
    }

    /// `OWN_COUNCIL`, `REGULATOR`, `PAST_AFFILIATION`: at most one of them per affiliation.
    fn affiliation_rules(&self, affiliation: &Affiliation, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let touches_host = affiliation.council.is_some_and(|council| self.kin[council.index()])
            || affiliation
                .body
                .is_some_and(|body| !self.serves_host[body.index()].is_empty());
        if !touches_host {
            return ControlFlow::Continue(());
        }
        let ties = self.world.ties(affiliation, |council| self.kin[council.index()]);
        if ties.is_empty() {
            return ControlFlow::Continue(());
        }
        let conflicts = &self.policy.conflicts;
        let (rule, severity) = match affiliation.kind {
            AffiliationKind::JobApplication => return self.job_application(affiliation, &ties, ledger),
            AffiliationKind::Inspector | AffiliationKind::Commissioner => (RuleCode::Regulator, conflicts.regulator),
            AffiliationKind::Employment | AffiliationKind::ElectedOffice | AffiliationKind::Consultancy => {
                (RuleCode::OwnCouncil, conflicts.own_council)
            }
        };
        if ties.iter().any(|tie| tie.touches(self.span)) {
            let Some(severity) = severity.severity() else {
                return ControlFlow::Continue(());
            };
            return ledger.raise(rule, severity, || {
                let touching = || ties.iter().filter(|tie| tie.touches(self.span));
                let from = if touching().any(|tie| tie.from.is_none()) {
                    None
                } else {
                    touching().filter_map(|tie| tie.from).min()
                };
                Details::of(EvidenceKind::Affiliation, affiliation.id)
                    .from(from)
                    .lapses(first_clear_day(&ties, self.span))
                    .assumed(affiliation.period.until.is_none() && touching().any(|tie| tie.until.is_none()))
            });
        }
        let ended = ties
            .iter()
            .filter_map(|tie| tie.until.filter(|&until| until < self.span.from))
            .max();
        ended.map_or(ControlFlow::Continue(()), |until| {
            self.past_affiliation(affiliation, until, &ties, ledger)
        })
    }

    /// An application counts from its end, or else from the day it was made; without either it is taken as live.
    fn job_application(&self, application: &Affiliation, ties: &[Period], ledger: &mut impl Ledger) -> ControlFlow<()> {
        let dates = ties.iter().map(|tie| tie.until.or(application.period.from));
        let latest = dates
            .collect::<Option<Vec<_>>>()
            .and_then(|dates| dates.into_iter().max());
        match latest {
            Some(date) => {
                let over = Period {
                    from: None,
                    until: Some(date),
                };
                self.past_affiliation(application, date, &[over], ledger)
            }
            None if self.policy.conflicts.past_affiliation.block_months == 0 => ControlFlow::Continue(()),
            None => ledger.raise(RuleCode::PastAffiliation, Severity::Block, || {
                Details::of(EvidenceKind::Affiliation, application.id).assumed(true)
            }),
        }
    }

    /// A tie that ended on `ended`; it lapses when every one of `ties` is behind, those too that begin after the window.
    fn past_affiliation(
        &self,
        affiliation: &Affiliation,
        ended: NaiveDate,
        ties: &[Period],
        ledger: &mut impl Ledger,
    ) -> ControlFlow<()> {
        let limits = self.policy.conflicts.past_affiliation;
        let steps = [
            (Severity::Block, limits.block_months),
            (Severity::Warn, limits.warn_months),
        ];
        for (severity, months) in steps {
            if months > 0 && self.span.from < months_after(ended, months) {
                return ledger.raise(RuleCode::PastAffiliation, severity, || {
                    Details::of(EvidenceKind::Affiliation, affiliation.id)
                        .from(Some(day_after(ended)))
                        .lapses(first_day_behind(ties, self.span, months))
                        .measure(months_between(ended, self.span.from), i64::from(months), Unit::Months)
                });
            }
        }
        ControlFlow::Continue(())
    }

    /// One finding per affiliation that makes a bordering council a home.
    fn neighbour(&self, peer: PeerIx, person: &Peer, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let Some(severity) = self.policy.conflicts.neighbour.at(self.challenge.reach).severity() else {
            return ControlFlow::Continue(());
        };
        let mut bordering = Vec::new();
        self.world.each_home(peer, self.span, |affiliation, council| {
            if self.borders[council.index()] && !bordering.contains(&affiliation) {
                bordering.push(affiliation);
            }
        });
        for index in bordering {
            ledger.raise(RuleCode::Neighbour, severity, || {
                let affiliation = &person.affiliations[index];
                let still = |homes: &[(usize, CouncilIx)]| {
                    homes
                        .iter()
                        .any(|&(other, council)| other == index && self.borders[council.index()])
                };
                Details::of(EvidenceKind::Affiliation, affiliation.id)
                    .from(affiliation.period.from)
                    .lapses(self.world.homes_change(peer, self.span, still))
                    .assumed(affiliation.period.until.is_none())
            })?;
        }
        ControlFlow::Continue(())
    }

    /// `PERSONAL`, `FINANCIAL`, `DECLARED`.
    fn interests(&self, person: &Peer, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let conflicts = &self.policy.conflicts;
        for interest in &person.interests {
            if !self.kin[interest.council.index()] || !interest.period.touches(self.span) {
                continue;
            }
            let (rule, severity) = match interest.kind {
                InterestKind::Personal => (RuleCode::Personal, conflicts.personal),
                InterestKind::Financial => (RuleCode::Financial, conflicts.financial),
                InterestKind::Other => (RuleCode::Declared, conflicts.declared),
            };
            let Some(severity) = severity.severity() else { continue };
            ledger.raise(rule, severity, || {
                Details::of(EvidenceKind::DeclaredInterest, interest.id)
                    .from(interest.period.from)
                    .lapses(interest.period.until.map(day_after))
                    .assumed(interest.period.until.is_none())
            })?;
        }
        ControlFlow::Continue(())
    }

    fn objections(&self, person: &Peer, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let conflicts = &self.policy.conflicts;
        let Some(severity) = conflicts.host_objection.severity() else {
            return ControlFlow::Continue(());
        };
        for objection in person
            .objections
            .iter()
            .filter(|objection| self.kin[objection.host.index()])
        {
            let clear = conflicts
                .host_objection_months
                .map(|months| months_after(objection.decided_on, months));
            if clear.is_some_and(|clear| self.span.from >= clear) {
                continue;
            }
            ledger.raise(RuleCode::HostObjection, severity, || {
                let details = Details::of(EvidenceKind::HostObjection, objection.id)
                    .from(Some(objection.decided_on))
                    .lapses(clear);
                match conflicts.host_objection_months {
                    Some(months) => {
                        let actual = months_between(objection.decided_on, self.span.from);
                        details.measure(actual, i64::from(months), Unit::Months)
                    }
                    None => details,
                }
            })?;
        }
        ControlFlow::Continue(())
    }

    /// Whether an engagement lies within `months` before or after the window. A visit that is due later counts as much
    /// as one that is over.
    fn within_months(&self, engagement: &Engagement, months: u32) -> bool {
        months > 0
            && self.span.from < months_after(engagement.span.until, months)
            && engagement.span.from < months_after(self.span.until, months)
    }

    fn visit(&self, engagement: &Engagement, months: u32) -> Details {
        let from = (engagement.span.from <= self.span.until).then_some(engagement.span.from);
        Details::of(EvidenceKind::Engagement, engagement.id)
            .from(from)
            .lapses(Some(months_after(engagement.span.until, months)))
            .measure(
                months_between(engagement.span.until, self.span.from),
                i64::from(months),
                Unit::Months,
            )
    }

    /// Not for those of the first team when the challenge is its progress review.
    fn repeat_visit(&self, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let months = self.policy.conflicts.repeat_visit_months;
        for engagement in self.world.engagements_of(peer) {
            let elsewhere = !self.kin[engagement.host.index()] || engagement.challenge == Some(self.challenge.id);
            if elsewhere || !self.within_months(engagement, months) || self.challenge.continues(peer) {
                continue;
            }
            ledger.raise(RuleCode::RepeatVisit, Severity::Block, || {
                self.visit(engagement, months)
            })?;
        }
        ControlFlow::Continue(())
    }

    /// One finding per visit of the host's people to (the lineage of) a home council.
    fn reciprocal(&self, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let conflicts = &self.policy.conflicts;
        let months = conflicts.reciprocal_months;
        let Some(severity) = conflicts.reciprocal.at(self.challenge.reach).severity() else {
            return ControlFlow::Continue(());
        };
        if self.visits.is_empty() {
            return ControlFlow::Continue(());
        }
        let mut found = Vec::new();
        self.world.each_home(peer, self.span, |_, home| {
            let first = self.visits.partition_point(|&(council, _)| council < home);
            found.extend(
                self.visits[first..]
                    .iter()
                    .take_while(|&&(council, _)| council == home)
                    .map(|&(_, i)| i),
            );
        });
        found.sort_unstable();
        found.dedup();
        for index in found {
            let engagement = &self.world.engagements()[index];
            if !self.within_months(engagement, months) {
                continue;
            }
            ledger.raise(RuleCode::Reciprocal, severity, || {
                let details = self.visit(engagement, months);
                let still = |homes: &[(usize, CouncilIx)]| {
                    homes
                        .iter()
                        .any(|&(_, home)| self.visits.binary_search(&(home, index)).is_ok())
                };
                let moved = self.world.homes_change(peer, self.span, still);
                let lapses = details.lapses_on.into_iter().chain(moved).min();
                details.lapses(lapses)
            })?;
        }
        ControlFlow::Continue(())
    }
}
