//! Verdicts as the API shows them. What is in them was decided by `redact`; nothing here adds to it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::conflict_waiver;
use matching::EvidenceKind as Record;
use uuid::Uuid;

use super::{
    codes::{EvidenceKind, RuleCode, Severity, Unit, WaiverRight},
    objects::{ConflictWaiver, policy},
    redact::{Shown, ShownFinding, ShownStatus},
};
use crate::{
    graphql::{
        ids::{Kind, encode},
        scalars::Date,
        visible::visible,
    },
    peer::objects::{Peer, peer},
    programme::objects::ProgrammePolicy,
};

/// What follows for a person.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "ShownStatus")]
pub enum EligibilityStatus {
    /// Nothing speaks against them, or all that does has been waived.
    Eligible,
    /// Only findings of severity WARN that nobody has waived.
    NeedsWaiver,
    /// At least one finding of severity BLOCK.
    Ineligible,
    /// Something speaks against them; the viewer may not know what.
    NotAvailable,
}

/// A record that made a rule fire.
#[derive(Clone, Debug, SimpleObject)]
pub struct FindingEvidence {
    /// What it is a record of.
    kind: EvidenceKind,
    /// Its id, for `node`.
    id: ID,
}

/// The figure that a rule compared.
#[derive(Clone, Debug, SimpleObject)]
pub struct FindingMeasure {
    /// What was found.
    actual: i64,
    /// What the policy allows.
    limit: i64,
    /// Of what.
    unit: Unit,
}

/// One rule that speaks against a person on a challenge.
#[derive(Clone, Debug)]
pub struct ConflictFinding {
    finding: ShownFinding,
    evidence: Vec<FindingEvidence>,
    policy: Uuid,
}

impl ConflictFinding {
    /// A finding that the viewer may see, under a policy version; `is_assignment` tells live assignments from past
    /// engagements.
    pub fn new(finding: ShownFinding, policy: Uuid, is_assignment: impl Fn(Uuid) -> bool) -> Self {
        let record = |one: &matching::Evidence| {
            let kind = match one.kind {
                Record::Peer => Kind::Peer,
                Record::Affiliation => Kind::Affiliation,
                Record::DeclaredInterest => Kind::DeclaredInterest,
                Record::Engagement if is_assignment(one.id) => Kind::Assignment,
                Record::Engagement => Kind::PastEngagement,
                Record::HostObjection => Kind::HostObjection,
                Record::AvailabilityWindow => Kind::AvailabilityWindow,
                Record::BlackoutPeriod => Kind::BlackoutPeriod,
            };
            FindingEvidence {
                kind: one.kind.into(),
                id: encode(kind, one.id),
            }
        };
        let evidence = finding.evidence().iter().map(record).collect();
        Self {
            finding,
            evidence,
            policy,
        }
    }
}

/// One rule that speaks against a person on a challenge.
#[Object]
impl ConflictFinding {
    /// Which rule.
    async fn rule(&self) -> RuleCode {
        self.finding.rule().into()
    }

    /// How much it weighs.
    async fn severity(&self) -> Severity {
        self.finding.severity().into()
    }

    /// The finding in one or two sentences, with names, figures and dates.
    async fn sentence(&self) -> &str {
        self.finding.sentence()
    }

    /// The records that made it fire (at most 50 in practice: a person's own records and team). For the person themselves
    /// only their own records.
    async fn evidence(&self) -> &[FindingEvidence] {
        &self.evidence
    }

    /// First day on which it holds, where known.
    async fn from(&self) -> Option<Date> {
        self.finding.from().map(Date)
    }

    /// Fieldwork that starts on this day or later no longer meets this reason; null when time alone does not mend it.
    async fn lapses_on(&self) -> Option<Date> {
        self.finding.lapses_on().map(Date)
    }

    /// Who may waive it.
    async fn waivable_by(&self) -> WaiverRight {
        self.finding.waivable_by().into()
    }

    /// The waiver that covers it through the whole window; null when none does.
    async fn waiver(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ConflictWaiver>> {
        let Some(id) = self.finding.waived_by() else {
            return Ok(None);
        };
        let row = visible::<conflict_waiver::Entity>(ctx, id).await?;
        Ok(row.map(ConflictWaiver))
    }

    /// Whether an open end date was taken to mean "still current".
    async fn assumed(&self) -> bool {
        self.finding.assumed()
    }

    /// The figure that the rule compared, where it is about one.
    async fn measure(&self) -> Option<FindingMeasure> {
        let measure = self.finding.measure()?;
        Some(FindingMeasure {
            actual: measure.actual,
            limit: measure.limit,
            unit: measure.unit.into(),
        })
    }

    /// The policy version that it follows from.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        Ok(policy(ctx, self.policy).await?)
    }
}

/// Whether a person may serve on a challenge, in a slot and window, and everything that speaks against it.
#[derive(Clone, Debug)]
pub struct Eligibility {
    peer: Uuid,
    status: ShownStatus,
    findings: Vec<ConflictFinding>,
    policy: Uuid,
}

impl Eligibility {
    /// A verdict on `peer` that the viewer may see.
    pub fn new(peer: Uuid, shown: &Shown, policy: Uuid, is_assignment: impl Fn(Uuid) -> bool + Copy) -> Self {
        let finding = |finding: &ShownFinding| ConflictFinding::new(finding.clone(), policy, is_assignment);
        Self {
            peer,
            status: shown.status(),
            findings: shown.findings().iter().map(finding).collect(),
            policy,
        }
    }

    /// Whether this is about `peer`.
    pub fn is_about(&self, peer: Uuid) -> bool {
        self.peer == peer
    }
}

/// Whether a person may serve on a challenge, in a slot and window, and everything that speaks against it.
#[Object]
impl Eligibility {
    /// The person.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.peer).await?)
    }

    /// What follows.
    async fn status(&self) -> EligibilityStatus {
        self.status.into()
    }

    /// Everything that speaks against the person, waived findings included, in rule order (31 rules, some with a finding
    /// for each record). Empty for viewers who may know the status only.
    async fn findings(&self) -> &[ConflictFinding] {
        &self.findings
    }

    /// The policy version that the answer rests on.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        Ok(policy(ctx, self.policy).await?)
    }
}

/// How many people a rule keeps out.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RuleCount {
    /// The rule.
    pub rule: RuleCode,
    /// People against whom it speaks, unwaived, alone or with other rules.
    pub people: u32,
    /// People against whom nothing else speaks: what waiving or mending this rule alone would gain.
    pub alone: u32,
}

/// Counts over the whole pool, whatever the filter of the list.
pub struct PoolCounts {
    /// Rows under the filter.
    pub rows: usize,
    /// Everybody counted.
    pub total: usize,
    /// The eligible.
    pub eligible: usize,
    /// Those who need a waiver; `None` for viewers who may not know.
    pub needs_waiver: Option<usize>,
    /// The ineligible; `None` for viewers who may not know.
    pub ineligible: Option<usize>,
    /// What keeps people out.
    pub by_rule: Vec<RuleCount>,
    /// The policy version.
    pub policy: Uuid,
}

/// Counts over the whole pool, whatever the filter of the list.
#[Object]
impl PoolCounts {
    /// How many rows the list has under its filter.
    async fn total_count(&self) -> usize {
        self.rows
    }

    /// Everybody in the pool (for a hub or council: everybody whom it may see). It is the sum of `eligible` and
    /// `notEligible`.
    async fn pool_count(&self) -> usize {
        self.total
    }

    /// How many are eligible.
    async fn eligible(&self) -> usize {
        self.eligible
    }

    /// How many are not, for whatever reason.
    async fn not_eligible(&self) -> usize {
        self.total - self.eligible
    }

    /// How many would be eligible with a waiver; null for viewers who may know the status only.
    async fn needs_waiver(&self) -> Option<usize> {
        self.needs_waiver
    }

    /// How many are excluded by a BLOCK; null for viewers who may know the status only.
    async fn ineligible(&self) -> Option<usize> {
        self.ineligible
    }

    /// What keeps people out, rule by rule (at most 31); rules that keep nobody out are left out. Empty for viewers who may
    /// know the status only.
    async fn by_rule(&self) -> &[RuleCount] {
        &self.by_rule
    }

    /// The policy version that the answers rest on.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        Ok(policy(ctx, self.policy).await?)
    }
}
