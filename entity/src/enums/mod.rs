//! Every closed list of the data model.
//!
//! Stored as text, `SCREAMING_SNAKE_CASE`; serde and the database use the same values, and each column of an enum has a
//! CHECK constraint with the same list (a test compares them on both engines). A new value needs a migration.
//!
//! Each enum has `ALL` (declaration order), `as_str` (the stored value), `Display` and `FromStr` of the stored value.

mod access;
mod challenge;
mod job;
mod kpi;
mod notice;
mod peer;
mod plan;
mod programme;
mod reference;
mod team;
mod visit;

pub use access::ApiKeyScope;
pub use challenge::{DeliveryMode, SideReason, Stage, SupportStrand};
pub use job::JobState;
pub use kpi::{KpiDirection, KpiMeasure};
pub use notice::{ContactDuty, DeclineReason, InvitationState, MailState, NoticeAudience, NoticeKind};
pub use peer::{AffiliationKind, DuplicateVerdict, InterestKind, Party, PeerRole, PeerStatus};
pub use plan::{PlanKind, PlanPhase, PlanState};
pub use programme::{ProgrammeKind, Reach};
pub use reference::{
    Border, Closeness, CouncilKind, DeliveryBodyKind, InspectionFramework, Judgement, LeadershipPost, PoliticalControl,
    SendOutcome, SisterModel,
};
pub use team::{AssignmentStatus, DecisionCause, DecisionStatus, ObjectionReason, ObjectionStatus, RuleCode};
pub use visit::{ActionStatus, DocumentAudience, DocumentClass, DocumentKind, EditStatus, EvaluationKind, FindingKind};

/// A text that is no value of an enum.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownValue {
    /// Name of the enum.
    pub name: &'static str,
    /// What was given.
    pub value: String,
    /// Every value that would have been understood.
    pub expected: Vec<&'static str>,
}

impl std::fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} is no {}; expected one of {}",
            self.value,
            self.name,
            self.expected.join(", ")
        )
    }
}

impl std::error::Error for UnknownValue {}

/// Declares a text enum with its stored values, for sea-orm and serde alike.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $value:tt,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone,
            Copy,
            Debug,
            serde::Deserialize,
            sea_orm::DeriveActiveEnum,
            sea_orm::EnumIter,
            Eq,
            Hash,
            Ord,
            PartialEq,
            PartialOrd,
            serde::Serialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $(
                $(#[$variant_doc])*
                #[sea_orm(string_value = $value)]
                #[serde(rename = $value)]
                $variant,
            )+
        }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stored value.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::enums::UnknownValue;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|known| known.as_str() == value).ok_or_else(|| {
                    $crate::enums::UnknownValue {
                        name: stringify!($name),
                        value: value.to_owned(),
                        expected: Self::ALL.iter().map(|known| known.as_str()).collect(),
                    }
                })
            }
        }
    };
}
use text_enum;

impl Stage {
    /// The stages that do not count towards "one live challenge per programme, host and season".
    pub const NOT_LIVE: [Self; 5] = [
        Self::Draft,
        Self::Declined,
        Self::Withdrawn,
        Self::Cancelled,
        Self::Closed,
    ];

    /// Whether it counts towards "one live challenge per programme, host and season".
    pub fn is_live(self) -> bool {
        !Self::NOT_LIVE.contains(&self)
    }
}

impl AssignmentStatus {
    /// The statuses that hold the slot and the peer's days.
    pub const LIVE: [Self; 4] = [Self::Nominated, Self::Invited, Self::Accepted, Self::Confirmed];

    /// The statuses of those who have said that they come: they work on the visit.
    pub const SERVING: [Self; 2] = [Self::Accepted, Self::Confirmed];
    /// The statuses of those who hold a slot and have not said yet that they come.
    pub const UNCERTAIN: [Self; 2] = [Self::Nominated, Self::Invited];
    /// The statuses of those who know that they are on the team, or are asked.
    pub const KNOWING: [Self; 3] = [Self::Invited, Self::Accepted, Self::Confirmed];

    /// Whether it holds the slot and the peer's days.
    pub fn is_live(self) -> bool {
        Self::LIVE.contains(&self)
    }
}
