//! What is due when: the policy's offsets applied to the anchor dates that are known so far.
//!
//! Pure. Each deadline names its anchor, because the field's own documents differ in what they count from. Deadlines of a
//! single invitation or objection are not here: they hang on an assignment, not on the challenge.
//!
//! Neighbours: `calendar` (working days), `programme::policy` (the offsets), `objects` (shows them), `service::scope`
//! (warns when scoping starts late).

use chrono::{Days, Months, NaiveDate};

use crate::{
    calendar::{working_days_after, working_days_before},
    graphql::errors::ApiError,
    programme::policy::{Anchor, Deadline, Direction, Milestone, PolicyBody, TimeUnit},
};

/// Days that deadlines are counted from, as far as they are known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Anchors {
    /// The request was submitted.
    pub submitted: Option<NaiveDate>,
    /// First and last day of fieldwork: of the chosen window, or of the earliest proposed one.
    pub fieldwork: Option<(NaiveDate, NaiveDate)>,
    /// Whether `fieldwork` is only proposed.
    pub provisional: bool,
    /// The challenge was postponed (and still is).
    pub postponed: Option<NaiveDate>,
    /// The draft report went to the host.
    pub drafted: Option<NaiveDate>,
}

/// A deadline with its day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Due {
    /// What is due.
    pub milestone: Milestone,
    /// What it is counted from.
    pub anchor: Anchor,
    /// The anchor's day.
    pub anchored_on: NaiveDate,
    /// The day.
    pub on: NaiveDate,
    /// Whether `on` is the first day allowed instead of the last.
    pub earliest: bool,
    /// Whether the anchor is a proposed window only.
    pub provisional: bool,
}

/// The day that lies `deadline`'s offset from `anchor`; `None` only beyond the years that a date can hold.
pub fn day_of(deadline: Deadline, anchor: NaiveDate) -> Option<NaiveDate> {
    let Deadline {
        amount,
        unit,
        direction,
        ..
    } = deadline;
    match (unit, direction) {
        (TimeUnit::Days, Direction::After) => anchor.checked_add_days(Days::new(amount.into())),
        (TimeUnit::Days, Direction::Before) => anchor.checked_sub_days(Days::new(amount.into())),
        (TimeUnit::Months, Direction::After) => anchor.checked_add_months(Months::new(amount)),
        (TimeUnit::Months, Direction::Before) => anchor.checked_sub_months(Months::new(amount)),
        (TimeUnit::WorkingDays, Direction::After) => working_days_after(anchor, amount),
        (TimeUnit::WorkingDays, Direction::Before) => working_days_before(anchor, amount),
    }
}

/// The day of a policy's deadline for `milestone` counted from `anchor`, if it has one.
pub fn last_day(policy: &PolicyBody, milestone: Milestone, anchor: NaiveDate) -> Option<NaiveDate> {
    day_of(policy.deadline(milestone)?, anchor)
}

/// How a milestone is spelt in rows.
///
/// # Errors
/// Internal, when it cannot be written.
pub fn code(milestone: Milestone) -> Result<String, ApiError> {
    let text = serde_json::to_value(milestone)?;
    text.as_str()
        .map(str::to_owned)
        .ok_or_else(|| ApiError::internal("a milestone is no word"))
}

/// The milestone that a row names; `None` for none of this version.
pub fn milestone(code: &str) -> Option<Milestone> {
    serde_json::from_value(code.into()).ok()
}

/// The deadlines whose anchor is known, by day.
pub fn due(deadlines: &[Deadline], anchors: &Anchors) -> Vec<Due> {
    let mut due: Vec<Due> = deadlines
        .iter()
        .filter_map(|deadline| {
            let (anchored_on, provisional) = match deadline.anchor {
                Anchor::Submitted => (anchors.submitted?, false),
                Anchor::FieldworkStart => (anchors.fieldwork?.0, anchors.provisional),
                Anchor::FieldworkEnd => (anchors.fieldwork?.1, anchors.provisional),
                Anchor::Postponed => (anchors.postponed?, false),
                Anchor::ReportDrafted => (anchors.drafted?, false),
                Anchor::Invited | Anchor::TeamProposed => return None,
            };
            let earliest = matches!(
                deadline.milestone,
                Milestone::ScopingEarliest | Milestone::DocumentsEarliest | Milestone::TeamCallEarliest
            );
            let on = day_of(*deadline, anchored_on)?;
            Some(Due {
                milestone: deadline.milestone,
                anchor: deadline.anchor,
                anchored_on,
                on,
                earliest,
                provisional,
            })
        })
        .collect();
    due.sort_by_key(|due| (due.on, due.milestone));
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn deadline(milestone: Milestone, anchor: Anchor, direction: Direction, amount: u32, unit: TimeUnit) -> Deadline {
        Deadline {
            milestone,
            anchor,
            direction,
            amount,
            unit,
        }
    }

    #[test]
    fn only_known_anchors_give_deadlines_and_each_says_from_what() {
        let rules = [
            deadline(
                Milestone::Publication,
                Anchor::FieldworkEnd,
                Direction::After,
                3,
                TimeUnit::Months,
            ),
            deadline(
                Milestone::Triage,
                Anchor::Submitted,
                Direction::After,
                10,
                TimeUnit::WorkingDays,
            ),
            deadline(
                Milestone::DocumentsEarliest,
                Anchor::FieldworkStart,
                Direction::Before,
                21,
                TimeUnit::Days,
            ),
            deadline(
                Milestone::InvitationAnswer,
                Anchor::Invited,
                Direction::After,
                5,
                TimeUnit::WorkingDays,
            ),
        ];
        let mut anchors = Anchors {
            submitted: Some(date("2026-03-25")),
            ..Anchors::default()
        };
        let found = due(&rules, &anchors);
        // Easter 2026 lies in between: Good Friday 3 April and Easter Monday 6 April do not count.
        assert_eq!(
            found.iter().map(|due| (due.milestone, due.on)).collect::<Vec<_>>(),
            [(Milestone::Triage, date("2026-04-10"))]
        );
        anchors.fieldwork = Some((date("2026-11-28"), date("2026-11-30")));
        anchors.provisional = true;
        let found = due(&rules, &anchors);
        assert_eq!(found.len(), 3);
        assert_eq!(
            (found[1].milestone, found[1].on),
            (Milestone::DocumentsEarliest, date("2026-11-07"))
        );
        assert!(found[1].earliest && found[1].provisional && !found[0].provisional);
        // Three months after 30 November end with February.
        assert_eq!(
            (found[2].on, found[2].anchored_on),
            (date("2027-02-28"), date("2026-11-30"))
        );
    }
}
