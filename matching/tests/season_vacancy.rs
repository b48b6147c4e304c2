//! Vacancies explained: cores are smallest and true, and every way out works.
#![allow(clippy::unwrap_used, clippy::panic)]

use matching::season::{
    Assignment, Options, PlanFile, Problem, Reason, Season, Seat, Standing, ToTheEnd, Vacancy, WayOut, plan, vacancies,
    worth,
};
use matching::testkit::{Tiny, further, synthetic, tiny};

/// More than anybody has of anything.
const MANY: i64 = 1_000_000;

/// Gives up one rule for one person in one window. What is settled may exceed a limit already, so limits go altogether.
fn lift(season: &mut Season, challenge: usize, window: usize, role: &str, peer: usize, give: Reason) {
    let days = season.challenges[challenge].windows[window];
    let home = season.counts_as(season.peers[peer].council);
    match give {
        Reason::Role => season.peers[peer].roles.push(role.to_owned()),
        Reason::Unavailable => {
            let closed = |&(from, until): &(i64, i64)| from <= days.end && days.start <= until;
            season.peers[peer].unavailable.retain(|span| !closed(span));
        }
        Reason::Barred | Reason::Waiver => {
            season.challenges[challenge].unbar(peer);
        }
        Reason::Capacity => season.peers[peer].capacity = MANY,
        Reason::Engaged => season.rules.rest_days = i64::MIN / 4,
        Reason::Council => season.rules.max_per_home = MANY,
        Reason::Region => {
            let ask = &mut season.challenges[challenge];
            (ask.max_per_region, ask.max_host_region) = (Some(MANY), Some(MANY));
        }
        Reason::CouncilWeek => {
            for week in days.start.div_euclid(7)..=days.end.div_euclid(7) {
                season.away.push((home, week, -MANY));
            }
        }
        Reason::Mutual => season.rules.mutual = true,
        Reason::Conflict | Reason::InTeam => panic!("{give:?} is never given up"),
    }
}

/// Takes the first person whom the plan was free to choose off a team.
fn pierce(season: &Season, place: &mut Assignment) {
    if season.challenges[place.challenge].pinned.is_none() && place.team.len() > 1 {
        place.team.remove(0);
    }
}

/// The plan with somebody in a vacant slot and the whole challenge in this window.
fn with(plan: &[Assignment], vacancy: &Vacancy, window: usize, peer: usize) -> Vec<Assignment> {
    let mut plan = plan.to_vec();
    let seat = Seat {
        role: vacancy.role.clone(),
        peer,
    };
    match plan.iter_mut().find(|one| one.challenge == vacancy.challenge) {
        Some(place) => {
            place.window = Some(window);
            place.team.push(seat);
        }
        None => plan.push(Assignment {
            challenge: vacancy.challenge,
            window: Some(window),
            team: vec![seat],
        }),
    }
    plan
}

/// Every other window in which the team and one more person could serve, by counting the whole season.
fn windows_that_help(season: &Season, plan: &[Assignment], vacancy: &Vacancy) -> Vec<usize> {
    let windows = 0..season.challenges[vacancy.challenge].windows.len();
    let helps = |window: &usize| {
        let mut peers = season.peers.iter();
        Some(*window) != vacancy.window
            && peers.any(|peer| worth(season, &with(plan, vacancy, *window, peer.id)).is_ok())
    };
    windows.filter(helps).collect()
}

/// Points of the plan once a way out is taken, counted from the whole season with that one rule given up; it breaks no other.
fn taken(season: &Season, plan: &[Assignment], vacancy: &Vacancy, way: &WayOut) -> i64 {
    let mut season = season.clone();
    let window = way.window.or(vacancy.window).unwrap();
    if way.window.is_none() {
        lift(
            &mut season,
            vacancy.challenge,
            window,
            &vacancy.role,
            way.peer,
            way.give,
        );
    }
    let plan = with(plan, vacancy, window, way.peer);
    worth(&season, &plan)
        .unwrap_or_else(|broken| panic!("{way:?} of {vacancy:?} breaks {broken}"))
        .objective
}

#[test]
fn cores_keep_everybody_out_and_none_of_their_reasons_is_needless() {
    let (mut seen, mut with_core, mut ways, mut whole_teams, mut waivers) = (0, 0, 0, 0, 0);
    // Every other pair of seeds is a plan with a hole in each team that the planner was free to choose.
    for seed in 0..400 {
        let mut season = tiny(seed, Tiny::ENUMERABLE);
        if seed % 2 == 0 {
            further(&mut season, seed);
        }
        let problem = Problem::of(&season, 1);
        let planned = plan(&problem, Options::default(), &ToTheEnd);
        let mut assignments = PlanFile::of(&season, &problem, &planned, 1).unwrap().assignments;
        if seed % 4 >= 2 {
            for one in &mut assignments {
                pierce(&season, one);
            }
        }
        let standing = Standing::of(&season, &assignments);
        let before = worth(&season, &assignments).unwrap();
        let found = vacancies(&season, &assignments, 2);
        assert_eq!(found, vacancies(&season, &assignments, 1));
        assert_eq!(
            found.iter().map(|vacancy| vacancy.slots).sum::<u32>(),
            before.wanted - before.filled,
            "seed {seed}: every vacant slot is told of"
        );
        for vacancy in &found {
            seen += 1;
            ways += vacancy.ways_out.len();
            for way in &vacancy.ways_out {
                let points = taken(&season, &assignments, vacancy, way) - before.objective;
                assert_eq!(points, way.points, "seed {seed}: {way:?} of {vacancy:?}");
                let mut places = assignments.iter();
                let has_team = places.any(|one| one.challenge == vacancy.challenge && !one.team.is_empty());
                whole_teams += u32::from(way.window.is_some() && has_team);
                waivers += u32::from(way.give == Reason::Waiver);
                let named = matches!(way.give, Reason::Waiver) || way.rules.iter().all(|rule| !rule.is_conflict());
                assert!(
                    named && (way.give != Reason::Waiver || !way.rules.is_empty()),
                    "seed {seed}: {way:?}"
                );
            }
            for other in windows_that_help(&season, &assignments, vacancy) {
                let told = vacancy.ways_out.iter().any(|way| way.window == Some(other));
                assert!(told, "seed {seed}: window {other} would help {vacancy:?}");
            }
            let Some(window) = vacancy.window else { continue };
            let holders: Vec<usize> = season
                .peers
                .iter()
                .filter(|peer| peer.roles.contains(&vacancy.role))
                .map(|peer| peer.id)
                .collect();
            assert_eq!(holders.len(), vacancy.holders as usize);
            let scene = standing.scene(vacancy.challenge, window);
            let against = |peer: usize| scene.reasons(&vacancy.role, peer);
            if holders.is_empty() {
                assert_eq!(vacancy.core, [Reason::Role]);
                continue;
            }
            let kept_out = |core: &[Reason]| {
                let speaks = |peer: &&usize| core.iter().any(|reason| against(**peer).contains(*reason));
                holders.iter().filter(speaks).count() == holders.len()
            };
            if vacancy.core.is_empty() {
                assert!(
                    holders.iter().any(|peer| against(*peer).is_empty()),
                    "seed {seed}: nothing speaks against somebody"
                );
                continue;
            }
            with_core += 1;
            assert!(kept_out(&vacancy.core), "seed {seed}: {vacancy:?}");
            for left_out in &vacancy.core {
                let rest: Vec<Reason> = vacancy.core.iter().copied().filter(|one| one != left_out).collect();
                assert!(!kept_out(&rest), "seed {seed}: {left_out:?} is needless in {vacancy:?}");
            }
            for tally in &vacancy.rules {
                let ask = &season.challenges[vacancy.challenge];
                let closed = ask.because.iter().chain(&ask.waivable);
                let mut closed: Vec<usize> = closed
                    .filter(|closed| closed.1.contains(&window) && closed.2.contains(&tally.rule))
                    .flat_map(|closed| closed.0.iter().copied())
                    .filter(|peer| holders.contains(peer))
                    .collect();
                closed.sort_unstable();
                closed.dedup();
                assert_eq!(tally.people as usize, closed.len());
            }
            for tally in &vacancy.tally {
                let people = holders
                    .iter()
                    .filter(|peer| against(**peer).contains(tally.reason))
                    .count();
                assert_eq!(tally.people as usize, people);
            }
        }
    }
    println!(
        "{seen} vacancies, {with_core} with a core, {ways} ways out, {whole_teams} of them in another window with the team, \
         {waivers} by a waiver"
    );
    assert!(with_core > 100 && ways > 100 && whole_teams >= 10 && waivers >= 8);
}

#[test]
fn a_national_season_is_explained_quickly_enough_to_be_asked_for() {
    let season = synthetic(7, 60, 500, 120);
    let problem = Problem::of(&season, 1);
    let options = Options {
        rounds: 5,
        cases: 0,
        ..Options::default()
    };
    let planned = plan(&problem, options, &ToTheEnd);
    let file = PlanFile::of(&season, &problem, &planned, 1).unwrap();
    let found = vacancies(&season, &file.assignments, 2);
    let before = worth(&season, &file.assignments).unwrap();
    assert!(!found.is_empty(), "leads are scarce in such a season");
    for vacancy in &found {
        for way in &vacancy.ways_out {
            assert_eq!(
                taken(&season, &file.assignments, vacancy, way) - before.objective,
                way.points
            );
        }
        let gives: Vec<Reason> = vacancy.ways_out.iter().map(|way| way.give).collect();
        assert!(
            gives.iter().all(|give| *give != Reason::Conflict),
            "no way out waives a conflict"
        );
        assert!(
            vacancy.ways_out.is_sorted_by_key(|way| std::cmp::Reverse(way.points)),
            "the cheapest way out comes first"
        );
    }
}
