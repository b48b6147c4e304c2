//! What a viewer may learn of a verdict. Pure, and the only place that makes findings for output.
//!
//! Why a person is conflicted is personal data: the national programme sees everything, the person sees what concerns
//! themselves, a host or hub sees "not available" and nothing more, everybody else nothing at all. The fields of
//! [`Shown`] and [`ShownFinding`] are private to this module, so that no resolver can put one together by hand.

use chrono::NaiveDate;
use matching::{Evidence, EvidenceKind, Finding, Measure, RuleCode, Severity, Status, Verdict, WaiverRight};
use uuid::Uuid;

use super::explain::{self, Labels};
use crate::auth::ViewerRole;

/// How much of a person's verdict a viewer sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sight {
    /// Every finding with its evidence.
    Full,
    /// Every finding, with the evidence that is about the viewer themselves.
    Own,
    /// Whether the person is available, and nothing else.
    Availability,
    /// Nothing: as if the person were not there.
    Nothing,
}

/// How much `viewer` sees of what speaks against `peer` on a challenge; `sees_challenge` says whether the challenge is
/// visible to the viewer (for a peer: that they have or had a place on its team).
pub fn sight(viewer: &ViewerRole, peer: Uuid, sees_challenge: bool) -> Sight {
    match viewer {
        ViewerRole::Programme => Sight::Full,
        _ if !sees_challenge => Sight::Nothing,
        ViewerRole::Peer { peer: own } if *own == peer => Sight::Own,
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } => Sight::Availability,
        ViewerRole::Peer { .. } | ViewerRole::Analyst => Sight::Nothing,
    }
}

/// What follows from a verdict, as far as the viewer may know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShownStatus {
    /// Nothing speaks against the person.
    Eligible,
    /// Only WARN findings that nobody has waived.
    NeedsWaiver,
    /// At least one BLOCK.
    Ineligible,
    /// Something speaks against the person; the viewer may not know what.
    NotAvailable,
}

/// A verdict as far as the viewer may know it.
#[derive(Clone, Debug)]
pub struct Shown {
    status: ShownStatus,
    findings: Vec<ShownFinding>,
}

impl Shown {
    /// What follows.
    pub fn status(&self) -> ShownStatus {
        self.status
    }

    /// What speaks against the person; empty for viewers who see availability only.
    pub fn findings(&self) -> &[ShownFinding] {
        &self.findings
    }
}

/// A finding that the viewer may see.
#[derive(Clone, Debug)]
pub struct ShownFinding {
    finding: Finding,
    sentence: String,
}

impl ShownFinding {
    /// Which rule.
    pub fn rule(&self) -> RuleCode {
        self.finding.rule
    }

    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        self.finding.severity
    }

    /// The records that made it fire, as far as the viewer may know of them.
    pub fn evidence(&self) -> &[Evidence] {
        &self.finding.evidence
    }

    /// First day on which it holds.
    pub fn from(&self) -> Option<NaiveDate> {
        self.finding.from
    }

    /// First day on which it no longer holds.
    pub fn lapses_on(&self) -> Option<NaiveDate> {
        self.finding.lapses_on
    }

    /// Who may waive it.
    pub fn waivable_by(&self) -> WaiverRight {
        self.finding.waivable_by
    }

    /// The waiver that covers it.
    pub fn waived_by(&self) -> Option<Uuid> {
        self.finding.waived_by
    }

    /// Whether an open end date was taken to mean "still current".
    pub fn assumed(&self) -> bool {
        self.finding.assumed
    }

    /// The figure compared.
    pub fn measure(&self) -> Option<Measure> {
        self.finding.measure
    }

    /// The finding in a sentence.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

/// A verdict as `sight` allows; `None` when the viewer may not know of it at all. `own` tells which evidence is a record
/// of the person themselves.
pub fn verdict(verdict: &Verdict, sight: Sight, labels: &Labels, own: impl Fn(Evidence) -> bool) -> Option<Shown> {
    let full = match verdict.status {
        Status::Eligible => ShownStatus::Eligible,
        Status::NeedsWaiver => ShownStatus::NeedsWaiver,
        Status::Ineligible => ShownStatus::Ineligible,
    };
    match sight {
        Sight::Nothing => None,
        Sight::Availability => {
            let status = if full == ShownStatus::Eligible {
                full
            } else {
                ShownStatus::NotAvailable
            };
            Some(Shown {
                status,
                findings: Vec::new(),
            })
        }
        Sight::Full | Sight::Own => Some(Shown {
            status: full,
            findings: findings(&verdict.findings, sight, labels, own),
        }),
    }
}

/// Only what follows from a verdict, as `sight` allows: without findings, for counting.
pub fn status(verdict: &Verdict, sight: Sight) -> Option<Shown> {
    let bare = Verdict {
        peer: verdict.peer,
        status: verdict.status,
        findings: Vec::new(),
    };
    self::verdict(&bare, sight, &Labels::default(), |_| false)
}

/// Findings as `sight` allows, for example those of a stored decision.
pub fn findings(
    findings: &[Finding],
    sight: Sight,
    labels: &Labels,
    own: impl Fn(Evidence) -> bool,
) -> Vec<ShownFinding> {
    let all = matches!(sight, Sight::Full);
    if !matches!(sight, Sight::Full | Sight::Own) {
        return Vec::new();
    }
    let shown = |finding: &Finding| {
        let mut finding = finding.clone();
        if !all {
            // What a host said about somebody is for the programme; that it was upheld is not.
            finding
                .evidence
                .retain(|&evidence| evidence.kind != EvidenceKind::HostObjection && own(evidence));
        }
        let sentence = explain::sentence(&finding, labels);
        ShownFinding { finding, sentence }
    };
    findings.iter().map(shown).collect()
}

/// Why somebody cannot be nominated, in words that `sight` allows.
pub fn refusal(verdict: &Verdict, sight: Sight, labels: &Labels) -> String {
    if sight != Sight::Full {
        return "This person is not available.".to_owned();
    }
    let open = verdict.findings.iter().filter(|finding| finding.waived_by.is_none());
    open.map(|finding| explain::sentence(finding, labels))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use matching::PeerIx;

    use super::{
        Sight::{Availability, Full, Nothing, Own},
        *,
    };

    const SELF: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn finding() -> Finding {
        Finding {
            rule: RuleCode::CouncilWeek,
            severity: Severity::Block,
            evidence: vec![
                Evidence {
                    kind: EvidenceKind::Peer,
                    id: SELF,
                },
                Evidence {
                    kind: EvidenceKind::Peer,
                    id: OTHER,
                },
                Evidence {
                    kind: EvidenceKind::HostObjection,
                    id: SELF,
                },
            ],
            from: None,
            lapses_on: None,
            waivable_by: WaiverRight::Nobody,
            waived_by: None,
            assumed: false,
            measure: None,
        }
    }

    fn blocked(status: Status) -> Verdict {
        let findings = if status == Status::Eligible {
            Vec::new()
        } else {
            vec![finding()]
        };
        Verdict {
            peer: PeerIx(0),
            status,
            findings,
        }
    }

    fn labels() -> Labels {
        Labels {
            host: "Testshire".to_owned(),
            ..Labels::default()
        }
    }

    fn everybody() -> Vec<ViewerRole> {
        vec![
            ViewerRole::Programme,
            ViewerRole::Hub {
                regions: vec!["E12000001".to_owned()],
            },
            ViewerRole::Council {
                council: "E06000001".to_owned(),
            },
            ViewerRole::Peer { peer: SELF },
            ViewerRole::Peer { peer: OTHER },
            ViewerRole::Analyst,
        ]
    }

    #[test]
    fn each_kind_of_viewer_sees_what_the_table_says() {
        let sights = |sees| {
            everybody()
                .iter()
                .map(|role| sight(role, SELF, sees))
                .collect::<Vec<_>>()
        };
        assert_eq!(sights(true), [Full, Availability, Availability, Own, Nothing, Nothing]);
        assert_eq!(sights(false), [Full, Nothing, Nothing, Nothing, Nothing, Nothing]);
    }

    #[test]
    fn a_host_or_hub_learns_only_that_somebody_is_not_available() {
        for status in [Status::NeedsWaiver, Status::Ineligible] {
            let shown = verdict(&blocked(status), Sight::Availability, &labels(), |_| true).unwrap();
            assert_eq!(shown.status(), ShownStatus::NotAvailable);
            assert!(shown.findings().is_empty());
        }
        let free = verdict(&blocked(Status::Eligible), Sight::Availability, &labels(), |_| true).unwrap();
        assert_eq!(free.status(), ShownStatus::Eligible);
    }

    #[test]
    fn whoever_may_not_see_a_person_gets_no_answer_about_them() {
        assert!(verdict(&blocked(Status::Ineligible), Sight::Nothing, &labels(), |_| true).is_none());
        assert!(findings(&[finding()], Sight::Nothing, &labels(), |_| true).is_empty());
        assert!(findings(&[finding()], Sight::Availability, &labels(), |_| true).is_empty());
    }

    #[test]
    fn the_person_sees_the_rule_but_no_record_of_somebody_else() {
        let own = |evidence: Evidence| evidence.id == SELF;
        let shown = verdict(&blocked(Status::Ineligible), Sight::Own, &labels(), own).unwrap();
        assert_eq!(shown.findings()[0].rule(), RuleCode::CouncilWeek);
        assert_eq!(
            shown.findings()[0].evidence(),
            [Evidence {
                kind: EvidenceKind::Peer,
                id: SELF
            }]
        );
        let full = verdict(&blocked(Status::Ineligible), Sight::Full, &labels(), own).unwrap();
        assert_eq!(full.findings()[0].evidence().len(), 3);
        assert_eq!(full.status(), ShownStatus::Ineligible);
    }

    #[test]
    fn a_refusal_names_rules_to_the_programme_only() {
        let verdict = blocked(Status::Ineligible);
        assert!(refusal(&verdict, Sight::Full, &labels()).contains("same week"));
        for sight in [Sight::Own, Sight::Availability, Sight::Nothing] {
            assert!(!refusal(&verdict, sight, &labels()).contains("week"));
        }
    }
}
