//! The best team of one window: depth first, the most promising person first, cut off by the bound.
//!
//! Slots are filled in a fixed order (member slots first where the group rule looks between them, then the scarcest).
//! A branch is dropped when even its bound is no better than the best team known, in slots first, then in points. When
//! nobody has found a full team yet, `supply` bounds how many slots a branch can still fill. Slots with the same list
//! of people are interchangeable: they take people in list order. The order of people within a branch is by bound, then
//! by position, so that the same input always gives the same team.

use super::Value;
use super::bound::{Bound, Order};
use super::dominance::essential;
use super::model::{Model, Person};
use super::supply::{Supplier, fillable};
use crate::world::position;

/// Steps of the short searches that look for a good team before the bound is improved.
const FIRST_LOOK: u64 = 300;
/// How often the bound is improved and people are left out before the full search.
const ROUNDS: usize = 3;

/// A model with its bound, ready to search.
#[derive(Clone, Debug)]
pub(super) struct Ready<'a> {
    pub(super) model: Model<'a>,
    pub(super) order: Order,
    pub(super) bound: Bound,
    /// No team of the window is worth more.
    pub(super) root: Value,
    base: i64,
}

/// A team found: for each open slot of the model, the position of its holder in [`Model::people`].
pub(super) type Team = Vec<Option<usize>>;

impl<'a> Ready<'a> {
    pub(super) fn new(model: Model<'a>) -> Self {
        let lists = essential(&model);
        let mut slots: Vec<usize> = (0..lists.len()).filter(|&slot| !lists[slot].is_empty()).collect();
        slots.sort_by_key(|&slot| (!model.grouped[slot], lists[slot].len(), &lists[slot], slot));
        let lists = slots.iter().map(|&slot| lists[slot].clone()).collect();
        let order = Order { slots, lists };
        let state = State::new(&model, &order);
        let fill = state.fillable(&model, &order, 0);
        let vacancies = order.slots.len() - fill as usize;
        let bound = Bound::new(&model, &order, vacancies);
        let base = model.base_points();
        let points = base + bound.root_points(vacancies);
        let root = Value {
            filled: model.filled + fill,
            points,
        };
        Self {
            model,
            order,
            bound,
            root,
            base,
        }
    }

    /// The best team that is worth more than `floor`, and whether that is proven within `limit` steps.
    ///
    /// A short search finds some team; its points are the target for better prices; at these, people with whom the
    /// bound does not beat the team found are left out; the full search has little left to do.
    pub(super) fn solve(&self, floor: Option<Value>, nodes: &mut u64, limit: u64) -> (Option<(Value, Team)>, bool) {
        let (mut best, complete) = self.search(floor, nodes, limit.min(nodes.saturating_add(FIRST_LOOK)));
        if complete {
            return (best, true);
        }
        let mut ready = self.clone();
        for _ in 0..ROUNDS {
            let bar = best.as_ref().map(|(value, _)| *value).max(floor);
            let full = self.model.filled + position(self.order.slots.len());
            let Some(bar) = bar.filter(|bar| bar.filled == full) else {
                break;
            };
            if !ready.tighten(bar) {
                return (best, true);
            }
            let (found, complete) = ready.search(Some(bar), nodes, limit.min(nodes.saturating_add(FIRST_LOOK)));
            best = found.or(best);
            if complete {
                return (best, true);
            }
        }
        let bar = best.as_ref().map(|(value, _)| *value).max(floor);
        let (found, complete) = ready.search(bar, nodes, limit);
        (found.or(best), complete)
    }

    /// Better prices, and fewer people; `bar` is a full team's value. False if nothing can beat it.
    fn tighten(&mut self, bar: Value) -> bool {
        let target = bar.points - self.base;
        self.bound = self.bound.refined(&self.model, &self.order, 0, target);
        self.root.points = self.root.points.min(self.base + self.bound.root_points(0));
        let lists = self.bound.worth_trying(&self.order, target);
        if self.root <= bar || lists.iter().any(Vec::is_empty) {
            return false;
        }
        let mut slots: Vec<(usize, Vec<usize>)> = self.order.slots.iter().copied().zip(lists).collect();
        slots.sort_by(|(a, one), (b, other)| {
            let key = |slot: usize, list: &Vec<usize>| (!self.model.grouped[slot], list.len());
            key(*a, one)
                .cmp(&key(*b, other))
                .then_with(|| one.cmp(other))
                .then(a.cmp(b))
        });
        let (slots, lists) = slots.into_iter().unzip();
        self.order = Order { slots, lists };
        self.bound = self.bound.reordered(&self.model, &self.order);
        true
    }

    /// The best team that is worth more than `floor` (any team without one), and whether the search was completed
    /// within `limit` steps.
    pub(super) fn search(&self, floor: Option<Value>, nodes: &mut u64, limit: u64) -> (Option<(Value, Team)>, bool) {
        let mut search = Search {
            ready: self,
            state: State::new(&self.model, &self.order),
            best: None,
            floor,
            nodes,
            limit,
            stopped: false,
            branches: vec![Vec::new(); self.order.slots.len()],
        };
        // Nobody joining is a team too, so that a limit never leaves us without an answer.
        search.offer();
        search.descend(
            0,
            Node {
                priced: 0,
                mask: 0,
                regions: self.bound.regions,
                filled: 0,
            },
        );
        let complete = !search.stopped;
        (search.best, complete)
    }
}

impl Model<'_> {
    /// Points that the window and the members who stay bring.
    pub(super) fn base_points(&self) -> i64 {
        let present = self.region_counts.iter().filter(|&&count| count > 0).count();
        self.points
            + self.case.theme_points(self.themes)
            + self.case.policy.weights.spread * i64::from(position(present))
    }

    /// What a team is worth.
    pub(super) fn value(&self, team: &Team) -> Value {
        let people = || team.iter().flatten().map(|&person| &self.people[person]);
        let themes = people().fold(self.themes, |mask, person| mask | person.themes);
        let mut regions = self.region_counts.clone();
        for region in people().filter_map(|person| person.region) {
            regions[region] += 1;
        }
        let regions = regions.iter().filter(|&&count| count > 0).count();
        Value {
            filled: self.filled + position(people().count()),
            points: self.points
                + people().map(|person| person.points).sum::<i64>()
                + self.case.theme_points(themes)
                + self.case.policy.weights.spread * i64::from(position(regions)),
        }
    }

    /// Whether the member-group rule lets these people join together.
    fn groups_agree(&self, team: &Team) -> bool {
        let Some(rule) = &self.group_rule else { return true };
        let mut groups = rule.present.clone();
        for (place, _) in team.iter().zip(&self.grouped).filter(|&(_, &grouped)| grouped) {
            let Some(person) = place.map(|person| &self.people[person]) else {
                return true;
            };
            if let Some(group) = person.group.filter(|group| !groups.contains(group)) {
                groups.push(group);
            }
        }
        let joined = || {
            team.iter()
                .zip(&self.grouped)
                .filter(|&(_, &grouped)| grouped)
                .filter_map(|(place, _)| *place)
        };
        groups.len() > 1 || joined().all(|person| self.people[person].group_waived)
    }
}

/// Who has been chosen so far.
#[derive(Clone)]
struct State {
    team: Team,
    chosen: Vec<usize>,
    counts: Vec<u32>,
    /// For each counter, the smallest limit of anybody chosen.
    limits: Vec<u32>,
    joined: Vec<usize>,
    undo: Vec<u32>,
}

impl State {
    fn new(model: &Model<'_>, order: &Order) -> Self {
        Self {
            team: vec![None; model.open.len()],
            chosen: Vec::with_capacity(order.slots.len()),
            counts: model.counters.clone(),
            limits: vec![u32::MAX; model.counters.len()],
            joined: vec![0; model.regions.len()],
            undo: Vec::new(),
        }
    }

    fn fits(&self, person: &Person) -> bool {
        person.entries.iter().all(|entry| {
            let count = self.counts[entry.counter] + entry.adds;
            count <= entry.limit && count <= self.limits[entry.counter]
        })
    }

    fn add(&mut self, slot: usize, at: usize, person: &Person) {
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

    fn remove(&mut self, slot: usize, person: &Person) {
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
    fn fillable(&self, model: &Model<'_>, order: &Order, depth: usize) -> u32 {
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

/// Where a branch stands: scaled points less prices, themes covered, what regions pay, slots filled.
#[derive(Clone, Copy)]
struct Node {
    priced: i64,
    mask: usize,
    regions: i64,
    filled: u32,
}

struct Search<'s, 'a> {
    ready: &'s Ready<'a>,
    state: State,
    best: Option<(Value, Team)>,
    floor: Option<Value>,
    nodes: &'s mut u64,
    limit: u64,
    stopped: bool,
    branches: Vec<Vec<(Value, usize)>>,
}

impl Search<'_, '_> {
    /// The value to beat.
    fn bar(&self) -> Option<Value> {
        self.best.as_ref().map(|(value, _)| *value).max(self.floor)
    }

    /// Keeps the team as it stands if it is valid and better.
    fn offer(&mut self) {
        let model = &self.ready.model;
        if model.groups_agree(&self.state.team) {
            let value = model.value(&self.state.team);
            if self.bar().is_none_or(|bar| value > bar) {
                self.best = Some((value, self.state.team.clone()));
            }
        }
    }

    /// No team below `node`, with `vacancies` or more of the slots from `depth` on vacant, is worth more.
    fn reach(&self, depth: usize, vacancies: usize, node: Node) -> Value {
        let Ready {
            model, order, bound, ..
        } = self.ready;
        let left = order.slots.len() - depth;
        let points = node.priced + bound.rest(depth, vacancies, node.mask) + bound.constant() + node.regions;
        Value {
            filled: model.filled + node.filled + position(left - vacancies),
            points: self.ready.base + points.div_euclid(super::bound::SCALE),
        }
    }

    fn descend(&mut self, depth: usize, node: Node) {
        let ready = self.ready;
        let Ready { model, order, .. } = ready;
        let left = order.slots.len() - depth;
        if left == 0 {
            self.offer();
            return;
        }
        let all = model.filled + position(order.slots.len());
        let full_known = self.bar().is_some_and(|bar| bar.filled >= all);
        let vacancies = if full_known {
            0
        } else {
            left - self.state.fillable(model, order, depth) as usize
        };
        if self.bar().is_some_and(|bar| self.reach(depth, vacancies, node) <= bar) {
            return;
        }
        let list = &order.lists[depth];
        let slot = order.slots[depth];
        let twin = depth > 0 && order.lists[depth - 1] == *list && {
            let before = order.slots[depth - 1];
            model.grouped[before] == model.grouped[slot]
        };
        // Of interchangeable slots, the earlier one takes the person earlier in the list; vacancies come last.
        let (from, may_fill) = match (twin, twin.then(|| self.state.team[order.slots[depth - 1]]).flatten()) {
            (true, Some(previous)) => (list.iter().position(|&i| i == previous).map_or(0, |at| at + 1), true),
            (true, None) => (0, false),
            (false, _) => (0, true),
        };
        let mut branches = std::mem::take(&mut self.branches[depth]);
        branches.clear();
        if may_fill {
            for &i in &list[from..] {
                let person = &model.people[i];
                if self.state.chosen.contains(&i) || !self.state.fits(person) {
                    continue;
                }
                let next = self.step(node, i);
                let reach = self.reach(depth + 1, vacancies.min(left - 1), next);
                if self.bar().is_none_or(|bar| reach > bar) {
                    branches.push((reach, i));
                }
            }
            branches.sort_unstable_by_key(|&(reach, i)| (std::cmp::Reverse(reach), i));
        }
        for &(reach, i) in &branches {
            if self.stopped || self.bar().is_some_and(|bar| reach <= bar) {
                break;
            }
            *self.nodes += 1;
            if *self.nodes >= self.limit {
                self.stopped = true;
            }
            let next = self.step(node, i);
            self.state.add(slot, i, &model.people[i]);
            self.descend(depth + 1, next);
            self.state.remove(slot, &model.people[i]);
        }
        self.branches[depth] = branches;
        let vacant = self.reach(depth + 1, vacancies.saturating_sub(1), node);
        // Even past the limit the first way down is followed to its end.
        let stuck = self.branches[depth].is_empty();
        if (!self.stopped || stuck) && self.bar().is_none_or(|bar| vacant > bar) {
            *self.nodes += 1;
            self.descend(depth + 1, node);
        }
    }

    /// `node` with a person more.
    fn step(&self, node: Node, i: usize) -> Node {
        let Ready { model, bound, .. } = self.ready;
        let mask = node.mask | bound.bits[i];
        let regions = model.people[i].region.map_or(0, |region| {
            let (list, joined) = (&bound.region[region], self.state.joined[region]);
            list.get(joined + 1).unwrap_or(&list[joined]) - list[joined]
        });
        Node {
            priced: node.priced + bound.priced[i] + bound.theme_points[mask] - bound.theme_points[node.mask],
            mask,
            regions: node.regions + regions,
            filled: node.filled + 1,
        }
    }
}
