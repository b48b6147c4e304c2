//! Synthetic worlds for tests and benchmarks (cargo feature `testkit`; nothing here is for production).
//!
//! Everything follows from a seed, through a small generator of its own ([`Dice`]), so that a failing case is named by
//! one number. [`small`] makes crowded little worlds in which every rule fires often; [`national`] makes a realistic
//! one of any size. People and councils carry ids but no names.

mod further;
mod hard;
mod national;
mod season;
mod small;

pub use further::further;
pub use hard::{dozen, hung, many_themes};
pub use national::national;
pub use season::{Tiny, synthetic, tiny};
pub use small::{Shape, little_season, small};

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use crate::{
    Challenge, ConflictRules, Council, CouncilIx, DeliveryBody, Engagement, LookBack, Peer, PeerStatus, Period, Policy,
    RegionIx, RoleSet, SeverityByReach, SeverityOrOff, Span, TeamRules, ThemeSet, Weights, World, WorldError,
};

/// Random cases for a property that usually tries `usual`: as many as the environment's `MATCHING_CASES` asks for, if it
/// does.
pub fn cases(usual: u32) -> u32 {
    let wanted = std::env::var("MATCHING_CASES").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A world's facts, a policy and a challenge, still open to change.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Councils.
    pub councils: Vec<Council>,
    /// Delivery bodies.
    pub bodies: Vec<DeliveryBody>,
    /// The pool.
    pub peers: Vec<Peer>,
    /// Past and planned engagements.
    pub engagements: Vec<Engagement>,
    /// A policy.
    pub policy: Policy,
    /// A challenge.
    pub challenge: Challenge,
}

impl Instance {
    /// The world of these facts.
    pub fn world(&self) -> Result<World, WorldError> {
        World::new(
            self.councils.clone(),
            self.bodies.clone(),
            self.peers.clone(),
            self.engagements.clone(),
        )
    }
}

/// A small, fast, repeatable generator (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall the same way for the same seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, 0 for 0.
    pub fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.roll() % u64::from(n.max(1))).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u32::try_from(most - least + 1).unwrap_or(1);
        least + i64::from(self.below(width))
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// An id.
    pub fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.roll(), self.roll())
    }

    /// One of a list; the first position if it is empty.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).unwrap_or(u32::MAX)) as usize
    }
}

/// Day 0 of the synthetic calendars, a Monday.
pub const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(2027, 1, 4) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// So many days after (or before) [`EPOCH`].
pub fn day(offset: i64) -> NaiveDate {
    let days = Days::new(offset.unsigned_abs());
    let day = if offset < 0 {
        EPOCH.checked_sub_days(days)
    } else {
        EPOCH.checked_add_days(days)
    };
    day.unwrap_or(EPOCH)
}

/// From one day to another, counted from [`EPOCH`].
pub fn span(from: i64, until: i64) -> Span {
    Span {
        from: day(from),
        until: day(until),
    }
}

/// A period with both ends open.
pub const ALWAYS: Period = Period {
    from: None,
    until: None,
};

/// A council with nothing known but its region and place.
pub fn council(id: u128, region: u32, position: (i32, i32)) -> Council {
    Council {
        id: Uuid::from_u128(id),
        region: RegionIx(region),
        position,
        neighbours: Vec::new(),
        predecessors: Vec::new(),
        sisters: Vec::new(),
        control: None,
    }
}

/// A deployable person, trained and declared at [`EPOCH`], with nothing else known.
pub fn peer(id: u128) -> Peer {
    Peer {
        id: Uuid::from_u128(id),
        status: PeerStatus::Active,
        roles: RoleSet::default(),
        themes: ThemeSet::default(),
        party: None,
        trained_on: Some(EPOCH),
        declared_on: Some(EPOCH),
        retired_on: None,
        capacity: None,
        affiliations: Vec::new(),
        interests: Vec::new(),
        availability: Vec::new(),
        blackouts: Vec::new(),
        objections: Vec::new(),
        possible_duplicates: Vec::new(),
    }
}

/// A current post at a council.
pub fn post(id: u128, council: CouncilIx) -> crate::Affiliation {
    crate::Affiliation {
        id: Uuid::from_u128(id),
        kind: crate::AffiliationKind::Employment,
        council: Some(council),
        body: None,
        period: ALWAYS,
        primary: false,
    }
}

/// The figures of domain.md and of the sample seasons.
pub fn policy() -> Policy {
    let block = SeverityOrOff::Block;
    Policy {
        id: Uuid::from_u128(1),
        number: 1,
        conflicts: ConflictRules {
            own_council: block,
            neighbour: SeverityByReach {
                national: block,
                regional: SeverityOrOff::Warn,
                triad: SeverityOrOff::Warn,
            },
            past_affiliation: LookBack {
                block_months: 72,
                warn_months: 120,
            },
            personal: block,
            financial: block,
            declared: SeverityOrOff::Warn,
            repeat_visit_months: 36,
            reciprocal_months: 24,
            reciprocal: SeverityByReach {
                national: block,
                regional: block,
                triad: SeverityOrOff::Off,
            },
            host_objection: block,
            host_objection_months: None,
            regulator: block,
            declaration_valid_months: 12,
            stale_declaration: SeverityOrOff::Warn,
            training_valid_months: 36,
            stale_training: block,
        },
        team: TeamRules {
            max_per_council: 1,
            max_per_region: 2,
            host_region_warn_above: 1,
            host_region_block_above_percent: 50,
            max_council_week: 2,
            season_engagements: 2,
            season_engagements_stop: 3,
            rest_days: 7,
            retired_months: 36,
            lead_served_before: true,
            member_group: SeverityOrOff::Warn,
            reserves_per_slot: 2,
        },
        weights: Weights {
            seat: 1000,
            preference: 1,
            theme: 1,
            affinity: 40,
            spread: 15,
            load: 10,
            km_per_point: 10,
        },
    }
}
