//! Limits, look-backs and weights. No default lives here: a policy is a versioned row of the database, and the defaults
//! of `domain.md` are the first version that the service writes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Reach, Severity};

/// A severity, or the rule switched off.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SeverityOrOff {
    /// The rule does not apply.
    Off,
    /// A waiver is needed.
    Warn,
    /// Excludes.
    Block,
}

impl SeverityOrOff {
    /// The severity, unless switched off.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Warn => Some(Severity::Warn),
            Self::Block => Some(Severity::Block),
        }
    }
}

/// A severity for each reach of a programme.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityByReach {
    /// In national programmes.
    pub national: SeverityOrOff,
    /// In regional programmes.
    pub regional: SeverityOrOff,
    /// In triads.
    pub triad: SeverityOrOff,
}

impl SeverityByReach {
    /// The severity that applies for `reach`.
    pub const fn at(self, reach: Reach) -> SeverityOrOff {
        match reach {
            Reach::National => self.national,
            Reach::Regional => self.regional,
            Reach::Triad => self.triad,
        }
    }
}

/// Months within which a past fact blocks or warns. `warn_months` ≥ `block_months`; equal means no warning.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LookBack {
    /// BLOCK within so many months.
    pub block_months: u32,
    /// WARN within so many months.
    pub warn_months: u32,
}

/// Conflict-of-interest rules (domain.md, "Conflict-of-interest rules").
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictRules {
    /// `OWN_COUNCIL`.
    pub own_council: SeverityOrOff,
    /// NEIGHBOUR.
    pub neighbour: SeverityByReach,
    /// `PAST_AFFILIATION`.
    pub past_affiliation: LookBack,
    /// PERSONAL.
    pub personal: SeverityOrOff,
    /// FINANCIAL.
    pub financial: SeverityOrOff,
    /// DECLARED.
    pub declared: SeverityOrOff,
    /// `REPEAT_VISIT`, BLOCK within so many months.
    pub repeat_visit_months: u32,
    /// RECIPROCAL, BLOCK within so many months, for each reach by its own switch.
    pub reciprocal_months: u32,
    /// RECIPROCAL severity by reach (off for triads).
    pub reciprocal: SeverityByReach,
    /// `HOST_OBJECTION`.
    pub host_objection: SeverityOrOff,
    /// `HOST_OBJECTION` lapses after so many months; `None` never.
    pub host_objection_months: Option<u32>,
    /// REGULATOR.
    pub regulator: SeverityOrOff,
    /// A declaration is valid for so many months.
    pub declaration_valid_months: u32,
    /// `STALE_DECLARATION`.
    pub stale_declaration: SeverityOrOff,
    /// Training is valid for so many months.
    pub training_valid_months: u32,
    /// `STALE_TRAINING`.
    pub stale_training: SeverityOrOff,
}

/// Team and load rules (domain.md, "Team rules").
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TeamRules {
    /// Peers of one council in one team.
    pub max_per_council: u32,
    /// Peers of one region in one team; not applied to regional programmes and triads.
    pub max_per_region: u32,
    /// Peers of the host's own region: WARN above so many (national programmes only) …
    pub host_region_warn_above: u32,
    /// … and BLOCK above this percentage of the team's slots (rounded down; national programmes only).
    pub host_region_block_above_percent: u32,
    /// Peers of one council away in the same calendar week (Monday to Sunday).
    pub max_council_week: u32,
    /// `SEASON_CAP` warns for the engagement after so many in a season …
    pub season_engagements: u32,
    /// … and blocks after so many.
    pub season_engagements_stop: u32,
    /// Whole days between two engagements of a person.
    pub rest_days: u32,
    /// A retired person may serve for so many months.
    pub retired_months: u32,
    /// Whether a lead must have served before.
    pub lead_served_before: bool,
    /// `MEMBER_GROUP`: member peers come from the host's controlling group; without overall control, two or more member
    /// slots are held by two groups. Not applied where control is unknown.
    pub member_group: SeverityOrOff,
    /// Reserves proposed for each slot.
    pub reserves_per_slot: u32,
}

/// Points of the objective (season-format.md, "Objective"). All integers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Points of a filled slot, times priority. Filled slots come first lexicographically all the same.
    pub seat: i64,
    /// Times the window's preference.
    pub preference: i64,
    /// Times the weight of each covered theme.
    pub theme: i64,
    /// Times likeness ÷ 100, floored, per slot.
    pub affinity: i64,
    /// Per distinct home region in the team.
    pub spread: i64,
    /// Times n(n−1) for a person's n engagements in the season.
    pub load: i64,
    /// Kilometres that cost one point; at least 1.
    pub km_per_point: i64,
}

/// A policy version, as the engine needs it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Policy {
    /// Database id of the policy version; returned with every answer.
    pub id: Uuid,
    /// Its number within the programme, from 1.
    pub number: u32,
    /// Conflicts of interest.
    pub conflicts: ConflictRules,
    /// Teams and load.
    pub team: TeamRules,
    /// Points.
    pub weights: Weights,
}
