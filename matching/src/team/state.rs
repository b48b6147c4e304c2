//! The team as it stands in the middle of the search: who has been chosen, and what their limits leave room for.

use super::bound::Order;
use super::model::{Model, Person};
use super::search::Team;
use super::supply::{Supplier, fillable};

/// Who has been chosen so far.
#[derive(Clone)]
pub(super) struct State {
    pub(super) team: Team,
    pub(super) chosen: Vec<usize>,
    counts: Vec<u32>,
    /// For each counter, the smallest limit of anybody chosen.
    limits: Vec<u32>,
    pub(super) joined: Vec<usize>,
    undo: Vec<u32>,
}

impl State {
    pub(super) fn new(model: &Model<'_>) -> Self {
        Self {
            team: vec![None; model.open.len()],
            chosen: Vec::with_capacity(model.open.len()),
            counts: model.counters.clone(),
            limits: vec![u32::MAX; model.counters.len()],
            joined: vec![0; model.regions.len()],
            undo: Vec::new(),
        }
    }

    pub(super) fn fits(&self, person: &Person) -> bool {
        self.full(person).is_none()
    }

    /// A counter that has no room left for this person.
    pub(super) fn full(&self, person: &Person) -> Option<usize> {
        let full = person.entries.iter().find(|entry| {
            let count = self.counts[entry.counter] + entry.adds;
            count > entry.limit || count > self.limits[entry.counter]
        });
        full.map(|entry| entry.counter)
    }

    pub(super) fn add(&mut self, slot: usize, at: usize, person: &Person) {
        self.team[slot] = Some(at);
        self.chosen.push(at);
        if let Some(region) = person.region {
            self.joined[region] += 1;
        }
        for entry in &person.entries {
            self.undo.push(self.limits[entry.counter]);
            self.counts[entry.counter] += entry.adds;
            self.limits[entry.counter] = self.limits[entry.counter].min(entry.limit);
        }
    }

    pub(super) fn remove(&mut self, slot: usize, person: &Person) {
        self.team[slot] = None;
        self.chosen.pop();
        if let Some(region) = person.region {
            self.joined[region] -= 1;
        }
        for entry in person.entries.iter().rev() {
            self.counts[entry.counter] -= entry.adds;
            if let Some(limit) = self.undo.pop() {
                self.limits[entry.counter] = limit;
            }
        }
    }

    /// How many of the slots from `depth` on can be filled at most.
    pub(super) fn fillable(&self, model: &Model<'_>, order: &Order, depth: usize) -> u32 {
        let mut slots = vec![0_u32; model.people.len()];
        for (i, list) in order.lists[depth..].iter().enumerate() {
            for &person in list {
                slots[person] |= 1 << i;
            }
        }
        let mut room = vec![0_u32; model.counters.len()];
        let free: Vec<usize> = (0..slots.len())
            .filter(|&i| slots[i] != 0 && !self.chosen.contains(&i) && self.fits(&model.people[i]))
            .collect();
        for &i in &free {
            for entry in &model.people[i].entries {
                let limit = entry.limit.min(self.limits[entry.counter]);
                let left = limit.saturating_sub(self.counts[entry.counter]);
                room[entry.counter] = room[entry.counter].max(left);
            }
        }
        let suppliers: Vec<Supplier> = free
            .iter()
            .map(|&i| {
                let person = &model.people[i];
                let mut entries = person.entries.iter().map(|entry| (entry.counter, room[entry.counter]));
                let region = if model.regions_capped && person.region.is_some() {
                    entries.next()
                } else {
                    None
                };
                Supplier {
                    slots: slots[i],
                    home: entries.next(),
                    region,
                }
            })
            .collect();
        fillable(order.slots.len() - depth, &suppliers)
    }
}
