//! The way from a composed season's positions to the database's ids, kept with each plan.

use std::collections::HashMap;

use chrono::NaiveDate;
use matching::{
    SlotIx,
    season::{Assignment, Composed, Season},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{graphql::errors::ApiError, team::world::Facts};

/// What a challenge asks for: the way from the input's positions to the database's ids.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Frame {
    /// The challenge.
    pub challenge: Uuid,
    /// The host.
    pub host: Uuid,
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
    /// Whose place it is, where that is settled.
    pub held_by: Option<Uuid>,
}

/// What the challenges of a composed season ask for.
pub fn frames(facts: &[Facts], composed: &Composed) -> Vec<Frame> {
    let frame = |(at, facts): (usize, &Facts)| {
        let slot = |slot: SlotIx| FrameSlot {
            id: facts.slot_id(slot),
            role: composed.role(at, slot).to_owned(),
            held_by: facts.challenge.holder(slot).map(|peer| facts.peer_id(peer)),
        };
        let window = |window: &matching::Window| FrameWindow {
            id: window.id,
            starts_on: window.span.from,
            ends_on: window.span.until,
        };
        Frame {
            challenge: facts.row.id,
            host: facts.row.host_id,
            windows: facts.challenge.windows.iter().map(window).collect(),
            slots: facts.challenge.slot_positions().map(slot).collect(),
        }
    };
    facts.iter().enumerate().map(frame).collect()
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

/// Who holds which slot of a challenge in a plan, and whether that was settled: whoever has a slot of their own first, the others
/// where there is room.
pub(super) fn seated(
    frame: &Frame,
    (at, names): (usize, &Names),
    place: &Assignment,
    seating: &Seating,
) -> Result<Vec<Option<(Uuid, bool)>>, ApiError> {
    let mut held: Vec<Option<(Uuid, bool)>> = frame.slots.iter().map(|slot| Some((slot.held_by?, true))).collect();
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
