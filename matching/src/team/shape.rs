//! Sets of filled slots and sets of covered themes, as small numbers.
//!
//! Slots with the same people are of one *kind* and interchangeable, so a set of filled slots is how many of each kind
//! are filled: a number in mixed radix. A set of themes is a mask over the required themes that are still to be covered.
//! Together they say all that the rest of a team needs to know of those chosen so far, for its points.

use super::model::Model;

/// Bits of a kind's count in [`Shape::packed`]: four, and one that an overflow sets.
const LANE: u32 = 5;
/// More kinds than this do not fit in 64 bits.
const MOST_KINDS: usize = 12;
/// More slots of one kind than this do not fit in a lane.
const MOST_OF_A_KIND: usize = 15;

/// How teams of a model are coded.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// For each kind, its open slots.
    pub(super) kinds: Vec<Vec<usize>>,
    /// For each kind, what one filled slot adds to the number of a set.
    pub(super) stride: Vec<u32>,
    /// For each set, how many slots it fills.
    pub(super) filled: Vec<u32>,
    /// For each person, the themes to be covered that they know.
    pub(super) bits: Vec<u32>,
    /// For each set of themes, its points.
    pub(super) points: Vec<i64>,
    /// For each set, the counts of its kinds in lanes.
    packed: Vec<u64>,
    /// What makes a lane overflow into its last bit when its kind has no slot left.
    bias: u64,
    guard: u64,
}

impl Shape {
    /// The coding for these lists of people per open slot (empty for slots that stay vacant); `None` if it would have
    /// more than `most` combinations, or if a theme counts against a team.
    pub(super) fn new(model: &Model<'_>, lists: &[Vec<usize>], most: usize) -> Option<Self> {
        let mut kinds: Vec<Vec<usize>> = Vec::new();
        for slot in (0..lists.len()).filter(|&slot| !lists[slot].is_empty()) {
            let alike = |kind: &&mut Vec<usize>| {
                let first = kind[0];
                lists[first] == lists[slot] && model.grouped[first] == model.grouped[slot]
            };
            match kinds.iter_mut().find(alike) {
                Some(kind) => kind.push(slot),
                None => kinds.push(vec![slot]),
            }
        }
        let entries = 0..model.case.challenge.themes.len();
        let known = model.people.iter().fold(0, |mask, person| mask | person.themes) & !model.themes;
        let points_of = |entry: usize| model.case.theme_points(1 << entry);
        if entries.clone().any(|entry| points_of(entry) < 0) {
            return None;
        }
        let themes: Vec<usize> = entries
            .filter(|&entry| known & 1 << entry != 0 && points_of(entry) > 0)
            .collect();
        let sets = kinds
            .iter()
            .try_fold(1_usize, |sets, kind| sets.checked_mul(kind.len() + 1))?;
        let columns = 1_usize.checked_shl(u32::try_from(themes.len()).ok()?)?;
        let fits = kinds.len() <= MOST_KINDS && kinds.iter().all(|kind| kind.len() <= MOST_OF_A_KIND);
        if !fits || themes.len() >= 32 || sets.checked_mul(columns)? > most {
            return None;
        }
        let mut shape = Self {
            stride: Vec::with_capacity(kinds.len()),
            filled: vec![0],
            bits: Vec::with_capacity(model.people.len()),
            points: vec![0; columns],
            packed: vec![0],
            bias: 0,
            guard: 0,
            kinds,
        };
        for (lane, kind) in (0_u32..).zip(&shape.kinds) {
            let at = lane * LANE;
            shape.stride.push(crate::world::position(shape.filled.len()));
            shape.bias |= (15 - kind.len() as u64) << at;
            shape.guard |= 1 << (at + LANE - 1);
            let before = shape.filled.len();
            for one_more in 0..before * kind.len() {
                shape.filled.push(shape.filled[one_more] + 1);
                shape.packed.push(shape.packed[one_more] + (1 << at));
            }
        }
        let bits_of = |known: u64| {
            let bits = themes.iter().enumerate().filter(|&(_, &entry)| known & 1 << entry != 0);
            bits.map(|(bit, _)| 1_u32 << bit).sum::<u32>()
        };
        shape
            .bits
            .extend(model.people.iter().map(|person| bits_of(person.themes)));
        for (mask, points) in shape.points.iter_mut().enumerate() {
            let covered = themes.iter().enumerate().filter(|&(bit, _)| mask & 1 << bit != 0);
            *points = covered.map(|(_, &entry)| points_of(entry)).sum();
        }
        Some(shape)
    }

    /// Sets of filled slots times sets of themes.
    pub(super) fn size(&self) -> usize {
        self.filled.len() * self.points.len()
    }

    /// Whether two sets leave room for each other.
    pub(super) fn fit(&self, one: u32, other: u32) -> bool {
        let sum = self.packed[one as usize] + self.packed[other as usize] + self.bias;
        sum & self.guard == 0
    }

    /// Points of the themes in `mask` that are not in `others`.
    pub(super) fn beyond(&self, mask: u32, others: u32) -> i64 {
        self.points[(mask & !others) as usize]
    }
}
