//! Slots as the format knows them: a role of the format stands for everything that a slot asks of its holder.

use std::collections::BTreeMap;

use super::{Asked, Terms, theme_name};
use crate::{Control, EngagementState, Party, PeerIx, Policy, Role, ThemeSet, World};

/// Of which political group a holder is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Group {
    /// Any or none.
    Any,
    /// This one.
    Only(Party),
    /// A known one, but not this.
    Not(Party),
    /// No group would do.
    Nobody,
}

/// What a slot asks of its holder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Kind {
    role: Role,
    lead: bool,
    themes: ThemeSet,
    group: Group,
}

/// All kinds of slots of a season.
pub(super) struct Kinds {
    list: Vec<(Kind, String)>,
    /// For each challenge and slot the position of its kind.
    slots: Vec<Vec<usize>>,
    /// For each challenge the kinds of its open slots.
    open: Vec<Vec<usize>>,
}

impl Kinds {
    pub(super) fn of_season(world: &World, asked: &[Asked<'_>], terms: &Terms<'_>) -> Self {
        let largest = largest_group(world);
        let mut kinds = Self {
            list: Vec::new(),
            slots: Vec::new(),
            open: Vec::new(),
        };
        for one in asked {
            let groups = groups(world, one, terms.policy, largest);
            let mut slots = Vec::new();
            for (slot, group) in one.challenge.slots.iter().zip(groups) {
                let kind = Kind {
                    role: slot.role,
                    lead: slot.lead,
                    themes: slot.themes,
                    group,
                };
                let known = kinds.list.iter().position(|(other, _)| *other == kind);
                slots.push(known.unwrap_or_else(|| {
                    kinds.list.push((kind, name(kind, terms)));
                    kinds.list.len() - 1
                }));
            }
            let moves = |slot: usize| one.movable.iter().any(|other| other.index() == slot);
            let held = |slot: usize| {
                let mut members = one.challenge.members.iter();
                members.any(|member| member.slot.index() == slot) && !moves(slot)
            };
            let mut open: Vec<usize> = (0..slots.len())
                .filter(|slot| !held(*slot))
                .map(|slot| slots[slot])
                .collect();
            open.sort_unstable();
            open.dedup();
            kinds.open.push(open);
            kinds.slots.push(slots);
        }
        kinds
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.list.iter().map(|(_, name)| name.clone()).collect()
    }

    /// The kind of each slot of a challenge.
    pub(super) fn of_slots(&self, challenge: usize) -> Vec<String> {
        self.slots[challenge]
            .iter()
            .map(|kind| self.list[*kind].1.clone())
            .collect()
    }

    /// The kinds that a person can hold.
    pub(super) fn of_peer(&self, world: &World, policy: &Policy, peer: PeerIx) -> Vec<String> {
        let fitting = self.list.iter().filter(|(kind, _)| kind.fits(world, policy, peer));
        fitting.map(|(_, name)| name.clone()).collect()
    }

    /// Whether a person can hold an open slot of a challenge.
    pub(super) fn fits(&self, world: &World, policy: &Policy, challenge: usize, peer: PeerIx) -> bool {
        let open = &self.open[challenge];
        open.iter().any(|kind| self.list[*kind].0.fits(world, policy, peer))
    }
}

impl Kind {
    fn fits(&self, world: &World, policy: &Policy, peer: PeerIx) -> bool {
        let person = &world.peers()[peer.index()];
        let served = || {
            world
                .engagements_of(peer)
                .any(|engagement| engagement.state == EngagementState::Done)
        };
        let group = match self.group {
            Group::Any => true,
            Group::Only(party) => person.party == Some(party),
            Group::Nobody => false,
            Group::Not(party) => person.party.is_some_and(|own| own != party),
        };
        person.roles.contains(self.role)
            && person.themes.covers(self.themes)
            && group
            && (!self.lead || !policy.team.lead_served_before || served())
    }
}

/// The largest group among the member peers of the pool.
fn largest_group(world: &World) -> Option<Party> {
    let members = world
        .peers()
        .iter()
        .filter(|peer| peer.roles.contains(Role::MemberPeer));
    let mut sizes: BTreeMap<Party, u32> = BTreeMap::new();
    for party in members.filter_map(|peer| peer.party) {
        *sizes.entry(party).or_insert(0) += 1;
    }
    let largest = sizes
        .into_iter()
        .max_by_key(|&(party, size)| (size, std::cmp::Reverse(party)));
    largest.map(|(party, _)| party)
}

/// For each slot, of which group its holder has to be (`MEMBER_GROUP`).
fn groups(world: &World, asked: &Asked<'_>, policy: &Policy, largest: Option<Party>) -> Vec<Group> {
    let challenge = asked.challenge;
    let mut groups = vec![Group::Any; challenge.slots.len()];
    if policy.team.member_group.severity().is_none() {
        return groups;
    }
    let members = challenge
        .slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.role == Role::MemberPeer);
    let members: Vec<usize> = members.map(|(at, _)| at).collect();
    let holder = |slot: usize| challenge.members.iter().find(|member| member.slot.index() == slot);
    let open: Vec<usize> = members.iter().copied().filter(|slot| holder(*slot).is_none()).collect();
    match world.councils()[challenge.host.index()].control {
        Some(Control::Group(party)) => {
            for slot in open {
                groups[slot] = Group::Only(party);
            }
        }
        Some(Control::NoOverallControl) if members.len() > 1 => {
            let held = members.iter().filter_map(|slot| holder(*slot));
            let mut present: Vec<Party> = held
                .filter_map(|member| world.peers()[member.peer.index()].party)
                .collect();
            present.sort_unstable();
            present.dedup();
            match (present.as_slice(), open.as_slice(), largest) {
                ([only], [first, ..], _) => groups[*first] = Group::Not(*only),
                ([], [first, second, ..], Some(largest)) => {
                    groups[*first] = Group::Only(largest);
                    groups[*second] = Group::Not(largest);
                }
                // All others are of no known group: whoever came would leave the team with one.
                ([], [last], _) => groups[*last] = Group::Nobody,
                _ => {}
            }
        }
        _ => {}
    }
    groups
}

fn name(kind: Kind, terms: &Terms<'_>) -> String {
    let mut name = code(kind.role);
    if kind.lead {
        name.push_str(", lead");
    }
    if kind.themes != ThemeSet::default() {
        name.push_str(", ");
        name.push_str(&theme_name(kind.themes, terms));
    }
    match kind.group {
        Group::Any => {}
        Group::Nobody => name.push_str(", of a second group"),
        Group::Only(group) => name.extend([", of ", &code(group)]),
        Group::Not(group) => name.extend([", not of ", &code(group)]),
    }
    name
}

/// The code of a role or group as it is written everywhere, for instance `SECTION_151_OFFICER`.
fn code(of: impl std::fmt::Debug) -> String {
    let (mut code, mut before) = (String::new(), None);
    for letter in format!("{of:?}").chars() {
        let digits = |one: Option<char>| one.is_some_and(|letter| letter.is_ascii_digit());
        if before.is_some() && (letter.is_uppercase() || digits(before) != digits(Some(letter))) {
            code.push('_');
        }
        code.push(letter.to_ascii_uppercase());
        before = Some(letter);
    }
    code.replace("__", "_")
}
