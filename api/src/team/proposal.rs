//! A proposed team as the decision record keeps it: the engine's answer with positions turned into database ids.
//!
//! The record holds what the answer rested on (the engine's input, see `record`; the policy version) and all that was said
//! about it: holders with what they bring, runners-up with what decided, reserves, vacancies with their reasons, windows.

use matching::{
    Contribution, Criterion, PeerIx, RuleCode, SlotIx, WindowIx,
    team::{Decision, Proposal, Value},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::world::Facts;

/// The whole of a proposal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Body {
    /// What the team is worth.
    pub value: Value,
    /// No team in any of the windows is worth more.
    pub bound: Value,
    /// Points by criterion.
    pub contributions: Vec<Contribution>,
    /// One place per slot, in slot order.
    pub places: Vec<Place>,
    /// One entry per window considered.
    pub windows: Vec<Window>,
    /// What the best other window would have given.
    pub traded_off: Option<TradedOff>,
    /// People considered.
    pub considered: u32,
    /// People eligible for an open slot in the chosen window.
    pub eligible: u32,
    /// Eligible people that the search did not need to try.
    pub set_aside_people: u32,
    /// Pairs of person and slot that the search did not need to try.
    pub set_aside_pairs: u32,
    /// Steps of the search.
    pub nodes: u64,
}

/// A slot of a proposed team.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The slot.
    pub slot: Uuid,
    /// Who holds it.
    pub holder: Option<Holder>,
    /// Why it stays vacant.
    pub vacancy: Option<Vacancy>,
    /// Who could step in, best first.
    pub reserves: Vec<Reserve>,
}

/// Who holds a slot of a proposed team.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Holder {
    /// Who.
    pub peer: Uuid,
    /// The council that counts as their home.
    pub home: Option<Uuid>,
    /// Whether they were on the team already.
    pub pinned: bool,
    /// What the team would lose without them.
    pub points: i64,
    /// The same by criterion.
    pub contributions: Vec<Contribution>,
    /// Who else was eligible, best first.
    pub runners_up: Vec<RunnerUp>,
}

/// Somebody eligible who was not chosen.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RunnerUp {
    /// Who.
    pub peer: Uuid,
    /// Change of the team's points if they replaced the holder.
    pub delta: i64,
    /// The rule that decided.
    pub rule: Option<RuleCode>,
    /// The criterion that decided.
    pub criterion: Option<Criterion>,
}

/// Somebody who could step in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reserve {
    /// Who.
    pub peer: Uuid,
    /// Change of the team's points if they replaced the holder.
    pub delta: i64,
}

/// Why a slot stays vacant.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Vacancy {
    /// People eligible beside those who were on the team already.
    pub eligible: u32,
    /// What keeps people out.
    pub by_rule: Vec<RuleTally>,
}

/// How many people a rule keeps out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RuleTally {
    /// The rule.
    pub rule: RuleCode,
    /// People against whom it speaks, alone or with others.
    pub people: u32,
    /// People against whom nothing else speaks.
    pub alone: u32,
}

/// What is known of one window.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Window {
    /// The window.
    pub window: Uuid,
    /// The open slot with the fewest eligible people.
    pub bottleneck: Option<Uuid>,
    /// How many those are.
    pub bottleneck_eligible: Option<u32>,
    /// The best team found in it, if it was searched.
    pub value: Option<Value>,
    /// No team in it is worth more.
    pub bound: Value,
}

/// What another window would have given.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TradedOff {
    /// The window.
    pub window: Uuid,
    /// A team that is possible in it, if one was found.
    pub value: Option<Value>,
    /// No team in it is worth more.
    pub bound: Value,
}

impl From<matching::eligibility::RuleCount> for RuleTally {
    fn from(count: matching::eligibility::RuleCount) -> Self {
        Self {
            rule: count.rule,
            people: count.people,
            alone: count.alone,
        }
    }
}

impl Body {
    /// The engine's answer with database ids.
    pub fn of(facts: &Facts, proposal: &Proposal) -> Self {
        let peer = |peer: PeerIx| facts.peer_id(peer);
        let window = |window: WindowIx| facts.window_id(window);
        let slot = |slot: SlotIx| facts.slot_id(slot);
        let days = facts.span(proposal.window);
        let holder = |holder: &matching::team::Holder| Holder {
            peer: peer(holder.peer),
            home: facts.home(holder.peer, days),
            pinned: holder.pinned,
            points: holder.points,
            contributions: holder.contributions.clone(),
            runners_up: holder
                .runners_up
                .iter()
                .map(|other| {
                    let (rule, criterion) = match other.decided_by {
                        Decision::Rule(rule) => (Some(rule), None),
                        Decision::Criterion(criterion) => (None, Some(criterion)),
                        Decision::Equal => (None, None),
                    };
                    RunnerUp {
                        peer: peer(other.peer),
                        delta: other.delta,
                        rule,
                        criterion,
                    }
                })
                .collect(),
        };
        let place = |place: &matching::team::Place| Place {
            slot: slot(place.slot),
            holder: place.holder.as_ref().map(holder),
            vacancy: place.vacancy.as_ref().map(|vacancy| Vacancy {
                eligible: vacancy.eligible,
                by_rule: vacancy.by_rule.iter().copied().map(Into::into).collect(),
            }),
            reserves: place
                .reserves
                .iter()
                .map(|reserve| Reserve {
                    peer: peer(reserve.peer),
                    delta: reserve.delta,
                })
                .collect(),
        };
        let summary = |one: &matching::team::WindowSummary| Window {
            window: window(one.window),
            bottleneck: one.bottleneck.map(slot),
            bottleneck_eligible: one
                .bottleneck
                .and_then(|slot| one.eligible.get(slot.index()).copied().flatten()),
            value: one.value,
            bound: one.bound,
        };
        Self {
            value: proposal.value,
            bound: proposal.bound,
            contributions: proposal.contributions.clone(),
            places: proposal.places.iter().map(place).collect(),
            windows: proposal.windows.iter().map(summary).collect(),
            traded_off: proposal.traded_off.map(|other| TradedOff {
                window: window(other.window),
                value: other.value,
                bound: other.bound,
            }),
            considered: proposal.considered,
            eligible: proposal.eligible,
            set_aside_people: proposal.set_aside.people,
            set_aside_pairs: proposal.set_aside.pairs,
            nodes: proposal.nodes,
        }
    }

    /// Everybody whom the proposal puts on the team or names as a reserve.
    pub fn people(&self) -> Vec<Uuid> {
        let holders = self
            .places
            .iter()
            .filter_map(|place| place.holder.as_ref())
            .map(|holder| holder.peer);
        let reserves = self
            .places
            .iter()
            .flat_map(|place| &place.reserves)
            .map(|reserve| reserve.peer);
        let mut all: Vec<Uuid> = holders.chain(reserves).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
