//! Rules about standing, slots, load and teams at their edge, and waivers.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod scene;

use chrono::NaiveDate;
use matching::testkit::{ALWAYS, Instance, council, peer, post};
use matching::{
    Control, CouncilIx, Interest, InterestKind, Member, Party, PeerIx, PeerStatus, Reach, Role, RoleSet, RuleCode,
    SeasonIx, Severity, SeverityOrOff, SlotIx, Status, Stretch, ThemeSet, Waiver, WaiverRight, eligibility,
};
use scene::*;

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
