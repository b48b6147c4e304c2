//! What was asked of a season plan, as it is kept with it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What was asked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Decides between plans that are worth the same.
    pub seed: u32,
    /// Seconds after which the run ends with what it has.
    pub time_limit_seconds: u32,
    /// Rounds of improvement.
    pub rounds: u32,
    /// Points lost by planning somebody who needs a waiver; nobody is who does unless given.
    #[serde(default)]
    pub waiver_points: Option<u32>,
    /// People who shall have a place.
    #[serde(default)]
    pub pins: Vec<Pin>,
    /// People who shall not serve on a challenge.
    #[serde(default)]
    pub forbidden: Vec<Forbidden>,
    /// What is supposed; such a plan cannot be applied.
    #[serde(default)]
    pub what_if: Option<WhatIf>,
}

impl Settings {
    /// What is asked unless somebody says otherwise.
    pub const fn usual() -> Self {
        Self {
            seed: 1,
            time_limit_seconds: 60,
            rounds: 300,
            waiver_points: None,
            pins: Vec::new(),
            forbidden: Vec::new(),
            what_if: None,
        }
    }
}

/// Somebody who shall have a place.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The slot.
    pub slot: Uuid,
    /// Who.
    pub peer: Uuid,
    /// In which window.
    pub window: Uuid,
}

/// Somebody who shall not serve on a challenge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Forbidden {
    /// The challenge.
    pub challenge: Uuid,
    /// Who.
    pub peer: Uuid,
}

/// What is supposed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// Another version of the programme's policy.
    #[serde(default)]
    pub policy: Option<Uuid>,
    /// People who are not there.
    #[serde(default)]
    pub without: Vec<Uuid>,
    /// Further windows.
    #[serde(default)]
    pub windows: Vec<ExtraWindow>,
}

/// A further window of a challenge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExtraWindow {
    /// The challenge.
    pub challenge: Uuid,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
    /// How much the host would like it, 0–100.
    pub preference: u8,
}
