//! Conflicts of interest with the days and months at their edge: the last that fires and the first that does not.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod scene;

use matching::testkit::{ALWAYS, peer, post};
use matching::{
    Affiliation, AffiliationKind, BodyIx, DeliveryBody, Interest, InterestKind, Objection, PeerIx, PeerStatus, Reach,
    RuleCode, Service, Status,
};
use scene::*;

#[test]
fn without_any_trouble_a_person_is_eligible() {
    assert_eq!(verdict(&scene()).status, Status::Eligible);
    assert_eq!(found(&scene()), []);
}

#[test]
fn a_current_tie_to_the_host_its_predecessor_or_its_body_is_own_council() {
    for council in [HOST, OLD_HOST] {
        for kind in [
            AffiliationKind::Employment,
            AffiliationKind::ElectedOffice,
            AffiliationKind::Consultancy,
        ] {
            let mut scene = scene();
            scene.peers[0].affiliations.push(Affiliation {
                kind,
                ..post(20, council)
            });
            assert_eq!(found(&scene)[0], (RuleCode::OwnCouncil, BLOCK));
            assert!(verdict(&scene).findings[0].assumed);
        }
    }
    let mut with_body = scene();
    let service = |council, period| Service { council, period };
    with_body.bodies.push(DeliveryBody {
        id: id(30),
        serves: vec![service(FAR, ALWAYS), service(HOST, during("2020-01-01", "2027-06-07"))],
    });
    let tie = Affiliation {
        council: None,
        body: Some(BodyIx(0)),
        period: since("2022-01-01"),
        ..post(20, HOST)
    };
    with_body.peers[0].affiliations.push(tie);
    let finding = verdict(&with_body).findings.remove(0);
    assert_eq!(
        (finding.rule, finding.from),
        (RuleCode::OwnCouncil, Some(d("2022-01-01")))
    );
    assert_eq!((finding.lapses_on, finding.assumed), (Some(d("2027-06-08")), false));
    // The body stopped serving the host the day before the window: a past tie, though the person is still there.
    with_body.bodies[0].serves[1].period.until = Some(d("2027-06-06"));
    assert_eq!(found(&with_body), [(RuleCode::PastAffiliation, BLOCK)]);
}

#[test]
fn a_post_counts_from_its_first_to_its_last_day() {
    let ending = |until| {
        let mut scene = scene();
        scene.peers[0].affiliations.push(Affiliation {
            period: during("2025-01-01", until),
            ..post(20, HOST)
        });
        found(&scene)
    };
    assert_eq!(ending("2027-06-07"), [(RuleCode::OwnCouncil, BLOCK)]);
    assert_eq!(ending("2027-06-06"), [(RuleCode::PastAffiliation, BLOCK)]);
    let starting = |from| {
        let mut scene = scene();
        scene.peers[0].affiliations.push(Affiliation {
            period: since(from),
            ..post(20, HOST)
        });
        found(&scene)
    };
    assert_eq!(starting("2027-06-10"), [(RuleCode::OwnCouncil, BLOCK)]);
    assert_eq!(starting("2027-06-11"), []);
}

#[test]
fn past_affiliations_block_for_72_months_and_warn_for_120() {
    let left = |until| {
        let mut scene = scene();
        scene.peers[0].affiliations.push(Affiliation {
            period: during("2010-01-01", until),
            ..post(20, OLD_HOST)
        });
        verdict(&scene).findings
    };
    // The window starts on 7 June 2027.
    for (until, severity, lapses, months) in [
        ("2021-06-08", Some(BLOCK), "2027-06-08", 71),
        ("2021-06-07", Some(WARN), "2031-06-07", 72),
        ("2017-06-08", Some(WARN), "2027-06-08", 119),
        ("2017-06-07", None, "", 0),
    ] {
        let findings = left(until);
        let Some(severity) = severity else {
            assert_eq!(findings, []);
            continue;
        };
        assert_eq!(
            (findings[0].rule, findings[0].severity),
            (RuleCode::PastAffiliation, severity),
            "{until}"
        );
        assert_eq!(findings[0].lapses_on, Some(d(lapses)));
        assert_eq!(findings[0].measure.unwrap().actual, months);
        assert_eq!(findings[0].evidence[0].id, id(20));
    }
}

#[test]
fn a_job_application_counts_from_its_end_or_else_from_the_day_it_was_made() {
    let applied = |period| {
        let mut scene = scene();
        let kind = AffiliationKind::JobApplication;
        scene.peers[0].affiliations.push(Affiliation {
            kind,
            period,
            ..post(20, HOST)
        });
        found(&scene)
    };
    assert_eq!(applied(since("2021-06-08")), [(RuleCode::PastAffiliation, BLOCK)]);
    assert_eq!(applied(since("2021-06-07")), [(RuleCode::PastAffiliation, WARN)]);
    assert_eq!(
        applied(during("2015-01-01", "2021-06-08")),
        [(RuleCode::PastAffiliation, BLOCK)]
    );
    assert_eq!(applied(during("2015-01-01", "2017-06-07")), []);
    assert_eq!(applied(ALWAYS), [(RuleCode::PastAffiliation, BLOCK)]);
}

#[test]
fn inspectors_and_commissioners_are_regulators_while_they_are() {
    for kind in [AffiliationKind::Inspector, AffiliationKind::Commissioner] {
        let mut scene = scene();
        scene.peers[0].affiliations.push(Affiliation { kind, ..post(20, HOST) });
        assert_eq!(found(&scene), [(RuleCode::Regulator, BLOCK)]);
        scene.peers[0].affiliations[1].period = during("2020-01-01", "2027-06-06");
        assert_eq!(found(&scene), [(RuleCode::PastAffiliation, BLOCK)]);
    }
}

#[test]
fn neighbours_are_symmetric_and_differ_by_reach() {
    let mut scene = scene();
    scene.peers[0].affiliations[0].council = Some(BORDER);
    assert_eq!(found(&scene), [(RuleCode::Neighbour, BLOCK)]);
    scene.challenge.reach = Reach::Regional;
    assert_eq!(found(&scene), [(RuleCode::Neighbour, WARN)]);
    // Recorded from the other side only; and as a second post.
    scene.challenge.reach = Reach::National;
    scene.councils[0].neighbours.clear();
    scene.councils[1].neighbours = vec![HOST];
    scene.peers[0].affiliations = vec![post(11, HOME), post(12, BORDER)];
    assert_eq!(found(&scene), [(RuleCode::Neighbour, BLOCK)]);
}

#[test]
fn a_retired_person_is_at_home_where_they_last_served() {
    let mut scene = scene();
    scene.peers[0].status = PeerStatus::Retired;
    scene.peers[0].retired_on = Some(d("2026-12-31"));
    scene.peers[0].affiliations = vec![
        Affiliation {
            period: during("2000-01-01", "2010-12-31"),
            ..post(11, HOME)
        },
        Affiliation {
            period: during("2011-01-01", "2026-12-31"),
            ..post(12, BORDER)
        },
    ];
    let finding = only(&scene);
    assert_eq!(
        (finding.rule, finding.evidence[0].id, finding.lapses_on),
        (RuleCode::Neighbour, id(12), None)
    );
    scene.peers[0].affiliations.clear();
    assert_eq!(found(&scene), []);
    assert_eq!(
        scene.world().unwrap().homes(ONE, scene.challenge.windows[0].span),
        matching::Homes::default()
    );
}

#[test]
fn declared_interests_weigh_by_kind_while_they_hold() {
    let kinds = [
        (InterestKind::Personal, RuleCode::Personal, BLOCK),
        (InterestKind::Financial, RuleCode::Financial, BLOCK),
        (InterestKind::Other, RuleCode::Declared, WARN),
    ];
    for (kind, rule, severity) in kinds {
        let declare = |council, period| {
            let mut scene = scene();
            scene.peers[0].interests.push(Interest {
                id: id(40),
                kind,
                council,
                period,
            });
            scene
        };
        assert_eq!(found(&declare(HOST, ALWAYS)), [(rule, severity)]);
        let finding = only(&declare(OLD_HOST, during("2020-01-01", "2027-06-07")));
        assert_eq!(
            (finding.rule, finding.lapses_on, finding.assumed),
            (rule, Some(d("2027-06-08")), false)
        );
        assert_eq!(found(&declare(HOST, during("2020-01-01", "2027-06-06"))), []);
        assert_eq!(found(&declare(FAR, ALWAYS)), []);
    }
}

#[test]
fn the_same_host_again_waits_36_months_but_not_for_a_progress_review() {
    let visited = |from, until| {
        let mut scene = scene();
        scene.engagements.push(visit(50, ONE, HOME, HOST, from, until));
        scene
    };
    assert_eq!(
        found(&visited("2024-06-05", "2024-06-08")),
        [(RuleCode::RepeatVisit, BLOCK)]
    );
    assert_eq!(
        only(&visited("2024-06-05", "2024-06-08")).lapses_on,
        Some(d("2027-06-08"))
    );
    assert_eq!(found(&visited("2024-06-04", "2024-06-07")), []);
    // Due later, within the same months; and at a predecessor.
    assert_eq!(
        found(&visited("2030-06-09", "2030-06-12")),
        [(RuleCode::RepeatVisit, BLOCK)]
    );
    assert_eq!(found(&visited("2030-06-10", "2030-06-12")), []);
    let mut review = visited("2026-06-01", "2026-06-04");
    review.engagements[1].host = OLD_HOST;
    assert_eq!(found(&review), [(RuleCode::RepeatVisit, BLOCK)]);
    review.challenge.first_team = Some(vec![ONE]);
    assert_eq!(found(&review), []);
    // Its own planned assignment is no visit.
    let mut own = visited("2027-06-07", "2027-06-10");
    own.engagements[1].challenge = Some(own.challenge.id);
    assert_eq!(found(&own), []);
}

#[test]
fn reciprocity_looks_at_the_hosts_people_at_a_home_council() {
    let hosted = |reach, home, from, until| {
        let mut scene = scene();
        scene.peers.push(peer(2));
        scene.challenge.reach = reach;
        scene.engagements.push(visit(60, PeerIx(1), home, HOME, from, until));
        found(&scene)
    };
    let fires = [(RuleCode::Reciprocal, BLOCK)];
    assert_eq!(hosted(Reach::National, HOST, "2025-06-05", "2025-06-08"), fires);
    assert_eq!(hosted(Reach::National, OLD_HOST, "2025-06-05", "2025-06-08"), fires);
    assert_eq!(hosted(Reach::National, HOST, "2025-06-04", "2025-06-07"), []);
    assert_eq!(hosted(Reach::National, HOST, "2029-06-09", "2029-06-12"), fires);
    assert_eq!(hosted(Reach::National, HOST, "2029-06-10", "2029-06-12"), []);
    assert_eq!(hosted(Reach::National, FAR, "2026-06-04", "2026-06-07"), []);
    assert_eq!(hosted(Reach::Triad, HOST, "2026-06-04", "2026-06-07"), []);
}

#[test]
fn an_upheld_objection_holds_for_ever_or_as_long_as_the_policy_says() {
    let mut scene = scene();
    scene.peers[0].objections.push(Objection {
        id: id(70),
        host: HOST,
        decided_on: d("2025-06-08"),
    });
    assert_eq!(found(&scene), [(RuleCode::HostObjection, BLOCK)]);
    scene.policy.conflicts.host_objection_months = Some(24);
    assert_eq!(only(&scene).lapses_on, Some(d("2027-06-08")));
    scene.peers[0].objections[0].decided_on = d("2025-06-07");
    assert_eq!(found(&scene), []);
}
