//! Vacancies explained: cores are smallest and true, and every way out works.

use matching::season::{Options, PlanFile, Problem, Reason, Standing, ToTheEnd, plan, vacancies, worth};
use matching::testkit::{Tiny, further, synthetic, tiny};

#[test]
fn cores_keep_everybody_out_and_none_of_their_reasons_is_needless() {
    let (mut seen, mut with_core, mut ways) = (0, 0, 0);
    for seed in 0..400 {
        let mut season = tiny(seed, Tiny::ENUMERABLE);
        if seed % 2 == 0 {
            further(&mut season, seed);
        }
        let problem = Problem::of(&season);
        let planned = plan(&problem, Options::default(), &ToTheEnd);
        let file = PlanFile::of(&season, &problem, &planned, 1).unwrap();
        let standing = Standing::of(&season, &file.assignments);
        let before = worth(&season, &file.assignments).unwrap();
        let found = vacancies(&season, &file.assignments, &|_| true);
        assert_eq!(
            found.iter().map(|vacancy| vacancy.slots).sum::<u32>(),
            before.wanted - before.filled,
            "seed {seed}: every vacant slot is told of"
        );
        for vacancy in &found {
            seen += 1;
            ways += vacancy.ways_out.len();
            let Some(window) = vacancy.window else { continue };
            let holders: Vec<usize> = season
                .peers
                .iter()
                .filter(|peer| peer.roles.contains(&vacancy.role))
                .map(|peer| peer.id)
                .collect();
            assert_eq!(holders.len(), vacancy.holders as usize);
            let against = |peer: usize| standing.reasons(vacancy.challenge, window, &vacancy.role, peer);
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
            for tally in &vacancy.tally {
                let people = holders
                    .iter()
                    .filter(|peer| against(**peer).contains(tally.reason))
                    .count();
                assert_eq!(tally.people as usize, people);
            }
        }
    }
    println!("{seen} vacancies, {with_core} with a core, {ways} ways out");
    assert!(with_core > 100 && ways > 100);
}

#[test]
fn a_national_season_is_explained_quickly_enough_to_be_asked_for() {
    let season = synthetic(7, 60, 500, 120);
    let problem = Problem::of(&season);
    let options = Options {
        rounds: 5,
        ..Options::default()
    };
    let planned = plan(&problem, options, &ToTheEnd);
    let file = PlanFile::of(&season, &problem, &planned, 1).unwrap();
    let found = vacancies(&season, &file.assignments, &|_| true);
    assert!(!found.is_empty(), "leads are scarce in such a season");
    for vacancy in &found {
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
