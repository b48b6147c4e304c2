//! Closed lists of the challenge aggregate as the API shows them, each the twin of one elsewhere.

use async_graphql::Enum;
use entity::enums;

use super::priority;

/// Stage of a peer challenge: a main path from DRAFT to CLOSED and five side states.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ChallengeStage", remote = "enums::Stage")]
pub enum Stage {
    /// Being written; the programme has not been asked yet.
    Draft,
    /// Handed in; waits for triage.
    Submitted,
    /// Accepted with a priority; waits for scoping.
    Triaged,
    /// The scope is being worked out with the host.
    Scoping,
    /// The scope is complete; waits for the sponsor's sign-off and then for team building.
    Scoped,
    /// Peers are nominated and invited.
    TeamBuilding,
    /// Every slot is held and confirmed.
    TeamConfirmed,
    /// The host prepares documents and timetable.
    Preparing,
    /// The team is at work.
    OnSite,
    /// The team has presented its findings.
    FeedbackGiven,
    /// The report is drafted; the host checks facts.
    ReportDrafted,
    /// The report is final.
    ReportFinal,
    /// The report is published.
    Published,
    /// The host has an action plan.
    ActionPlanned,
    /// Progress on the plan was reviewed.
    ProgressReviewed,
    /// Nothing is left to do. Terminal.
    Closed,
    /// Side state: not accepted at triage. Terminal.
    Declined,
    /// Side state: taken back by those who asked. Terminal.
    Withdrawn,
    /// Side state: put off before fieldwork; goes on where it stood.
    Postponed,
    /// Side state: interrupted after fieldwork began; goes on where it stood.
    Paused,
    /// Side state: given up by the programme. Terminal.
    Cancelled,
}

/// Why a challenge went into a side state.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ChallengeSideReason", remote = "enums::SideReason")]
pub enum SideReason {
    /// The regulator gave notice of a visit.
    InspectionNotice,
    /// Elections are near.
    ElectionPeriod,
    /// A major incident keeps the host busy.
    MajorIncident,
    /// Local government is being reorganised there.
    Reorganisation,
    /// People without whom it makes no sense are absent.
    KeyStaffAbsent,
    /// No conflict-free team can be found.
    TeamNotViable,
    /// The host asked for it.
    HostRequest,
    /// Other requests come first.
    NotAPriority,
    /// Another request covers it.
    Duplicate,
    /// Something else; the note says what.
    Other,
}

/// The kind of support that a request asks for.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::SupportStrand")]
pub enum SupportStrand {
    /// Support to the cabinet member for children's services.
    LeadMemberSupport,
    /// Intensive support, mostly where services require improvement.
    IntensiveSupport,
    /// A peer challenge.
    PeerChallenge,
}

/// Where fieldwork takes place.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DeliveryMode")]
pub enum DeliveryMode {
    /// At the host.
    OnSite,
    /// By video.
    Remote,
    /// Partly at the host, partly by video.
    Hybrid,
}

/// What a component of a priority is about.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "priority::ComponentKind")]
pub enum PriorityComponentKind {
    /// Latest overall judgement of children's services.
    ChildrensServicesJudgement,
    /// Latest outcome for special educational needs and disabilities.
    SendOutcome,
    /// A recent change of control, or instability stated at triage.
    LeadershipInstability,
    /// Court action stated at triage.
    CourtAction,
    /// Points for what people know beyond the records, with author and expiry.
    Intelligence,
    /// Months since the host's last challenge beyond the policy's threshold, or never having had one.
    Waiting,
}

/// What triage decides.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum TriageDecision {
    /// The challenge goes on to scoping.
    Accept,
    /// The request ends here; a reason is needed.
    Decline,
}

/// What a challenge list is ordered by.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ChallengeOrder {
    /// Latest made first.
    CreatedDesc,
    /// Latest submitted first; drafts are left out.
    SubmittedDesc,
    /// Chosen fieldwork, earliest first; those without a chosen window last.
    FieldworkAsc,
    /// Urgent ones first, then most points, then longest wait, as assessed at triage; only challenges that were triaged, and
    /// only for viewers who may see priorities.
    PriorityDesc,
    /// Reference, A first.
    ReferenceAsc,
}

/// Kind of a warning.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ChallengeWarningCode {
    /// Scoping began later before a window than the policy wants.
    LateScoping,
    /// The scope was void after a postponement; it is worked out anew and the team is released.
    ScopeVoid,
}
