//! What the rules answer: findings with evidence and dates, and a verdict per person.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::PeerIx;

/// Every rule that can keep a person out of a slot (domain.md, tables "Conflict-of-interest rules" and "Team rules").
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RuleCode {
    /// Any current affiliation with the host or with a body that delivers its services.
    OwnCouncil,
    /// A home council borders the host or shares its territory.
    Neighbour,
    /// Employment, office, consultancy or job application at the host or its predecessors within the look-back.
    PastAffiliation,
    /// Declared family or close tie with the host's leadership.
    Personal,
    /// Live commercial interest in the host.
    Financial,
    /// Any other declared interest in the host.
    Declared,
    /// Served at the same host within the look-back (or is due to).
    RepeatVisit,
    /// The host's people challenged a home council within the look-back (or are due to).
    Reciprocal,
    /// The host's objection was upheld.
    HostObjection,
    /// Contracted inspector of, or commissioner at, the host.
    Regulator,
    /// Declaration of interests missing or older than valid.
    StaleDeclaration,
    /// Training missing or older than valid.
    StaleTraining,
    /// Retired longer ago than the policy allows.
    RetiredTooLong,
    /// Not (or not any more) a deployable member of the pool.
    NotDeployable,
    /// May be the same person as another entry of the pool; nobody has decided yet.
    PossibleDuplicate,
    /// Does not hold the slot's role.
    RoleNotHeld,
    /// Does not know all of the slot's themes.
    ThemeNotHeld,
    /// Lead slot: has never served before.
    LeadWithoutExperience,
    /// Member slot: not of the host's controlling group.
    MemberGroup,
    /// Never said when they are free.
    AvailabilityUnknown,
    /// Did not offer every day of the window.
    NotAvailable,
    /// A blackout period touches the window.
    Blackout,
    /// Another engagement overlaps the window.
    AlreadyEngaged,
    /// Too few whole days between the window and another engagement.
    RestPeriod,
    /// As many engagements in the season as the policy wants (WARN) or allows (BLOCK).
    SeasonCap,
    /// As many engagements in the season as the person accepts.
    Capacity,
    /// As many people of a home council away in the same week as allowed.
    CouncilWeek,
    /// Already holds another slot of this team.
    AlreadyInTeam,
    /// The team already has as many people of a home council as allowed.
    TeamCouncilCap,
    /// The team already has as many people of a region as allowed.
    TeamRegionCap,
    /// The team already has as many people of the host's region as wanted (WARN) or allowed (BLOCK).
    HostRegionCap,
}

impl RuleCode {
    /// Whether the rule is about a conflict of interest with the host.
    pub const fn is_conflict(self) -> bool {
        matches!(
            self,
            Self::OwnCouncil
                | Self::Neighbour
                | Self::PastAffiliation
                | Self::Personal
                | Self::Financial
                | Self::Declared
                | Self::RepeatVisit
                | Self::Reciprocal
                | Self::HostObjection
                | Self::Regulator
        )
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Severity {
    /// Needs a waiver by a named decision-maker, with a reason and an expiry.
    Warn,
    /// Excludes.
    Block,
}

/// What a piece of evidence is a record of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceKind {
    /// The person's own profile.
    Peer,
    /// An affiliation.
    Affiliation,
    /// A declared interest.
    DeclaredInterest,
    /// A past engagement or a live assignment.
    Engagement,
    /// An upheld objection.
    HostObjection,
    /// An availability window.
    AvailabilityWindow,
    /// A blackout period.
    BlackoutPeriod,
}

/// A record that made a rule fire.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Evidence {
    /// What it is a record of.
    pub kind: EvidenceKind,
    /// Its database id.
    pub id: Uuid,
}

/// Who may waive a finding.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WaiverRight {
    /// Nobody.
    Nobody,
    /// The national programme, with a reason and an expiry.
    Programme,
    /// The national programme, only for the continuity of a progress review.
    ProgrammeForContinuity,
}

/// Unit of a [`Measure`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Unit {
    /// Whole months.
    Months,
    /// Whole days.
    Days,
    /// People.
    People,
    /// Engagements.
    Engagements,
}

/// The figure that a rule compared, and the policy's limit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Measure {
    /// What was found.
    pub actual: i64,
    /// What the policy allows.
    pub limit: i64,
    /// Of what.
    pub unit: Unit,
}

/// One rule that speaks against a person in a slot and window.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleCode,
    /// How much it weighs.
    pub severity: Severity,
    /// The records that made it fire; never empty.
    pub evidence: Vec<Evidence>,
    /// First day on which it holds, where known.
    pub from: Option<NaiveDate>,
    /// First day on which it no longer holds: a window that starts then no longer meets this reason. `None`: time alone
    /// does not mend it.
    pub lapses_on: Option<NaiveDate>,
    /// Who may waive it.
    pub waivable_by: WaiverRight,
    /// The waiver that covers it, valid through the whole window.
    pub waived_by: Option<Uuid>,
    /// An open end date was taken to mean "still current".
    pub assumed: bool,
    /// The figure compared, where the rule is about one.
    pub measure: Option<Measure>,
}

/// What follows from a person's findings.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Nothing speaks against them, or all that does is waived.
    Eligible,
    /// Only WARN findings that nobody has waived.
    NeedsWaiver,
    /// At least one BLOCK that is not waived.
    Ineligible,
}

/// The answer for one person, slot and window: all findings, never only the first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// Who.
    pub peer: PeerIx,
    /// What follows.
    pub status: Status,
    /// Every finding, waived ones included, in rule order.
    pub findings: Vec<Finding>,
}
