//! Certificates: what was tampered with proves less or is refused, and cases leave no plan out.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use matching::season::{
    CaseFile, Certificate, Divided, DividedBy, Options, Problem, Season, ToTheEnd, plan, proven_bound,
};
use matching::testkit::synthetic;

fn options(rounds: u64) -> Options {
    Options {
        rounds,
        ..Options::default()
    }
}

type Change<'c> = &'c dyn Fn(&mut Certificate);

/// What is said of a certificate after a change.
fn proves(season: &Season, certificate: &Certificate, change: impl Fn(&mut Certificate)) -> Result<i64, String> {
    let mut changed = certificate.clone();
    change(&mut changed);
    proven_bound(season, &changed).map_err(|error| error.to_string())
}

#[test]
fn a_certificate_that_was_tampered_with_proves_less_or_is_refused() {
    let season = synthetic(10, 8, 60, 30);
    let problem = Problem::of(&season, 1);
    let some = Options { cases: 0, ..options(5) };
    let planned = plan(&problem, some, &ToTheEnd);
    let certificate = Certificate::of(&problem, &planned);
    let bound = proven_bound(&season, &certificate).unwrap();
    assert_eq!(bound, planned.bound, "the whole bound is proven");
    assert!(!certificate.cases[0].people.is_empty());
    let cheaper = proves(&season, &certificate, |c| c.cases[0].people.clear());
    assert!(cheaper.unwrap() > bound, "prices matter");
    let dear = proves(&season, &certificate, |c| {
        c.cases[0].people.iter_mut().for_each(|(_, price)| *price = 1 << 54);
    });
    assert!(
        dear.unwrap() > bound,
        "prices beyond all measure prove nothing, and overflow nowhere"
    );
    let refused: [(Change<'_>, &str); 6] = [
        (&|c| c.cases[0].people[0].1 = -1, "cases[0].people[0][1]: -1"),
        (&|c| c.cases[0].people[0].0 = 1_000, "cases[0].people[0][0]: 1000"),
        (&|c| c.cases[0].pairs.push((0, 0, 5)), "cases[0].pairs"),
        (&|c| c.scale = 1 << 20, "scale: 1048576; expected 1 to 1024"),
        (&|c| c.format = "peer-season-certificate/1".to_owned(), "format: "),
        (&|c| c.cases.clear(), "cases: none"),
    ];
    for (change, says) in refused {
        let said = proves(&season, &certificate, change).unwrap_err();
        assert!(said.starts_with(says), "{said}");
    }
}

#[test]
fn where_councils_may_send_people_to_each_other_a_price_for_that_proves_nothing() {
    let mut season = synthetic(10, 8, 60, 30);
    season.rules.mutual = true;
    let problem = Problem::of(&season, 1);
    let planned = plan(&problem, options(5), &ToTheEnd);
    let certificate = Certificate::of(&problem, &planned);
    assert_eq!(proven_bound(&season, &certificate), Ok(planned.bound));
    let priced = certificate
        .cases
        .iter()
        .position(|case| case.divided.is_none())
        .unwrap();
    let said = proves(&season, &certificate, |c| c.cases[priced].pairs.push((0, 1, 5)));
    assert!(said.unwrap_err().contains("may send people to each other"));
}

#[test]
fn cases_must_leave_no_plan_out() {
    let season = synthetic(10, 8, 60, 30);
    let problem = Problem::of(&season, 1);
    let undivided = Options { cases: 0, ..options(5) };
    let planned = plan(&problem, undivided, &ToTheEnd);
    let one = Certificate::of(&problem, &planned);
    let divided = |by: DividedBy| {
        let mut certificate = one.clone();
        let whole = certificate.cases[0].clone();
        certificate.cases = vec![CaseFile::default(), whole.clone(), whole];
        certificate.cases[0].divided = Some(Divided {
            challenge: 0,
            by,
            cases: [1, 2],
        });
        certificate
    };
    // The same prices prove no more of both sides together than of all plans, and no less than the plan is worth.
    let somebody = planned.places[0].as_ref().unwrap().team[0].peer as usize;
    for by in [
        DividedBy::Window(0),
        DividedBy::Window(1),
        DividedBy::Member {
            peer: somebody,
            bonus: 3_000,
        },
    ] {
        let bound = proven_bound(&season, &divided(by.clone())).unwrap();
        assert!((planned.value..=planned.bound).contains(&bound), "{by:?}: {bound}");
    }
    let member = divided(DividedBy::Member {
        peer: somebody,
        bonus: 3_000,
    });
    let fork = |c: &mut Certificate, change: &dyn Fn(&mut Divided)| change(c.cases[0].divided.as_mut().unwrap());
    let refused: [(Change<'_>, &str); 7] = [
        (
            &|c| fork(c, &|d| d.cases = [1, 1]),
            "cases[0].divided.cases: case 1 is part of another",
        ),
        (
            &|c| fork(c, &|d| d.cases = [0, 1]),
            "cases[0].divided.cases[0]: 0; expected a case after 0",
        ),
        (&|c| fork(c, &|d| d.cases = [1, 3]), "cases[0].divided.cases[1]: 3"),
        (&|c| fork(c, &|d| d.challenge = 8), "cases[0].divided.challenge: 8"),
        (
            &|c| fork(c, &|d| d.by = DividedBy::Window(99)),
            "cases[0].divided.by.window: 99",
        ),
        (
            &|c| fork(c, &|d| d.by = DividedBy::Member { peer: 60, bonus: 0 }),
            "cases[0].divided.by.member.peer: 60",
        ),
        (
            &|c| fork(c, &|d| d.by = DividedBy::Member { peer: 1, bonus: -1 }),
            "cases[0].divided.by.member.bonus: -1",
        ),
    ];
    for (change, says) in refused {
        let said = proves(&season, &member, change).unwrap_err();
        assert!(said.starts_with(says), "{said}");
    }
}

#[test]
fn what_prices_leave_open_is_closed_by_cases() {
    let mut closed = 0;
    for seed in 0..5 {
        let season = synthetic(seed, 14, 80, 40);
        let problem = Problem::of(&season, 1);
        let run = |cases: u64| plan(&problem, Options { cases, ..options(8) }, &ToTheEnd);
        let (prices, planned) = (run(0), run(40));
        assert!(
            planned.bound <= prices.bound && planned.value >= prices.value,
            "seed {seed}"
        );
        let certificate = Certificate::of(&problem, &planned);
        assert_eq!(proven_bound(&season, &certificate), Ok(planned.bound), "seed {seed}");
        if prices.bound > prices.value && planned.bound == planned.value {
            assert!(
                certificate.cases.len() > 2,
                "seed {seed}: only cases can have closed it"
            );
            closed += 1;
        }
    }
    assert!(closed > 0, "prices alone close none of some, and cases do");
}
