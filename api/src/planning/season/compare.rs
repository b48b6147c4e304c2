//! Two plans side by side, or a plan beside the teams of today: who comes and goes, and what is gained and lost, by criterion and
//! by host. Pure.

use std::collections::{BTreeMap, BTreeSet};

use matching::{Contribution, Criterion};
use uuid::Uuid;

use super::body::Body;

/// What one side decides about a challenge.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Team {
    /// The host.
    pub host: Uuid,
    /// The window.
    pub window: Option<Uuid>,
    /// Who.
    pub people: BTreeSet<Uuid>,
    /// Points by criterion.
    pub contributions: Vec<Contribution>,
    /// Points lost by people who need a waiver.
    pub waivers: i64,
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Side {
    /// Teams by challenge.
    pub teams: BTreeMap<Uuid, Team>,
    /// All points by criterion, loads included.
    pub contributions: Vec<Contribution>,
    /// All points lost by people who need a waiver.
    pub waivers: i64,
}

impl Side {
    /// A plan as a side.
    pub fn of(body: &Body) -> Self {
        let team = |decided: &super::body::Decided| Team {
            host: decided.host,
            window: decided.window,
            people: decided.places.iter().map(|place| place.peer).collect(),
            contributions: decided.contributions.clone(),
            waivers: decided.waivers,
        };
        let teams = body.challenges.iter().map(|decided| (decided.challenge, team(decided)));
        Self {
            teams: teams.collect(),
            contributions: body.contributions.clone(),
            waivers: body.waivers,
        }
    }
}

/// What differs between two sides.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Comparison {
    /// Challenges that differ, in a fixed order.
    pub challenges: Vec<Difference>,
    /// Points gained by criterion; lost ones are below zero.
    pub contributions: Vec<Contribution>,
    /// The same for waivers.
    pub waivers: i64,
    /// Slots filled more.
    pub filled: i64,
    /// People who serve on one side and not on the other, or on other challenges.
    pub moved: BTreeSet<Uuid>,
}

/// How a challenge differs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// The challenge.
    pub challenge: Uuid,
    /// The host.
    pub host: Uuid,
    /// Its window before.
    pub window_before: Option<Uuid>,
    /// Its window after.
    pub window_after: Option<Uuid>,
    /// Who comes.
    pub joined: Vec<Uuid>,
    /// Who goes.
    pub left: Vec<Uuid>,
    /// Points gained by criterion.
    pub contributions: Vec<Contribution>,
}

impl Difference {
    /// Points gained by the host's team, loads left out.
    pub fn points(&self) -> i64 {
        self.contributions.iter().map(|one| one.points).sum()
    }
}

/// What changes from one side to the other.
pub fn compare(before: &Side, after: &Side) -> Comparison {
    let all: BTreeSet<Uuid> = before.teams.keys().chain(after.teams.keys()).copied().collect();
    let mut comparison = Comparison {
        contributions: gained(&before.contributions, &after.contributions),
        waivers: after.waivers - before.waivers,
        ..Comparison::default()
    };
    let nobody = Team::default();
    for challenge in all {
        let one = before.teams.get(&challenge).unwrap_or(&nobody);
        let other = after.teams.get(&challenge).unwrap_or(&nobody);
        let joined: Vec<Uuid> = other.people.difference(&one.people).copied().collect();
        let left: Vec<Uuid> = one.people.difference(&other.people).copied().collect();
        comparison.filled += count(other.people.len()) - count(one.people.len());
        comparison.moved.extend(joined.iter().chain(&left));
        if joined.is_empty() && left.is_empty() && one.window == other.window {
            continue;
        }
        comparison.challenges.push(Difference {
            challenge,
            host: if before.teams.contains_key(&challenge) {
                one.host
            } else {
                other.host
            },
            window_before: one.window,
            window_after: other.window,
            joined,
            left,
            contributions: gained(&one.contributions, &other.contributions),
        });
    }
    comparison
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn gained(before: &[Contribution], after: &[Contribution]) -> Vec<Contribution> {
    const ALL: [Criterion; 7] = [
        Criterion::Seat,
        Criterion::Preference,
        Criterion::Themes,
        Criterion::Likeness,
        Criterion::Travel,
        Criterion::Load,
        Criterion::Spread,
    ];
    let points = |list: &[Contribution], criterion| {
        let own = list.iter().filter(|one| one.criterion == criterion);
        own.map(|one| one.points).sum::<i64>()
    };
    ALL.map(|criterion| Contribution {
        criterion,
        points: points(after, criterion) - points(before, criterion),
    })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(teams: &[(u128, Option<u128>, &[u128])]) -> Side {
        let team = |&(challenge, window, people): &(u128, Option<u128>, &[u128])| {
            let points = count(people.len()) * 100;
            let team = Team {
                host: Uuid::from_u128(challenge + 1000),
                window: window.map(Uuid::from_u128),
                people: people.iter().map(|peer| Uuid::from_u128(*peer)).collect(),
                contributions: vec![Contribution {
                    criterion: Criterion::Seat,
                    points,
                }],
                waivers: 0,
            };
            (Uuid::from_u128(challenge), team)
        };
        Side {
            teams: teams.iter().map(team).collect(),
            ..Side::default()
        }
    }

    #[test]
    fn who_comes_and_goes_is_told_by_challenge_and_what_stays_is_not() {
        let before = side(&[(1, Some(10), &[5, 6]), (2, Some(20), &[7]), (3, None, &[])]);
        let after = side(&[(1, Some(10), &[5, 6]), (2, Some(21), &[8, 9]), (3, Some(30), &[7])]);
        let found = compare(&before, &after);
        let told: Vec<u128> = found.challenges.iter().map(|one| one.challenge.as_u128()).collect();
        assert_eq!(told, [2, 3], "the first is as it was");
        let second = &found.challenges[0];
        assert_eq!(second.left, [Uuid::from_u128(7)]);
        assert_eq!(second.joined, [Uuid::from_u128(8), Uuid::from_u128(9)]);
        assert_eq!(second.points(), 100);
        assert_eq!(found.filled, 2);
        assert_eq!(found.moved.len(), 3, "one person went from one challenge to another");
    }

    #[test]
    fn turned_round_it_says_the_opposite() {
        let one = side(&[(1, Some(10), &[5, 6]), (2, None, &[])]);
        let other = side(&[(1, Some(11), &[6]), (2, Some(20), &[5])]);
        let (there, back) = (compare(&one, &other), compare(&other, &one));
        assert_eq!(there.filled, -back.filled);
        assert_eq!(there.moved, back.moved);
        for (a, b) in there.challenges.iter().zip(&back.challenges) {
            assert_eq!((&a.joined, &a.left, a.points()), (&b.left, &b.joined, -b.points()));
        }
        assert_eq!(
            compare(&one, &one),
            Comparison {
                contributions: gained(&[], &[]),
                ..Comparison::default()
            }
        );
    }
}
