//! National challenges that are harder to prove than the usual one.

use super::{Dice, Instance, national};
use crate::{Control, Role, Slot, ThemeSet};

/// As [`national`], for a host without overall control whose team has two member slots, so that the member-group rule
/// looks between them.
pub fn hung(seed: u64, peers: u32) -> Instance {
    let mut instance = national(seed, peers);
    let host = instance.challenge.host.index();
    instance.councils[host].control = Some(Control::NoOverallControl);
    if let Some(slot) = instance.challenge.slots.get_mut(3) {
        slot.role = Role::MemberPeer;
    }
    instance
}

/// As [`national`], with twelve slots: each role twice, so two pairs of interchangeable places and a double one.
pub fn dozen(seed: u64, peers: u32) -> Instance {
    let mut instance = national(seed, peers);
    let dice = &mut Dice::new(seed.wrapping_add(12));
    let more: Vec<Slot> = instance
        .challenge
        .slots
        .iter()
        .map(|slot| (dice.id(), slot.role))
        .map(twin)
        .collect();
    instance.challenge.slots.extend(more);
    instance
}

fn twin((id, role): (uuid::Uuid, Role)) -> Slot {
    Slot {
        id,
        role,
        lead: false,
        themes: ThemeSet::default(),
    }
}

/// As [`national`], with twelve required themes.
pub fn many_themes(seed: u64, peers: u32) -> Instance {
    let mut instance = national(seed, peers);
    let dice = &mut Dice::new(seed.wrapping_add(5));
    instance.challenge.themes = (0..12)
        .map(|theme| (ThemeSet(1 << theme), 20 + dice.below(31)))
        .collect();
    instance
}
