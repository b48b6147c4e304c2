//! When the scope of a postponed challenge, and its team's consent with it, ceases to hold.
//!
//! Pure. The postponement lasted beyond the policy's limit (POSTPONEMENT_VOID), or no window is left to come.
//!
//! Neighbours: `service::suspend` (asks when a challenge is taken up again), `evidence` (so that `transitions` says it before).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::deadlines;
use crate::programme::policy::{Milestone, PolicyBody};

/// Why a scope became void.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Void {
    /// The postponement lasted beyond this day.
    PostponedBeyond(NaiveDate),
    /// Every window that could still be used has begun.
    WindowsPassed,
}

impl Void {
    /// Why, as a part of a sentence.
    pub fn words(self) -> String {
        match self {
            Self::PostponedBeyond(last) => format!("the postponement lasted beyond {last}"),
            Self::WindowsPassed => "no window is left to come".to_owned(),
        }
    }

    /// Why the scope of a challenge that was postponed on a day is void today; `None` while it holds. `by_hand` is the last day as
    /// somebody has set it for this postponement, `chosen` the first day of fieldwork; `windows` are the first days that it could
    /// take place on as long as none is chosen.
    pub fn of(
        policy: &PolicyBody,
        by_hand: Option<NaiveDate>,
        [postponed, today]: [NaiveDate; 2],
        chosen: Option<NaiveDate>,
        mut windows: impl Iterator<Item = NaiveDate>,
    ) -> Option<Self> {
        // A policy without this limit knows none.
        let last =
            deadlines::last_day(policy, Milestone::PostponementVoid, postponed).map(|last| by_hand.unwrap_or(last));
        if let Some(last) = last.filter(|last| *last < today) {
            return Some(Self::PostponedBeyond(last));
        }
        let to_come = match chosen {
            Some(first) => first > today,
            None => windows.any(|first| first > today),
        };
        (!to_come).then_some(Self::WindowsPassed)
    }
}
