//! The planner against enumeration on tiny seasons: value ≤ true optimum ≤ bound, equal where it claims the optimum, every
//! rule kept, and the bound proven again by its certificate.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at the first fault, also in its helpers"
)]

use matching::season::{
    Assignment, Broken, Certificate, Options, PlanFile, PlanStatus, Problem, Season, Seat, ToTheEnd, Worth, plan,
    proven_bound, worth,
};
use matching::testkit::{Tiny, further, tiny};

/// What a plan that decides no more than these challenges is worth.
fn part(season: &Season, decided: &[Assignment]) -> Result<Worth, Broken> {
    let mut all = decided.to_vec();
    for challenge in &season.challenges {
        if let Some(pinned) = &challenge.pinned
            && decided.iter().all(|one| one.challenge != challenge.id)
        {
            all.push(Assignment {
                challenge: challenge.id,
                window: Some(pinned.window),
                team: pinned.team.clone(),
            });
        }
    }
    worth(season, &all)
}

/// Every way to fill one challenge, rules across people aside: none, or a window and people in slots of roles they hold.
fn ways(season: &Season, challenge: usize) -> Vec<Assignment> {
    let ask = &season.challenges[challenge];
    let mut all = Vec::new();
    if ask.pinned.is_none() {
        all.push(Assignment {
            challenge,
            window: None,
            team: Vec::new(),
        });
    }
    for window in 0..ask.windows.len() {
        let mut teams: Vec<Vec<Seat>> = vec![ask.settled().to_vec()];
        for peer in season
            .peers
            .iter()
            .filter(|peer| ask.settled().iter().all(|seat| seat.peer != peer.id))
        {
            let mut more = Vec::new();
            for team in &teams {
                for role in &peer.roles {
                    let filled = team.iter().filter(|seat| seat.role == *role).map(|_| 1).sum::<i64>();
                    if filled < ask.seats.get(role).copied().unwrap_or(0) {
                        let mut team = team.clone();
                        team.push(Seat {
                            role: role.clone(),
                            peer: peer.id,
                        });
                        more.push(team);
                    }
                }
            }
            teams.extend(more);
        }
        for team in teams {
            let way = Assignment {
                challenge,
                window: Some(window),
                team,
            };
            if part(season, std::slice::from_ref(&way)).is_ok() {
                all.push(way);
            }
        }
    }
    all
}

fn go(season: &Season, all: &[Vec<Assignment>], so_far: &mut Vec<Assignment>, best: &mut i64) {
    let Some((first, rest)) = all.split_first() else {
        if let Ok(worth) = worth(season, so_far) {
            *best = worth.objective.max(*best);
        }
        return;
    };
    for way in first {
        so_far.push(way.clone());
        // Rules only get tighter with more challenges.
        if part(season, so_far).is_ok() {
            go(season, rest, so_far, best);
        }
        so_far.pop();
    }
}

/// The true optimum.
fn best(season: &Season) -> i64 {
    let all: Vec<Vec<Assignment>> = (0..season.challenges.len()).map(|c| ways(season, c)).collect();
    let mut found = i64::MIN;
    go(season, &all, &mut Vec::new(), &mut found);
    found
}

fn shape(seed: u64) -> Tiny {
    Tiny {
        challenges: if seed.is_multiple_of(2) { 2 } else { 3 },
        ..Tiny::ENUMERABLE
    }
}

/// Seasons to try: `SEASONS`, or a few hundred.
fn seasons() -> u64 {
    let wanted = std::env::var("SEASONS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(300)
}

#[test]
fn value_is_at_most_the_optimum_and_the_optimum_at_most_the_bound() {
    agrees(|seed| tiny(seed, shape(seed)));
}

#[test]
fn so_it_is_with_settled_places_and_all_that_the_service_knows_besides() {
    agrees(|seed| {
        let mut season = tiny(seed, shape(seed));
        further(&mut season, seed);
        season
    });
}

fn agrees(make: impl Fn(u64) -> Season) {
    let seeds = seasons();
    let (mut optimal, mut reached) = (0, 0);
    for seed in 0..seeds {
        let season = make(seed);
        season.check().unwrap();
        let problem = Problem::of(&season, 1);
        let planned = plan(
            &problem,
            Options {
                rounds: 20,
                ..Options::default()
            },
            &ToTheEnd,
        );
        let file = PlanFile::of(&season, &problem, &planned, 1).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let optimum = best(&season);
        assert!(
            file.objective <= optimum,
            "seed {seed}: {} above the optimum {optimum}",
            file.objective
        );
        assert!(
            optimum <= file.bound,
            "seed {seed}: optimum {optimum} above the bound {}",
            file.bound
        );
        if file.status == PlanStatus::Optimal {
            optimal += 1;
            assert_eq!(file.objective, optimum, "seed {seed}");
        }
        reached += u64::from(file.objective == optimum);
        let certificate = Certificate::of(&problem, &planned);
        let proven = proven_bound(&season, &certificate).unwrap();
        assert!(
            proven <= file.bound,
            "seed {seed}: proven {proven}, claimed {}",
            file.bound
        );
        assert!(
            proven >= optimum,
            "seed {seed}: the verification proves {proven}, below the optimum {optimum}"
        );
    }
    println!("{seeds} seasons: {optimal} claimed optimal, {reached} reached the optimum");
    assert!(
        reached * 10 >= seeds * 9,
        "only {reached} of {seeds} reached the optimum"
    );
}
