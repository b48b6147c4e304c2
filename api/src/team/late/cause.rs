//! Which of several new facts a decision is about.
//!
//! A spreadsheet may change much about one person at once. The decision names the fact that a finding rests on by its
//! record; else one of a kind that can bring such a finding about (days that somebody no longer offers leave no record);
//! else the first.

use entity::enums::DecisionCause;
use matching::{Finding, RuleCode};
use serde_json::Value;

use super::Fact;

/// The fact of `facts` that is behind `now`; what the decision said before does not count, unless there is nothing else.
/// `None` only when there are no facts.
pub(super) fn of(facts: &[Fact], before: Option<&Value>, now: &[Finding]) -> Option<Fact> {
    let known = before.and_then(|before| before["findings"].as_array());
    let is_new = |finding: &&Finding| {
        known.is_none_or(|known| serde_json::to_value(finding).is_ok_and(|finding| !known.contains(&finding)))
    };
    let fresh: Vec<&Finding> = now.iter().filter(is_new).collect();
    let findings = if fresh.is_empty() { now.iter().collect() } else { fresh };
    let rests_on = |fact: &&Fact| {
        let mut evidence = findings.iter().flat_map(|finding| &finding.evidence);
        evidence.any(|record| fact.id == Some(record.id))
    };
    let may_bring = |cause: DecisionCause| facts.iter().find(|fact| fact.cause == cause);
    let likely = || {
        findings
            .iter()
            .flat_map(|finding| kinds(finding.rule))
            .find_map(|cause| may_bring(*cause))
    };
    let chosen = facts.iter().find(rests_on).or_else(likely).or(facts.first());
    chosen.copied()
}

/// Kinds of facts that can make a rule speak against somebody, the likeliest first.
const fn kinds(rule: RuleCode) -> &'static [DecisionCause] {
    use DecisionCause as Cause;
    match rule {
        RuleCode::OwnCouncil | RuleCode::Neighbour | RuleCode::PastAffiliation | RuleCode::Regulator => {
            &[Cause::Affiliation, Cause::Council]
        }
        RuleCode::TeamCouncilCap | RuleCode::TeamRegionCap | RuleCode::HostRegionCap | RuleCode::CouncilWeek => {
            &[Cause::Affiliation, Cause::Assignment]
        }
        RuleCode::Personal | RuleCode::Financial | RuleCode::Declared => &[Cause::DeclaredInterest],
        RuleCode::HostObjection => &[Cause::HostObjection],
        RuleCode::RepeatVisit
        | RuleCode::Reciprocal
        | RuleCode::LeadWithoutExperience
        | RuleCode::AlreadyEngaged
        | RuleCode::AlreadyInTeam
        | RuleCode::RestPeriod
        | RuleCode::SeasonCap => &[Cause::Assignment, Cause::Affiliation],
        RuleCode::StaleDeclaration
        | RuleCode::StaleTraining
        | RuleCode::RetiredTooLong
        | RuleCode::NotDeployable
        | RuleCode::PossibleDuplicate
        | RuleCode::RoleNotHeld
        | RuleCode::ThemeNotHeld
        | RuleCode::Capacity => &[Cause::Profile],
        RuleCode::MemberGroup => &[Cause::Council, Cause::Profile],
        RuleCode::AvailabilityUnknown | RuleCode::NotAvailable | RuleCode::Blackout => &[Cause::Availability],
    }
}
