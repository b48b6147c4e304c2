//! A whole team for one challenge: proposed to proven optimality, and checked before it is confirmed.
//!
//! [`propose`] fills all open slots together, in the best window: most filled slots first, then the points of
//! season-format.md. The answer is exact. It says for everybody on the team what they bring, who would have been next
//! and what decided; why slots stay vacant; who could step in; and what another window would have given.
//! [`check`] re-assesses a team as it stands.
//!
//! A team is valid when nobody who is not yet a member has an open finding beside all the others, by the one function
//! of [`crate::eligibility`]. Members of [`Challenge::members`] stay, whatever the rules now say of them ([`check`]
//! reports that).
//!
//! Files: `model` gathers the eligible people of a window, `dominance` sets aside those who cannot matter, `window` picks
//! the way to solve it. By tables: `shape` codes slots and themes, `parts` puts the best team together from councils and
//! regions, `branch` sees to the rules between regions. Person by person: `bound` prices scarce things for an upper
//! bound, `supply` bounds how many slots can be filled, `search` and `tighten` find the best team. `explain` and
//! `reserves` tell the story.

mod bound;
mod branch;
mod check;
mod counters;
mod dominance;
mod explain;
mod groups;
mod input;
mod model;
mod parts;
mod propose;
mod reserves;
mod search;
mod shape;
mod state;
mod supply;
mod tighten;
mod window;

pub use check::{TeamCheck, TeamFault, check};
pub use input::{FORMAT, Input, InputError};
pub use propose::propose;
pub use reserves::{could_step_in, standing as standing_reserves};

use serde::{Deserialize, Serialize};

use crate::eligibility::RuleCount;
use crate::points::{Contribution, Criterion};
use crate::{PeerIx, RuleCode, SlotIx, WindowIx};

/// What a team is worth: compared by filled slots first, then by points.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Value {
    /// Slots with a holder.
    pub filled: u32,
    /// Points of the objective.
    pub points: i64,
}

/// How to search.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Give up proving after so many steps of the search; the answer then says `proven: false` and keeps its bound.
    pub node_limit: u64,
    /// Only these windows; `None` for all.
    pub windows: Option<Vec<WindowIx>>,
    /// Runners-up to name for each slot.
    pub runners_up: usize,
    /// Decides between people and teams that are worth the same.
    pub seed: u64,
    /// Solve a window by tables of at most so many combinations of filled slots and covered themes; beyond that, person
    /// by person. Both ways prove the same.
    pub table_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            node_limit: 2_000_000,
            windows: None,
            runners_up: 3,
            seed: 0,
            table_limit: 1 << 16,
        }
    }
}

/// The best team, with its reasons.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proposal {
    /// The chosen window.
    pub window: WindowIx,
    /// One place per slot, in slot order.
    pub places: Vec<Place>,
    /// What the team is worth, members who were on it already included.
    pub value: Value,
    /// The team's points by criterion.
    pub contributions: Vec<Contribution>,
    /// No team in any of the windows is worth more.
    pub bound: Value,
    /// Whether `value` equals `bound`, so that the team is proven to be among the best.
    pub proven: bool,
    /// One summary per window considered, in window order.
    pub windows: Vec<WindowSummary>,
    /// People considered: the whole pool.
    pub considered: u32,
    /// People eligible for at least one open slot in the chosen window.
    pub eligible: u32,
    /// Of those, how many the search did not need to try, and why.
    pub set_aside: SetAside,
    /// What the best other window would have given.
    pub traded_off: Option<TradedOff>,
    /// Steps that the search took.
    pub nodes: u64,
}

/// A slot of the proposed team.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The slot.
    pub slot: SlotIx,
    /// Who holds it; `None` if it stays vacant.
    pub holder: Option<Holder>,
    /// Why it stays vacant.
    pub vacancy: Option<Vacancy>,
    /// Who could step in, best first: each valid in the team as it stands in the holder's stead. The same person may be
    /// a reserve for several slots.
    pub reserves: Vec<Reserve>,
}

/// Who holds a slot of the proposed team.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Holder {
    /// Who.
    pub peer: PeerIx,
    /// Whether they were on the team already.
    pub pinned: bool,
    /// What the team would lose without them.
    pub points: i64,
    /// The same by criterion.
    pub contributions: Vec<Contribution>,
    /// Who else was eligible for the slot, best first, and what decided against them.
    pub runners_up: Vec<RunnerUp>,
}

/// Somebody eligible who was not chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RunnerUp {
    /// Who.
    pub peer: PeerIx,
    /// Change of the team's points if they replaced the holder.
    pub delta: i64,
    /// What decided.
    pub decided_by: Decision,
}

/// What decided between a holder and a runner-up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Beside the rest of the team this rule speaks against the runner-up.
    Rule(RuleCode),
    /// The holder is furthest ahead on this.
    Criterion(Criterion),
    /// They are worth the same.
    Equal,
}

/// Why a slot stays vacant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vacancy {
    /// People eligible for the slot if the rest of the team were only those who were on it already.
    pub eligible: u32,
    /// What keeps people out beside the team as proposed.
    pub by_rule: Vec<RuleCount>,
}

/// Somebody who could step in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reserve {
    /// Who.
    pub peer: PeerIx,
    /// Change of the team's points if they replaced the holder.
    pub delta: i64,
}

/// What is known of one window.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WindowSummary {
    /// The window.
    pub window: WindowIx,
    /// Eligible people for each slot, in slot order; `None` for a slot held already.
    pub eligible: Vec<Option<u32>>,
    /// The open slot with the fewest eligible people, the first among equals.
    pub bottleneck: Option<SlotIx>,
    /// The best team found in it, if it was searched and one better than the windows before was found.
    pub value: Option<Value>,
    /// No team in this window is worth more.
    pub bound: Value,
}

/// People that the search did not need to try.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SetAside {
    /// People left out of every slot for which they are eligible.
    pub people: u32,
    /// Pairs of a person and a slot left out. For each, more people than any team could block (by holding them or
    /// a place of their councils) can replace the person with no fewer points, all the person's required themes, and
    /// the same region and group.
    pub pairs: u32,
}

/// What another window would have given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TradedOff {
    /// The best other window.
    pub window: WindowIx,
    /// A team that is possible in it, if one was looked for.
    pub value: Option<Value>,
    /// No team in it is worth more.
    pub bound: Value,
}
