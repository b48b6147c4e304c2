//! Enums of documents, findings, reports and evaluations.

use super::text_enum;

text_enum! {
    /// What a document is.
    DocumentKind {
        /// The host's own view of where it stands.
        PositionStatement = "POSITION_STATEMENT",
        /// Figures about the host.
        DataPack = "DATA_PACK",
        /// The timetable of the visit, where it is kept elsewhere.
        Timetable = "TIMETABLE",
        /// What the host was shown at the end of the visit.
        Presentation = "PRESENTATION",
        /// A report.
        Report = "REPORT",
        /// Anything else; the title says what.
        Other = "OTHER",
    }
}

text_enum! {
    /// Who may open a document.
    DocumentAudience {
        /// The host, the team and the national programme.
        Team = "TEAM",
        /// These and the hub of the host's region.
        Hub = "HUB",
        /// Whoever sees the challenge.
        Everybody = "EVERYBODY",
    }
}

text_enum! {
    /// How carefully a document is handled.
    DocumentClass {
        /// Nothing in it is about children.
        Ordinary = "ORDINARY",
        /// A place where material about children is read: never a copy, only a link for a short time.
        CaseMaterial = "CASE_MATERIAL",
    }
}

text_enum! {
    /// What a finding is.
    FindingKind {
        /// Something to build on.
        Strength = "STRENGTH",
        /// Something to work on.
        AreaForConsideration = "AREA_FOR_CONSIDERATION",
    }
}

text_enum! {
    /// Where a correction of fact stands.
    EditStatus {
        /// Not decided.
        Open = "OPEN",
        /// The text was changed.
        Accepted = "ACCEPTED",
        /// The text stays.
        Rejected = "REJECTED",
    }
}

text_enum! {
    /// Where an action stands.
    ActionStatus {
        /// Nothing was done yet.
        NotStarted = "NOT_STARTED",
        /// Work goes on.
        UnderWay = "UNDER_WAY",
        /// It is done.
        Done = "DONE",
        /// It will not be done; the note says why.
        Dropped = "DROPPED",
    }
}

text_enum! {
    /// Who is asked about whom.
    EvaluationKind {
        /// The host about the team and its work.
        HostOnTeam = "HOST_ON_TEAM",
        /// A peer about the host.
        PeerOnHost = "PEER_ON_HOST",
        /// A peer about the programme.
        PeerOnProgramme = "PEER_ON_PROGRAMME",
        /// The host or a colleague about one peer; for the national programme only.
        OnPeer = "ON_PEER",
    }
}
