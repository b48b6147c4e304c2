//! Enums of teams, conflicts and decisions.

use super::text_enum;

text_enum! {
    /// Where an assignment stands; the first four are live.
    AssignmentStatus {
        /// Put forward for the slot.
        Nominated = "NOMINATED",
        /// Asked.
        Invited = "INVITED",
        /// Said yes.
        Accepted = "ACCEPTED",
        /// Confirmed on the team.
        Confirmed = "CONFIRMED",
        /// Said no.
        Declined = "DECLINED",
        /// Somebody else took the slot.
        Replaced = "REPLACED",
        /// Stopped because of a conflict.
        Stopped = "STOPPED",
        /// Let go: the slot or the challenge fell away.
        Released = "RELEASED",
    }
}

text_enum! {
    /// Why a host objects to a peer.
    ObjectionReason {
        /// They worked together before.
        WorkedTogether = "WORKED_TOGETHER",
        /// Personal tie.
        PersonalTie = "PERSONAL_TIE",
        /// Commercial tie.
        CommercialTie = "COMMERCIAL_TIE",
        /// Political standing.
        Political = "POLITICAL",
        /// Not the skills that the host needs.
        Skills = "SKILLS",
        /// Something else; the text says what.
        Other = "OTHER",
    }
}

text_enum! {
    /// Where an objection stands.
    ObjectionStatus {
        /// Not decided.
        Open = "OPEN",
        /// Upheld: the peer does not serve at this host.
        Upheld = "UPHELD",
        /// Rejected.
        Rejected = "REJECTED",
        /// Taken back by the host.
        Withdrawn = "WITHDRAWN",
    }
}

text_enum! {
    /// What late fact made a decision necessary.
    DecisionCause {
        /// An affiliation changed.
        Affiliation = "AFFILIATION",
        /// A declared interest changed.
        DeclaredInterest = "DECLARED_INTEREST",
        /// The host objected.
        HostObjection = "HOST_OBJECTION",
        /// The policy changed.
        Policy = "POLICY",
        /// The profile changed.
        Profile = "PROFILE",
        /// Availability or a blackout changed.
        Availability = "AVAILABILITY",
        /// Another assignment, or past service, changed.
        Assignment = "ASSIGNMENT",
        /// What is recorded of a council or a delivery body changed.
        Council = "COUNCIL",
    }
}

text_enum! {
    /// Where a decision stands.
    DecisionStatus {
        /// Not decided.
        Open = "OPEN",
        /// The finding was waived.
        Waived = "WAIVED",
        /// The peer was replaced.
        Replaced = "REPLACED",
        /// The assignment was stopped.
        Stopped = "STOPPED",
        /// The finding went away.
        Cleared = "CLEARED",
    }
}

text_enum! {
    /// The code of a rule of the engine, as stored (domain.md, conflict and team rules).
    RuleCode {
        /// Any current affiliation with the host or with a body that delivers its services.
        OwnCouncil = "OWN_COUNCIL",
        /// A home council borders the host or shares its territory.
        Neighbour = "NEIGHBOUR",
        /// Employment, office, consultancy or job application at the host or its predecessors within the look-back.
        PastAffiliation = "PAST_AFFILIATION",
        /// Declared family or close tie with the host's leadership.
        Personal = "PERSONAL",
        /// Live commercial interest in the host.
        Financial = "FINANCIAL",
        /// Any other declared interest in the host.
        Declared = "DECLARED",
        /// Served at the same host within the look-back (or is due to).
        RepeatVisit = "REPEAT_VISIT",
        /// The host's people challenged a home council within the look-back (or are due to).
        Reciprocal = "RECIPROCAL",
        /// The host's objection was upheld.
        HostObjection = "HOST_OBJECTION",
        /// Contracted inspector of, or commissioner at, the host.
        Regulator = "REGULATOR",
        /// Declaration of interests missing or older than valid.
        StaleDeclaration = "STALE_DECLARATION",
        /// Training missing or older than valid.
        StaleTraining = "STALE_TRAINING",
        /// Retired longer ago than the policy allows.
        RetiredTooLong = "RETIRED_TOO_LONG",
        /// Not (or not any more) a deployable member of the pool.
        NotDeployable = "NOT_DEPLOYABLE",
        /// May be the same person as another entry of the pool; nobody has decided yet.
        PossibleDuplicate = "POSSIBLE_DUPLICATE",
        /// Does not hold the slot's role.
        RoleNotHeld = "ROLE_NOT_HELD",
        /// Does not know all of the slot's themes.
        ThemeNotHeld = "THEME_NOT_HELD",
        /// Lead slot: has never served before.
        LeadWithoutExperience = "LEAD_WITHOUT_EXPERIENCE",
        /// Member slot: not of the host's controlling group.
        MemberGroup = "MEMBER_GROUP",
        /// Never said when they are free.
        AvailabilityUnknown = "AVAILABILITY_UNKNOWN",
        /// Did not offer every day of the window.
        NotAvailable = "NOT_AVAILABLE",
        /// A blackout period touches the window.
        Blackout = "BLACKOUT",
        /// Another engagement overlaps the window.
        AlreadyEngaged = "ALREADY_ENGAGED",
        /// Too few whole days between the window and another engagement.
        RestPeriod = "REST_PERIOD",
        /// As many engagements in the season as the policy wants (WARN) or allows (BLOCK).
        SeasonCap = "SEASON_CAP",
        /// As many engagements in the season as the person accepts.
        Capacity = "CAPACITY",
        /// As many people of a home council away in the same week as allowed.
        CouncilWeek = "COUNCIL_WEEK",
        /// Already holds another slot of this team.
        AlreadyInTeam = "ALREADY_IN_TEAM",
        /// The team already has as many people of a home council as allowed.
        TeamCouncilCap = "TEAM_COUNCIL_CAP",
        /// The team already has as many people of a region as allowed.
        TeamRegionCap = "TEAM_REGION_CAP",
        /// The team already has as many people of the host's region as wanted (WARN) or allowed (BLOCK).
        HostRegionCap = "HOST_REGION_CAP",
    }
}
