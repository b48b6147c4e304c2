//! What is said of a plan adds up: points of challenges and places, fairness in three senses, bottlenecks; each counted here by
//! other means.

use std::collections::{BTreeMap, BTreeSet};

use matching::Criterion;
use matching::season::{Options, PlanFile, Problem, ToTheEnd, bottlenecks, fairness, plan, review, worth};
use matching::testkit::{Tiny, further, tiny};

#[test]
fn points_and_fairness_add_up() {
    let mut unequal = 0;
    for seed in 0..300 {
        let mut season = tiny(seed, Tiny::ENUMERABLE);
        if seed % 2 == 0 {
            further(&mut season, seed);
        }
        let problem = Problem::of(&season, 1);
        let planned = plan(&problem, Options::default(), &ToTheEnd);
        let file = PlanFile::of(&season, &problem, &planned, 1).unwrap();
        let counted = worth(&season, &file.assignments).unwrap();
        let reviewed = review(&season, &file.assignments);
        let of = |criterion| {
            let all = reviewed.iter().flat_map(|one| &one.points);
            all.filter(|one| one.criterion == criterion)
                .map(|one| one.points)
                .sum::<i64>()
        };
        assert_eq!(of(Criterion::Seat), counted.slots, "seed {seed}");
        assert_eq!(of(Criterion::Preference), counted.preference, "seed {seed}");
        assert_eq!(of(Criterion::Themes), counted.themes, "seed {seed}");
        assert_eq!(of(Criterion::Likeness), counted.affinity, "seed {seed}");
        assert_eq!(of(Criterion::Travel), counted.travel, "seed {seed}");
        assert_eq!(of(Criterion::Spread), counted.spread, "seed {seed}");
        let waivers = reviewed.iter().map(|one| one.waivers).sum::<i64>();
        assert_eq!(waivers, counted.charges, "seed {seed}");

        let fair = fairness(&season, &file.assignments);
        let teams: BTreeMap<usize, usize> = file
            .assignments
            .iter()
            .map(|one| (one.challenge, one.team.len()))
            .collect();
        let share = |challenge: usize| {
            let slots = season.challenges[challenge].seats.values().sum::<i64>();
            let filled = teams.get(&challenge).copied().unwrap_or(0);
            f64::from(u32::try_from(filled).unwrap()) / f64::from(u32::try_from(slots).unwrap())
        };
        let worst = season
            .challenges
            .iter()
            .map(|one| share(one.id))
            .fold(f64::INFINITY, f64::min);
        let best = season.challenges.iter().map(|one| share(one.id)).fold(0.0, f64::max);
        let told = |served: matching::season::Served| f64::from(served.filled) / f64::from(served.slots);
        assert!((told(fair.worst.unwrap()) - worst).abs() < 1e-9, "seed {seed}");
        assert!((told(fair.best.unwrap()) - best).abs() < 1e-9, "seed {seed}");
        unequal += usize::from(worst < best);
        let (mut given, mut received) = (0, 0);
        for days in &fair.councils {
            given += days.given;
            received += days.received;
        }
        let all: i64 = file
            .assignments
            .iter()
            .map(|one| {
                let window = season.challenges[one.challenge].windows[one.window.unwrap()];
                (window.end - window.start + 1) * i64::try_from(one.team.len()).unwrap()
            })
            .sum();
        assert_eq!(
            (given, received),
            (all, all),
            "seed {seed}: every day given is a day received"
        );
        let asked: BTreeSet<usize> = file
            .assignments
            .iter()
            .flat_map(|one| &one.team)
            .map(|seat| seat.peer)
            .collect();
        assert!(
            fair.asked as usize <= asked.len() && fair.asked <= fair.qualified,
            "seed {seed}"
        );
        for one in bottlenecks(&season, &file.assignments) {
            let placed = file.assignments.iter().filter(|placed| {
                let window = season.challenges[placed.challenge].windows[placed.window.unwrap()];
                window.start.div_euclid(7) <= one.week && one.week <= window.end.div_euclid(7)
            });
            let wanted: i64 = placed
                .map(|placed| {
                    season.challenges[placed.challenge]
                        .seats
                        .get(&one.role)
                        .copied()
                        .unwrap_or(0)
                })
                .sum();
            assert_eq!(i64::from(one.wanted), wanted, "seed {seed}");
        }
    }
    assert!(unequal > 30, "seasons in which some hosts are served worse: {unequal}");
}
