//! The way from a composed season's positions to the database's ids, kept with each plan.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use matching::{
    SlotIx,
    season::{Assignment, Composed, Season},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::settings::Pin;
use crate::{graphql::errors::ApiError, team::world::Facts};

/// What a challenge asks for: the way from the input's positions to the database's ids.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Frame {
    /// The challenge.
    pub challenge: Uuid,
    /// The host.
    pub host: Uuid,
    /// The window that was chosen before the plan.
    #[serde(default)]
    pub chosen: Option<Uuid>,
    /// Its windows.
    pub windows: Vec<FrameWindow>,
    /// Its slots.
    pub slots: Vec<FrameSlot>,
}

/// A window of a challenge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FrameWindow {
    /// The window; what is only supposed has an id of no row.
    pub id: Uuid,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// A slot of a challenge.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FrameSlot {
    /// The slot.
    pub id: Uuid,
    /// The role of the format that stands for all that it asks.
    pub role: String,
    /// Who held it before the plan.
    pub held_by: Option<Uuid>,
    /// Who was asked to have it: the plan has them there, but they do not hold it yet.
    #[serde(default)]
    pub pinned: Option<Uuid>,
}

impl FrameSlot {
    /// Whom every plan of the season has in it.
    fn settled(&self) -> Option<Uuid> {
        self.held_by.or(self.pinned)
    }
}

impl Frame {
    /// Who is in each slot whatever the plan, and whether they held it before.
    pub(super) fn held(&self) -> Vec<Option<(Uuid, bool)>> {
        let held = |slot: &FrameSlot| Some((slot.settled()?, slot.held_by.is_some()));
        self.slots.iter().map(held).collect()
    }

    /// Slots with who is pinned to them.
    pub(super) fn pins(&self) -> impl Iterator<Item = (Uuid, Uuid)> {
        self.slots.iter().filter_map(|slot| Some((slot.id, slot.pinned?)))
    }
}

/// What the challenges of a composed season ask for.
pub fn frames(facts: &[Facts], composed: &Composed, pins: &[Pin]) -> Vec<Frame> {
    let pinned: HashSet<Uuid> = pins.iter().map(|pin| pin.slot).collect();
    let frame = |(at, facts): (usize, &Facts)| {
        let slot = |slot: SlotIx| {
            let id = facts.slot_id(slot);
            let holder = facts.challenge.holder(slot).map(|peer| facts.peer_id(peer));
            let (pinned, held_by) = if pinned.contains(&id) {
                (holder, None)
            } else {
                (None, holder)
            };
            let role = composed.role(at, slot).to_owned();
            FrameSlot {
                id,
                role,
                held_by,
                pinned,
            }
        };
        let window = |window: &matching::Window| FrameWindow {
            id: window.id,
            starts_on: window.span.from,
            ends_on: window.span.until,
        };
        Frame {
            challenge: facts.row.id,
            host: facts.row.host_id,
            chosen: facts.row.window_id,
            windows: facts.challenge.windows.iter().map(window).collect(),
            slots: facts.challenge.slot_positions().map(slot).collect(),
        }
    };
    facts.iter().enumerate().map(frame).collect()
}

/// Leaves of what a season's input settles only what the frames still say: what is held and, unless told otherwise, pinned.
pub(super) fn settle(season: &mut Season, frames: &[Frame], names: &Names, with_pins: bool) {
    for (ask, frame) in season.challenges.iter_mut().zip(frames) {
        let Some(pinned) = &mut ask.pinned else { continue };
        pinned.team.retain(|seat| {
            let peer = names.peers.get(seat.peer).copied();
            let mut slots = frame.slots.iter();
            peer.is_some() && slots.any(|slot| slot.held_by == peer || with_pins && slot.pinned == peer)
        });
        if !with_pins && pinned.team.is_empty() && frame.chosen.is_none() {
            ask.pinned = None;
        }
    }
}

/// Which slot a person shall be shown in, by challenge: of slots that ask for the same, any would do.
pub type Seating = HashMap<(usize, Uuid), Uuid>;

/// The ids behind a season's references.
pub struct Names {
    /// Challenges, by position.
    pub challenges: Vec<Uuid>,
    /// People, by position.
    pub peers: Vec<Uuid>,
    /// Councils, by position.
    pub councils: Vec<Uuid>,
}

impl Names {
    /// Reads the references of a season that the service composed.
    ///
    /// # Errors
    /// Internal, when it is another season.
    pub fn of(season: &Season) -> Result<Self, ApiError> {
        let read = |text: &str| Uuid::try_parse(text).map_err(ApiError::internal);
        Ok(Self {
            challenges: season
                .challenges
                .iter()
                .map(|one| read(&one.reference))
                .collect::<Result<_, _>>()?,
            peers: season
                .peers
                .iter()
                .map(|one| read(&one.reference))
                .collect::<Result<_, _>>()?,
            councils: season
                .councils
                .iter()
                .map(|one| read(&one.reference))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Who holds which slot of a challenge in a plan, and whether they held it before: whoever has a slot of their own first, the
/// others where there is room.
pub(super) fn seated(
    frame: &Frame,
    (at, names): (usize, &Names),
    place: &Assignment,
    seating: &Seating,
) -> Result<Vec<Option<(Uuid, bool)>>, ApiError> {
    let mut held = frame.held();
    let mut waiting = Vec::new();
    for seat in &place.team {
        let peer = *names
            .peers
            .get(seat.peer)
            .ok_or_else(|| ApiError::internal("a seat names nobody"))?;
        if !held.iter().flatten().any(|(holder, _)| *holder == peer) {
            waiting.push((seat, peer));
        }
    }
    waiting.sort_by_key(|(_, peer)| !seating.contains_key(&(at, *peer)));
    for (seat, peer) in waiting {
        let open = |i: &usize| held[*i].is_none() && frame.slots[*i].role == seat.role;
        let own = seating.get(&(at, peer));
        let wished = (0..frame.slots.len()).find(|i| open(i) && Some(&frame.slots[*i].id) == own);
        let slot = wished.or_else(|| (0..frame.slots.len()).find(open));
        held[slot.ok_or_else(|| ApiError::internal("a plan fills more slots than there are"))?] = Some((peer, false));
    }
    Ok(held)
}
