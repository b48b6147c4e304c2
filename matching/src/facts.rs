//! The facts the engine reasons about, as plain data.
//!
//! Everything refers to everything else by position (`…Ix`) in the lists of the [`crate::World`]; the `id` fields are
//! the database's own ids and are only ever copied into evidence. All dates are civil dates in England, both ends of
//! every period included.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Role, RoleSet, Span, ThemeSet};

macro_rules! positions {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The position as an index into its list.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

positions! {
    /// Position of a region in the caller's list of regions.
    RegionIx,
    /// Position of a council in [`crate::World::councils`].
    CouncilIx,
    /// Position of a delivery body in [`crate::World::bodies`].
    BodyIx,
    /// Position of a peer in [`crate::World::peers`].
    PeerIx,
    /// Position of a season in the caller's list of seasons.
    SeasonIx,
    /// Position of a slot in [`Challenge::slots`].
    SlotIx,
    /// Position of a window in [`Challenge::windows`].
    WindowIx,
}

/// A political group.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Party {
    /// Conservative.
    Conservative,
    /// Labour or Labour and Co-operative.
    Labour,
    /// Liberal Democrat.
    LiberalDemocrat,
    /// Green.
    Green,
    /// Reform UK.
    ReformUk,
    /// Independent or residents' group.
    Independent,
    /// Any other group.
    Other,
}

/// Who runs a council.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Control {
    /// One group has a majority.
    Group(Party),
    /// No group has a majority.
    NoOverallControl,
}

/// A period whose ends may be open; both ends included.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day; `None` is "always has".
    pub from: Option<NaiveDate>,
    /// Last day; `None` is "still does, as far as anybody said" and is shown as assumed.
    pub until: Option<NaiveDate>,
}

/// A council, current or abolished (abolished ones carry history to their successors).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Council {
    /// Database id.
    pub id: Uuid,
    /// The region that it lies in.
    pub region: RegionIx,
    /// Position on a plane, whole kilometres east and north ([`crate::grid`]).
    pub position: (i32, i32),
    /// Councils that border it or share its territory. Symmetric closure is made by [`crate::World::new`].
    pub neighbours: Vec<CouncilIx>,
    /// Councils that it took over from.
    pub predecessors: Vec<CouncilIx>,
    /// Its sister councils, most alike first, with likeness 0–100. Not symmetric; absent means 0.
    pub sisters: Vec<(CouncilIx, u8)>,
    /// Political control, where known.
    pub control: Option<Control>,
}

/// A trust or company that runs a service for one or more councils.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryBody {
    /// Database id.
    pub id: Uuid,
    /// The councils that it serves, with dates.
    pub serves: Vec<Service>,
}

/// A delivery body's service for one council.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The council served.
    pub council: CouncilIx,
    /// When.
    pub period: Period,
}

/// Where somebody stands with the pool.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PeerStatus {
    /// Applied, not yet accepted.
    Applicant,
    /// May be deployed.
    Active,
    /// Not to be deployed for now.
    Suspended,
    /// Retired from their post on [`Peer::retired_on`]; deployable for the policy's number of months after it.
    Retired,
    /// Left the pool.
    Left,
}

impl PeerStatus {
    /// Whether whoever stands so may be deployed at all.
    pub const fn is_deployable(self) -> bool {
        matches!(self, Self::Active | Self::Retired)
    }
}

/// What ties a person to a council or body.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AffiliationKind {
    /// Paid post.
    Employment,
    /// Elected office.
    ElectedOffice,
    /// Consultancy or interim work.
    Consultancy,
    /// Applied for a job.
    JobApplication,
    /// Contracted inspector.
    Inspector,
    /// Commissioner appointed by government.
    Commissioner,
}

/// A dated, typed tie of a person to a council or to a delivery body.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Affiliation {
    /// Database id, the evidence.
    pub id: Uuid,
    /// What ties.
    pub kind: AffiliationKind,
    /// The council, directly; or else `body` is set.
    pub council: Option<CouncilIx>,
    /// The delivery body; or else `council` is set.
    pub body: Option<BodyIx>,
    /// When.
    pub period: Period,
    /// Whether this is the person's main post (their primary home for likeness and travel).
    pub primary: bool,
}

/// Kind of a declared interest.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InterestKind {
    /// Family or other close tie with the council's leadership.
    Personal,
    /// Live commercial interest.
    Financial,
    /// Anything else the person declared.
    Other,
}

/// An interest that a person declared in a council.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Interest {
    /// Database id, the evidence.
    pub id: Uuid,
    /// Which kind.
    pub kind: InterestKind,
    /// In which council.
    pub council: CouncilIx,
    /// When.
    pub period: Period,
}

/// A recorded stretch of days: an availability window or a blackout period.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Database id, the evidence.
    pub id: Uuid,
    /// First and last day.
    pub span: Span,
}

/// A host's upheld objection to a person.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Database id, the evidence.
    pub id: Uuid,
    /// The host that objected.
    pub host: CouncilIx,
    /// The day it was upheld.
    pub decided_on: NaiveDate,
}

/// Somebody in the pool.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Database id, also the evidence for rules about the profile itself.
    pub id: Uuid,
    /// Standing in the pool.
    pub status: PeerStatus,
    /// What they can serve as.
    pub roles: RoleSet,
    /// Themes that they know.
    pub themes: ThemeSet,
    /// Political group, for elected members.
    pub party: Option<Party>,
    /// Day of the last training.
    pub trained_on: Option<NaiveDate>,
    /// Day of the last declaration of interests.
    pub declared_on: Option<NaiveDate>,
    /// Day of retirement, where retired.
    pub retired_on: Option<NaiveDate>,
    /// Most engagements they accept in a season, where they said.
    pub capacity: Option<u32>,
    /// Posts and offices, past and present.
    pub affiliations: Vec<Affiliation>,
    /// Declared interests.
    pub interests: Vec<Interest>,
    /// When they said that they are free. Without any entry availability is unknown, which blocks (with its own rule).
    pub availability: Vec<Stretch>,
    /// When they are not free, whatever `availability` says.
    pub blackouts: Vec<Stretch>,
    /// Objections upheld against them.
    pub objections: Vec<Objection>,
    /// Other peers that may be the same person, unresolved ([`crate::identity`]).
    pub possible_duplicates: Vec<Uuid>,
}

/// Whether an engagement has taken place.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EngagementState {
    /// It took place.
    Done,
    /// A live assignment, not yet served.
    Planned,
}

/// Somebody's past or planned service at a host.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Database id (past engagement or live assignment), the evidence.
    pub id: Uuid,
    /// Who.
    pub peer: PeerIx,
    /// The challenge, where the system knows it; a challenge never conflicts with its own assignments.
    pub challenge: Option<Uuid>,
    /// The council that the person came from at the time.
    pub home: CouncilIx,
    /// The host.
    pub host: CouncilIx,
    /// The season it counts towards.
    pub season: Option<SeasonIx>,
    /// First and last day.
    pub span: Span,
    /// Done or planned.
    pub state: EngagementState,
}

/// How far a programme reaches; several rules differ by it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reach {
    /// Peers from all of England.
    National,
    /// Within a region.
    Regional,
    /// Three councils in rotation A→B→C→A.
    Triad,
}

/// A possible period of fieldwork.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Database id.
    pub id: Uuid,
    /// First and last day on site.
    pub span: Span,
    /// How much the host prefers it, 0–100.
    pub preference: u8,
}

/// A place on the team.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Database id.
    pub id: Uuid,
    /// What its holder serves as.
    pub role: Role,
    /// Whether its holder leads the team (then trained and experienced).
    pub lead: bool,
    /// Themes that its holder must know, all of them.
    pub themes: ThemeSet,
}

/// A recorded, unexpired decision to accept a finding for one person on one challenge.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Database id.
    pub id: Uuid,
    /// For whom.
    pub peer: PeerIx,
    /// Which rule.
    pub rule: crate::RuleCode,
    /// Last day on which it holds.
    pub expires_on: NaiveDate,
}

/// Somebody already on the team (nominated, invited, accepted or confirmed), not to be moved.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The slot held.
    pub slot: SlotIx,
    /// The holder.
    pub peer: PeerIx,
}

/// The challenge to match for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Database id.
    pub id: Uuid,
    /// The host council.
    pub host: CouncilIx,
    /// How far its programme reaches.
    pub reach: Reach,
    /// A progress review by (part of) the first team: [`crate::RuleCode::RepeatVisit`] does not apply to those who were
    /// on `first_team`, and a BLOCK of theirs may be waived for continuity.
    pub first_team: Option<Vec<PeerIx>>,
    /// The season it counts towards.
    pub season: SeasonIx,
    /// Priority 1–5, multiplies slot points.
    pub priority: u8,
    /// Required themes with weights (points before the policy's factor).
    pub themes: Vec<(ThemeSet, u32)>,
    /// The team's places, at most 12.
    pub slots: Vec<Slot>,
    /// Possible periods of fieldwork.
    pub windows: Vec<Window>,
    /// Who is already on the team and stays.
    pub members: Vec<Member>,
    /// Waivers recorded for this challenge.
    pub waivers: Vec<Waiver>,
}

impl Challenge {
    /// A slot of the team, if there is one at this position.
    pub fn slot(&self, slot: SlotIx) -> Option<&Slot> {
        self.slots.get(slot.index())
    }

    /// Positions of all slots.
    pub fn slot_positions(&self) -> impl Iterator<Item = SlotIx> + use<> {
        (0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX)).map(SlotIx)
    }

    /// Who holds `slot` so far.
    pub fn holder(&self, slot: SlotIx) -> Option<PeerIx> {
        self.members
            .iter()
            .find(|member| member.slot == slot)
            .map(|member| member.peer)
    }

    /// Whether this is a progress review and `peer` was on the first team.
    pub fn continues(&self, peer: PeerIx) -> bool {
        self.first_team.as_ref().is_some_and(|team| team.contains(&peer))
    }
}
