//! The best team of one window: depth first, the most promising person first, cut off by the bound.
//!
//! Slots are filled in a fixed order (member slots first where the group rule looks between them, then the scarcest).
//! A branch is dropped when even its bound is no better than the best team known, in slots first, then in points. When
//! nobody has found a full team yet, `supply` bounds how many slots a branch can still fill. Slots with the same list
//! of people are interchangeable: they take people in list order. The order of people within a branch is by bound, then
//! by position, so that the same input always gives the same team.

use super::Value;
use super::bound::{Bound, Order};
use super::model::Model;
use super::state::State;
use crate::world::position;

/// A flow through the people costs as much as so many steps.
const FLOW_STEPS: u64 = 20;

/// A model with its bound, ready to search.
#[derive(Clone, Debug)]
pub(super) struct Ready<'a> {
    pub(super) model: Model<'a>,
    pub(super) order: Order,
    pub(super) bound: Bound,
    /// No team of the window is worth more.
    pub(super) root: Value,
    /// Points of the window and of the members who stay.
    pub(super) base: i64,
}

/// A team found: for each open slot of the model, the position of its holder in [`Model::people`].
pub(super) type Team = Vec<Option<usize>>;

impl<'a> Ready<'a> {
    /// `lists` holds, for each open slot, who matters.
    pub(super) fn new(model: Model<'a>, lists: &[Vec<usize>]) -> Self {
        let mut slots: Vec<usize> = (0..lists.len()).filter(|&slot| !lists[slot].is_empty()).collect();
        slots.sort_by_key(|&slot| (!model.grouped[slot], lists[slot].len(), &lists[slot], slot));
        let lists = slots.iter().map(|&slot| lists[slot].clone()).collect();
        let order = Order { slots, lists };
        let state = State::new(&model);
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

    /// The best team that is worth more than `floor` (any team without one), and whether the search was completed
    /// within `limit` steps.
    pub(super) fn search(&self, floor: Option<Value>, nodes: &mut u64, limit: u64) -> (Option<(Value, Team)>, bool) {
        let mut search = Search {
            ready: self,
            state: State::new(&self.model),
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
        let mut vacancies = 0;
        if !full_known {
            vacancies = left - self.state.fillable(model, order, depth) as usize;
            *self.nodes += FLOW_STEPS;
        }
        if model.group_forces_vacancy(&self.state.team, &order.slots[depth..]) {
            vacancies = vacancies.max(1);
        }
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
        // Slots that the group rule looks at come first; with the last of them it is settled.
        let last_grouped = model.grouped[slot] && order.slots.get(depth + 1).is_none_or(|&next| !model.grouped[next]);
        let mut branches = std::mem::take(&mut self.branches[depth]);
        branches.clear();
        if may_fill {
            for &i in &list[from..] {
                let person = &model.people[i];
                if self.state.chosen.contains(&i) || !self.state.fits(person) {
                    continue;
                }
                if last_grouped && !self.agrees(slot, i) {
                    continue;
                }
                let next = self.step(node, i);
                // Whoever leaves no way to two groups costs a vacancy, and so comes after the others.
                let least = if model.grouped[slot] {
                    vacancies.max(self.forces(slot, i, depth + 1))
                } else {
                    vacancies
                };
                let reach = self.reach(depth + 1, least.min(left - 1), next);
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

    /// Vacancies that the group rule forces among the slots from `depth` on if this person takes `slot`.
    fn forces(&mut self, slot: usize, person: usize, depth: usize) -> usize {
        self.state.team[slot] = Some(person);
        let forced = self
            .ready
            .model
            .group_forces_vacancy(&self.state.team, &self.ready.order.slots[depth..]);
        self.state.team[slot] = None;
        usize::from(forced)
    }

    /// Whether the group rule lets this person take `slot`, the last that it looks at.
    fn agrees(&mut self, slot: usize, person: usize) -> bool {
        self.state.team[slot] = Some(person);
        let agree = self.ready.model.groups_agree(&self.state.team);
        self.state.team[slot] = None;
        agree
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
