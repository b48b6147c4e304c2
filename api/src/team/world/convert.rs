//! Values of the database as the engine spells them. Exhaustive, so that a new value does not compile unnoticed.

use entity::enums;
use matching::{Control, Party};

macro_rules! same {
    ($($(#[$doc:meta])* $name:ident: $from:ty => $to:ty { $($value:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        pub(super) const fn $name(value: $from) -> $to {
            match value { $(<$from>::$value => <$to>::$value),+ }
        }
    )+};
}

same! {
    /// What a person serves as.
    role: enums::PeerRole => matching::Role {
        ChiefExecutive, DirectorOfChildrensServices, MemberPeer, AssistantDirector, OperationalManager,
        Section151Officer, MonitoringOfficer, EducationSpecialist, HealthPartner, PolicePartner,
        ParentCarerRepresentative, CaseAuditor, PeerChallengeManager,
    }

    /// A political group.
    party: enums::Party => matching::Party { Conservative, Labour, LiberalDemocrat, Green, ReformUk, Independent, Other }

    /// Where somebody stands with the pool.
    status: enums::PeerStatus => matching::PeerStatus { Applicant, Active, Suspended, Retired, Left }

    /// What ties a person.
    affiliation: enums::AffiliationKind => matching::AffiliationKind {
        Employment, ElectedOffice, Consultancy, JobApplication, Inspector, Commissioner,
    }

    /// Kind of an interest.
    interest: enums::InterestKind => matching::InterestKind { Personal, Financial, Other }

    /// How far a programme reaches.
    reach: enums::Reach => matching::Reach { National, Regional, Triad }
}

/// Who runs a council.
pub(super) const fn control(value: enums::PoliticalControl) -> Control {
    use enums::PoliticalControl as From;
    match value {
        From::Conservative => Control::Group(Party::Conservative),
        From::Labour => Control::Group(Party::Labour),
        From::LiberalDemocrat => Control::Group(Party::LiberalDemocrat),
        From::Green => Control::Group(Party::Green),
        From::ReformUk => Control::Group(Party::ReformUk),
        From::Independent => Control::Group(Party::Independent),
        From::Other => Control::Group(Party::Other),
        From::NoOverallControl => Control::NoOverallControl,
    }
}
