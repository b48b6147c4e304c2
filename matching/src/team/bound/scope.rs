//! What a bound has to reckon with: themes that can still be covered, and room in regions and councils.

use super::{Order, SCALE, TABLE_THEMES};
use crate::team::model::Model;

/// Required themes, weightiest first, as far as the table holds them.
pub(super) struct Themes {
    pub(super) bits: Vec<usize>,
    /// The others: (entry, points).
    pub(super) light: Vec<(usize, i64)>,
    pub(super) points: Vec<i64>,
}

impl Themes {
    pub(super) fn new(model: &Model<'_>) -> Self {
        let known = model.people.iter().fold(0, |mask, person| mask | person.themes);
        let wanted = known & !model.themes;
        let points_of = |entry: usize| model.case.theme_points(1 << entry);
        let mut entries: Vec<usize> = (0..model.case.challenge.themes.len())
            .filter(|&i| wanted & 1 << i != 0 && points_of(i) > 0)
            .collect();
        entries.sort_by_key(|&entry| (std::cmp::Reverse(points_of(entry)), entry));
        let light = entries.split_off(entries.len().min(TABLE_THEMES));
        let has = |themes: u64, entry: usize| themes & 1 << entry != 0;
        let bits = model
            .people
            .iter()
            .map(|person| {
                let held = entries
                    .iter()
                    .enumerate()
                    .filter(|&(_, &entry)| has(person.themes, entry));
                held.map(|(bit, _)| 1 << bit).sum()
            })
            .collect();
        let light = light.into_iter().map(|entry| (entry, points_of(entry))).collect();
        let points = (0..1_usize << entries.len())
            .map(|mask| {
                let covered = entries.iter().enumerate().filter(|&(bit, _)| mask & 1 << bit != 0);
                SCALE * covered.map(|(_, &entry)| points_of(entry)).sum::<i64>()
            })
            .collect();
        Self { bits, light, points }
    }
}

/// How much room there is at most.
pub(super) struct Places {
    /// Counters before this one are regions.
    pub(super) first: usize,
    /// For each counter, how many more can join.
    pub(super) room: Vec<u32>,
    /// For each region, how many more can join.
    pub(super) region_room: Vec<usize>,
}

impl Places {
    pub(super) fn new(model: &Model<'_>, order: &Order) -> Self {
        let first = model.regions.len();
        let most = crate::world::position(order.slots.len());
        let mut room = vec![0; model.counters.len()];
        let mut region_room = vec![0; first];
        for person in order.lists.iter().flatten().map(|&i| &model.people[i]) {
            for entry in &person.entries {
                let left = entry.limit.saturating_sub(model.counters[entry.counter]).min(most);
                room[entry.counter] = left.max(room[entry.counter]);
            }
            if let Some(region) = person.region {
                let left = person
                    .region_limit
                    .saturating_sub(model.region_counts[region])
                    .min(most);
                region_room[region] = left.max(region_room[region]);
            }
        }
        room[..first].fill(0);
        Self {
            first,
            room,
            region_room: region_room.into_iter().map(|room| room as usize).collect(),
        }
    }
}
