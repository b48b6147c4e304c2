//! A finding in one or two sentences, from its typed fields only. The API, the command line and the audit record all
//! use this, so that the same finding reads the same everywhere.
//!
//! Pure. [`Labels`] gives the words for the records; a record without a label is left out of the sentence.

use std::collections::HashMap;

use chrono::NaiveDate;
use matching::{EvidenceKind, Finding, Measure, RuleCode, Unit};
use uuid::Uuid;

/// Words for the records that findings refer to.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// The host's name.
    pub host: String,
    /// Words for a record by its id, such as "employment at Leeds (until 31 March 2023)".
    pub records: HashMap<Uuid, String>,
}

impl Labels {
    fn of(&self, finding: &Finding, kind: EvidenceKind) -> Option<String> {
        let words: Vec<&str> = finding
            .evidence
            .iter()
            .filter(|evidence| evidence.kind == kind)
            .filter_map(|evidence| self.records.get(&evidence.id).map(String::as_str))
            .collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// A day as people write it.
pub fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// The rule in a few words, for tables.
pub const fn title(rule: RuleCode) -> &'static str {
    match rule {
        RuleCode::OwnCouncil => "Currently tied to the host",
        RuleCode::Neighbour => "Home council borders the host",
        RuleCode::PastAffiliation => "Past tie with the host",
        RuleCode::Personal => "Personal tie with the host's leadership",
        RuleCode::Financial => "Commercial interest in the host",
        RuleCode::Declared => "Declared interest in the host",
        RuleCode::RepeatVisit => "Served at this host before",
        RuleCode::Reciprocal => "The host's people challenged a home council",
        RuleCode::HostObjection => "The host's objection was upheld",
        RuleCode::Regulator => "Regulator of or commissioner at the host",
        RuleCode::StaleDeclaration => "Declaration of interests missing or too old",
        RuleCode::StaleTraining => "Training missing or too old",
        RuleCode::RetiredTooLong => "Retired too long ago",
        RuleCode::NotDeployable => "Not a deployable member of the pool",
        RuleCode::PossibleDuplicate => "May be in the pool twice",
        RuleCode::RoleNotHeld => "Does not hold the slot's role",
        RuleCode::ThemeNotHeld => "Does not know the slot's themes",
        RuleCode::LeadWithoutExperience => "Has never served, so cannot lead",
        RuleCode::MemberGroup => "Not of the political group wanted",
        RuleCode::AvailabilityUnknown => "Never said when they are free",
        RuleCode::NotAvailable => "Not free on all days of the window",
        RuleCode::Blackout => "Closed days touch the window",
        RuleCode::AlreadyEngaged => "Engaged elsewhere on these days",
        RuleCode::RestPeriod => "Too little rest between engagements",
        RuleCode::SeasonCap => "Enough engagements this season",
        RuleCode::Capacity => "Does not accept more this season",
        RuleCode::CouncilWeek => "Too many of one council away in the same week",
        RuleCode::AlreadyInTeam => "Already holds a slot of this team",
        RuleCode::TeamCouncilCap => "Too many of one council in the team",
        RuleCode::TeamRegionCap => "Too many of one region in the team",
        RuleCode::HostRegionCap => "Too many of the host's region in the team",
    }
}

/// The finding in sentences: what it is, its figure, how long it lasts and what was assumed.
pub fn sentence(finding: &Finding, labels: &Labels) -> String {
    let mut text = what(finding, labels);
    if let Some(lapses) = finding.lapses_on {
        text.push_str(" This ends for fieldwork that starts on or after ");
        text.push_str(&day(lapses));
        text.push('.');
    }
    if finding.assumed {
        text.push_str(" No end date is recorded, so it is taken as current.");
    }
    if finding.waived_by.is_some() {
        text.push_str(" It has been waived.");
    }
    text
}

fn what(finding: &Finding, labels: &Labels) -> String {
    let host = &labels.host;
    let tie = || labelled(labels.of(finding, EvidenceKind::Affiliation));
    let engagement = || labelled(labels.of(finding, EvidenceKind::Engagement));
    let figure = figure(finding.measure);
    match finding.rule {
        RuleCode::OwnCouncil => format!("Currently tied to {host} or a body that runs its services{}.", tie()),
        RuleCode::Neighbour => format!("A home council borders {host} or shares its territory{}.", tie()),
        RuleCode::PastAffiliation => format!("Was tied to {host} or a predecessor{}{figure}.", tie()),
        RuleCode::Personal => format!("Declared a family or other close tie with the leadership of {host}."),
        RuleCode::Financial => format!("Declared a live commercial interest in {host}."),
        RuleCode::Declared => format!("Declared an interest in {host}."),
        RuleCode::RepeatVisit => format!("Served, or is due to serve, at {host}{}{figure}.", engagement()),
        RuleCode::Reciprocal => {
            format!(
                "People of {host} challenged, or are due to challenge, a home council{}{figure}.",
                engagement()
            )
        }
        RuleCode::HostObjection => format!("An objection of {host} was upheld{figure}."),
        RuleCode::Regulator => format!("Contracted for inspections of, or commissioner at, {host}{}.", tie()),
        RuleCode::StaleDeclaration => format!("The declaration of interests is missing or too old{figure}."),
        RuleCode::StaleTraining => format!("The training is missing or too old{figure}."),
        RuleCode::RetiredTooLong => format!("Retired too long ago{figure}."),
        RuleCode::NotDeployable => "Not a deployable member of the pool.".to_owned(),
        RuleCode::PossibleDuplicate => {
            let twin = labelled(labels.of(finding, EvidenceKind::Peer));
            format!("May be in the pool twice{twin}; somebody has to decide whether these are one person.")
        }
        RuleCode::RoleNotHeld => "Does not hold the role of the slot.".to_owned(),
        RuleCode::ThemeNotHeld => "Does not know all themes that the slot asks for.".to_owned(),
        RuleCode::LeadWithoutExperience => "Has never served on a team, so cannot lead one.".to_owned(),
        RuleCode::MemberGroup => {
            format!("Not of the political group that a member peer for {host} should come from.")
        }
        RuleCode::AvailabilityUnknown => "Never said when they are free.".to_owned(),
        RuleCode::NotAvailable => format!("Not free on every day of the window{figure}."),
        RuleCode::Blackout => {
            let closed = labelled(labels.of(finding, EvidenceKind::BlackoutPeriod));
            format!("Closed days touch the window{closed}.")
        }
        RuleCode::AlreadyEngaged => format!("Another engagement overlaps the window{}.", engagement()),
        RuleCode::RestPeriod => format!("Too little rest beside another engagement{}{figure}.", engagement()),
        RuleCode::SeasonCap => format!("Would have more engagements in the season than the policy wants{figure}."),
        RuleCode::Capacity => format!("Would have more engagements in the season than they accept{figure}."),
        RuleCode::CouncilWeek => format!("Too many people of a home council would be away in the same week{figure}."),
        RuleCode::AlreadyInTeam => "Already holds another slot of this team.".to_owned(),
        RuleCode::TeamCouncilCap => format!("The team would have too many people of a home council{figure}."),
        RuleCode::TeamRegionCap => format!("The team would have too many people of one region{figure}."),
        RuleCode::HostRegionCap => format!("The team would have too many people of the region of {host}{figure}."),
    }
}

fn labelled(words: Option<String>) -> String {
    words.map_or_else(String::new, |words| format!(": {words}"))
}

fn figure(measure: Option<Measure>) -> String {
    let Some(Measure { actual, limit, unit }) = measure else {
        return String::new();
    };
    let unit = match (unit, limit) {
        (Unit::Months, 1) => "month",
        (Unit::Months, _) => "months",
        (Unit::Days, 1) => "day",
        (Unit::Days, _) => "days",
        (Unit::People, 1) => "person",
        (Unit::People, _) => "people",
        (Unit::Engagements, 1) => "engagement",
        (Unit::Engagements, _) => "engagements",
    };
    format!(" ({actual}, where the limit is {limit} {unit})")
}

#[cfg(test)]
mod tests {
    use matching::{Evidence, Severity, WaiverRight};

    use super::*;

    fn finding(rule: RuleCode) -> Finding {
        Finding {
            rule,
            severity: Severity::Block,
            evidence: vec![Evidence {
                kind: EvidenceKind::Affiliation,
                id: Uuid::from_u128(7),
            }],
            from: None,
            lapses_on: NaiveDate::from_ymd_opt(2029, 4, 1),
            waivable_by: WaiverRight::Nobody,
            waived_by: None,
            assumed: true,
            measure: Some(Measure {
                actual: 48,
                limit: 72,
                unit: Unit::Months,
            }),
        }
    }

    #[test]
    fn the_sentence_holds_names_figures_limits_and_dates() {
        let records = HashMap::from([(Uuid::from_u128(7), "employment at Old Testshire".to_owned())]);
        let labels = Labels {
            host: "Testshire".to_owned(),
            records,
        };
        let text = sentence(&finding(RuleCode::PastAffiliation), &labels);
        for part in [
            "Testshire",
            "employment at Old Testshire",
            "48",
            "72 months",
            "1 April 2029",
            "taken as current",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_record_without_a_label_leaves_no_trace() {
        let text = sentence(&finding(RuleCode::OwnCouncil), &Labels::default());
        assert!(
            !text.contains(&Uuid::from_u128(7).to_string()) && !text.contains(": ."),
            "{text}"
        );
    }
}
