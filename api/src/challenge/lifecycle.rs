//! The life of a peer challenge: its stages, the legal moves between them, the verb that makes each move and who may.
//!
//! Pure. The source is the table "Lifecycle" of the domain: a main path from DRAFT to CLOSED and the side states DECLINED,
//! WITHDRAWN, POSTPONED (before fieldwork), PAUSED (after its start) and CANCELLED. Invariants (tested as properties):
//! every stage can reach a terminal one, nothing leaves a terminal one, and a side state leads back only to where it came
//! from. The one exception is a scope that became void while the challenge was postponed: it is scoped anew. The domain says
//! nothing of a confirmed team that loses somebody: it goes back to TEAM_BUILDING, where the place is filled and the whole
//! team confirmed anew.
//!
//! Neighbours: `requirements` (what must be there first), `service::stage` (makes the moves), `transitions` (shows them to each
//! viewer), docs/LIFECYCLE.md (drawn from this table by a test).

use entity::enums::{SideReason, Stage};

/// What moves a challenge on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    /// The requester hands the draft in.
    Submit,
    /// The requester takes the request back.
    Withdraw,
    /// Triage accepts.
    Accept,
    /// Triage declines.
    Decline,
    /// Scoping begins, or begins again after the scope was complete.
    StartScoping,
    /// The scope is complete and goes to the host's sponsor.
    CompleteScope,
    /// The signed scope goes into team building.
    StartTeamBuilding,
    /// The team stands.
    ConfirmTeam,
    /// The team stands no longer: a place of it became vacant, or the programme wants to change it.
    ReopenTeam,
    /// The confirmed team and the host begin to prepare.
    StartPreparation,
    /// The team is at the host.
    StartFieldwork,
    /// The host has heard the findings.
    GiveFeedback,
    /// The report is drafted and goes to the host, who checks the facts.
    DraftReport,
    /// Every correction of fact is decided.
    FinaliseReport,
    /// Host and programme make the report public.
    Publish,
    /// The host makes its action plan public.
    PublishPlan,
    /// Progress on the plan was reviewed.
    CompleteReview,
    /// Nothing is left to do.
    Close,
    /// The challenge is put off before it began.
    Postpone,
    /// The challenge is interrupted after it began.
    Pause,
    /// A side state ends.
    Resume,
    /// The challenge is given up.
    Cancel,
}

/// Who may use a verb.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The national programme, the host, or the hub of the host's region.
    Requester,
    /// The national programme alone.
    Programme,
    /// The host and the national programme.
    Host,
    /// The lead peer and the national programme.
    Lead,
    /// Whoever may do what the move follows from: it is never made for its own sake.
    Consequence,
}

impl Verb {
    /// Who may use it.
    pub const fn actor(self) -> Actor {
        match self {
            Self::Submit | Self::Withdraw => Actor::Requester,
            Self::ReopenTeam => Actor::Consequence,
            Self::PublishPlan => Actor::Host,
            Self::GiveFeedback | Self::DraftReport | Self::FinaliseReport => Actor::Lead,
            _ => Actor::Programme,
        }
    }

    /// Whether `requirements` alone say what must be there first. What the other verbs need is judged by their services, in
    /// more detail than counts can.
    pub const fn counts(self) -> bool {
        matches!(
            self,
            Self::StartFieldwork
                | Self::GiveFeedback
                | Self::DraftReport
                | Self::FinaliseReport
                | Self::Publish
                | Self::PublishPlan
                | Self::CompleteReview
                | Self::Close
        )
    }

    /// The mutation that makes the move.
    pub const fn mutation(self) -> &'static str {
        match self {
            Self::Submit => "submitChallenge",
            Self::Withdraw => "withdrawChallenge",
            Self::Accept | Self::Decline => "triageChallenge",
            Self::StartScoping => "startScoping",
            Self::CompleteScope => "completeScope",
            Self::StartTeamBuilding | Self::ReopenTeam => "startTeamBuilding",
            Self::ConfirmTeam => "confirmTeam",
            Self::StartPreparation => "startPreparation",
            Self::StartFieldwork => "startFieldwork",
            Self::GiveFeedback => "giveFeedback",
            Self::DraftReport => "draftReport",
            Self::FinaliseReport => "finaliseReport",
            Self::Publish => "publishReport",
            Self::PublishPlan => "publishActionPlan",
            Self::CompleteReview => "completeProgressReview",
            Self::Close => "closeChallenge",
            Self::Postpone => "postponeChallenge",
            Self::Pause => "pauseChallenge",
            Self::Resume => "resumeChallenge",
            Self::Cancel => "cancelChallenge",
        }
    }

    /// The reason codes that it may carry; empty for verbs that carry none.
    pub const fn reasons(self) -> &'static [SideReason] {
        use SideReason as Why;
        match self {
            Self::Decline => &[
                Why::NotAPriority,
                Why::Duplicate,
                Why::InspectionNotice,
                Why::Reorganisation,
                Why::MajorIncident,
                Why::Other,
            ],
            Self::Withdraw => &[
                Why::HostRequest,
                Why::InspectionNotice,
                Why::ElectionPeriod,
                Why::MajorIncident,
                Why::Reorganisation,
                Why::KeyStaffAbsent,
                Why::Duplicate,
                Why::Other,
            ],
            Self::Postpone | Self::Pause => &[
                Why::InspectionNotice,
                Why::ElectionPeriod,
                Why::MajorIncident,
                Why::Reorganisation,
                Why::KeyStaffAbsent,
                Why::TeamNotViable,
                Why::HostRequest,
                Why::Other,
            ],
            Self::Cancel => &[
                Why::InspectionNotice,
                Why::ElectionPeriod,
                Why::MajorIncident,
                Why::Reorganisation,
                Why::KeyStaffAbsent,
                Why::TeamNotViable,
                Why::HostRequest,
                Why::NotAPriority,
                Why::Duplicate,
                Why::Other,
            ],
            _ => &[],
        }
    }
}

/// All stages that a move may lead to from `stage`. From POSTPONED and PAUSED this is every stage that can be postponed or
/// paused; [`next_stages`] narrows it to where the challenge came from.
pub const fn legal_moves(stage: Stage) -> &'static [Stage] {
    use Stage as S;
    match stage {
        S::Draft => &[S::Submitted, S::Withdrawn],
        S::Submitted => &[S::Triaged, S::Declined, S::Withdrawn],
        S::Triaged => &[S::Scoping, S::Withdrawn, S::Postponed, S::Cancelled],
        S::Scoping => &[S::Scoped, S::Withdrawn, S::Postponed, S::Cancelled],
        S::Scoped => &[S::TeamBuilding, S::Scoping, S::Withdrawn, S::Postponed, S::Cancelled],
        S::TeamBuilding => &[S::TeamConfirmed, S::Postponed, S::Cancelled],
        S::TeamConfirmed => &[S::Preparing, S::TeamBuilding, S::Postponed, S::Cancelled],
        S::Preparing => &[S::OnSite, S::TeamBuilding, S::Postponed, S::Cancelled],
        S::OnSite => &[S::FeedbackGiven, S::Paused, S::Cancelled],
        S::FeedbackGiven => &[S::ReportDrafted, S::Paused],
        S::ReportDrafted => &[S::ReportFinal, S::Paused],
        S::ReportFinal => &[S::Published, S::Paused],
        // A progress review has no action plan of its own: it closes (`requirements`).
        S::Published => &[S::ActionPlanned, S::Closed, S::Paused],
        S::ActionPlanned => &[S::ProgressReviewed, S::Paused],
        S::ProgressReviewed => &[S::Closed],
        S::Postponed => &[
            S::Triaged,
            S::Scoping,
            S::Scoped,
            S::TeamBuilding,
            S::TeamConfirmed,
            S::Preparing,
            S::Cancelled,
        ],
        S::Paused => &[
            S::OnSite,
            S::FeedbackGiven,
            S::ReportDrafted,
            S::ReportFinal,
            S::Published,
            S::ActionPlanned,
            S::Cancelled,
        ],
        S::Closed | S::Declined | S::Withdrawn | S::Cancelled => &[],
    }
}

/// Whether nothing follows `stage`.
pub const fn is_terminal(stage: Stage) -> bool {
    legal_moves(stage).is_empty()
}

/// Whether `stage` suspends the challenge and remembers where it came from.
pub const fn is_suspended(stage: Stage) -> bool {
    matches!(stage, Stage::Postponed | Stage::Paused)
}

/// How far along the main path `stage` stands; `None` for side states.
pub fn progress(stage: Stage) -> Option<usize> {
    let position = Stage::ALL.iter().position(|other| *other == stage)?;
    // The side states stand behind the main path in the list.
    let last = Stage::ALL.iter().position(|other| *other == Stage::Closed)?;
    (position <= last).then_some(position)
}

/// The stages that a challenge in `stage`, which came there from `resumes_to` if suspended, can be moved to next.
pub fn next_stages(stage: Stage, resumes_to: Option<Stage>) -> Vec<Stage> {
    let back = |to: &Stage| !is_suspended(stage) || *to == Stage::Cancelled || Some(*to) == resumes_to;
    legal_moves(stage).iter().copied().filter(back).collect()
}

/// Where a suspended challenge goes when it is taken up again: where it came from, or back to SCOPING when its scope became
/// void meanwhile and it had got past it.
pub fn resume_target(resumes_to: Stage, scope_void: bool) -> Stage {
    if scope_void && progress(resumes_to) > progress(Stage::Scoping) {
        Stage::Scoping
    } else {
        resumes_to
    }
}

/// A move that the lifecycle does not know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IllegalMove {
    /// Where the challenge stands.
    pub from: Stage,
    /// Where it can go.
    pub allowed: Vec<Stage>,
}

/// The verb that moves a challenge from `from` to `to`.
///
/// # Errors
/// [`IllegalMove`] with the stages that can be reached instead.
pub fn judge(from: Stage, resumes_to: Option<Stage>, to: Stage) -> Result<Verb, IllegalMove> {
    let allowed = next_stages(from, resumes_to);
    let anew = from == Stage::Postponed
        && resumes_to.is_some_and(|stage| resume_target(stage, true) == to && legal_moves(from).contains(&to));
    if allowed.contains(&to) || anew {
        Ok(verb(from, to))
    } else {
        Err(IllegalMove { from, allowed })
    }
}

/// The verb of a legal move.
fn verb(from: Stage, to: Stage) -> Verb {
    match to {
        Stage::Cancelled => Verb::Cancel,
        _ if is_suspended(from) => Verb::Resume,
        Stage::Submitted => Verb::Submit,
        Stage::Withdrawn => Verb::Withdraw,
        Stage::Triaged => Verb::Accept,
        Stage::Declined => Verb::Decline,
        Stage::Scoping => Verb::StartScoping,
        Stage::Scoped => Verb::CompleteScope,
        Stage::TeamBuilding if from == Stage::Scoped => Verb::StartTeamBuilding,
        Stage::TeamBuilding => Verb::ReopenTeam,
        Stage::TeamConfirmed => Verb::ConfirmTeam,
        Stage::Postponed => Verb::Postpone,
        Stage::Paused => Verb::Pause,
        Stage::Preparing => Verb::StartPreparation,
        Stage::OnSite => Verb::StartFieldwork,
        Stage::FeedbackGiven => Verb::GiveFeedback,
        Stage::ReportDrafted => Verb::DraftReport,
        Stage::ReportFinal => Verb::FinaliseReport,
        Stage::Published => Verb::Publish,
        Stage::ActionPlanned => Verb::PublishPlan,
        Stage::ProgressReviewed => Verb::CompleteReview,
        // Nothing leads back to a draft; a challenge that ends does so by closing.
        Stage::Closed | Stage::Draft => Verb::Close,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn any_stage() -> impl Strategy<Value = Stage> {
        (0..Stage::ALL.len()).prop_map(|index| Stage::ALL[index])
    }

    /// Every (stage, where it came from) that can be reached from `start` by legal moves.
    fn reach(start: (Stage, Option<Stage>)) -> Vec<(Stage, Option<Stage>)> {
        let mut seen = vec![start];
        let mut next = 0;
        while let Some((stage, resumes_to)) = seen.get(next).copied() {
            next += 1;
            for to in next_stages(stage, resumes_to) {
                let state = (to, is_suspended(to).then_some(stage));
                if !seen.contains(&state) {
                    seen.push(state);
                }
            }
        }
        seen
    }

    #[test]
    fn a_draft_reaches_every_stage_and_every_stage_an_end() {
        let all = reach((Stage::Draft, None));
        let stages: BTreeSet<_> = all.iter().map(|(stage, _)| format!("{stage:?}")).collect();
        assert_eq!(stages.len(), Stage::ALL.len());
        for state in all {
            assert!(
                reach(state).iter().any(|(stage, _)| is_terminal(*stage)),
                "{state:?} has no way out"
            );
        }
    }

    #[test]
    fn the_main_path_is_legal_step_by_step() {
        let main = &Stage::ALL[..16];
        assert_eq!(main.last(), Some(&Stage::Closed));
        for pair in main.windows(2) {
            assert!(judge(pair[0], None, pair[1]).is_ok(), "{:?} → {:?}", pair[0], pair[1]);
        }
    }

    /// The table as a diagram and a list, in Markdown.
    fn drawn() -> String {
        use std::fmt::Write as _;
        let mut text = "```mermaid\nstateDiagram-v2\n    [*] --> DRAFT\n".to_owned();
        let mut rows = String::new();
        for from in Stage::ALL {
            for to in legal_moves(*from) {
                let verb = verb(*from, *to);
                let _ = writeln!(text, "    {from} --> {to}");
                let who = match verb.actor() {
                    Actor::Requester => "host, hub, programme",
                    Actor::Programme => "programme",
                    Actor::Host => "host, programme",
                    Actor::Lead => "lead peer, programme",
                    Actor::Consequence => "follows from a change of the team",
                };
                let _ = writeln!(rows, "| {from} | {to} | `{}` | {who} |", verb.mutation());
            }
            if is_terminal(*from) {
                let _ = writeln!(text, "    {from} --> [*]");
            }
        }
        text.push_str("```\n\n| from | to | mutation | who |\n| --- | --- | --- | --- |\n");
        text.push_str(&rows);
        text
    }

    #[test]
    fn the_diagram_in_the_docs_is_drawn_from_the_table() {
        const MARKS: [&str; 2] = ["<!-- drawn from the code -->\n", "<!-- end -->"];
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/LIFECYCLE.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (head, rest) = page.split_once(MARKS[0]).unwrap();
        let (found, tail) = rest.split_once(MARKS[1]).unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, format!("{head}{}{}{}{tail}", MARKS[0], drawn(), MARKS[1])).unwrap();
        } else {
            assert_eq!(found, drawn(), "run this test with UPDATE_DOCS=1");
        }
    }

    proptest! {
        /// However a life goes: no illegal stage, a suspended challenge knows where it came from, and resuming leads there (or to
        /// scoping, when the scope became void).
        #[test]
        fn a_random_life_stays_on_the_map(steps in prop::collection::vec((0..40_usize, any::<bool>()), 1..200)) {
            let (mut stage, mut came) = (Stage::Draft, None);
            for (choice, void) in steps {
                let next = next_stages(stage, came);
                prop_assert_eq!(next.is_empty(), is_terminal(stage));
                if next.is_empty() {
                    break;
                }
                let mut to = next[choice % next.len()];
                let verb = judge(stage, came, to).unwrap();
                if verb == Verb::Resume {
                    prop_assert_eq!(Some(to), came);
                    to = resume_target(to, void && stage == Stage::Postponed);
                    prop_assert!(judge(stage, came, to).is_ok(), "{:?} from {:?}", to, came);
                }
                prop_assert!(legal_moves(stage).contains(&to));
                came = is_suspended(to).then_some(stage);
                stage = to;
                prop_assert_eq!(is_suspended(stage), came.is_some());
                prop_assert!(came.is_none_or(|from| progress(from).is_some()), "only stages of the main path are resumed");
            }
        }
    }

    #[test]
    fn verbs_and_their_actors() {
        assert_eq!(judge(Stage::Draft, None, Stage::Submitted), Ok(Verb::Submit));
        assert_eq!(judge(Stage::Submitted, None, Stage::Declined), Ok(Verb::Decline));
        assert_eq!(judge(Stage::Scoped, None, Stage::Scoping), Ok(Verb::StartScoping));
        assert_eq!(
            judge(Stage::Postponed, Some(Stage::Scoped), Stage::Scoped),
            Ok(Verb::Resume)
        );
        assert_eq!(
            judge(Stage::Postponed, Some(Stage::Scoped), Stage::Cancelled),
            Ok(Verb::Cancel)
        );
        for confirmed in [Stage::TeamConfirmed, Stage::Preparing] {
            assert_eq!(judge(confirmed, None, Stage::TeamBuilding), Ok(Verb::ReopenTeam));
        }
        assert_eq!(Verb::Withdraw.actor(), Actor::Requester);
        assert_eq!(Verb::Accept.actor(), Actor::Programme);
    }

    #[test]
    fn an_illegal_move_names_what_is_legal() {
        let illegal = judge(Stage::Draft, None, Stage::TeamConfirmed).unwrap_err();
        assert_eq!(
            illegal,
            IllegalMove {
                from: Stage::Draft,
                allowed: vec![Stage::Submitted, Stage::Withdrawn]
            }
        );
    }

    proptest! {
        #[test]
        fn nothing_leaves_a_terminal_stage(to in any_stage(), from in any_stage(), came in any_stage()) {
            if is_terminal(from) {
                prop_assert!(judge(from, Some(came), to).is_err());
            }
        }

        #[test]
        fn suspension_leads_back_only_to_where_it_came_from(to in any_stage(), came in any_stage()) {
            for side in [Stage::Postponed, Stage::Paused] {
                if legal_moves(came).contains(&side) && judge(side, Some(came), to).is_ok() {
                    let anew = to == Stage::Scoping && side == Stage::Postponed && progress(came) > progress(to);
                    prop_assert!(to == came || to == Stage::Cancelled || anew);
                }
                // Whatever can be suspended can be taken up again.
                prop_assert_eq!(
                    legal_moves(came).contains(&side),
                    legal_moves(side).contains(&came) && !matches!(came, Stage::Cancelled)
                );
            }
        }

        #[test]
        fn live_is_everything_between_submission_and_an_end(stage in any_stage()) {
            prop_assert_eq!(stage.is_live(), stage != Stage::Draft && !is_terminal(stage));
        }

        #[test]
        fn side_moves_carry_reasons_and_main_moves_none(from in any_stage(), to in any_stage(), came in any_stage()) {
            if let Ok(verb) = judge(from, Some(came), to) {
                let side = matches!(to, Stage::Declined | Stage::Withdrawn | Stage::Cancelled) || is_suspended(to);
                prop_assert_eq!(side, !verb.reasons().is_empty());
            }
        }
    }
}
