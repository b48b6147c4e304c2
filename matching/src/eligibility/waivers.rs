//! Who may waive what (domain.md, "Conflict-of-interest rules"): a WARN by the programme; a BLOCK only for the
//! continuity of a progress review, for somebody of the first team; plain facts by nobody.

use uuid::Uuid;

use super::case::Case;
use crate::{PeerIx, RuleCode, Severity, WaiverRight};

impl RuleCode {
    /// Whether the rule states a plain fact, which no decision can undo: the role or theme is not held, the person is
    /// not free or does not want more, is not deployable, or may be somebody else.
    pub const fn is_plain_fact(self) -> bool {
        matches!(
            self,
            Self::NotDeployable
                | Self::PossibleDuplicate
                | Self::RoleNotHeld
                | Self::ThemeNotHeld
                | Self::AvailabilityUnknown
                | Self::NotAvailable
                | Self::Blackout
                | Self::AlreadyEngaged
                | Self::Capacity
                | Self::AlreadyInTeam
        )
    }
}

impl Case<'_> {
    /// Who may waive a finding of `rule` and `severity` for `peer`.
    pub fn waiver_right(&self, peer: PeerIx, rule: RuleCode, severity: Severity) -> WaiverRight {
        if rule.is_plain_fact() {
            return WaiverRight::Nobody;
        }
        match severity {
            Severity::Warn => WaiverRight::Programme,
            Severity::Block if self.challenge.continues(peer) => WaiverRight::ProgrammeForContinuity,
            Severity::Block => WaiverRight::Nobody,
        }
    }

    /// The recorded waiver that covers a finding through the whole window, if there is one and it may be waived.
    pub(crate) fn waiver(&self, peer: PeerIx, rule: RuleCode, severity: Severity) -> Option<Uuid> {
        let covers = |waiver: &&crate::Waiver| {
            waiver.peer == peer && waiver.rule == rule && waiver.expires_on >= self.span.until
        };
        let waiver = self.challenge.waivers.iter().find(covers)?;
        (self.waiver_right(peer, rule, severity) != WaiverRight::Nobody).then_some(waiver.id)
    }
}
