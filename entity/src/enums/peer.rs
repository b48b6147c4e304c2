//! Enums of the pool.

use super::text_enum;

text_enum! {
    /// A political group.
    Party {
        /// Conservative.
        Conservative = "CONSERVATIVE",
        /// Labour or Labour and Co-operative.
        Labour = "LABOUR",
        /// Liberal Democrat.
        LiberalDemocrat = "LIBERAL_DEMOCRAT",
        /// Green.
        Green = "GREEN",
        /// Reform UK.
        ReformUk = "REFORM_UK",
        /// Independent or residents' group.
        Independent = "INDEPENDENT",
        /// Any other group.
        Other = "OTHER",
    }
}

text_enum! {
    /// Where somebody stands with the pool.
    PeerStatus {
        /// Applied, not yet accepted.
        Applicant = "APPLICANT",
        /// May be deployed.
        Active = "ACTIVE",
        /// Not to be deployed for now.
        Suspended = "SUSPENDED",
        /// Retired from their post; deployable for as long as the policy allows.
        Retired = "RETIRED",
        /// Left the pool.
        Left = "LEFT",
    }
}

text_enum! {
    /// What a person can serve as on a team (domain.md, table of programmes).
    PeerRole {
        /// Chief executive of a council.
        ChiefExecutive = "CHIEF_EXECUTIVE",
        /// Director of children's services.
        DirectorOfChildrensServices = "DIRECTOR_OF_CHILDRENS_SERVICES",
        /// Elected member serving as a peer.
        MemberPeer = "MEMBER_PEER",
        /// Assistant director of a council service.
        AssistantDirector = "ASSISTANT_DIRECTOR",
        /// Operational manager of a council service.
        OperationalManager = "OPERATIONAL_MANAGER",
        /// Chief finance officer (section 151 of the Local Government Act 1972).
        Section151Officer = "SECTION_151_OFFICER",
        /// Monitoring officer.
        MonitoringOfficer = "MONITORING_OFFICER",
        /// Education specialist.
        EducationSpecialist = "EDUCATION_SPECIALIST",
        /// Partner from the health service.
        HealthPartner = "HEALTH_PARTNER",
        /// Partner from the police.
        PolicePartner = "POLICE_PARTNER",
        /// Representative of parents and carers.
        ParentCarerRepresentative = "PARENT_CARER_REPRESENTATIVE",
        /// Auditor of case files.
        CaseAuditor = "CASE_AUDITOR",
        /// Peer challenge manager, who organises the team.
        PeerChallengeManager = "PEER_CHALLENGE_MANAGER",
    }
}

text_enum! {
    /// What somebody decided about two entries that may be one person.
    DuplicateVerdict {
        /// Two people.
        Distinct = "DISTINCT",
        /// One person, entered twice.
        Same = "SAME",
    }
}

text_enum! {
    /// What ties a person to a council or delivery body.
    AffiliationKind {
        /// Paid post.
        Employment = "EMPLOYMENT",
        /// Elected office.
        ElectedOffice = "ELECTED_OFFICE",
        /// Consultancy or interim work.
        Consultancy = "CONSULTANCY",
        /// Applied for a job.
        JobApplication = "JOB_APPLICATION",
        /// Contracted inspector of the regulator.
        Inspector = "INSPECTOR",
        /// Commissioner appointed by government.
        Commissioner = "COMMISSIONER",
    }
}

text_enum! {
    /// Kind of a declared interest.
    InterestKind {
        /// Family or other close tie with the council's leadership.
        Personal = "PERSONAL",
        /// Live commercial interest.
        Financial = "FINANCIAL",
        /// Anything else the person declared.
        Other = "OTHER",
    }
}
