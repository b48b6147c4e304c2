//! What a challenge must be for the engine to take it, and how it is refused.

use chrono::NaiveDate;

use crate::{Challenge, Policy, Span, Weights, World};

/// Why a challenge cannot be matched as given; nothing was computed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChallengeError {
    /// A position outside its list.
    #[error("{place}: there is no {what} at position {position}")]
    Unknown {
        /// Path of the field.
        place: &'static str,
        /// What should be there.
        what: &'static str,
        /// The position given.
        position: u32,
    },
    /// More than the engine takes.
    #[error("{place}: {given} given, at most {limit} are possible")]
    TooMany {
        /// Path of the field.
        place: &'static str,
        /// How many were given.
        given: usize,
        /// How many are possible.
        limit: usize,
    },
    /// A window that ends before it starts.
    #[error("the window ends on {until}, before it starts on {from}")]
    Backwards {
        /// First day given.
        from: NaiveDate,
        /// Last day given.
        until: NaiveDate,
    },
    /// A window of more than a year.
    #[error("the window from {from} to {until} is longer than {MAX_WINDOW_DAYS} days")]
    TooLong {
        /// First day given.
        from: NaiveDate,
        /// Last day given.
        until: NaiveDate,
    },
    /// No window to match for.
    #[error("there is no window to match for")]
    NoWindow,
    /// One slot with two holders.
    #[error("slot {slot} has two holders")]
    SlotHeldTwice {
        /// Position of the slot.
        slot: u32,
    },
    /// One person in two slots.
    #[error("peer {peer} holds two slots")]
    MemberTwice {
        /// Position of the person.
        peer: u32,
    },
    /// A figure outside its range.
    #[error("{field} is {given}, outside {least} to {most}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The figure given.
        given: i64,
        /// Smallest possible.
        least: i64,
        /// Largest possible.
        most: i64,
    },
}

const MAX_SLOTS: usize = 12;
const MAX_THEMES: usize = 64;
const MAX_WINDOW_DAYS: i64 = 366;
const MAX_WEIGHT: i64 = 1_000_000;

pub(super) fn known(place: &'static str, what: &'static str, position: u32, len: usize) -> Result<(), ChallengeError> {
    if (position as usize) < len {
        Ok(())
    } else {
        Err(ChallengeError::Unknown { place, what, position })
    }
}

fn within(field: &'static str, given: i64, least: i64, most: i64) -> Result<(), ChallengeError> {
    if (least..=most).contains(&given) {
        Ok(())
    } else {
        Err(ChallengeError::OutOfRange {
            field,
            given,
            least,
            most,
        })
    }
}

pub(super) fn check_window(window: Span) -> Result<(), ChallengeError> {
    let Span { from, until } = window;
    if from > until {
        return Err(ChallengeError::Backwards { from, until });
    }
    if window.days() > MAX_WINDOW_DAYS {
        return Err(ChallengeError::TooLong { from, until });
    }
    Ok(())
}

pub(super) fn check(world: &World, policy: &Policy, challenge: &Challenge) -> Result<(), ChallengeError> {
    let at_most = |place, given, limit| {
        if given <= limit {
            Ok(())
        } else {
            Err(ChallengeError::TooMany { place, given, limit })
        }
    };
    let peers = world.peers().len();
    known("challenge.host", "council", challenge.host.0, world.councils().len())?;
    at_most("challenge.slots", challenge.slots.len(), MAX_SLOTS)?;
    at_most("challenge.themes", challenge.themes.len(), MAX_THEMES)?;
    within("challenge.priority", i64::from(challenge.priority), 1, 5)?;
    for &(_, weight) in &challenge.themes {
        within("challenge.themes.weight", i64::from(weight), 0, MAX_WEIGHT)?;
    }
    for (i, member) in challenge.members.iter().enumerate() {
        known("challenge.members.slot", "slot", member.slot.0, challenge.slots.len())?;
        known("challenge.members.peer", "peer", member.peer.0, peers)?;
        for earlier in &challenge.members[..i] {
            if earlier.slot == member.slot {
                return Err(ChallengeError::SlotHeldTwice { slot: member.slot.0 });
            }
            if earlier.peer == member.peer {
                return Err(ChallengeError::MemberTwice { peer: member.peer.0 });
            }
        }
    }
    for peer in challenge
        .first_team
        .iter()
        .flatten()
        .chain(challenge.waivers.iter().map(|waiver| &waiver.peer))
    {
        known("challenge", "peer", peer.0, peers)?;
    }
    let Weights {
        seat,
        preference,
        theme,
        affinity,
        spread,
        load,
        km_per_point,
    } = policy.weights;
    let weights = [
        ("weights.seat", seat),
        ("weights.preference", preference),
        ("weights.theme", theme),
        ("weights.affinity", affinity),
        ("weights.spread", spread),
        ("weights.load", load),
    ];
    for (field, given) in weights {
        within(field, given, 0, MAX_WEIGHT)?;
    }
    within("weights.km_per_point", km_per_point, 1, MAX_WEIGHT)
}
