//! Enums of challenges and requests.

use super::text_enum;

text_enum! {
    /// Stage of a challenge (domain.md, lifecycle).
    Stage {
        /// Being written by the host.
        Draft = "DRAFT",
        /// Sent to the programme.
        Submitted = "SUBMITTED",
        /// Accepted, with a priority.
        Triaged = "TRIAGED",
        /// Scope under discussion.
        Scoping = "SCOPING",
        /// Scope agreed.
        Scoped = "SCOPED",
        /// Peers are being invited.
        TeamBuilding = "TEAM_BUILDING",
        /// Every slot is held and confirmed.
        TeamConfirmed = "TEAM_CONFIRMED",
        /// The host prepares.
        Preparing = "PREPARING",
        /// The team is at the host.
        OnSite = "ON_SITE",
        /// The host heard the findings.
        FeedbackGiven = "FEEDBACK_GIVEN",
        /// The lead peer drafted the report.
        ReportDrafted = "REPORT_DRAFTED",
        /// The host checked the facts.
        ReportFinal = "REPORT_FINAL",
        /// The report is published.
        Published = "PUBLISHED",
        /// The host published its action plan.
        ActionPlanned = "ACTION_PLANNED",
        /// Progress was reviewed.
        ProgressReviewed = "PROGRESS_REVIEWED",
        /// Nothing is left to do.
        Closed = "CLOSED",
        /// Side state: the programme declined.
        Declined = "DECLINED",
        /// Side state: the host withdrew.
        Withdrawn = "WITHDRAWN",
        /// Side state: put off before the start.
        Postponed = "POSTPONED",
        /// Side state: interrupted after the start.
        Paused = "PAUSED",
        /// Side state: called off for good.
        Cancelled = "CANCELLED",
    }
}

text_enum! {
    /// Why a challenge is in a side state (domain.md, reason codes).
    SideReason {
        /// The regulator gave notice.
        InspectionNotice = "INSPECTION_NOTICE",
        /// Pre-election period.
        ElectionPeriod = "ELECTION_PERIOD",
        /// Major incident at the host.
        MajorIncident = "MAJOR_INCIDENT",
        /// Local government reorganisation.
        Reorganisation = "REORGANISATION",
        /// Key staff of the host are absent.
        KeyStaffAbsent = "KEY_STAFF_ABSENT",
        /// No conflict-free team can be found.
        TeamNotViable = "TEAM_NOT_VIABLE",
        /// The host asked.
        HostRequest = "HOST_REQUEST",
        /// Other requests come first.
        NotAPriority = "NOT_A_PRIORITY",
        /// Another request covers it.
        Duplicate = "DUPLICATE",
        /// Something else; the note says what.
        Other = "OTHER",
    }
}

text_enum! {
    /// Where the fieldwork takes place.
    DeliveryMode {
        /// At the host.
        OnSite = "ON_SITE",
        /// By video.
        Remote = "REMOTE",
        /// Both.
        Hybrid = "HYBRID",
    }
}

text_enum! {
    /// The strand that a request names (domain.md, support strands).
    SupportStrand {
        /// Support to the lead member.
        LeadMemberSupport = "LEAD_MEMBER_SUPPORT",
        /// Intensive support.
        IntensiveSupport = "INTENSIVE_SUPPORT",
        /// A peer challenge.
        PeerChallenge = "PEER_CHALLENGE",
    }
}
