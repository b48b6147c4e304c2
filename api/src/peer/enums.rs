//! Enumerations of the peer aggregate as the API shows them, each the twin of one in `entity::enums`.

use async_graphql::Enum;
use entity::enums;

/// What somebody can serve as on a team.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::PeerRole")]
pub enum PeerRole {
    /// Chief executive of a council.
    ChiefExecutive,
    /// Director of children's services (DCS).
    DirectorOfChildrensServices,
    /// Elected member who serves as a peer.
    MemberPeer,
    /// Assistant director of a council service.
    AssistantDirector,
    /// Operational manager of a council service.
    OperationalManager,
    /// Chief finance officer under section 151 of the Local Government Act 1972.
    #[graphql(name = "SECTION_151_OFFICER")]
    Section151Officer,
    /// Monitoring officer, who answers for lawfulness.
    MonitoringOfficer,
    /// Specialist in education.
    EducationSpecialist,
    /// Partner from the health service.
    HealthPartner,
    /// Partner from the police.
    PolicePartner,
    /// Representative of parents and carers.
    ParentCarerRepresentative,
    /// Auditor of case files.
    CaseAuditor,
    /// Organises the team and its work on site.
    PeerChallengeManager,
}

/// The engine and the database name the same roles; both conversions are total.
macro_rules! roles {
    ($($role:ident),+ $(,)?) => {
        impl From<matching::Role> for PeerRole {
            fn from(role: matching::Role) -> Self {
                match role { $(matching::Role::$role => Self::$role),+ }
            }
        }

        impl From<PeerRole> for matching::Role {
            fn from(role: PeerRole) -> Self {
                match role { $(PeerRole::$role => Self::$role),+ }
            }
        }
    };
}

roles!(
    ChiefExecutive,
    DirectorOfChildrensServices,
    MemberPeer,
    AssistantDirector,
    OperationalManager,
    Section151Officer,
    MonitoringOfficer,
    EducationSpecialist,
    HealthPartner,
    PolicePartner,
    ParentCarerRepresentative,
    CaseAuditor,
    PeerChallengeManager,
);

/// Political group of an elected member.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "PoliticalParty", remote = "enums::Party")]
pub enum Party {
    /// Conservative group.
    Conservative,
    /// Labour, or Labour and Co-operative, group.
    Labour,
    /// Liberal Democrat group.
    LiberalDemocrat,
    /// Green group.
    Green,
    /// Reform UK group.
    ReformUk,
    /// Independents or a residents' group.
    Independent,
    /// Any other group.
    Other,
}

/// Where somebody stands with the pool.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::PeerStatus")]
pub enum PeerStatus {
    /// Applied and not yet accepted; cannot be deployed.
    Applicant,
    /// Accepted; can be deployed.
    Active,
    /// Not to be deployed for the time being.
    Suspended,
    /// Retired from their post; can be deployed for as long as the programme's policy says.
    Retired,
    /// Left the pool, or was found to be a second entry of somebody else.
    Left,
}

/// What ties somebody to a council or a delivery body.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::AffiliationKind")]
pub enum AffiliationKind {
    /// Paid post.
    Employment,
    /// Elected office.
    ElectedOffice,
    /// Consultancy or interim work.
    Consultancy,
    /// Applied for a job there.
    JobApplication,
    /// Contracted inspector of the regulator there.
    Inspector,
    /// Commissioner appointed by government.
    Commissioner,
}

/// Kind of a declared interest; each has its own rule in the policy.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::InterestKind")]
pub enum InterestKind {
    /// Family or another close tie with the council's leadership (rule PERSONAL).
    Personal,
    /// Live commercial interest (rule FINANCIAL).
    Financial,
    /// Anything else worth declaring (rule DECLARED).
    Other,
}

/// What was decided about two entries that may be one person.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DuplicateVerdict")]
pub enum DuplicateVerdict {
    /// Two people; they no longer hold each other up.
    Distinct,
    /// One person, entered twice; the entries are joined.
    Same,
}

/// Why two entries may be one person.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "DuplicateReason", remote = "matching::identity::Sameness")]
pub enum DuplicateReason {
    /// The same e-mail address, any case.
    Email,
    /// The same name and the same post, any case and punctuation.
    NameAndPost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_lists_of_roles_say_the_same() {
        assert_eq!(matching::Role::ALL.len(), enums::PeerRole::ALL.len());
        for (engine, stored) in matching::Role::ALL
            .into_iter()
            .zip(enums::PeerRole::ALL.iter().copied())
        {
            assert_eq!(PeerRole::from(engine), PeerRole::from(stored));
            assert_eq!(serde_json::to_value(engine).unwrap().as_str(), Some(stored.as_str()));
        }
    }
}
