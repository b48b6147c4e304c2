//! The best team if people only met within their council and their region: exact for that, so an upper bound on all.
//!
//! Nearly every rule between the people of a team is about those of one council or one region, and a council lies in one
//! region. So a team is put together from *parts*: who may come from each council, from these who may come from each
//! region, from these the team. A part is a table: for each set of slots filled and of themes covered ([`Shape`]), the
//! most points. What is left out only makes teams possible that are not, never the reverse:
//!
//! - people count at their first home only (somebody with two posts counts at one of them);
//! - a council or region takes as many as the most tolerant of its people allows;
//! - weeks of a council and the member-group rule are not looked at.
//!
//! `branch` looks at the team that comes out; if it keeps all rules it is the best there is.
//!
//! A row of a table is left out if another with the same slots has so many more points that the themes it lacks cannot
//! make up for it: whatever joins either, the other is worth no less.

use std::cmp::Reverse;

use super::model::{ANY, Model};
use super::search::Team;
use super::shape::Shape;
use crate::world::position;

/// A filled slot, in units of points: more than any points can outweigh.
const SLOT: i64 = 1 << 40;
const NEVER: i64 = i64::MIN / 4;

/// Those who come from a part, as far as the rest of the team needs to know.
#[derive(Clone, Copy, Debug)]
struct Row {
    set: u32,
    mask: u32,
    /// Points (and [`SLOT`] for each filled slot), themes excluded.
    value: i64,
    /// Who: a position in [`Parts::choices`].
    who: u32,
}

/// Rows with at most one for a set and a mask, by set.
type Table = Vec<Row>;

#[derive(Clone, Copy, Debug)]
enum Choice {
    Nobody,
    /// A person in a slot of a kind.
    One(u32, u32),
    Both(u32, u32),
}

/// The best of the relaxed teams.
pub(super) struct Relaxed {
    /// Filled slots, and points without those of the members who stay.
    pub(super) filled: u32,
    pub(super) points: i64,
    pub(super) team: Team,
    /// Pairs of rows looked at.
    pub(super) work: u64,
}

/// Tables in the making.
struct Parts<'s> {
    shape: &'s Shape,
    choices: Vec<Choice>,
    /// For each set and mask, the best value so far and whose it is; all [`NEVER`] between merges.
    best: Vec<(i64, u32, u32)>,
    touched: Vec<u32>,
    work: u64,
}

/// People who meet: those of one council within those of one region.
struct Region {
    /// How many may join.
    room: u32,
    /// What the first to join earns.
    spread: i64,
    councils: Vec<Council>,
}

struct Council {
    room: u32,
    people: Vec<usize>,
}

/// The best relaxed team whose people are from `lists` (one for each open slot).
pub(super) fn solve(model: &Model<'_>, shape: &Shape, lists: &[Vec<usize>]) -> Relaxed {
    let kinds = kinds_of(model, shape, lists);
    let slots = position(shape.kinds.iter().map(Vec::len).sum());
    let mut parts = Parts {
        shape,
        choices: vec![Choice::Nobody],
        best: vec![(NEVER, 0, 0); shape.size()],
        touched: Vec::new(),
        work: 0,
    };
    let nobody = vec![Row {
        set: 0,
        mask: 0,
        value: 0,
        who: 0,
    }];
    let mut team = nobody.clone();
    for region in regions(model, &kinds, slots) {
        let mut from_region = nobody.clone();
        for council in &region.councils {
            let mut from_council = nobody.clone();
            if council.room == 1 {
                for &person in &council.people {
                    from_council.extend(parts.rows(model, person, &kinds[person]));
                }
                from_council = parts.slimmed(from_council);
            } else {
                for &person in &council.people {
                    let mut with = nobody.clone();
                    with.extend(parts.rows(model, person, &kinds[person]));
                    from_council = parts.merged(&from_council, &with, council.room);
                }
            }
            from_region = parts.merged(&from_region, &from_council, region.room);
        }
        for row in from_region.iter_mut().filter(|row| row.set != 0) {
            row.value += region.spread;
        }
        team = parts.merged(&team, &from_region, slots);
    }
    parts.best_of(model, &team)
}

/// For each person, the kinds of slot that they may fill.
fn kinds_of(model: &Model<'_>, shape: &Shape, lists: &[Vec<usize>]) -> Vec<Vec<u32>> {
    let mut kinds = vec![Vec::new(); model.people.len()];
    for (kind, slots) in (0..).zip(&shape.kinds) {
        for &person in &lists[slots[0]] {
            kinds[person].push(kind);
        }
    }
    kinds
}

/// Everybody who can fill something by region and first home, each in the order of their first person.
fn regions(model: &Model<'_>, kinds: &[Vec<u32>], slots: u32) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mut of_region: Vec<Option<usize>> = vec![None; model.regions.len() + 1];
    let mut of_home: Vec<Option<(usize, usize)>> = vec![None; model.counters.len()];
    let spread = model.case.policy.weights.spread;
    for (i, person) in model.people.iter().enumerate().filter(|&(i, _)| !kinds[i].is_empty()) {
        let at = person.region.unwrap_or(model.regions.len());
        let in_region = *of_region[at].get_or_insert_with(|| {
            regions.push(Region {
                room: 0,
                spread: person
                    .region
                    .map_or(0, |region| if model.region_counts[region] == 0 { spread } else { 0 }),
                councils: Vec::new(),
            });
            regions.len() - 1
        });
        let region = &mut regions[in_region];
        let left = match person.region {
            Some(at) if model.regions_capped && person.region_limit != ANY => {
                person.region_limit.saturating_sub(model.region_counts[at])
            }
            _ => slots,
        };
        region.room = region.room.max(left.min(slots));
        // The region's counter, if it has one, comes before those of the homes.
        let skipped = usize::from(model.regions_capped && person.region.is_some());
        let home = person.entries.get(skipped);
        let left = home
            .map_or(1, |home| home.limit.saturating_sub(model.counters[home.counter]))
            .min(slots);
        let known = home
            .and_then(|home| of_home[home.counter])
            .filter(|&(region, _)| region == in_region);
        if let Some((_, council)) = known {
            let council = &mut region.councils[council];
            council.room = council.room.max(left);
            council.people.push(i);
        } else {
            if let Some(home) = home {
                of_home[home.counter] = Some((in_region, region.councils.len()));
            }
            region.councils.push(Council {
                room: left,
                people: vec![i],
            });
        }
    }
    regions
}

impl Parts<'_> {
    /// What a person can bring, one row for each kind of slot.
    fn rows(&mut self, model: &Model<'_>, person: usize, kinds: &[u32]) -> Vec<Row> {
        let rows = kinds.iter().map(|&kind| {
            self.choices.push(Choice::One(kind, position(person)));
            Row {
                set: self.shape.stride[kind as usize],
                mask: self.shape.bits[person],
                value: SLOT + model.people[person].points,
                who: position(self.choices.len() - 1),
            }
        });
        rows.collect()
    }

    /// Everything from one table together with everything from another, as far as it fits and fills at most `room`.
    fn merged(&mut self, one: &[Row], other: &[Row], room: u32) -> Table {
        let columns = self.shape.points.len();
        for a in one {
            let filled = self.shape.filled[a.set as usize];
            for b in other {
                if filled + self.shape.filled[b.set as usize] > room || !self.shape.fit(a.set, b.set) {
                    continue;
                }
                let key = (a.set + b.set) as usize * columns + (a.mask | b.mask) as usize;
                let value = a.value + b.value;
                let best = &mut self.best[key];
                if value > best.0 {
                    if best.0 == NEVER {
                        self.touched.push(position(key));
                    }
                    *best = (value, a.who, b.who);
                }
            }
        }
        self.work += (one.len() * other.len()) as u64;
        let mut touched = std::mem::take(&mut self.touched);
        let columns = position(columns);
        let rows = touched
            .drain(..)
            .map(|key| {
                let (value, left, right) = std::mem::replace(&mut self.best[key as usize], (NEVER, 0, 0));
                let who = match (left, right) {
                    (0, one) | (one, 0) => one,
                    _ => {
                        self.choices.push(Choice::Both(left, right));
                        position(self.choices.len() - 1)
                    }
                };
                Row {
                    set: key / columns,
                    mask: key % columns,
                    value,
                    who,
                }
            })
            .collect();
        self.touched = touched;
        self.slimmed(rows)
    }

    /// Without the rows that cannot matter.
    fn slimmed(&self, mut rows: Table) -> Table {
        // Stable: among equals the one found first stays, and with it the person who comes first.
        rows.sort_by_key(|row| (row.set, Reverse(row.value)));
        let mut kept: Table = Vec::with_capacity(rows.len());
        let mut start = 0;
        for row in rows {
            if kept.get(start).is_none_or(|first| first.set != row.set) {
                start = kept.len();
            }
            let outdone = |other: &Row| other.value >= row.value + self.shape.beyond(row.mask, other.mask);
            if !kept[start..].iter().any(outdone) {
                kept.push(row);
            }
        }
        kept
    }

    /// The best row of a whole team, with its people in slots.
    fn best_of(&self, model: &Model<'_>, table: &[Row]) -> Relaxed {
        let mut best: Option<(i64, u32)> = None;
        for row in table {
            let value = row.value + self.shape.points[row.mask as usize];
            if best.is_none_or(|(most, _)| value > most) {
                best = Some((value, row.who));
            }
        }
        let (value, who) = best.unwrap_or((0, 0));
        let filled = (value + SLOT / 2).div_euclid(SLOT);
        let mut team: Team = vec![None; model.open.len()];
        let mut stack = vec![who];
        while let Some(at) = stack.pop() {
            match self.choices[at as usize] {
                Choice::Nobody => {}
                Choice::One(kind, person) => {
                    let free = self.shape.kinds[kind as usize]
                        .iter()
                        .find(|&&slot| team[slot].is_none());
                    if let Some(&slot) = free {
                        team[slot] = Some(person as usize);
                    }
                }
                Choice::Both(left, right) => stack.extend([right, left]),
            }
        }
        Relaxed {
            filled: u32::try_from(filled).unwrap_or(0),
            points: value - filled * SLOT,
            team,
            work: self.work,
        }
    }
}
