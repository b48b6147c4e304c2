//! The best team of a window, from the best team of `parts`: if that breaks a rule between regions, the ways of not
//! breaking it are tried, the most promising first.
//!
//! A *branch* is a list of people for each open slot; its relaxed team bounds every team of these people. Broken rules
//! split a branch so that every valid team is in one of the parts and the broken team in none:
//!
//! - too many at one council (or in one of its weeks, or in a region beside somebody less tolerant): one of those who
//!   count there is not on the team, so one branch for each of them, without them;
//! - member peers of one group only: some member slot has a person of another group, or all have waivers, or one of
//!   these slots stays vacant.
//!
//! The branch with the highest bound is split first. As soon as its team breaks no rule, no other can be better.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Value;
use super::model::Model;
use super::parts::solve;
use super::search::Team;
use super::shape::Shape;
use super::state::State;
use crate::Party;

/// Splitting multiplies the kinds of slots: a branch may have so many times the combinations of the first.
const GROWTH: usize = 16;
/// So many pairs of rows cost about as much as a step of the search.
const PAIRS_PER_STEP: u64 = 256;

/// A window solved by parts.
#[derive(Clone, Debug)]
pub(super) struct Branches<'a> {
    pub(super) model: Model<'a>,
    /// No team of the window is worth more.
    pub(super) root: Value,
    /// For each open slot, who matters.
    pub(super) lists: Vec<Vec<usize>>,
    first: Branch,
    steps: u64,
    most: usize,
}

/// What a search of a window found.
pub(super) struct Found {
    /// The best team that is worth more than the floor.
    pub(super) best: Option<(Value, Team)>,
    /// Whether the search came to its end.
    pub(super) complete: bool,
    /// If not: no team of the window is worth more.
    pub(super) bound: Value,
}

/// Lists of people, and the relaxed team of theirs.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    bound: Value,
    /// Made as the so-manieth: among equals the first is split first.
    number: Reverse<u64>,
    lists: Vec<Vec<usize>>,
    team: Team,
}

/// Which rule a relaxed team breaks.
enum Fault {
    /// These people cannot all be on the team.
    Crowd(Vec<usize>),
    /// All member slots are filled, by people of this group or of none.
    OneGroup(Option<Party>),
}

impl<'a> Branches<'a> {
    /// Ready to solve from its first branch, whose tables took so many steps.
    pub(super) fn new(model: Model<'a>, first: Branch, steps: u64, most: usize) -> Self {
        Self {
            root: first.bound,
            lists: first.lists.clone(),
            model,
            first,
            steps,
            most: most.saturating_mul(GROWTH),
        }
    }

    /// The best team worth more than `floor` (any team without one), within `limit` steps. Even without any steps left
    /// some team is found.
    pub(super) fn solve(&self, floor: Option<Value>, nodes: &mut u64, limit: u64) -> Found {
        *nodes += self.steps;
        let mut queue = BinaryHeap::from([self.first.clone()]);
        let mut best: Option<(Value, Team)> = None;
        let mut made = 0;
        while let Some(branch) = queue.pop() {
            let bar = best.as_ref().map(|&(value, _)| value).max(floor);
            if bar.is_some_and(|bar| branch.bound <= bar) {
                break;
            }
            let Some(fault) = self.model.fault(&branch.team) else {
                best = Some((branch.bound, branch.team));
                break;
            };
            let team = self.repaired(&branch);
            let value = self.model.value(&team);
            if bar.is_none_or(|bar| value > bar) {
                best = Some((value, team));
            }
            if *nodes >= limit {
                return Found {
                    best,
                    complete: false,
                    bound: branch.bound,
                };
            }
            let bar = best.as_ref().map(|&(value, _)| value).max(floor);
            for lists in self.ways_out(&branch, &fault) {
                made += 1;
                match Branch::new(&self.model, lists, self.most, made, nodes) {
                    Some(branch) if bar.is_none_or(|bar| branch.bound > bar) => queue.push(branch),
                    Some(_) => {}
                    None => {
                        return Found {
                            best,
                            complete: false,
                            bound: branch.bound,
                        };
                    }
                }
            }
        }
        let bound = best.as_ref().map_or(self.root, |&(value, _)| value);
        Found {
            best,
            complete: true,
            bound,
        }
    }

    /// The lists of the branches that take the place of a branch whose team has this fault.
    fn ways_out(&self, branch: &Branch, fault: &Fault) -> Vec<Vec<Vec<usize>>> {
        let model = &self.model;
        let with = |change: &dyn Fn(usize, &mut Vec<usize>)| {
            let mut lists = branch.lists.clone();
            for (slot, list) in lists.iter_mut().enumerate() {
                change(slot, list);
            }
            lists
        };
        match fault {
            Fault::Crowd(people) => people
                .iter()
                .map(|person| with(&|_, list| list.retain(|other| other != person)))
                .collect(),
            Fault::OneGroup(group) => {
                let grouped: Vec<usize> = (0..model.open.len()).filter(|&slot| model.grouped[slot]).collect();
                let other = |person: &usize| {
                    let theirs = model.people[*person].group;
                    theirs.is_some() && theirs != *group
                };
                let mut ways: Vec<Vec<Vec<usize>>> = grouped
                    .iter()
                    .map(|&at| {
                        with(&|slot, list| {
                            if slot == at {
                                list.retain(other);
                            }
                        })
                    })
                    .collect();
                ways.push(with(&|slot, list| {
                    if model.grouped[slot] {
                        list.retain(|&person| model.people[person].group_waived);
                    }
                }));
                ways.extend(grouped.iter().map(|&at| {
                    with(&|slot, list| {
                        if slot == at {
                            list.clear();
                        }
                    })
                }));
                ways
            }
        }
    }

    /// A valid team near the relaxed one: without those who break a rule, their slots filled again as far as possible.
    fn repaired(&self, branch: &Branch) -> Team {
        let model = &self.model;
        let fitting = |team: &Team| {
            let mut state = State::new(model);
            for (slot, person) in team.iter().enumerate() {
                if let Some(at) = *person
                    && state.fits(&model.people[at])
                {
                    state.add(slot, at, &model.people[at]);
                }
            }
            state
        };
        let mut state = fitting(&branch.team);
        if !model.groups_agree(&state.team) {
            let mut fewer = state.team;
            if let Some(slot) = (0..fewer.len()).rfind(|&slot| model.grouped[slot]) {
                fewer[slot] = None;
            }
            state = fitting(&fewer);
        }
        for slot in 0..model.open.len() {
            if state.team[slot].is_some() {
                continue;
            }
            for &at in &self.lists[slot] {
                let person = &model.people[at];
                if state.chosen.contains(&at) || !state.fits(person) {
                    continue;
                }
                state.add(slot, at, person);
                if model.groups_agree(&state.team) {
                    break;
                }
                state.remove(slot, person);
            }
        }
        state.team
    }
}

impl Branch {
    /// `None` if slots and themes have more than `most` combinations. `number` counts the branches of a window.
    pub(super) fn new(
        model: &Model<'_>,
        lists: Vec<Vec<usize>>,
        most: usize,
        number: u64,
        nodes: &mut u64,
    ) -> Option<Self> {
        let shape = Shape::new(model, &lists, most)?;
        let relaxed = solve(model, &shape, &lists);
        *nodes += 1 + relaxed.work / PAIRS_PER_STEP;
        Some(Self {
            bound: Value {
                filled: model.filled + relaxed.filled,
                points: model.base_points() + relaxed.points,
            },
            number: Reverse(number),
            lists,
            team: relaxed.team,
        })
    }
}

impl PartialEq for Branch {
    fn eq(&self, other: &Self) -> bool {
        (self.bound, self.number) == (other.bound, other.number)
    }
}

impl Eq for Branch {}

impl PartialOrd for Branch {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Branch {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.bound, self.number).cmp(&(other.bound, other.number))
    }
}

impl Model<'_> {
    /// A rule that these people break together.
    fn fault(&self, team: &Team) -> Option<Fault> {
        let mut state = State::new(self);
        for (slot, at) in team.iter().enumerate() {
            let Some(at) = *at else { continue };
            let person = &self.people[at];
            if let Some(counter) = state.full(person) {
                let counts = |&other: &usize| self.people[other].entries.iter().any(|entry| entry.counter == counter);
                let mut crowd: Vec<usize> = state.chosen.iter().copied().filter(counts).collect();
                crowd.push(at);
                return Some(Fault::Crowd(crowd));
            }
            state.add(slot, at, person);
        }
        if self.groups_agree(team) {
            return None;
        }
        let joined = team.iter().zip(&self.grouped).filter(|&(_, &grouped)| grouped);
        let mut groups = joined.filter_map(|(at, _)| self.people[(*at)?].group);
        let present = self.group_rule.as_ref().and_then(|rule| rule.present.first().copied());
        Some(Fault::OneGroup(present.or_else(|| groups.next())))
    }
}
