//! Rules about the person alone: free on the days, deployable, qualified for the slot.

use std::ops::ControlFlow;

use super::case::Case;
use super::ledger::{Details, Ledger};
use crate::calendar::{day_after, months_after, months_between};
use crate::{Control, EngagementState, EvidenceKind, PeerIx, PeerStatus, Role, RuleCode, Severity, SlotIx, Span, Unit};

impl Case<'_> {
    /// `AVAILABILITY_UNKNOWN`, `NOT_AVAILABLE`, `BLACKOUT`.
    pub(super) fn calendar_rules(&self, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let person = &self.world.peers()[peer.index()];
        let free = self.world.free(peer);
        if free.is_empty() {
            let details = || Details::of(EvidenceKind::Peer, person.id);
            ledger.raise(RuleCode::AvailabilityUnknown, Severity::Block, details)?;
        } else if !free.iter().any(|stretch| stretch.covers(self.span)) {
            ledger.raise(RuleCode::NotAvailable, Severity::Block, || self.not_available(peer))?;
        }
        for blackout in person
            .blackouts
            .iter()
            .filter(|blackout| blackout.span.overlaps(self.span))
        {
            ledger.raise(RuleCode::Blackout, Severity::Block, || {
                Details::of(EvidenceKind::BlackoutPeriod, blackout.id)
                    .from(Some(blackout.span.from))
                    .lapses(Some(day_after(blackout.span.until)))
            })?;
        }
        ControlFlow::Continue(())
    }

    /// Evidence: the profile and what was offered within the window. Lapses on the next day from which a window of
    /// this length is wholly offered.
    fn not_available(&self, peer: PeerIx) -> Details {
        let person = &self.world.peers()[peer.index()];
        let mut details = Details::of(EvidenceKind::Peer, person.id);
        for stretch in person
            .availability
            .iter()
            .filter(|stretch| stretch.span.overlaps(self.span))
        {
            details = details.and(EvidenceKind::AvailabilityWindow, stretch.id);
        }
        let free = self.world.free(peer);
        let offered = free
            .iter()
            .filter(|stretch| stretch.overlaps(self.span))
            .map(|stretch| {
                Span {
                    from: stretch.from.max(self.span.from),
                    until: stretch.until.min(self.span.until),
                }
                .days()
            });
        let starts = free
            .iter()
            .map(|stretch| self.span.starting(stretch.from.max(self.span.from)));
        let next = starts
            .zip(free)
            .find(|(window, stretch)| stretch.covers(*window))
            .map(|(window, _)| window.from);
        details
            .lapses(next)
            .measure(offered.sum(), self.span.days(), Unit::Days)
    }

    /// `NOT_DEPLOYABLE`, `POSSIBLE_DUPLICATE`, `RETIRED_TOO_LONG`, `STALE_DECLARATION`, `STALE_TRAINING`.
    pub(super) fn standing_rules(&self, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let person = &self.world.peers()[peer.index()];
        let profile = || Details::of(EvidenceKind::Peer, person.id);
        if !person.status.is_deployable() {
            ledger.raise(RuleCode::NotDeployable, Severity::Block, profile)?;
        }
        if !person.possible_duplicates.is_empty() {
            ledger.raise(RuleCode::PossibleDuplicate, Severity::Block, || {
                person
                    .possible_duplicates
                    .iter()
                    .fold(profile(), |details, &id| details.and(EvidenceKind::Peer, id))
            })?;
        }
        let conflicts = &self.policy.conflicts;
        let retired = person.retired_on.is_some() || person.status == PeerStatus::Retired;
        let aged = [
            (
                RuleCode::RetiredTooLong,
                retired.then_some(Severity::Block),
                person.retired_on,
                self.policy.team.retired_months,
            ),
            (
                RuleCode::StaleDeclaration,
                conflicts.stale_declaration.severity(),
                person.declared_on,
                conflicts.declaration_valid_months,
            ),
            (
                RuleCode::StaleTraining,
                conflicts.stale_training.severity(),
                person.trained_on,
                conflicts.training_valid_months,
            ),
        ];
        for (rule, severity, since, months) in aged {
            let Some(severity) = severity else { continue };
            match since {
                None => ledger.raise(rule, severity, profile)?,
                Some(since) if self.span.from > months_after(since, months) => {
                    ledger.raise(rule, severity, || {
                        let actual = months_between(since, self.span.from);
                        profile().from(Some(day_after(months_after(since, months)))).measure(
                            actual,
                            i64::from(months),
                            Unit::Months,
                        )
                    })?;
                }
                Some(_) => {}
            }
        }
        ControlFlow::Continue(())
    }

    /// `ROLE_NOT_HELD`, `THEME_NOT_HELD`, `LEAD_WITHOUT_EXPERIENCE`, `MEMBER_GROUP`.
    pub(super) fn slot_rules(&self, slot: SlotIx, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let person = &self.world.peers()[peer.index()];
        let profile = || Details::of(EvidenceKind::Peer, person.id);
        let Some(wanted) = self.challenge.slot(slot) else {
            return ControlFlow::Continue(());
        };
        if !person.roles.contains(wanted.role) {
            ledger.raise(RuleCode::RoleNotHeld, Severity::Block, profile)?;
        }
        if !person.themes.covers(wanted.themes) {
            ledger.raise(RuleCode::ThemeNotHeld, Severity::Block, profile)?;
        }
        if wanted.lead && self.policy.team.lead_served_before {
            let served = self
                .world
                .engagements_of(peer)
                .any(|engagement| engagement.state == EngagementState::Done);
            if !served {
                ledger.raise(RuleCode::LeadWithoutExperience, Severity::Block, profile)?;
            }
        }
        if wanted.role == Role::MemberPeer {
            self.member_group(slot, peer, ledger)?;
        }
        ControlFlow::Continue(())
    }

    /// Where one group controls the host, its members send peers of that group. Without overall control two or more
    /// member slots are held by two groups: that speaks against whoever would fill the last of them with a group that
    /// holds all the others (an unknown group counts as none).
    fn member_group(&self, slot: SlotIx, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        let Some(severity) = self.policy.team.member_group.severity() else {
            return ControlFlow::Continue(());
        };
        let person = &self.world.peers()[peer.index()];
        match self.world.councils()[self.challenge.host.index()].control {
            Some(Control::Group(group)) if person.party != Some(group) => {
                ledger.raise(RuleCode::MemberGroup, severity, || {
                    Details::of(EvidenceKind::Peer, person.id)
                })
            }
            Some(Control::NoOverallControl) => {
                let is_member_slot = |other: SlotIx| {
                    other != slot
                        && self
                            .challenge
                            .slot(other)
                            .is_some_and(|slot| slot.role == Role::MemberPeer)
                };
                let wanted = self
                    .challenge
                    .slot_positions()
                    .filter(|&other| is_member_slot(other))
                    .count();
                let holders: Vec<PeerIx> = self
                    .others(Some(slot), peer)
                    .filter(|seat| is_member_slot(seat.slot))
                    .map(|seat| seat.peer)
                    .collect();
                if wanted == 0 || holders.len() < wanted {
                    return ControlFlow::Continue(());
                }
                let people = holders.iter().map(|holder| &self.world.peers()[holder.index()]);
                let mut groups = people.clone().filter_map(|holder| holder.party).chain(person.party);
                let first = groups.next();
                if first.is_some() && groups.any(|group| Some(group) != first) {
                    return ControlFlow::Continue(());
                }
                ledger.raise(RuleCode::MemberGroup, severity, || {
                    people.fold(Details::of(EvidenceKind::Peer, person.id), |details, holder| {
                        details.and(EvidenceKind::Peer, holder.id)
                    })
                })
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
