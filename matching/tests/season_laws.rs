//! Laws of the season planner: the same plan on any number of threads, names are of no consequence, more people never lower the
//! bound, and hostile seasons get a clear answer.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use matching::RuleCode;
use matching::season::format::{Barred, Closed, Window};
use matching::season::{
    Broken, BrokenRule, Certificate, Control, Options, PlanFile, PlanStatus, Planned, Problem, Progress, Season, Seat,
    ToTheEnd, plan, proven_bound, worth,
};
use matching::testkit::{Tiny, synthetic, tiny};

fn options(rounds: u64) -> Options {
    Options {
        rounds,
        cases: 0,
        ..Options::default()
    }
}

/// Plans, and holds the answer against the season by the means that share nothing with the search.
fn planned(season: &Season, options: Options) -> PlanFile {
    season.check().unwrap();
    let problem = Problem::of(season, options.seed);
    let planned = plan(&problem, options, &ToTheEnd);
    let file = PlanFile::of(season, &problem, &planned, options.seed).unwrap();
    assert!(file.objective <= file.bound, "{} above {}", file.objective, file.bound);
    let proven = proven_bound(season, &Certificate::of(&problem, &planned)).unwrap();
    assert!(
        proven <= file.bound,
        "the certificate proves {proven}, not {}",
        file.bound
    );
    assert!(
        proven >= file.objective,
        "the certificate proves less than the plan is worth"
    );
    file
}

#[test]
fn any_number_of_threads_makes_the_same_plan() {
    for seed in 0..3 {
        let season = synthetic(seed, 12, 120, 40);
        let one = planned(
            &season,
            Options {
                threads: 1,
                rounds: 12,
                ..Options::default()
            },
        );
        for threads in [2, 3, 7] {
            let other = planned(
                &season,
                Options {
                    threads,
                    rounds: 12,
                    ..Options::default()
                },
            );
            assert_eq!(one, other, "seed {seed}, {threads} threads");
        }
    }
}

/// Many challenges have several teams in the mix when a dive begins.
#[test]
fn a_crowded_season_is_dived_through() {
    for seed in 0..4 {
        let mut season = synthetic(seed, 60, 200, 60);
        season.rules.max_council_week = 1;
        assert!(planned(&season, options(2)).filled > 0, "seed {seed}");
    }
}

#[test]
fn another_seed_may_only_change_what_is_not_proven() {
    let season = synthetic(4, 10, 120, 40);
    let plans: Vec<PlanFile> = (0..4)
        .map(|seed| planned(&season, Options { seed, ..options(20) }))
        .collect();
    for plan in &plans[1..] {
        assert_eq!(plan.bound, plans[0].bound, "the bound knows no seed");
    }
}

/// The same season with people listed the other way round.
fn turned_round(season: &Season) -> Season {
    let mut turned = season.clone();
    turned.peers.reverse();
    for (i, peer) in turned.peers.iter_mut().enumerate() {
        peer.id = i;
    }
    turned
}

#[test]
fn the_order_of_people_is_of_no_consequence() {
    for seed in 0..200 {
        let season = tiny(seed, Tiny::ENUMERABLE);
        let (one, other) = (
            planned(&season, options(20)),
            planned(&turned_round(&season), options(20)),
        );
        if one.status == PlanStatus::Optimal && other.status == PlanStatus::Optimal {
            assert_eq!(one.objective, other.objective, "seed {seed}");
        }
        assert!(
            one.objective <= other.bound && other.objective <= one.bound,
            "seed {seed}"
        );
    }
}

#[test]
fn somebody_who_cannot_serve_changes_nothing_and_somebody_who_can_never_makes_it_worse() {
    for seed in 0..200 {
        let mut season = tiny(seed, Tiny::ENUMERABLE);
        // The share of a party depends on the pool, so a balance of parties may get worse.
        season.weights.party = 0;
        let before = planned(&season, options(20));
        let mut with_nobody = season.clone();
        let mut idle = season.peers[0].clone();
        idle.id = season.peers.len();
        idle.roles.clear();
        with_nobody.peers.push(idle);
        let same = planned(&with_nobody, options(20));
        assert_eq!(
            (before.objective, before.bound),
            (same.objective, same.bound),
            "seed {seed}"
        );
        let mut more = season.clone();
        let mut double = season.peers[1].clone();
        double.id = season.peers.len();
        more.peers.push(double);
        let after = planned(&more, options(20));
        assert!(after.bound >= before.objective, "seed {seed}");
        let mut fewer = season.clone();
        fewer.peers[1].conflicts = (0..season.councils.len()).collect();
        let less = planned(&fewer, options(20));
        assert!(less.objective <= before.bound, "seed {seed}");
    }
}

/// Ends a run after so many questions whether it shall end.
struct After(AtomicU64);

impl Control for After {
    fn stop(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_err()
    }
}

#[test]
fn a_run_that_is_ended_anywhere_gives_a_plan_that_keeps_the_rules_and_a_bound() {
    let season = synthetic(5, 8, 80, 30);
    let problem = Problem::of(&season, 1);
    for questions in [0, 1, 5, 9, 30, 80, 200, 500, 1_500] {
        let planned = plan(&problem, options(50), &After(AtomicU64::new(questions)));
        assert!(planned.cut_short || questions > 400, "{questions}");
        let file = PlanFile::of(&season, &problem, &planned, 1).unwrap();
        assert!(file.objective <= file.bound, "{questions}");
        let proven = proven_bound(&season, &Certificate::of(&problem, &planned)).unwrap();
        assert!(proven >= file.objective, "{questions}");
        assert!(
            proven <= file.bound,
            "{questions}: {proven} is proven, {} claimed",
            file.bound
        );
    }
}

#[test]
fn a_run_that_is_ended_before_its_first_plan_is_whole_keeps_what_there_is() {
    let season = synthetic(5, 8, 80, 30);
    let problem = Problem::of(&season, 1);
    let ended = |questions| plan(&problem, options(50), &After(AtomicU64::new(questions)));
    assert!(ended(0).came_to_nothing());
    for questions in [0, 7, 8] {
        let posed = Problem::unless_stopped(&season, 1, &After(AtomicU64::new(questions)));
        assert_eq!(
            posed.is_some(),
            questions == 8,
            "the problem itself is stopped at any challenge"
        );
    }
    for questions in 1..8 {
        let planned = ended(questions);
        let placed = planned.places.iter().flatten().count();
        assert_eq!(u64::try_from(placed).unwrap(), questions);
        assert!(planned.cut_short && !planned.came_to_nothing());
    }
    // A season for which nothing can be done is another matter.
    let nobody = Season {
        peers: Vec::new(),
        ..synthetic(5, 8, 80, 30)
    };
    assert!(!plan(&Problem::of(&nobody, 1), options(5), &ToTheEnd).came_to_nothing());
}

/// One window of a challenge is put so far away that a table of all weeks until then would fill the memory.
#[test]
fn days_far_apart_cost_nothing() {
    let near = synthetic(12, 8, 80, 30);
    let mut far = near.clone();
    let window = far.challenges[0].windows[0];
    for (challenge, (start, end)) in [
        (0, (-999_999, -999_990)),
        (1, (999_980, 999_990)),
        (2, (-1_000_000, 1_000_000)),
    ] {
        far.challenges[challenge].windows.push(Window { start, end, ..window });
    }
    far.away.push((0, 142_850, 1));
    let (weeks, more) = (Problem::of(&near, 1).weeks, Problem::of(&far, 1).weeks);
    // Beside those, at most one run of weeks between two of them.
    assert!(more.len() <= 2 * weeks.len() + 10, "{} weeks", more.len());
    assert!(more.contains(&142_854) && more.contains(&-142_858));
    let (file, before) = (planned(&far, options(10)), planned(&near, options(10)));
    assert!(file.bound >= before.objective);
}

/// Whoever fills two slots of a team is told so, and not that they are too near to themselves.
#[test]
fn whoever_fills_two_slots_breaks_one_rule() {
    let season = synthetic(12, 8, 80, 30);
    let mut assignments = planned(&season, options(10)).assignments;
    let alike = |team: &[Seat]| {
        let of = |i: usize| team.iter().skip(i + 1).position(|other| other.role == team[i].role);
        (0..team.len()).find_map(|i| Some((i, i + 1 + of(i)?)))
    };
    let mut teams = assignments.iter_mut();
    let (team, (one, other)) = teams
        .find_map(|place| Some((alike(&place.team)?, place)))
        .map(|(alike, place)| (&mut place.team, alike))
        .unwrap();
    team[other].peer = team[one].peer;
    let twice = team[one].peer;
    let Broken(faults) = worth(&season, &assignments).unwrap_err();
    let rules: Vec<BrokenRule> = faults.into_iter().map(|fault| fault.rule).collect();
    assert_eq!(rules, [BrokenRule::TwoSlots(twice)]);
}

/// One slot, and everybody as good as anybody else for it.
#[test]
fn lots_decide_between_people_worth_the_same() {
    let mut season = synthetic(13, 1, 40, 12);
    let (host, role) = (
        season.challenges[0].host,
        season.challenges[0].seats.keys().next().unwrap().clone(),
    );
    season.challenges[0].seats = [(role.clone(), 1)].into();
    season.challenges[0].themes.clear();
    season.history.clear();
    for council in &mut season.councils {
        (council.x, council.y) = (0, 0);
        council.sisters.clear();
        council.neighbours.clear();
    }
    let elsewhere = (host + 1) % season.councils.len();
    for peer in &mut season.peers {
        peer.roles = vec![role.clone()];
        peer.council = elsewhere;
        peer.capacity = 1;
        peer.engaged = 0;
        peer.unavailable.clear();
        peer.conflicts.clear();
        peer.employed.clear();
        peer.reviewed.clear();
    }
    let chosen = |seed, threads| {
        let file = planned(
            &season,
            Options {
                seed,
                threads,
                ..options(3)
            },
        );
        file.assignments[0].team[0].peer
    };
    let all: std::collections::BTreeSet<usize> = (0..40).map(|seed| chosen(seed, 1)).collect();
    assert!(all.len() > 15, "{all:?}");
    for seed in 0..5 {
        assert_eq!(chosen(seed, 1), chosen(seed, 3), "the same seed gives the same plan");
    }
}

/// Remembers what was told.
#[derive(Default)]
struct Told(std::sync::Mutex<Vec<Progress>>);

impl Control for Told {
    fn report(&self, progress: &Progress, _: &dyn Fn() -> Planned) {
        self.0.lock().unwrap().push(*progress);
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

#[test]
fn progress_only_ever_gets_better() {
    let season = synthetic(6, 10, 100, 40);
    let told = Told::default();
    let planned = plan(&Problem::of(&season, 1), options(20), &told);
    let told = told.0.into_inner().unwrap();
    assert!(told.len() > 5);
    for pair in told.windows(2) {
        assert!(pair[0].value <= pair[1].value);
        assert!(pair[0].rounds <= pair[1].rounds);
        if let (Some(before), Some(after)) = (pair[0].bound, pair[1].bound) {
            assert!(after <= before);
        }
    }
    let last = told.last().unwrap();
    assert_eq!((last.value, last.bound), (planned.value, Some(planned.bound)));
}

#[test]
fn hostile_seasons_get_an_answer() {
    let whole = synthetic(7, 6, 60, 20);
    let changed = |change: &dyn Fn(&mut Season)| {
        let mut season = whole.clone();
        change(&mut season);
        planned(&season, options(10))
    };
    let nobody_qualified = changed(&|season| season.peers.iter_mut().for_each(|peer| peer.roles.clear()));
    assert_eq!(nobody_qualified.filled, 0);
    assert_eq!(nobody_qualified.status, PlanStatus::Optimal);
    let every_window_closed = changed(&|season| season.challenges.iter_mut().for_each(|c| c.windows.clear()));
    assert_eq!((every_window_closed.objective, every_window_closed.bound), (0, 0));
    let one_council = changed(&|season| season.peers.iter_mut().for_each(|peer| peer.council = 0));
    assert!(one_council.filled <= 6, "one of a home in each team");
    let no_weights = changed(&|season| {
        season.weights = matching::season::format::Weights {
            seat: 0,
            preference: 0,
            theme: 0,
            affinity: 0,
            spread: 0,
            load: 0,
            km_per_point: 1_000_000,
            party: 0,
        };
    });
    assert_eq!((no_weights.objective, no_weights.status), (0, PlanStatus::Optimal));
    let heavy = changed(&|season| season.weights.seat = 1 << 36);
    assert!(heavy.objective > 1 << 36);
    let heavy_load = changed(&|season| season.weights.load = 1 << 30);
    assert!(heavy_load.filled > 0);
    let one_slot_many_people = {
        let mut season = synthetic(8, 1, 10_000, 50);
        season.challenges[0].seats = [("OFFICER_PEER".to_owned(), 1)].into();
        planned(&season, options(3))
    };
    assert_eq!(
        (one_slot_many_people.filled, one_slot_many_people.status),
        (1, PlanStatus::Optimal)
    );
    let nobody = changed(&|season| season.peers.clear());
    assert_eq!(nobody.filled, 0);
    let empty = changed(&|season| season.challenges.clear());
    assert_eq!(
        (empty.objective, empty.bound, empty.status),
        (0, 0, PlanStatus::Optimal)
    );
    let many_themes = changed(&|season| {
        season.themes = (0..40).map(|theme| format!("t{theme}")).collect();
        for peer in &mut season.peers {
            peer.themes = vec![format!("t{}", peer.id % 40), format!("t{}", peer.id * 7 % 40)];
        }
        for challenge in &mut season.challenges {
            challenge.themes = (0..11).map(|theme| (format!("t{theme}"), 10 + theme)).collect();
        }
    });
    assert!(many_themes.filled > 0);
    let limits_of_nothing = changed(&|season| {
        season.rules.max_per_home = 0;
        season.rules.max_per_region = 0;
    });
    assert_eq!(limits_of_nothing.filled, 0);
    let capacity_of_nothing = changed(&|season| season.peers.iter_mut().for_each(|peer| peer.capacity = 0));
    assert_eq!(capacity_of_nothing.filled, 0);
}

#[test]
fn what_makes_no_sense_is_refused_with_its_path() {
    let whole = synthetic(9, 2, 10, 6);
    let refused = |change: &dyn Fn(&mut Season)| {
        let mut season = whole.clone();
        change(&mut season);
        season.check().unwrap_err().to_string()
    };
    for (change, says) in [
        (
            &(|s: &mut Season| s.format = "peer-season/2".into()) as &dyn Fn(&mut Season),
            "format: \"peer-season/2\"",
        ),
        (
            &|s| s.challenges[1].windows[0].end = -5,
            "challenges[1].windows[0].end: day -5, before the start",
        ),
        (
            &|s| s.challenges[0].host = 6,
            "challenges[0].host: there is no council 6",
        ),
        (
            &|s| s.challenges[0].seats.extend([("OFFICER_PEER".to_owned(), -1)]),
            "challenges[0].seats.OFFICER_PEER: -1",
        ),
        (
            &|s| s.challenges[0].seats.extend([("CLERK".to_owned(), 1)]),
            "challenges[0].seats.CLERK: there is no role",
        ),
        (
            &|s| s.challenges[0].priority = 6,
            "challenges[0].priority: 6; expected 1 to 5",
        ),
        (&|s| s.peers[3].council = 99, "peers[3].council: there is no council 99"),
        (&|s| s.peers[3].id = 4, "peers[3].id: 4; ids are list positions, so 3"),
        (
            &|s| s.peers[0].unavailable = vec![(9, 3)],
            "peers[0].unavailable[0]: ends on day 3",
        ),
        (
            &|s| s.peers[0].themes = vec!["juggling".into()],
            "peers[0].themes[0]: there is no theme \"juggling\"",
        ),
        (
            &|s| s.councils[2].sisters = vec![(1, 101)],
            "councils[2].sisters[0][1]: 101; expected 0 to 100",
        ),
        (
            &|s| s.councils[2].region = "Wales".into(),
            "councils[2].region: there is no region \"Wales\"",
        ),
        (
            &|s| s.challenges[0].barred = vec![Barred(vec![0], vec![0]), Barred(vec![1, 99], vec![0])],
            "challenges[0].barred[1][0][1]: there is no peer 99",
        ),
        (
            &|s| s.challenges[1].because = vec![Closed(vec![0], vec![0, 9], vec![RuleCode::StaleTraining])],
            "challenges[1].because[0][1][1]: there is no window 9",
        ),
        (
            &|s| s.challenges[1].waivable = vec![Closed(vec![99], vec![0], vec![RuleCode::StaleTraining])],
            "challenges[1].waivable[0][0][0]: there is no peer 99",
        ),
        (&|s| s.weights.km_per_point = 0, "weights.km_per_point: 0"),
        (&|s| s.weights.seat = 1 << 45, "weights: a plan could be worth"),
        (&|s| s.weights.load = -1, "weights.load: -1"),
        (&|s| s.rules.rest_days = -1, "rules.rest_days: -1"),
        (&|s| s.history[0].host = 100, "history[0].host: there is no council 100"),
        (
            &|s| s.season_start = chrono::NaiveDate::from_ymd_opt(2026, 9, 8),
            "season_start: 2026-09-08 is not a Monday",
        ),
        (
            &|s| s.roles.push("LEAD_PEER".into()),
            "roles[6]: \"LEAD_PEER\" is there twice",
        ),
    ] {
        let problem = refused(change);
        assert!(problem.starts_with(says), "{problem}");
    }
    whole.check().unwrap();
}
