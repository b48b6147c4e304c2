//! Each rule with the days, months and counts at its edge: the last that fires and the first that does not.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

use chrono::NaiveDate;
use matching::testkit::{ALWAYS, Instance, council, peer, policy, post};
use matching::{
    Affiliation, AffiliationKind, BodyIx, Challenge, Control, CouncilIx, DeliveryBody, Engagement, EngagementState,
    Finding, Interest, InterestKind, Member, Objection, Party, PeerIx, PeerStatus, Period, Reach, Role, RoleSet,
    RuleCode, SeasonIx, Service, Severity, SeverityOrOff, Slot, SlotIx, Span, Status, Stretch, ThemeSet, Verdict,
    Waiver, WaiverRight, Window, eligibility,
};
use uuid::Uuid;

const HOST: CouncilIx = CouncilIx(0);
const BORDER: CouncilIx = CouncilIx(1);
const HOME: CouncilIx = CouncilIx(2);
const OLD_HOST: CouncilIx = CouncilIx(3);
const FAR: CouncilIx = CouncilIx(4);
const ONE: PeerIx = PeerIx(0);
const LEAD: SlotIx = SlotIx(0);

fn d(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn span(from: &str, until: &str) -> Span {
    Span::new(d(from), d(until)).unwrap()
}

fn since(from: &str) -> Period {
    Period {
        from: Some(d(from)),
        until: None,
    }
}

fn during(from: &str, until: &str) -> Period {
    Period {
        from: Some(d(from)),
        until: Some(d(until)),
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// One eligible director at a council far away, a host with a border and a predecessor, one window in June 2027.
fn scene() -> Instance {
    let mut councils: Vec<_> = (0..5_u32)
        .map(|i| council(u128::from(i) + 500, i.min(2), (0, 0)))
        .collect();
    councils[0].neighbours = vec![BORDER];
    councils[0].predecessors = vec![OLD_HOST];
    let mut one = peer(1);
    one.roles = RoleSet::default()
        .with(Role::DirectorOfChildrensServices)
        .with(Role::MemberPeer);
    one.themes = ThemeSet(0b11);
    one.trained_on = Some(d("2027-01-01"));
    one.declared_on = Some(d("2027-01-01"));
    one.affiliations = vec![Affiliation {
        period: since("2020-01-01"),
        ..post(11, HOME)
    }];
    one.availability = vec![Stretch {
        id: id(12),
        span: span("2027-01-01", "2028-12-31"),
    }];
    let slot = |n, role, lead| Slot {
        id: id(n),
        role,
        lead,
        themes: ThemeSet::default(),
    };
    let challenge = Challenge {
        id: id(900),
        host: HOST,
        reach: Reach::National,
        first_team: None,
        season: SeasonIx(0),
        priority: 3,
        themes: vec![],
        slots: vec![
            slot(901, Role::DirectorOfChildrensServices, true),
            slot(902, Role::MemberPeer, false),
            slot(903, Role::MemberPeer, false),
            slot(904, Role::AssistantDirector, false),
        ],
        windows: vec![Window {
            id: id(905),
            span: span("2027-06-07", "2027-06-10"),
            preference: 50,
        }],
        members: vec![],
        waivers: vec![],
    };
    // Long ago and elsewhere: experience, nothing else.
    let served = visit(13, ONE, HOME, FAR, "2019-03-04", "2019-03-07");
    Instance {
        councils,
        bodies: vec![],
        peers: vec![one],
        engagements: vec![served],
        policy: policy(),
        challenge,
    }
}

fn visit(n: u128, peer: PeerIx, home: CouncilIx, host: CouncilIx, from: &str, until: &str) -> Engagement {
    let state = if d(from) < d("2027-01-01") {
        EngagementState::Done
    } else {
        EngagementState::Planned
    };
    Engagement {
        id: id(n),
        peer,
        challenge: None,
        home,
        host,
        season: None,
        span: span(from, until),
        state,
    }
}

fn verdict_in(instance: &Instance, slot: SlotIx, window: Span, peer: PeerIx) -> Verdict {
    let world = instance.world().unwrap();
    eligibility::assess(&world, &instance.policy, &instance.challenge, Some(slot), window, peer).unwrap()
}

fn verdict(instance: &Instance) -> Verdict {
    verdict_in(instance, LEAD, instance.challenge.windows[0].span, ONE)
}

fn found(instance: &Instance) -> Vec<(RuleCode, Severity)> {
    verdict(instance)
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.severity))
        .collect()
}

fn only(instance: &Instance) -> Finding {
    let findings = verdict(instance).findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.into_iter().next().unwrap()
}

const BLOCK: Severity = Severity::Block;
const WARN: Severity = Severity::Warn;

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

#[test]
fn declaration_training_and_retirement_are_valid_to_the_day() {
    type Change = fn(&mut Instance, Option<NaiveDate>);
    let cases: [(RuleCode, Severity, Change, &str, &str); 3] = [
        (
            RuleCode::StaleDeclaration,
            WARN,
            |s, day| s.peers[0].declared_on = day,
            "2026-06-07",
            "2026-06-06",
        ),
        (
            RuleCode::StaleTraining,
            BLOCK,
            |s, day| s.peers[0].trained_on = day,
            "2024-06-07",
            "2024-06-06",
        ),
        (
            RuleCode::RetiredTooLong,
            BLOCK,
            |s, day| {
                s.peers[0].status = PeerStatus::Retired;
                s.peers[0].retired_on = day;
            },
            "2024-06-07",
            "2024-06-06",
        ),
    ];
    for (rule, severity, change, good, stale) in cases {
        let with = |day| {
            let mut scene = scene();
            change(&mut scene, day);
            found(&scene)
        };
        assert_eq!(with(Some(d(good))), []);
        assert_eq!(with(Some(d(stale))), [(rule, severity)]);
        assert_eq!(with(None), [(rule, severity)]);
    }
}

#[test]
fn only_active_and_retired_people_are_deployed_and_never_possible_duplicates() {
    for (status, deployable) in [
        (PeerStatus::Active, true),
        (PeerStatus::Applicant, false),
        (PeerStatus::Suspended, false),
        (PeerStatus::Left, false),
    ] {
        let mut scene = scene();
        scene.peers[0].status = status;
        assert_eq!(found(&scene).is_empty(), deployable);
    }
    let mut scene = scene();
    scene.peers[0].possible_duplicates.push(id(77));
    let finding = only(&scene);
    assert_eq!(
        (finding.rule, finding.waivable_by),
        (RuleCode::PossibleDuplicate, WaiverRight::Nobody)
    );
    assert!(finding.evidence.iter().any(|evidence| evidence.id == id(77)));
}

#[test]
fn the_slot_asks_for_role_themes_and_a_lead_with_experience() {
    let mut scene = scene();
    scene.peers[0].roles = RoleSet::default();
    assert_eq!(found(&scene), [(RuleCode::RoleNotHeld, BLOCK)]);
    scene.peers[0].roles = RoleSet::default().with(Role::DirectorOfChildrensServices);
    scene.challenge.slots[0].themes = ThemeSet(0b101);
    assert_eq!(found(&scene), [(RuleCode::ThemeNotHeld, BLOCK)]);
    scene.challenge.slots[0].themes = ThemeSet(0b11);
    scene.engagements.clear();
    assert_eq!(found(&scene), [(RuleCode::LeadWithoutExperience, BLOCK)]);
    scene.challenge.slots[0].lead = false;
    assert_eq!(found(&scene), []);
    let world = scene.world().unwrap();
    let window = scene.challenge.windows[0].span;
    let anywhere = eligibility::assess(&world, &scene.policy, &scene.challenge, None, window, ONE).unwrap();
    assert_eq!(anywhere.findings, []);
}

#[test]
fn member_peers_are_of_the_controlling_group_or_of_two_groups() {
    let mut scene = scene();
    let window = scene.challenge.windows[0].span;
    let rules = |scene: &Instance| -> Vec<_> {
        verdict_in(scene, SlotIx(1), window, ONE)
            .findings
            .iter()
            .map(|f| (f.rule, f.severity))
            .collect()
    };
    scene.councils[0].control = Some(Control::Group(Party::Labour));
    assert_eq!(rules(&scene), [(RuleCode::MemberGroup, WARN)]);
    scene.peers[0].party = Some(Party::Green);
    assert_eq!(rules(&scene), [(RuleCode::MemberGroup, WARN)]);
    scene.peers[0].party = Some(Party::Labour);
    assert_eq!(rules(&scene), []);
    // Without overall control: only once the other member slot is held by the same group.
    scene.councils[0].control = Some(Control::NoOverallControl);
    assert_eq!(rules(&scene), []);
    let mut colleague = peer(2);
    colleague.party = Some(Party::Labour);
    scene.peers.push(colleague);
    scene.challenge.members = vec![Member {
        slot: SlotIx(2),
        peer: PeerIx(1),
    }];
    assert_eq!(rules(&scene), [(RuleCode::MemberGroup, WARN)]);
    scene.peers[1].party = Some(Party::Green);
    assert_eq!(rules(&scene), []);
    scene.policy.team.member_group = SeverityOrOff::Off;
    scene.peers[1].party = None;
    assert_eq!(rules(&scene), []);
}

#[test]
fn every_day_of_the_window_must_be_offered_and_stretches_join() {
    let offered = |stretches: &[(&str, &str)]| {
        let mut scene = scene();
        let stretch = |(i, (from, until)): (usize, &(&str, &str))| Stretch {
            id: id(80 + i as u128),
            span: span(from, until),
        };
        scene.peers[0].availability = stretches.iter().enumerate().map(stretch).collect();
        scene
    };
    assert_eq!(found(&offered(&[])), [(RuleCode::AvailabilityUnknown, BLOCK)]);
    assert_eq!(
        found(&offered(&[("2027-06-09", "2027-06-10"), ("2027-06-07", "2027-06-08")])),
        []
    );
    let gap = only(&offered(&[
        ("2027-06-07", "2027-06-08"),
        ("2027-06-10", "2027-06-11"),
        ("2027-07-01", "2027-07-04"),
    ]));
    assert_eq!(
        (gap.rule, gap.lapses_on),
        (RuleCode::NotAvailable, Some(d("2027-07-01")))
    );
    assert_eq!((gap.measure.unwrap().actual, gap.measure.unwrap().limit), (3, 4));
    assert_eq!(gap.evidence.len(), 3);
    assert_eq!(
        only(&offered(&[("2027-06-08", "2027-06-12")])).lapses_on,
        Some(d("2027-06-08"))
    );
    assert_eq!(only(&offered(&[("2027-01-01", "2027-06-09")])).lapses_on, None);
}

#[test]
fn blackouts_and_engagements_block_their_days_and_engagements_a_rest_around() {
    let mut scene = scene();
    scene.peers[0].blackouts = vec![Stretch {
        id: id(85),
        span: span("2027-06-10", "2027-06-20"),
    }];
    let finding = only(&scene);
    assert_eq!(
        (finding.rule, finding.lapses_on),
        (RuleCode::Blackout, Some(d("2027-06-21")))
    );
    scene.peers[0].blackouts[0].span.from = d("2027-06-11");
    assert_eq!(found(&scene), []);
    let engaged = |from, until| {
        let mut scene = self::scene();
        scene.engagements.push(visit(86, ONE, HOME, FAR, from, until));
        scene
    };
    assert_eq!(
        only(&engaged("2027-06-10", "2027-06-11")).rule,
        RuleCode::AlreadyEngaged
    );
    // Seven whole days between: 31 May to 6 June.
    assert_eq!(found(&engaged("2027-05-27", "2027-05-30")), []);
    let rest = only(&engaged("2027-05-27", "2027-05-31"));
    assert_eq!(
        (rest.rule, rest.lapses_on),
        (RuleCode::RestPeriod, Some(d("2027-06-08")))
    );
    assert_eq!((rest.measure.unwrap().actual, rest.measure.unwrap().limit), (6, 7));
    assert_eq!(found(&engaged("2027-06-18", "2027-06-20")), []);
    assert_eq!(
        found(&engaged("2027-06-17", "2027-06-20")),
        [(RuleCode::RestPeriod, BLOCK)]
    );
}

#[test]
fn a_season_warns_after_two_and_stops_after_three_and_people_set_their_own_limit() {
    let with = |count: u32, capacity| {
        let mut scene = scene();
        scene.peers[0].capacity = capacity;
        for i in 0..count {
            let day = format!("2027-0{}-02", i + 1);
            let mut engagement = visit(90 + u128::from(i), ONE, HOME, FAR, &day, &day);
            engagement.season = Some(SeasonIx(0));
            scene.engagements.push(engagement);
        }
        found(&scene)
    };
    assert_eq!(with(1, None), []);
    assert_eq!(with(2, None), [(RuleCode::SeasonCap, WARN)]);
    assert_eq!(with(3, None), [(RuleCode::SeasonCap, BLOCK)]);
    assert_eq!(with(1, Some(1)), [(RuleCode::Capacity, BLOCK)]);
    assert_eq!(with(0, Some(0)), [(RuleCode::Capacity, BLOCK)]);
    assert_eq!(with(1, Some(2)), []);
}

#[test]
fn two_people_of_a_council_away_in_a_week_are_enough() {
    let away = |people: &[(u32, &str, &str)]| {
        let mut scene = scene();
        for &(i, from, until) in people {
            scene.peers.push(peer(u128::from(i) + 200));
            scene
                .engagements
                .push(visit(100 + u128::from(i), PeerIx(i), HOME, FAR, from, until));
        }
        scene
    };
    // The window lies in the week of 7 June; Sunday 13 June belongs to it, Monday 14 June does not.
    let both = [(1, "2027-06-13", "2027-06-14"), (2, "2027-05-31", "2027-06-07")];
    let finding = only(&away(&both));
    assert_eq!(
        (finding.rule, finding.lapses_on),
        (RuleCode::CouncilWeek, Some(d("2027-06-14")))
    );
    assert_eq!(
        found(&away(&[
            (1, "2027-06-14", "2027-06-15"),
            (2, "2027-05-31", "2027-06-07")
        ])),
        []
    );
    assert_eq!(found(&away(&both[..1])), []);
}

/// A team of people at given councils, and the answer for somebody who is not on it.
fn beside(homes: &[CouncilIx], newcomer: &[CouncilIx], change: impl Fn(&mut Instance)) -> Vec<(RuleCode, Severity)> {
    let mut scene = scene();
    scene.councils[4].region = matching::RegionIx(0);
    scene
        .councils
        .extend((0..3_u32).map(|i| council(u128::from(i) + 600, 0, (0, 0))));
    scene.peers[0].affiliations = newcomer.iter().map(|&home| post(11, home)).collect();
    for (i, &home) in homes.iter().enumerate() {
        let mut member = peer(300 + i as u128);
        member.affiliations = vec![post(310 + i as u128, home)];
        scene.peers.push(member);
        scene.challenge.members.push(Member {
            slot: SlotIx(i as u32 + 1),
            peer: PeerIx(i as u32 + 1),
        });
    }
    change(&mut scene);
    found(&scene)
}

#[test]
fn a_team_takes_one_of_a_council_two_of_a_region_and_few_of_the_hosts() {
    let nothing = |_: &mut Instance| {};
    let regional = |scene: &mut Instance| scene.challenge.reach = Reach::Regional;
    // OLD_HOST, HOME: region 2. FAR and 5–7: the host's region 0.
    assert_eq!(beside(&[HOME], &[HOME], nothing), [(RuleCode::TeamCouncilCap, BLOCK)]);
    assert_eq!(
        beside(&[HOME], &[FAR, HOME], nothing),
        [(RuleCode::TeamCouncilCap, BLOCK)]
    );
    let roomy = |scene: &mut Instance| scene.policy.team.max_per_council = 3;
    assert_eq!(beside(&[HOME], &[HOME], roomy), []);
    let narrow = |scene: &mut Instance| {
        scene.policy.team.max_per_council = 3;
        scene.policy.team.max_council_week = 3;
    };
    assert_eq!(
        beside(&[HOME, HOME], &[HOME], narrow),
        [(RuleCode::TeamRegionCap, BLOCK)]
    );
    assert_eq!(
        beside(&[FAR], &[CouncilIx(5)], nothing),
        [(RuleCode::HostRegionCap, WARN)]
    );
    let both = [(RuleCode::TeamRegionCap, BLOCK), (RuleCode::HostRegionCap, BLOCK)];
    assert_eq!(beside(&[FAR, CouncilIx(6)], &[CouncilIx(5)], nothing), both);
    assert_eq!(beside(&[FAR, CouncilIx(6)], &[CouncilIx(5)], regional), []);
    let shrunk = |scene: &mut Instance| scene.policy.team.host_region_block_above_percent = 49;
    assert_eq!(
        beside(&[FAR], &[CouncilIx(5)], shrunk),
        [(RuleCode::HostRegionCap, BLOCK)]
    );
}

#[test]
fn a_member_is_not_in_their_own_way_but_cannot_hold_two_slots() {
    let mut scene = scene();
    scene.challenge.members = vec![Member { slot: LEAD, peer: ONE }];
    assert_eq!(found(&scene), []);
    let window = scene.challenge.windows[0].span;
    let elsewhere = verdict_in(&scene, SlotIx(1), window, ONE);
    assert_eq!(
        elsewhere
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect::<Vec<_>>(),
        [RuleCode::AlreadyInTeam]
    );
}

#[test]
fn a_waiver_covers_a_warning_through_the_window_and_a_block_only_for_continuity() {
    let waive = |rule, expires: &str| Waiver {
        id: id(99),
        peer: ONE,
        rule,
        expires_on: d(expires),
    };
    let mut scene = scene();
    scene.peers[0].interests.push(Interest {
        id: id(40),
        kind: InterestKind::Other,
        council: HOST,
        period: ALWAYS,
    });
    assert_eq!(verdict(&scene).status, Status::NeedsWaiver);
    assert_eq!(only(&scene).waivable_by, WaiverRight::Programme);
    scene.challenge.waivers = vec![waive(RuleCode::Declared, "2027-06-09")];
    assert_eq!(verdict(&scene).status, Status::NeedsWaiver);
    scene.challenge.waivers = vec![waive(RuleCode::Declared, "2027-06-10")];
    assert_eq!(verdict(&scene).status, Status::Eligible);
    assert_eq!(only(&scene).waived_by, Some(id(99)));
    scene.peers[0].interests[0].kind = InterestKind::Personal;
    scene.challenge.waivers = vec![waive(RuleCode::Personal, "2027-12-31")];
    assert_eq!(
        (verdict(&scene).status, only(&scene).waivable_by),
        (Status::Ineligible, WaiverRight::Nobody)
    );
    scene.challenge.first_team = Some(vec![ONE]);
    assert_eq!(
        (verdict(&scene).status, only(&scene).waivable_by),
        (Status::Eligible, WaiverRight::ProgrammeForContinuity)
    );
    scene.peers[0].interests.clear();
    scene.peers[0].roles = RoleSet::default();
    scene.challenge.waivers = vec![waive(RuleCode::RoleNotHeld, "2027-12-31")];
    assert_eq!(
        (verdict(&scene).status, only(&scene).waivable_by),
        (Status::Ineligible, WaiverRight::Nobody)
    );
}
