//! What takes down the findings of the rules: all of them, or none and just whether there is an open one.
//!
//! A rule says [`Ledger::raise`] with its code and severity; the evidence is only gathered by a ledger that wants it.
//! That keeps one set of rules for the exhaustive answer and for the search over thousands of people.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use uuid::Uuid;

use super::case::Case;
use crate::{Evidence, EvidenceKind, Finding, Measure, PeerIx, RuleCode, Severity};

/// What a finding says beyond its rule and severity.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) lapses_on: Option<NaiveDate>,
    pub(crate) assumed: bool,
    pub(crate) measure: Option<Measure>,
}

impl Details {
    /// Details with one piece of evidence.
    pub(crate) fn of(kind: EvidenceKind, id: Uuid) -> Self {
        Self {
            evidence: vec![Evidence { kind, id }],
            ..Self::default()
        }
    }

    pub(crate) fn and(mut self, kind: EvidenceKind, id: Uuid) -> Self {
        self.evidence.push(Evidence { kind, id });
        self
    }

    pub(crate) fn from(mut self, from: Option<NaiveDate>) -> Self {
        self.from = from;
        self
    }

    pub(crate) fn lapses(mut self, on: Option<NaiveDate>) -> Self {
        self.lapses_on = on;
        self
    }

    pub(crate) fn assumed(mut self, assumed: bool) -> Self {
        self.assumed = assumed;
        self
    }

    /// The people counted, the person in question included, against the policy's limit.
    pub(crate) fn people(self, others: usize, limit: u32) -> Self {
        let people = i64::from(crate::world::position(others)) + 1;
        self.measure(people, i64::from(limit), crate::Unit::People)
    }

    pub(crate) fn measure(mut self, actual: i64, limit: i64, unit: crate::Unit) -> Self {
        self.measure = Some(Measure { actual, limit, unit });
        self
    }
}

/// Takes down findings.
pub(crate) trait Ledger {
    /// A rule speaks against the person. `Break` means: enough, no further rule need be run.
    fn raise(&mut self, rule: RuleCode, severity: Severity, details: impl FnOnce() -> Details) -> ControlFlow<()>;
}

/// Takes down everything.
pub(super) struct Collect<'c> {
    case: &'c Case<'c>,
    peer: PeerIx,
    pub(super) findings: Vec<Finding>,
}

impl<'c> Collect<'c> {
    pub(super) fn new(case: &'c Case<'c>, peer: PeerIx) -> Self {
        Self {
            case,
            peer,
            findings: Vec::new(),
        }
    }
}

impl Ledger for Collect<'_> {
    fn raise(&mut self, rule: RuleCode, severity: Severity, details: impl FnOnce() -> Details) -> ControlFlow<()> {
        let Details {
            evidence,
            from,
            lapses_on,
            assumed,
            measure,
        } = details();
        self.findings.push(Finding {
            rule,
            severity,
            evidence,
            from,
            lapses_on,
            waivable_by: self.case.waiver_right(self.peer, rule, severity),
            waived_by: self.case.waiver(self.peer, rule, severity),
            assumed,
            measure,
        });
        ControlFlow::Continue(())
    }
}

/// Notes the rules of findings that nobody has waived.
pub(super) struct Rules<'c> {
    pub(super) case: &'c Case<'c>,
    pub(super) peer: PeerIx,
    pub(super) open: OpenRules,
}

/// Rules that speak against somebody and that nobody has waived, each once and in rule order.
#[derive(Debug, Default)]
pub(crate) struct OpenRules {
    /// Those that exclude them.
    pub(crate) block: Vec<RuleCode>,
    /// Those that need a waiver.
    pub(crate) warn: Vec<RuleCode>,
}

impl Ledger for Rules<'_> {
    fn raise(&mut self, rule: RuleCode, severity: Severity, _: impl FnOnce() -> Details) -> ControlFlow<()> {
        if self.case.waiver(self.peer, rule, severity).is_none() {
            let list = match severity {
                Severity::Block => &mut self.open.block,
                Severity::Warn => &mut self.open.warn,
            };
            if let Err(at) = list.binary_search(&rule) {
                list.insert(at, rule);
            }
        }
        ControlFlow::Continue(())
    }
}

/// Stops at the first finding that nobody has waived.
pub(super) struct Gate<'c> {
    pub(super) case: &'c Case<'c>,
    pub(super) peer: PeerIx,
}

impl Ledger for Gate<'_> {
    fn raise(&mut self, rule: RuleCode, severity: Severity, _: impl FnOnce() -> Details) -> ControlFlow<()> {
        if self.case.waiver(self.peer, rule, severity).is_some() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
