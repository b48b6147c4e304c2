//! What couples challenges, row by row, and what a team uses of each.
//!
//! | row | at most |
//! | --- | --- |
//! | a person | their capacity; their n challenges cost load × n (n − 1) |
//! | a person and a clique of spans | 1 |
//! | a council and a week | `per_home_week`, less those who are away anyway |
//! | two challenges whose hosts could send people to each other | `per_home` |
//!
//! The last row says less than the rule where more than one of a home may be in a team; the bound stays valid then.

use super::oracle::Member;
use super::problem::Problem;
use super::small;

/// Positions of the rows of a problem.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    people: usize,
    cliques: usize,
    councils: usize,
    weeks: usize,
    challenges: usize,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Row {
    /// A person.
    Person(usize),
    /// A person and a clique of spans.
    Rest(usize, usize),
    /// A council and a week.
    Week(usize, usize),
    /// Two challenges.
    Pair(usize, usize),
}

impl Rows {
    pub(super) fn of(problem: &Problem) -> Self {
        Self {
            people: problem.people.len(),
            cliques: problem.cliques.len(),
            councils: problem.councils,
            weeks: problem.weeks.len(),
            challenges: problem.challenges.len(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.pairs() + self.challenges * self.challenges
    }

    pub(super) fn people(&self) -> usize {
        self.people
    }

    fn rests(&self) -> usize {
        self.people
    }

    fn weeks(&self) -> usize {
        self.rests() + self.people * self.cliques
    }

    fn pairs(&self) -> usize {
        self.weeks() + self.councils * self.weeks
    }

    pub(super) fn rest(&self, peer: usize, clique: usize) -> usize {
        self.rests() + peer * self.cliques + clique
    }

    pub(super) fn week(&self, council: usize, week: usize) -> usize {
        self.weeks() + week * self.councils + council
    }

    pub(super) fn pair(&self, one: usize, other: usize) -> usize {
        self.pairs() + one.min(other) * self.challenges + one.max(other)
    }

    pub(super) fn row(&self, i: usize) -> Row {
        if i < self.rests() {
            Row::Person(i)
        } else if i < self.weeks() {
            let i = i - self.rests();
            Row::Rest(i / self.cliques, i % self.cliques)
        } else if i < self.pairs() {
            let i = i - self.weeks();
            Row::Week(i % self.councils, i / self.councils)
        } else {
            let i = i - self.pairs();
            Row::Pair(i / self.challenges, i % self.challenges)
        }
    }

    /// The right-hand side of a row that is not a person's.
    pub(super) fn limit(&self, problem: &Problem, i: usize) -> u32 {
        match self.row(i) {
            Row::Person(peer) => problem.people[peer].capacity,
            Row::Rest(..) => 1,
            Row::Week(council, week) => {
                let away = problem.away[week * self.councils + council];
                problem.limits.per_home_week.saturating_sub(away)
            }
            Row::Pair(..) => problem.limits.per_home,
        }
    }

    /// Every row that a team uses, once for each use, sorted.
    pub(super) fn used(&self, problem: &Problem, challenge: usize, window: usize, team: &[Member]) -> Vec<u32> {
        let ask = &problem.challenges[challenge];
        let window = &ask.windows[window];
        let mut used = Vec::with_capacity(team.len() * 5);
        for member in team {
            let peer = member.peer as usize;
            used.push(member.peer);
            for &clique in &problem.cliques_of[window.span as usize] {
                used.push(small(self.rest(peer, clique as usize)));
            }
            let home = problem.people[peer].home as usize;
            for week in window.weeks.0..=window.weeks.1 {
                used.push(small(self.week(home, week as usize)));
            }
            for &other in &problem.hosted[home] {
                if other as usize != challenge {
                    used.push(small(self.pair(challenge, other as usize)));
                }
            }
        }
        used.sort_unstable();
        used
    }
}
