//! What people can serve as and what they know, as sets.

use serde::{Deserialize, Serialize};

/// What a person can serve as on a team (domain.md, table of programmes).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
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
    #[serde(rename = "SECTION_151_OFFICER")]
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

impl Role {
    /// Every role, in declaration order.
    pub const ALL: [Self; 13] = [
        Self::ChiefExecutive,
        Self::DirectorOfChildrensServices,
        Self::MemberPeer,
        Self::AssistantDirector,
        Self::OperationalManager,
        Self::Section151Officer,
        Self::MonitoringOfficer,
        Self::EducationSpecialist,
        Self::HealthPartner,
        Self::PolicePartner,
        Self::ParentCarerRepresentative,
        Self::CaseAuditor,
        Self::PeerChallengeManager,
    ];
}

/// A set of [`Role`]s, one bit each.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RoleSet(pub u32);

impl RoleSet {
    /// The set with `role` added.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role as u32)
    }

    /// Whether `role` is in the set.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & 1 << role as u32 != 0
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::default(), Self::with)
    }
}

/// A set of themes, bit `i` for position `i` (0–63) in the caller's list of themes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct ThemeSet(pub u64);

impl ThemeSet {
    /// Whether every theme of `other` is in the set.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
}
