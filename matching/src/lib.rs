//! The matching engine: who may serve on which challenge, why not, until when, and which team is best.
//!
//! Pure by construction: no database, clock, network or async; every date is a parameter. One eligibility function
//! ([`eligibility::assess`]) feeds the picker, the candidate list, the team proposal, the reserve list and the
//! "may I invite this person" check, so that they can never disagree.
//!
//! Callers build a [`World`] of facts and a [`Challenge`], choose a [`Policy`] version, and ask. Positions in the
//! world's lists ([`CouncilIx`], [`PeerIx`] …) are the engine's ids; database ids travel along only as evidence.

mod calendar;
pub mod candidates;
pub mod eligibility;
mod facts;
mod finding;
pub mod identity;
mod lots;
mod points;
mod policy;
pub mod season;
mod skills;
pub mod team;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
mod world;

pub use calendar::{Span, grid, kilometres, months_after};
pub use facts::{
    Affiliation, AffiliationKind, BodyIx, Challenge, Control, Council, CouncilIx, DeliveryBody, Engagement,
    EngagementState, Interest, InterestKind, Member, Objection, Party, Peer, PeerIx, PeerStatus, Period, Reach,
    RegionIx, SeasonIx, Service, Slot, SlotIx, Stretch, Waiver, Window, WindowIx,
};
pub use finding::{Evidence, EvidenceKind, Finding, Measure, RuleCode, Severity, Status, Unit, Verdict, WaiverRight};
pub use points::{Contribution, Criterion};
pub use policy::{ConflictRules, LookBack, Policy, SeverityByReach, SeverityOrOff, TeamRules, Weights};
pub use skills::{Role, RoleSet, ThemeSet};
pub use world::{Homes, World, WorldError};
