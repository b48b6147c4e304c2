//! The whole of a programme policy: every limit, look-back, weight and deadline of the service, as typed data.
//!
//! A policy version is a row whose body is this structure in JSON. Versions are never changed, only followed by the next
//! one; each answer of the engine names the version it used. The first versions are shipped as data
//! (`api/data/programmes.json`, the defaults of the programme's own documents), never as constants in code.
//! Pure: neither database nor GraphQL here.

use matching::{ConflictRules, LookBack, Role, SeverityOrOff, TeamRules, Weights};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Everything a policy version says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyBody {
    /// Conflicts of interest.
    pub conflicts: ConflictRules,
    /// Teams and load.
    pub team: TeamRules,
    /// Points of a match.
    pub weights: Weights,
    /// Points of a request's priority.
    pub priority: PriorityRules,
    /// Sizes of requests and scopes.
    pub limits: Limits,
    /// The team that a new scope starts with.
    pub usual_team: Vec<UsualSlot>,
    /// What is due when.
    pub deadlines: Vec<Deadline>,
}

/// Points for the components of a request's priority (domain.md, "Priority").
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityRules {
    /// Latest overall judgement of children's services is inadequate.
    pub judged_inadequate: u32,
    /// Latest overall judgement requires improvement.
    pub judged_requires_improvement: u32,
    /// Latest area SEND outcome: widespread or systemic failings.
    pub send_systemic_failings: u32,
    /// Latest area SEND outcome: inconsistent.
    pub send_inconsistent: u32,
    /// Chief executive, director, lead member or control changed within `instability_months`.
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
    /// From so many points a request has engine priority 2, 3, 4 and 5 (four rising thresholds).
    pub bands: [u32; 4],
}

/// Sizes that a request or scope may have.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Fewest slots of a team.
    pub slots_min: u32,
    /// Most slots of a team (at most 12).
    pub slots_max: u32,
    /// Most windows of a request or scope.
    pub windows_max: u32,
    /// Most themes of a request or scope (at most 12).
    pub themes_max: u32,
    /// Most key lines of enquiry of a scope.
    pub lines_of_enquiry_max: u32,
    /// Longest validity of a waiver, in days.
    pub waiver_days_max: u32,
    /// Days after the last day on site for which a link to case material may be shown. Versions that do not say: none.
    #[serde(default)]
    pub case_link_days: u32,
    /// Days before a deadline on which its first reminder goes out (0: none). Versions that do not say: none.
    #[serde(default)]
    pub reminder_days_before: u32,
    /// Days after a missed deadline on which another reminder goes out (0: none). Versions that do not say: none.
    #[serde(default)]
    pub reminder_days_after: u32,
}

/// A slot of the usual team.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UsualSlot {
    /// What its holder serves as.
    pub role: Role,
    /// Whether its holder leads.
    pub lead: bool,
}

/// Something due a fixed time before or after something else.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// What is due.
    pub milestone: Milestone,
    /// What the time is counted from.
    pub anchor: Anchor,
    /// Before or after the anchor.
    pub direction: Direction,
    /// How many units.
    pub amount: u32,
    /// Of which unit.
    pub unit: TimeUnit,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$item_doc])* $item),+ }
    )+};
}

words! {
    /// What a deadline is for.
    Milestone {
        /// Triage decided.
        Triage,
        /// Scoping begun at the latest (a warning below it).
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
        /// The host's check of the draft's facts.
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
    Anchor {
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

    /// Which side of the anchor.
    Direction {
        /// Earlier than the anchor.
        Before,
        /// Later than the anchor.
        After,
    }

    /// Unit of a deadline's offset.
    TimeUnit {
        /// Calendar days.
        Days,
        /// Days without weekends and the bank holidays of England.
        WorkingDays,
        /// Calendar months.
        Months,
    }
}

/// Why a policy body cannot be used: the path of the value and what is wrong with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyFault {
    /// Dotted path inside the body, in camel case as the API spells it.
    pub path: &'static str,
    /// What would be acceptable.
    pub message: String,
}

impl PolicyBody {
    /// What the engine needs of it.
    pub fn engine(&self, id: Uuid, number: u32) -> matching::Policy {
        matching::Policy {
            id,
            number,
            conflicts: self.conflicts.clone(),
            team: self.team.clone(),
            weights: self.weights,
        }
    }

    /// The deadline of `milestone`, if the policy sets one.
    pub fn deadline(&self, milestone: Milestone) -> Option<Deadline> {
        self.deadlines
            .iter()
            .copied()
            .find(|deadline| deadline.milestone == milestone)
    }

    /// Everything that contradicts itself or would make an answer meaningless; empty when the body can be used.
    pub fn faults(&self) -> Vec<PolicyFault> {
        let mut faults = Vec::new();
        let mut need = |holds: bool, path: &'static str, message: &str| {
            if !holds {
                faults.push(PolicyFault {
                    path,
                    message: message.to_owned(),
                });
            }
        };
        let LookBack {
            block_months,
            warn_months,
        } = self.conflicts.past_affiliation;
        need(
            warn_months >= block_months,
            "conflicts.pastAffiliation.warnMonths",
            "must be at least blockMonths",
        );
        for (months, path) in [
            (warn_months, "conflicts.pastAffiliation.warnMonths"),
            (self.conflicts.repeat_visit_months, "conflicts.repeatVisitMonths"),
            (self.conflicts.reciprocal_months, "conflicts.reciprocalMonths"),
            (
                self.conflicts.host_objection_months.unwrap_or(0),
                "conflicts.hostObjectionMonths",
            ),
            (
                self.conflicts.declaration_valid_months,
                "conflicts.declarationValidMonths",
            ),
            (self.conflicts.training_valid_months, "conflicts.trainingValidMonths"),
            (self.team.retired_months, "team.retiredMonths"),
        ] {
            need(months <= 600, path, "must be at most 600 months");
        }
        need(
            self.conflicts.own_council == SeverityOrOff::Block,
            "conflicts.ownCouncil",
            "must be BLOCK: nobody may review their own council",
        );
        need(
            self.conflicts.declaration_valid_months > 0,
            "conflicts.declarationValidMonths",
            "must be at least 1",
        );
        need(
            self.conflicts.training_valid_months > 0,
            "conflicts.trainingValidMonths",
            "must be at least 1",
        );
        need(
            self.team.max_per_council >= 1,
            "team.maxPerCouncil",
            "must be at least 1",
        );
        need(self.team.max_per_region >= 1, "team.maxPerRegion", "must be at least 1");
        need(
            self.team.max_council_week >= 1,
            "team.maxCouncilWeek",
            "must be at least 1",
        );
        need(
            self.team.host_region_block_above_percent <= 100,
            "team.hostRegionBlockAbovePercent",
            "must be at most 100",
        );
        need(
            self.team.season_engagements_stop >= self.team.season_engagements,
            "team.seasonEngagementsStop",
            "must be at least seasonEngagements",
        );
        need(self.team.rest_days <= 366, "team.restDays", "must be at most 366");
        need(
            self.team.reserves_per_slot <= 10,
            "team.reservesPerSlot",
            "must be at most 10",
        );
        for (weight, path) in [
            (self.weights.seat, "weights.seat"),
            (self.weights.preference, "weights.preference"),
            (self.weights.theme, "weights.theme"),
            (self.weights.affinity, "weights.affinity"),
            (self.weights.spread, "weights.spread"),
            (self.weights.load, "weights.load"),
        ] {
            need(
                (0..=1_000_000).contains(&weight),
                path,
                "must lie between 0 and 1,000,000",
            );
        }
        need(
            (1..=100_000).contains(&self.weights.km_per_point),
            "weights.kmPerPoint",
            "must lie between 1 and 100,000",
        );
        let bands = self.priority.bands;
        need(
            bands.windows(2).all(|pair| pair[0] < pair[1]),
            "priority.bands",
            "must rise from each to the next",
        );
        let limits = self.limits;
        need(
            (1..=limits.slots_max).contains(&limits.slots_min) && limits.slots_max <= 12,
            "limits.slotsMax",
            "must hold 1 ≤ slotsMin ≤ slotsMax ≤ 12",
        );
        need(
            (1..=26).contains(&limits.windows_max),
            "limits.windowsMax",
            "must lie between 1 and 26",
        );
        need(
            (1..=12).contains(&limits.themes_max),
            "limits.themesMax",
            "must lie between 1 and 12",
        );
        need(
            (1..=50).contains(&limits.lines_of_enquiry_max),
            "limits.linesOfEnquiryMax",
            "must lie between 1 and 50",
        );
        need(
            (1..=3660).contains(&limits.waiver_days_max),
            "limits.waiverDaysMax",
            "must lie between 1 and 3,660",
        );
        for (days, path) in [
            (limits.case_link_days, "limits.caseLinkDays"),
            (limits.reminder_days_before, "limits.reminderDaysBefore"),
            (limits.reminder_days_after, "limits.reminderDaysAfter"),
        ] {
            need(days <= 366, path, "must be at most 366 days");
        }
        let leads = self.usual_team.iter().filter(|slot| slot.lead).count();
        need(leads <= 1, "usualTeam", "has more than one lead");
        need(
            self.usual_team.len() <= limits.slots_max as usize,
            "usualTeam",
            "has more slots than limits.slotsMax allows",
        );
        let mut milestones: Vec<_> = self.deadlines.iter().map(|deadline| deadline.milestone).collect();
        milestones.sort_unstable();
        need(
            milestones.windows(2).all(|pair| pair[0] != pair[1]),
            "deadlines",
            "names a milestone twice",
        );
        need(
            self.deadlines.iter().all(|deadline| deadline.amount <= 3660),
            "deadlines",
            "has an amount above 3,660",
        );
        faults
    }
}
