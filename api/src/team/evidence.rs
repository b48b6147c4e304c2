//! Findings as a decision about a late conflict keeps them: with the words for their records as these were then, because
//! a decision is about what was known when it was opened.

use std::collections::{BTreeMap, BTreeSet};

use matching::{Evidence, Finding, PeerIx, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    explain::Labels,
    redact::{self, ShownFinding, Sight},
    world::Facts,
};

/// Unwaived findings with the words that go with them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StoredFindings {
    /// The host's name.
    pub host: String,
    /// What speaks against the person, unwaived.
    pub findings: Vec<Finding>,
    /// Words for records.
    pub records: BTreeMap<Uuid, String>,
    /// Which of the records are the person's own.
    pub own: BTreeSet<Uuid>,
    /// Which of the engagements among the records are live assignments.
    pub assignments: BTreeSet<Uuid>,
    /// The policy version.
    pub policy: Uuid,
}

impl StoredFindings {
    /// What `verdict` says against `peer` and nobody has waived.
    pub fn of(facts: &Facts, peer: PeerIx, verdict: &Verdict) -> Self {
        let findings: Vec<Finding> = verdict
            .findings
            .iter()
            .filter(|finding| finding.waived_by.is_none())
            .cloned()
            .collect();
        let labels = facts.labels(peer, &findings);
        let evidence = findings.iter().flat_map(|finding| &finding.evidence);
        let assignments = evidence
            .clone()
            .map(|one| one.id)
            .filter(|&id| facts.is_assignment(id))
            .collect();
        let own = evidence
            .filter(|&&one| facts.is_own(peer, one))
            .map(|one| one.id)
            .collect();
        Self {
            host: labels.host,
            findings,
            records: labels.records.into_iter().collect(),
            own,
            assignments,
            policy: facts.policy.id,
        }
    }

    /// The findings as `sight` allows.
    pub fn shown(&self, sight: Sight) -> Vec<ShownFinding> {
        let labels = Labels {
            host: self.host.clone(),
            records: self.records.clone().into_iter().collect(),
        };
        redact::findings(&self.findings, sight, &labels, |one: Evidence| {
            self.own.contains(&one.id)
        })
    }
}
