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

use crate::auth::ViewerRole;

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

impl Actor {
    /// Whether somebody of this role, who sees the challenge and may lead its team, is one. On a challenge that they see, hub and
    /// council have it in their scope already.
    pub const fn admits(self, role: &ViewerRole, leads: bool) -> bool {
        match (role, self) {
            // A move that follows from others is still made by those who may do these.
            (ViewerRole::Programme, _)
            | (ViewerRole::Hub { .. }, Self::Requester)
            | (ViewerRole::Council { .. }, Self::Requester | Self::Host) => true,
            (ViewerRole::Peer { .. }, Self::Lead) => leads,
            _ => false,
        }
    }

    /// Who that is, in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Requester => "the host, the hub of its region and the national programme",
            Self::Programme | Self::Consequence => "the national programme",
            Self::Host => "the host council and the national programme",
            Self::Lead => "the lead peer and the national programme",
        }
    }
}

/// Who is told of a move, besides whoever makes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ear {
    /// The national programme.
    Programme,
    /// The host.
    Host,
    /// The hub of the host's region.
    Hub,
    /// The lead peer.
    Lead,
    /// Everybody of the team who was asked, the lead among them.
    Team,
}

/// The other mutation that suspends, and who may use it.
pub const INSPECTION_NOTICE: (&str, Actor) = ("reportInspectionNotice", Actor::Requester);

impl Verb {
    /// Who is told of it. The programme makes most moves itself, and is told of those that others make or that end or suspend a
    /// challenge; the team is told of what changes its days and its work, the hub of what its region's pace is made of.
    pub const fn hears(self) -> &'static [Ear] {
        use Ear::{Host, Hub, Lead, Programme, Team};
        match self {
            Self::Submit | Self::Withdraw => &[Programme, Host, Hub],
            Self::Accept | Self::Decline => &[Host, Hub],
            Self::StartScoping | Self::CompleteScope | Self::StartTeamBuilding => &[Host],
            Self::StartPreparation => &[Host, Team],
            Self::ConfirmTeam | Self::StartFieldwork | Self::Publish | Self::Close => &[Host, Hub, Team],
            // A draft is nothing that a hub sees.
            Self::ReopenTeam | Self::DraftReport => &[Programme, Host, Team],
            Self::PublishPlan => &[Programme, Hub, Lead],
            Self::CompleteReview => &[Host, Hub, Lead],
            Self::GiveFeedback | Self::FinaliseReport | Self::Postpone | Self::Pause | Self::Resume | Self::Cancel => {
                &[Programme, Host, Hub, Team]
            }
        }
    }

    /// What happened, as the end of a sentence that begins with the challenge.
    pub const fn news(self) -> &'static str {
        match self {
            Self::Submit => "is submitted",
            Self::Withdraw => "is withdrawn",
            Self::Accept => "is accepted",
            Self::Decline => "is declined",
            Self::StartScoping => "is being scoped",
            Self::CompleteScope => "has its scope",
            Self::StartTeamBuilding => "gets its team now",
            Self::ConfirmTeam => "has its team",
            Self::ReopenTeam => "is to get its team completed and confirmed anew",
            Self::StartPreparation => "is being prepared",
            Self::StartFieldwork => "has its team on site",
            Self::GiveFeedback => "has its feedback",
            Self::DraftReport => "has a draft report",
            Self::FinaliseReport => "has its final report",
            Self::Publish => "is published",
            Self::PublishPlan => "has its action plan",
            Self::CompleteReview => "had its progress reviewed",
            Self::Close => "is closed",
            Self::Postpone => "is put off",
            Self::Pause => "is interrupted",
            Self::Resume => "goes on",
            Self::Cancel => "is called off",
        }
    }

    /// What the host is to do now, if it is its turn.
    pub const fn asks_host(self) -> Option<&'static str> {
        match self {
            Self::CompleteScope => Some("Lead member and chief executive are asked to endorse it."),
            Self::StartPreparation => Some("Please send the position statement and the timetable."),
            Self::DraftReport => Some("Please check its facts."),
            Self::FinaliseReport => Some("Please agree to its publication."),
            Self::Publish => Some("What you do about it is next."),
            _ => None,
        }
    }

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

    /// The mutations that make the move, each with who may use it: a notice of inspection suspends too, by more people.
    pub fn ways(self) -> Vec<(&'static str, Actor)> {
        let mut ways = vec![(self.mutation(), self.actor())];
        if matches!(self, Self::Postpone | Self::Pause) {
            ways.push(INSPECTION_NOTICE);
        }
        ways
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

/// `stage` and everything behind it on the main path.
pub fn from(stage: Stage) -> impl Iterator<Item = Stage> {
    let wanted = progress(stage);
    let far = move |other: &Stage| progress(*other).is_some_and(|far| Some(far) >= wanted);
    Stage::ALL.iter().copied().filter(far)
}

/// Stages of challenges that are put off or interrupted.
pub fn suspended() -> impl Iterator<Item = Stage> {
    Stage::ALL.iter().copied().filter(|stage| is_suspended(*stage))
}

/// Whether a challenge in `stage`, which came there from `resumes_to` if suspended, has come as far as `wanted`.
pub fn has_reached(stage: Stage, resumes_to: Option<Stage>, wanted: Stage) -> bool {
    progress(resumes_to.unwrap_or(stage)) >= progress(wanted)
}

/// Whether it has had the beginning of its visit.
pub fn has_begun(stage: Stage, resumes_to: Option<Stage>) -> bool {
    has_reached(stage, resumes_to, Stage::OnSite)
}

/// The stages that a challenge in `stage`, which came there from `resumes_to` if suspended, can be moved to next. A suspended one
/// is given up only where it could have been before: whoever has heard the findings does not lose them by a pause.
pub fn next_stages(stage: Stage, resumes_to: Option<Stage>) -> Vec<Stage> {
    let given_up = |from: Stage| legal_moves(from).contains(&Stage::Cancelled);
    let possible = |to: &Stage| match *to {
        _ if !is_suspended(stage) => true,
        Stage::Cancelled => resumes_to.is_some_and(given_up),
        other => Some(other) == resumes_to,
    };
    legal_moves(stage).iter().copied().filter(possible).collect()
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
mod tests;
