//! What must be there before a challenge can move on, for each verb of the lifecycle.
//!
//! Pure. The services refuse a move with everything that is missing at once, and the API shows the same list beforehand
//! (`transitions`), so that a front end needs no copy of the rules. What is judged by more than a count (people against
//! rules, windows against days) is judged by its own service besides.
//!
//! Neighbours: `lifecycle` (verbs), `evidence` (counts), `rules` (sizes of requests and scopes).

use chrono::NaiveDate;
use entity::enums::Stage;

use super::{
    lifecycle::Verb,
    rules::{self, ScopeSize},
    void::Void,
};
use crate::{faults::Fault, programme::policy::Limits};

/// What is known of a challenge.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// The day.
    pub today: NaiveDate,
    /// Where the challenge stands.
    pub stage: Stage,
    /// Whether it reviews the progress after another challenge.
    pub is_review: bool,
    /// The scope.
    pub scope: ScopeSize,
    /// Sizes that the policy wants.
    pub limits: Limits,
    /// Why the scope does not hold any more, while it is postponed.
    pub void: Option<Void>,
    /// Whether lead member and chief executive signed.
    pub signed: bool,
    /// Slots that nobody holds and that were not left open.
    pub vacant: usize,
    /// First day of fieldwork, once a window is chosen.
    pub starts_on: Option<NaiveDate>,
    /// People on the team who have not said that they come, invited or not.
    pub unanswered: usize,
    /// Decisions about late conflicts that stand open.
    pub open_decisions: usize,
    /// Objections of the host that stand open.
    pub open_objections: usize,
    /// Whether there is a position statement.
    pub position_statement: bool,
    /// Whether there is a timetable: sessions, or a link to one.
    pub timetable: bool,
    /// Key lines of enquiry without a finding.
    pub lines_without_finding: usize,
    /// Recommendations.
    pub recommendations: usize,
    /// Whether the host has checked the facts of the draft.
    pub facts_checked: bool,
    /// The last day that the host has for it; none where the policy gives no time.
    pub facts_due: Option<NaiveDate>,
    /// Corrections of fact that stand open.
    pub open_edits: usize,
    /// Whether the host agreed to the publication.
    pub host_agreed: bool,
    /// Whether the programme agreed to it.
    pub programme_agreed: bool,
    /// Recommendations that no action answers.
    pub recommendations_without_action: usize,
    /// Whether a progress review of it has given its feedback.
    pub reviewed: bool,
    /// Whether it is a progress review with nobody of the first team on its own, though that team is known.
    pub without_first_team: bool,
    /// Actions of which nobody has said anything since the plan was published.
    pub actions_without_progress: usize,
}

/// Something that must be there first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Requirement {
    /// Themes, windows, slots or other parts of the request or scope.
    Scope,
    /// The endorsement of lead member and chief executive.
    SignOff,
    /// A window.
    Window,
    /// A holder for every slot.
    Holders,
    /// The word of everybody on the team that they come.
    Answers,
    /// A decision on every late conflict.
    Decisions,
    /// A decision on every objection.
    Objections,
    /// The host's position statement.
    PositionStatement,
    /// A timetable.
    Timetable,
    /// The first day of fieldwork.
    FirstDay,
    /// A finding for every line of enquiry.
    Findings,
    /// A recommendation.
    Recommendations,
    /// The host's check of the facts, or the end of its time for it.
    Facts,
    /// A decision on every correction of fact.
    Corrections,
    /// The host's agreement to the publication.
    HostAgreement,
    /// The programme's agreement to the publication.
    ProgrammeAgreement,
    /// An action for every recommendation.
    Actions,
    /// A progress review.
    Review,
    /// Somebody of the first team.
    FirstTeam,
    /// How each action goes.
    Progress,
    /// A challenge of another kind.
    Kind,
}

/// A requirement that is not met, in a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Missing {
    /// Which one.
    pub requirement: Requirement,
    /// What is missing.
    pub message: String,
}

/// Everything that is missing for `verb`; empty when the move can be made as far as counts can tell.
pub fn missing(verb: Verb, found: &Evidence) -> Vec<Missing> {
    let mut gaps = Vec::new();
    let mut need = |holds: bool, requirement: Requirement, message: String| {
        if !holds {
            gaps.push(Missing { requirement, message });
        }
    };
    let some = |count: usize, what: &str| format!("{count} {what}");
    match verb {
        Verb::Submit => {
            for Fault { message, .. } in rules::request_gaps(found.scope.themes, found.scope.windows) {
                need(false, Requirement::Scope, message);
            }
        }
        Verb::CompleteScope => {
            for Fault { message, .. } in rules::scope_gaps(found.scope, &found.limits) {
                need(false, Requirement::Scope, message);
            }
        }
        Verb::StartTeamBuilding => need(
            found.signed,
            Requirement::SignOff,
            "Lead member and chief executive have not signed the scope.".to_owned(),
        ),
        Verb::ConfirmTeam => {
            need(
                found.starts_on.is_some(),
                Requirement::Window,
                "No window is chosen.".to_owned(),
            );
            need(
                found.vacant == 0,
                Requirement::Holders,
                some(found.vacant, "slot(s) are vacant."),
            );
            need(
                found.unanswered == 0,
                Requirement::Answers,
                some(found.unanswered, "on the team have not said that they come."),
            );
            need(
                found.open_decisions == 0,
                Requirement::Decisions,
                some(found.open_decisions, "decision(s) about late conflicts stand open."),
            );
            need(
                found.open_objections == 0,
                Requirement::Objections,
                some(found.open_objections, "objection(s) of the host stand open."),
            );
            need(
                !found.without_first_team,
                Requirement::FirstTeam,
                "Nobody of the first team is on the team of the progress review; it can be confirmed so for a reason."
                    .to_owned(),
            );
        }
        Verb::StartFieldwork => {
            need(
                found.position_statement,
                Requirement::PositionStatement,
                "The host's position statement is not there.".to_owned(),
            );
            need(
                found.timetable,
                Requirement::Timetable,
                "There is no timetable: neither sessions nor a link to one.".to_owned(),
            );
            let first = found.starts_on.unwrap_or(NaiveDate::MAX);
            need(
                first <= found.today,
                Requirement::FirstDay,
                format!("Fieldwork begins on {first}; today is {}.", found.today),
            );
        }
        Verb::GiveFeedback => need(
            found.lines_without_finding == 0,
            Requirement::Findings,
            some(
                found.lines_without_finding,
                "key line(s) of enquiry have no finding yet.",
            ),
        ),
        Verb::DraftReport => need(
            found.recommendations > 0,
            Requirement::Recommendations,
            "The report has no recommendation yet.".to_owned(),
        ),
        Verb::FinaliseReport => {
            let message = match found.facts_due {
                Some(due) => format!("The host has not checked the facts yet; it may until {due}."),
                None => "The host has not checked the facts yet.".to_owned(),
            };
            let over = found.facts_due.is_some_and(|due| due < found.today);
            need(found.facts_checked || over, Requirement::Facts, message);
            need(
                found.open_edits == 0,
                Requirement::Corrections,
                some(found.open_edits, "correction(s) of fact stand open."),
            );
        }
        Verb::Publish => {
            need(
                found.host_agreed,
                Requirement::HostAgreement,
                "The host has not agreed to the publication.".to_owned(),
            );
            need(
                found.programme_agreed,
                Requirement::ProgrammeAgreement,
                "The programme has not agreed to the publication.".to_owned(),
            );
        }
        Verb::PublishPlan => {
            need(
                !found.is_review,
                Requirement::Kind,
                "A progress review has no action plan of its own; close it instead.".to_owned(),
            );
            need(
                found.recommendations_without_action == 0,
                Requirement::Actions,
                some(
                    found.recommendations_without_action,
                    "recommendation(s) are not answered by an action.",
                ),
            );
        }
        // Coming from PROGRESS_REVIEWED, the review was there; only a review closes as soon as it is published.
        Verb::Close => need(
            found.is_review || found.stage == Stage::ProgressReviewed,
            Requirement::Kind,
            "Only a progress review closes once it is published. This challenge needs its action plan, and a review of it, \
             first."
                .to_owned(),
        ),
        Verb::CompleteReview => {
            need(
                found.reviewed,
                Requirement::Review,
                "No progress review of this challenge has given its feedback.".to_owned(),
            );
            need(
                found.actions_without_progress == 0,
                Requirement::Progress,
                some(
                    found.actions_without_progress,
                    "action(s) have no word on how they go since the plan was published.",
                ),
            );
        }
        Verb::Withdraw
        | Verb::Accept
        | Verb::Decline
        | Verb::StartScoping
        | Verb::ReopenTeam
        | Verb::StartPreparation
        | Verb::Postpone
        | Verb::Pause
        | Verb::Resume
        | Verb::Cancel => {}
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Evidence {
        Evidence {
            today: NaiveDate::from_ymd_opt(2027, 3, 1).unwrap(),
            stage: Stage::Published,
            is_review: false,
            scope: ScopeSize {
                themes: 0,
                lines: 0,
                slots: 0,
                has_lead: false,
                windows: 0,
                has_mode: false,
            },
            limits: Limits {
                slots_min: 4,
                slots_max: 12,
                windows_max: 6,
                themes_max: 12,
                lines_of_enquiry_max: 6,
                waiver_days_max: 90,
                case_link_days: 0,
                reminder_days_before: 7,
                reminder_days_after: 3,
            },
            void: None,
            signed: false,
            vacant: 2,
            starts_on: None,
            unanswered: 1,
            open_decisions: 1,
            open_objections: 1,
            position_statement: false,
            timetable: false,
            lines_without_finding: 3,
            recommendations: 0,
            facts_checked: false,
            facts_due: None,
            open_edits: 1,
            host_agreed: false,
            programme_agreed: false,
            recommendations_without_action: 1,
            reviewed: false,
            without_first_team: true,
            actions_without_progress: 2,
        }
    }

    fn everything() -> Evidence {
        Evidence {
            scope: ScopeSize {
                themes: 1,
                lines: 1,
                slots: 4,
                has_lead: true,
                windows: 1,
                has_mode: true,
            },
            signed: true,
            vacant: 0,
            starts_on: NaiveDate::from_ymd_opt(2027, 3, 1),
            unanswered: 0,
            open_decisions: 0,
            open_objections: 0,
            position_statement: true,
            timetable: true,
            lines_without_finding: 0,
            recommendations: 2,
            facts_checked: true,
            open_edits: 0,
            host_agreed: true,
            programme_agreed: true,
            recommendations_without_action: 0,
            reviewed: true,
            without_first_team: false,
            actions_without_progress: 0,
            ..nothing()
        }
    }

    const VERBS: [Verb; 10] = [
        Verb::Submit,
        Verb::CompleteScope,
        Verb::StartTeamBuilding,
        Verb::ConfirmTeam,
        Verb::StartFieldwork,
        Verb::GiveFeedback,
        Verb::DraftReport,
        Verb::FinaliseReport,
        Verb::Publish,
        Verb::CompleteReview,
    ];

    #[test]
    fn with_nothing_there_every_step_lists_all_that_is_missing_and_with_everything_nothing() {
        for verb in VERBS {
            assert!(!missing(verb, &nothing()).is_empty(), "{verb:?}");
            assert_eq!(missing(verb, &everything()), [], "{verb:?}");
        }
        let of = |verb| {
            let all = missing(verb, &nothing());
            all.iter().map(|gap| gap.requirement).collect::<Vec<_>>()
        };
        assert_eq!(
            of(Verb::ConfirmTeam),
            [
                Requirement::Window,
                Requirement::Holders,
                Requirement::Answers,
                Requirement::Decisions,
                Requirement::Objections,
                Requirement::FirstTeam
            ]
        );
        assert_eq!(of(Verb::CompleteReview), [Requirement::Review, Requirement::Progress]);
        assert_eq!(
            of(Verb::StartFieldwork),
            [
                Requirement::PositionStatement,
                Requirement::Timetable,
                Requirement::FirstDay
            ]
        );
        assert_eq!(
            of(Verb::Publish),
            [Requirement::HostAgreement, Requirement::ProgrammeAgreement]
        );
    }

    #[test]
    fn a_progress_review_has_no_plan_of_its_own() {
        let review = Evidence {
            is_review: true,
            ..everything()
        };
        let gaps = missing(Verb::PublishPlan, &review);
        assert_eq!(
            gaps.iter().map(|gap| gap.requirement).collect::<Vec<_>>(),
            [Requirement::Kind]
        );
        assert_eq!(missing(Verb::PublishPlan, &everything()), []);
    }

    #[test]
    fn a_report_is_final_once_the_host_has_checked_it_or_had_its_time() {
        let on = |today: u32, facts_due: Option<u32>, facts_checked: bool| {
            let found = Evidence {
                today: NaiveDate::from_ymd_opt(2027, 4, today).unwrap(),
                facts_due: facts_due.and_then(|day| NaiveDate::from_ymd_opt(2027, 4, day)),
                facts_checked,
                ..everything()
            };
            missing(Verb::FinaliseReport, &found).len()
        };
        assert_eq!(on(10, Some(10), false), 1, "the last day is the host's");
        assert_eq!(on(11, Some(10), false), 0);
        assert_eq!(on(1, Some(10), true), 0);
        assert_eq!(
            on(30, None, false),
            1,
            "a policy that gives no time waits for the host's word"
        );
    }

    #[test]
    fn only_a_review_closes_without_a_plan() {
        let close = |stage, is_review| {
            let found = Evidence {
                stage,
                is_review,
                ..everything()
            };
            let gaps = missing(Verb::Close, &found);
            gaps.iter().map(|gap| gap.requirement).collect::<Vec<_>>()
        };
        assert_eq!(
            close(Stage::Published, false),
            [Requirement::Kind],
            "though it was reviewed"
        );
        assert_eq!(close(Stage::ProgressReviewed, false), []);
        assert_eq!(close(Stage::Published, true), []);
    }

    #[test]
    fn fieldwork_does_not_begin_before_its_first_day() {
        let early = Evidence {
            starts_on: NaiveDate::from_ymd_opt(2027, 3, 2),
            ..everything()
        };
        let gaps = missing(Verb::StartFieldwork, &early);
        assert_eq!(gaps.len(), 1);
        assert!(gaps[0].message.contains("2027-03-02"), "{}", gaps[0].message);
    }
}
