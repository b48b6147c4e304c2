//! People as the API shows them.

use async_graphql::Enum;

/// What a person can serve as on a team.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "matching::Role")]
pub enum PeerRole {
    /// Chief executive of a council.
    ChiefExecutive,
    /// Director of children's services.
    DirectorOfChildrensServices,
    /// Elected member serving as a peer.
    MemberPeer,
    /// Assistant director of a council service.
    AssistantDirector,
    /// Operational manager of a council service.
    OperationalManager,
    /// Chief finance officer (section 151 of the Local Government Act 1972).
    #[graphql(name = "SECTION_151_OFFICER")]
    Section151Officer,
    /// Monitoring officer.
    MonitoringOfficer,
    /// Education specialist.
    EducationSpecialist,
    /// Partner from the health service.
    HealthPartner,
    /// Partner from the police.
    PolicePartner,
    /// Representative of parents and carers.
    ParentCarerRepresentative,
    /// Auditor of case files.
    CaseAuditor,
    /// Peer challenge manager, who organises the team.
    PeerChallengeManager,
}
