//! Words of the printed report for roles, criteria and what decided between two people.

use matching::{Criterion, Role, team::Decision};

use crate::team::codes;

/// A role as people say it.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::ChiefExecutive => "Chief executive",
        Role::DirectorOfChildrensServices => "Director of children's services",
        Role::MemberPeer => "Member peer",
        Role::AssistantDirector => "Assistant director",
        Role::OperationalManager => "Operational manager",
        Role::Section151Officer => "Section 151 officer",
        Role::MonitoringOfficer => "Monitoring officer",
        Role::EducationSpecialist => "Education specialist",
        Role::HealthPartner => "Health partner",
        Role::PolicePartner => "Police partner",
        Role::ParentCarerRepresentative => "Parent carer representative",
        Role::CaseAuditor => "Case auditor",
        Role::PeerChallengeManager => "Peer challenge manager",
    }
}

/// A criterion as people say it.
pub const fn criterion(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Seat => "places",
        Criterion::Preference => "host's preference",
        Criterion::Themes => "themes",
        Criterion::Likeness => "likeness",
        Criterion::Travel => "travel",
        Criterion::Load => "load",
        Criterion::Spread => "regions",
    }
}

/// What decided between the holder of a place and somebody else.
pub fn decision(decision: Decision) -> String {
    match decision {
        Decision::Rule(rule) => codes::name(rule),
        Decision::Criterion(decisive) => criterion(decisive).to_owned(),
        Decision::Equal => "nothing, they are worth the same".to_owned(),
    }
}
