//! The GraphQL twins of [`super::policy`]: one struct serves as output type and as input type, so that what is read can
//! be edited and sent back. Conversion both ways is total; validity is judged by `PolicyBody::faults`.

use async_graphql::{Enum, InputObject, SimpleObject};

use super::policy;
use crate::peer::objects::PeerRole;

/// Declares a struct that is both output and input and converts to and from its pure twin field by field.
macro_rules! twin {
    ($(#[$doc:meta])* $name:ident, $input:literal = $pure:path { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, InputObject, SimpleObject)]
        #[graphql(input_name = $input)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),+ }

        impl From<$pure> for $name {
            fn from(pure: $pure) -> Self {
                Self { $($field: pure.$field.into()),+ }
            }
        }

        impl From<$name> for $pure {
            fn from(twin: $name) -> Self {
                Self { $($field: twin.$field.into()),+ }
            }
        }
    };
}

/// How hard a rule is in a policy.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "matching::SeverityOrOff")]
pub enum RuleStrength {
    /// The rule does not apply.
    Off,
    /// The rule warns: a named decision-maker may waive it with a reason and an expiry.
    Warn,
    /// The rule excludes.
    Block,
}

twin! {
    /// How hard a rule is, by the reach of the programme.
    RuleStrengthByReach, "RuleStrengthByReachInput" = matching::SeverityByReach {
        /// In national programmes.
        national: RuleStrength,
        /// In regional programmes.
        regional: RuleStrength,
        /// In triads.
        triad: RuleStrength,
    }
}

twin! {
    /// Months within which a past fact blocks or warns.
    LookBack, "LookBackInput" = matching::LookBack {
        /// BLOCK when fieldwork starts within so many months of the fact's end.
        block_months: u32,
        /// WARN within so many months; at least `blockMonths`, equal to it for no warning.
        warn_months: u32,
    }
}

twin! {
    /// Conflict-of-interest rules: how far they look back and how hard they are.
    ConflictRules, "ConflictRulesInput" = matching::ConflictRules {
        /// OWN_COUNCIL: a current tie with the host or a body that delivers its services. Always BLOCK.
        own_council: RuleStrength,
        /// NEIGHBOUR: a home council borders the host or shares its territory.
        neighbour: RuleStrengthByReach,
        /// PAST_AFFILIATION: employment, office, consultancy or job application at the host or its predecessors.
        past_affiliation: LookBack,
        /// PERSONAL: declared family or close tie with the host's leadership.
        personal: RuleStrength,
        /// FINANCIAL: live commercial interest in the host.
        financial: RuleStrength,
        /// DECLARED: any other declared interest in the host.
        declared: RuleStrength,
        /// REPEAT_VISIT: BLOCK within so many months of serving at the same host (0: never).
        repeat_visit_months: u32,
        /// RECIPROCAL: within so many months of the host's people challenging a home council.
        reciprocal_months: u32,
        /// RECIPROCAL: how hard.
        reciprocal: RuleStrengthByReach,
        /// HOST_OBJECTION: the host's objection was upheld.
        host_objection: RuleStrength,
        /// HOST_OBJECTION lapses after so many months; null: never.
        host_objection_months: Option<u32>,
        /// REGULATOR: contracted for inspections of, or commissioner at, the host.
        regulator: RuleStrength,
        /// A declaration of interests is valid for so many months.
        declaration_valid_months: u32,
        /// STALE_DECLARATION: how hard.
        stale_declaration: RuleStrength,
        /// Training is valid for so many months.
        training_valid_months: u32,
        /// STALE_TRAINING: how hard.
        stale_training: RuleStrength,
    }
}

twin! {
    /// Rules for the team as a whole and for a person's load.
    TeamRules, "TeamRulesInput" = matching::TeamRules {
        /// Most peers of one council in one team.
        max_per_council: u32,
        /// Most peers of one region in one team (not applied to regional programmes and triads).
        max_per_region: u32,
        /// Peers of the host's own region: WARN above so many (national programmes).
        host_region_warn_above: u32,
        /// Peers of the host's own region: BLOCK above so many per cent of the slots, rounded down (national programmes).
        host_region_block_above_percent: u32,
        /// Most peers of one council away in the same calendar week.
        max_council_week: u32,
        /// Engagements of a person in a season before SEASON_CAP warns.
        season_engagements: u32,
        /// Engagements of a person in a season before SEASON_CAP blocks.
        season_engagements_stop: u32,
        /// Whole days between two engagements of a person.
        rest_days: u32,
        /// Months for which a retired person may still serve.
        retired_months: u32,
        /// Whether the lead peer must have served before.
        lead_served_before: bool,
        /// MEMBER_GROUP: how hard the rule on political groups of member peers is.
        member_group: RuleStrength,
        /// Reserves proposed for each slot (at most 10).
        reserves_per_slot: u32,
    }
}

twin! {
    /// Points of the objective that a proposed team maximises. Filled slots always come first.
    MatchWeights, "MatchWeightsInput" = matching::Weights {
        /// Points of a filled slot, times the challenge's priority (1–5).
        seat: i64,
        /// Times the host's preference for the window (0–100).
        preference: i64,
        /// Times the weight of each required theme that somebody in the team knows.
        theme: i64,
        /// Times the likeness (0–100) of a peer's council to the host, divided by 100.
        affinity: i64,
        /// Per distinct home region in the team.
        spread: i64,
        /// Times n(n−1) for a person's n engagements in the season, deducted.
        load: i64,
        /// Kilometres between home and host that cost one point.
        km_per_point: i64,
    }
}

/// Points for the components of a request's priority.
#[derive(Clone, Debug, InputObject, SimpleObject)]
#[graphql(input_name = "PriorityRulesInput")]
pub struct PriorityRules {
    /// Latest overall judgement of children's services is inadequate.
    pub judged_inadequate: u32,
    /// Latest overall judgement requires improvement.
    pub judged_requires_improvement: u32,
    /// Latest area SEND outcome: systemic failings.
    pub send_systemic_failings: u32,
    /// Latest area SEND outcome: inconsistent.
    pub send_inconsistent: u32,
    /// Chief executive, director, lead member or control changed within `instabilityMonths`.
    pub leadership_instability: u32,
    /// How recent a change counts as instability, in months.
    pub instability_months: u32,
    /// Court action against the council.
    pub court_action: u32,
    /// Most points that intelligence may give.
    pub intelligence_max: u32,
    /// Waiting counts from so many months after the last challenge.
    pub waiting_after_months: u32,
    /// Tenths of a point for each month of waiting after that.
    pub waiting_tenths_per_month: u32,
    /// Most points that waiting may give.
    pub waiting_max: u32,
    /// Never had a challenge.
    pub never_challenged: u32,
    /// From so many points a request weighs 2, 3, 4 and 5 in planning: exactly four rising thresholds.
    #[graphql(validator(min_items = 4, max_items = 4))]
    pub bands: Vec<u32>,
}

impl From<policy::PriorityRules> for PriorityRules {
    fn from(pure: policy::PriorityRules) -> Self {
        Self {
            judged_inadequate: pure.judged_inadequate,
            judged_requires_improvement: pure.judged_requires_improvement,
            send_systemic_failings: pure.send_systemic_failings,
            send_inconsistent: pure.send_inconsistent,
            leadership_instability: pure.leadership_instability,
            instability_months: pure.instability_months,
            court_action: pure.court_action,
            intelligence_max: pure.intelligence_max,
            waiting_after_months: pure.waiting_after_months,
            waiting_tenths_per_month: pure.waiting_tenths_per_month,
            waiting_max: pure.waiting_max,
            never_challenged: pure.never_challenged,
            bands: pure.bands.to_vec(),
        }
    }
}

impl From<PriorityRules> for policy::PriorityRules {
    fn from(twin: PriorityRules) -> Self {
        let mut bands = [0; 4];
        for (band, given) in bands.iter_mut().zip(&twin.bands) {
            *band = *given;
        }
        Self {
            judged_inadequate: twin.judged_inadequate,
            judged_requires_improvement: twin.judged_requires_improvement,
            send_systemic_failings: twin.send_systemic_failings,
            send_inconsistent: twin.send_inconsistent,
            leadership_instability: twin.leadership_instability,
            instability_months: twin.instability_months,
            court_action: twin.court_action,
            intelligence_max: twin.intelligence_max,
            waiting_after_months: twin.waiting_after_months,
            waiting_tenths_per_month: twin.waiting_tenths_per_month,
            waiting_max: twin.waiting_max,
            never_challenged: twin.never_challenged,
            bands,
        }
    }
}

twin! {
    /// Sizes that a request or scope may have.
    PolicyLimits, "PolicyLimitsInput" = policy::Limits {
        /// Fewest slots of a team.
        slots_min: u32,
        /// Most slots of a team (at most 12).
        slots_max: u32,
        /// Most windows of a request or scope (at most 26).
        windows_max: u32,
        /// Most themes of a request or scope (at most 12).
        themes_max: u32,
        /// Most key lines of enquiry of a scope (at most 50).
        lines_of_enquiry_max: u32,
        /// Longest validity of a waiver, in days.
        waiver_days_max: u32,
        /// Days after the last day on site for which a link to case material may be shown (at most 366).
        case_link_days: u32,
        /// Days before a deadline on which its first reminder goes out; 0 for none.
        reminder_days_before: u32,
        /// Days after a missed deadline on which another reminder goes out; 0 for none.
        reminder_days_after: u32,
    }
}

twin! {
    /// A slot of the team that a new scope starts with.
    UsualSlot, "UsualSlotInput" = policy::UsualSlot {
        /// What its holder serves as.
        role: PeerRole,
        /// Whether its holder leads the team.
        lead: bool,
    }
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "policy::Milestone")]
pub enum Milestone {
    /// Triage decided.
    Triage,
    /// Scoping begun at the latest; later is a warning.
    ScopingStarted,
    /// Scoping begun at the earliest.
    ScopingEarliest,
    /// Team building begun.
    TeamBuilding,
    /// Team confirmed.
    TeamConfirmed,
    /// Answer to an invitation.
    InvitationAnswer,
    /// The host's objection to a proposed peer.
    HostObjection,
    /// Position statement and documents with the team, at the earliest.
    DocumentsEarliest,
    /// Position statement and documents with the team, at the latest.
    DocumentsLatest,
    /// The team's first call, at the earliest.
    TeamCallEarliest,
    /// The team's first call, at the latest.
    TeamCallLatest,
    /// Feedback presentation.
    Feedback,
    /// Draft report.
    ReportDraft,
    /// The host's check of the facts in the draft report. Once its day is over the report can be made final without it; a policy
    /// without this deadline waits for the host's word.
    FactCheck,
    /// Final report.
    ReportFinal,
    /// Publication.
    Publication,
    /// Action plan.
    ActionPlan,
    /// Visit of the progress review.
    ProgressVisit,
    /// Report of the progress review.
    ProgressReport,
    /// After so long a postponement the scope and the team's consent are void.
    PostponementVoid,
}

/// What a deadline is counted from.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "DeadlineAnchor", remote = "policy::Anchor")]
pub enum Anchor {
    /// The request was submitted.
    Submitted,
    /// The invitation was sent.
    Invited,
    /// The host was told the proposed name.
    TeamProposed,
    /// First day on site.
    FieldworkStart,
    /// Last day on site.
    FieldworkEnd,
    /// The challenge was postponed.
    Postponed,
    /// The draft report went to the host.
    ReportDrafted,
}

/// Which side of its anchor a deadline lies on.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "DeadlineDirection", remote = "policy::Direction")]
pub enum Direction {
    /// Earlier than the anchor.
    Before,
    /// Later than the anchor.
    After,
}

/// Unit of a deadline's offset.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "policy::TimeUnit")]
pub enum TimeUnit {
    /// Calendar days.
    Days,
    /// Days without weekends and the bank holidays of England.
    WorkingDays,
    /// Calendar months.
    Months,
}

twin! {
    /// Something due a fixed time before or after something else.
    DeadlineRule, "DeadlineRuleInput" = policy::Deadline {
        /// What is due.
        milestone: Milestone,
        /// What the time is counted from.
        anchor: Anchor,
        /// Before or after the anchor.
        direction: Direction,
        /// How many units.
        amount: u32,
        /// Of which unit.
        unit: TimeUnit,
    }
}

/// Everything that a policy version says.
#[derive(Clone, Debug, InputObject, SimpleObject)]
#[graphql(input_name = "PolicyRulesInput")]
pub struct PolicyRules {
    /// Conflicts of interest.
    pub conflicts: ConflictRules,
    /// Teams and load.
    pub team: TeamRules,
    /// Points of a match.
    pub weights: MatchWeights,
    /// Points of a request's priority.
    pub priority: PriorityRules,
    /// Sizes of requests and scopes.
    pub limits: PolicyLimits,
    /// The team that a new scope starts with (at most `limits.slotsMax` slots).
    pub usual_team: Vec<UsualSlot>,
    /// What is due when (at most one entry for each milestone).
    pub deadlines: Vec<DeadlineRule>,
}

impl From<policy::PolicyBody> for PolicyRules {
    fn from(pure: policy::PolicyBody) -> Self {
        Self {
            conflicts: pure.conflicts.into(),
            team: pure.team.into(),
            weights: pure.weights.into(),
            priority: pure.priority.into(),
            limits: pure.limits.into(),
            usual_team: pure.usual_team.into_iter().map(Into::into).collect(),
            deadlines: pure.deadlines.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<PolicyRules> for policy::PolicyBody {
    fn from(twin: PolicyRules) -> Self {
        Self {
            conflicts: twin.conflicts.into(),
            team: twin.team.into(),
            weights: twin.weights.into(),
            priority: twin.priority.into(),
            limits: twin.limits.into(),
            usual_team: twin.usual_team.into_iter().map(Into::into).collect(),
            deadlines: twin.deadlines.into_iter().map(Into::into).collect(),
        }
    }
}
