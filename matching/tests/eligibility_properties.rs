//! What holds of eligibility whatever the facts: exhaustive answers, evidence, lapse dates, agreement of all callers;
//! and bad input refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use matching::eligibility::{Case, ChallengeError};
use matching::team::{Options, TeamFault, check, propose};
use matching::testkit::{ALWAYS, Shape, cases, day, post, small, span};
use matching::{
    AffiliationKind, BodyIx, CouncilIx, Member, PeerIx, Period, RuleCode, Service, Severity, SlotIx, Status,
    WaiverRight, WindowIx, World, WorldError, candidates, eligibility,
};
use proptest::prelude::*;

fn shapes() -> impl Strategy<Value = Shape> {
    (2..9_u32, 1..4_u32, 1..14_u32, 1..5_u32, 0..4_u32, 30..100_u32, 1..4_u32).prop_map(
        |(councils, regions, peers, slots, themes, trouble, posts)| Shape {
            councils,
            regions,
            peers,
            slots,
            windows: 2,
            themes,
            trouble,
            posts,
        },
    )
}

/// Rules whose evidence does not depend on who is at home where or who is away: their dates are exact both ways.
fn stands_until_its_lapse(rule: RuleCode) -> bool {
    !matches!(
        rule,
        RuleCode::RestPeriod | RuleCode::CouncilWeek | RuleCode::NotAvailable
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_whole_pool_is_answered_with_evidence(seed: u64, shape in shapes(), slot in 0..5_u32) {
        let instance = small(seed, shape);
        let world = instance.world().unwrap();
        let slot = (slot < shape.slots).then_some(SlotIx(slot));
        let window = instance.challenge.windows[0].span;
        let pool = eligibility::pool(&world, &instance.policy, &instance.challenge, slot, window).unwrap();
        prop_assert_eq!(pool.eligible + pool.needs_waiver + pool.ineligible, shape.peers);
        for (i, verdict) in pool.verdicts.iter().enumerate() {
            prop_assert_eq!(verdict.peer.index(), i);
            let alone =
                eligibility::assess(&world, &instance.policy, &instance.challenge, slot, window, verdict.peer).unwrap();
            prop_assert_eq!(&alone, verdict);
            let open = || verdict.findings.iter().filter(|finding| finding.waived_by.is_none());
            let blocked = open().any(|finding| finding.severity == Severity::Block);
            prop_assert_eq!(verdict.status == Status::Ineligible, blocked);
            prop_assert_eq!(verdict.status == Status::Eligible, open().next().is_none());
            prop_assert!(verdict.findings.is_sorted_by_key(|finding| finding.rule));
            for (at, finding) in verdict.findings.iter().enumerate() {
                prop_assert!(!finding.evidence.is_empty());
                prop_assert!(finding.lapses_on.is_none_or(|lapse| lapse > window.from));
                prop_assert!(finding.waived_by.is_none() || finding.waivable_by != WaiverRight::Nobody);
                prop_assert!(!verdict.findings[..at].contains(finding), "twice: {:?}", finding);
            }
        }
        for count in &pool.by_rule {
            let hit = |verdict: &&matching::Verdict| {
                verdict.findings.iter().any(|finding| finding.rule == count.rule && finding.waived_by.is_none())
            };
            prop_assert_eq!(pool.verdicts.iter().filter(hit).count(), count.people as usize);
            prop_assert!(count.alone <= count.people);
        }
    }

    #[test]
    fn a_window_moved_to_the_lapse_loses_exactly_that_finding(seed: u64, shape in shapes()) {
        let instance = small(seed, shape);
        let world = instance.world().unwrap();
        let window = instance.challenge.windows[0].span;
        let ask = |window, peer| {
            let verdict =
                eligibility::assess(&world, &instance.policy, &instance.challenge, Some(SlotIx(0)), window, peer);
            verdict.unwrap().findings
        };
        for peer in world.everybody() {
            let now = ask(window, peer);
            for finding in &now {
                let Some(lapse) = finding.lapses_on else { continue };
                let same = |other: &&matching::Finding| {
                    other.rule == finding.rule
                        && other.severity == finding.severity
                        && other.evidence == finding.evidence
                };
                let then = ask(window.starting(lapse), peer);
                prop_assert!(!then.iter().any(|other| same(&other)), "still there: {:?} {:?}", window, finding);
                // The day before it still stands.
                let before = ask(window.starting(lapse.pred_opt().unwrap()), peer);
                let stands = if stands_until_its_lapse(finding.rule) {
                    before.iter().any(|other| same(&other))
                } else {
                    before.iter().any(|other| other.rule == finding.rule || other.rule == RuleCode::AlreadyEngaged)
                };
                prop_assert!(stands, "gone too early: {:?} {:?} then {:?}", window, finding, before);
                // Reasons that time does not touch, and those that lapse later, are still given.
                for other in &now {
                    let timeless = matches!(
                        other.rule,
                        RuleCode::RoleNotHeld | RuleCode::ThemeNotHeld | RuleCode::PossibleDuplicate
                            | RuleCode::NotDeployable | RuleCode::AvailabilityUnknown | RuleCode::LeadWithoutExperience
                            | RuleCode::StaleTraining | RuleCode::StaleDeclaration | RuleCode::Capacity
                    );
                    if timeless {
                        prop_assert!(then.iter().any(|kept| kept.rule == other.rule && kept.severity == other.severity));
                    }
                }
            }
        }
    }

    #[test]
    fn candidates_are_the_eligible_in_order_of_points(seed: u64, shape in shapes()) {
        let instance = small(seed, shape);
        let world = instance.world().unwrap();
        let window = instance.challenge.windows[1].span;
        let ranked =
            candidates::rank(&world, &instance.policy, &instance.challenge, SlotIx(0), WindowIx(1), 0).unwrap();
        let case = Case::new(&world, &instance.policy, &instance.challenge, window).unwrap();
        let eligible =
            world.everybody().filter(|&peer| case.assess(Some(SlotIx(0)), peer).unwrap().status == Status::Eligible);
        let mut named: Vec<PeerIx> = ranked.iter().map(|candidate| candidate.peer).collect();
        named.sort_unstable();
        prop_assert_eq!(named, eligible.collect::<Vec<_>>());
        for pair in ranked.windows(2) {
            prop_assert!((pair[1].points, pair[0].peer) <= (pair[0].points, pair[0].peer));
            let ahead = pair[0].ahead.unwrap();
            prop_assert_eq!(ahead.points, pair[0].points - pair[1].points);
            prop_assert_eq!(ahead.decided_by.is_some(), ahead.points > 0);
        }
        for candidate in &ranked {
            let sum: i64 = candidate.contributions.iter().map(|part| part.points).sum();
            prop_assert_eq!(sum, candidate.points);
        }
    }

    #[test]
    fn the_best_candidate_for_the_only_open_slot_is_the_one_proposed(seed: u64, shape in shapes()) {
        let mut instance = small(seed, Shape { slots: 1, windows: 1, ..shape });
        instance.challenge.windows.truncate(1);
        instance.challenge.members.clear();
        let world = instance.world().unwrap();
        let ranked =
            candidates::rank(&world, &instance.policy, &instance.challenge, SlotIx(0), WindowIx(0), 0).unwrap();
        let proposal = propose(&world, &instance.policy, &instance.challenge, &Options::default()).unwrap();
        let holder = proposal.places[0].holder.as_ref().map(|holder| holder.points);
        prop_assert_eq!(holder, ranked.first().map(|best| best.points));
    }

    #[test]
    fn a_proposed_team_may_be_confirmed_if_it_is_full(seed: u64, shape in shapes()) {
        let mut instance = small(seed, shape);
        instance.challenge.members.clear();
        let world = instance.world().unwrap();
        let proposal = propose(&world, &instance.policy, &instance.challenge, &Options::default()).unwrap();
        let held = proposal.places.iter().filter_map(|place| Some((place.slot, place.holder.as_ref()?.peer)));
        instance.challenge.members = held.map(|(slot, peer)| Member { slot, peer }).collect();
        let checked = check(&world, &instance.policy, &instance.challenge, proposal.window).unwrap();
        let vacant: Vec<SlotIx> =
            proposal.places.iter().filter(|place| place.holder.is_none()).map(|place| place.slot).collect();
        prop_assert_eq!(checked.confirmable, vacant.is_empty());
        prop_assert!(checked.verdicts.iter().all(|(_, verdict)| verdict.status == Status::Eligible));
        let named = |fault: &TeamFault| match fault {
            TeamFault::VacantSlot { slot, .. } => Some(*slot),
            _ => None,
        };
        prop_assert_eq!(checked.faults.iter().filter_map(named).collect::<Vec<_>>(), vacant);
    }
}

#[test]
fn a_team_with_somebody_ineligible_or_nobody_is_not_confirmable() {
    let shape = Shape {
        councils: 4,
        regions: 2,
        peers: 4,
        slots: 1,
        windows: 1,
        themes: 1,
        trouble: 0,
        posts: 1,
    };
    let mut instance = small(3, shape);
    instance.challenge.members.clear();
    let world = instance.world().unwrap();
    let empty = check(&world, &instance.policy, &instance.challenge, WindowIx(0)).unwrap();
    assert_eq!(
        empty.faults,
        [TeamFault::VacantSlot {
            slot: SlotIx(0),
            lead: true
        }]
    );
    assert!(!empty.confirmable);
    instance.peers[2].status = matching::PeerStatus::Suspended;
    instance.challenge.members = vec![Member {
        slot: SlotIx(0),
        peer: PeerIx(2),
    }];
    let world = instance.world().unwrap();
    let checked = check(&world, &instance.policy, &instance.challenge, WindowIx(0)).unwrap();
    assert!(!checked.confirmable);
    assert!(
        checked.verdicts[0]
            .1
            .findings
            .iter()
            .any(|finding| finding.rule == RuleCode::NotDeployable)
    );
    instance.challenge.slots[0].lead = false;
    let leaderless = check(&world, &instance.policy, &instance.challenge, WindowIx(0)).unwrap();
    assert_eq!(leaderless.faults, [TeamFault::NoLeadSlot]);
    instance.challenge.members.clear();
    instance.challenge.slots.clear();
    let nothing = check(&world, &instance.policy, &instance.challenge, WindowIx(0)).unwrap();
    assert_eq!((nothing.faults, nothing.confirmable), (vec![TeamFault::NoSlots], false));
}

#[test]
fn worlds_that_make_no_sense_are_refused_with_the_place() {
    let shape = Shape {
        councils: 3,
        regions: 1,
        peers: 2,
        slots: 1,
        windows: 1,
        themes: 0,
        trouble: 0,
        posts: 0,
    };
    let good = small(1, shape);
    assert!(good.world().is_ok());
    let refused = |change: &dyn Fn(&mut matching::testkit::Instance)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad.world().unwrap_err().to_string()
    };
    assert_eq!(
        refused(&|world| world.councils[1].neighbours.push(CouncilIx(7))),
        "councils[1].neighbours[0]: there is no council at position 7"
    );
    assert_eq!(
        refused(&|world| world.peers[1].affiliations.push(post(1, CouncilIx(3)))),
        "peers[1].affiliations[0].council: there is no council at position 3"
    );
    let both = matching::Affiliation {
        body: Some(BodyIx(0)),
        ..post(1, CouncilIx(1))
    };
    assert!(
        refused(&|world| world.peers[0].affiliations.push(both.clone())).contains("either a council or a delivery")
    );
    let backwards = Period {
        from: Some(day(1)),
        until: Some(day(0)),
    };
    let service = Service {
        council: CouncilIx(0),
        period: backwards,
    };
    assert!(refused(&|world| world.bodies[0].serves.push(service)).contains("before it starts"));
    assert!(
        refused(&|world| world.peers[0].availability[0].span = span(4, 3))
            .starts_with("peers[0].availability[0]: ends")
    );
    assert!(refused(&|world| world.councils[0].sisters.push((CouncilIx(1), 101))).contains("101 is above 100"));
    let circle = |world: &mut matching::testkit::Instance| {
        world.councils[0].predecessors = vec![CouncilIx(1)];
        world.councils[1].predecessors = vec![CouncilIx(2)];
        world.councils[2].predecessors = vec![CouncilIx(0)];
    };
    assert!(refused(&circle).contains("is its own predecessor"));
    assert!(matches!(World::new(vec![], vec![], vec![], vec![]), Ok(world) if world.peers().is_empty()));
    assert!(matches!(
        World::new(good.councils.clone(), vec![], vec![], {
            let mut stray = good.clone();
            stray.engagements.clear();
            stray.engagements.push(matching::Engagement {
                id: stray.challenge.id,
                peer: PeerIx(0),
                challenge: None,
                home: CouncilIx(0),
                host: CouncilIx(1),
                season: None,
                span: span(0, 1),
                state: matching::EngagementState::Done,
            });
            stray.engagements
        }),
        Err(WorldError::Unknown { what: "peer", .. })
    ));
}

#[test]
fn challenges_that_make_no_sense_are_refused() {
    let shape = Shape {
        councils: 3,
        regions: 1,
        peers: 3,
        slots: 2,
        windows: 2,
        themes: 1,
        trouble: 0,
        posts: 1,
    };
    let good = small(5, shape);
    let world = good.world().unwrap();
    let options = Options::default();
    let refused = |change: &dyn Fn(&mut matching::testkit::Instance)| {
        let mut bad = good.clone();
        bad.challenge.members.clear();
        change(&mut bad);
        propose(&world, &bad.policy, &bad.challenge, &options).unwrap_err()
    };
    let member = |slot, peer| Member {
        slot: SlotIx(slot),
        peer: PeerIx(peer),
    };
    assert!(matches!(
        refused(&|bad| bad.challenge.host = CouncilIx(9)),
        ChallengeError::Unknown { position: 9, .. }
    ));
    assert!(matches!(
        refused(&|bad| bad.challenge.windows.clear()),
        ChallengeError::NoWindow
    ));
    assert!(matches!(
        refused(&|bad| bad.challenge.members = vec![member(0, 1), member(0, 2)]),
        ChallengeError::SlotHeldTwice { slot: 0 }
    ));
    assert!(matches!(
        refused(&|bad| bad.challenge.members = vec![member(0, 1), member(1, 1)]),
        ChallengeError::MemberTwice { peer: 1 }
    ));
    assert!(matches!(
        refused(&|bad| bad.challenge.members = vec![member(7, 1)]),
        ChallengeError::Unknown { .. }
    ));
    assert!(matches!(
        refused(&|bad| bad.policy.weights.km_per_point = 0),
        ChallengeError::OutOfRange {
            field: "weights.km_per_point",
            ..
        }
    ));
    assert!(matches!(
        refused(&|bad| bad.challenge.priority = 0),
        ChallengeError::OutOfRange { .. }
    ));
    assert!(matches!(
        refused(&|bad| bad.challenge.windows[1].span = span(5, 4)),
        ChallengeError::Backwards { .. }
    ));
    assert!(matches!(
        refused(&|bad| bad.challenge.windows[1].span = span(0, 400)),
        ChallengeError::TooLong { .. }
    ));
    let crowd = |bad: &mut matching::testkit::Instance| {
        bad.challenge.slots = vec![bad.challenge.slots[0].clone(); 13];
    };
    assert!(matches!(
        refused(&crowd),
        ChallengeError::TooMany {
            given: 13,
            limit: 12,
            ..
        }
    ));
    let foreign = eligibility::assess(&world, &good.policy, &good.challenge, None, span(0, 1), PeerIx(3));
    assert!(matches!(
        foreign,
        Err(ChallengeError::Unknown {
            what: "peer",
            position: 3,
            ..
        })
    ));
    let no_slot = eligibility::assess(
        &world,
        &good.policy,
        &good.challenge,
        Some(SlotIx(2)),
        span(0, 1),
        PeerIx(0),
    );
    assert!(matches!(
        no_slot,
        Err(ChallengeError::Unknown {
            what: "slot",
            position: 2,
            ..
        })
    ));
}

#[test]
fn several_homes_are_named_with_the_primary_first() {
    let shape = Shape {
        councils: 4,
        regions: 1,
        peers: 1,
        slots: 1,
        windows: 1,
        themes: 0,
        trouble: 0,
        posts: 0,
    };
    let mut instance = small(1, shape);
    let tie = |id, council, primary| matching::Affiliation {
        primary,
        ..post(id, CouncilIx(council))
    };
    let application = matching::Affiliation {
        kind: AffiliationKind::JobApplication,
        ..post(9, CouncilIx(0))
    };
    instance.peers[0].affiliations = vec![tie(1, 3, false), application, tie(2, 1, true), tie(3, 3, true)];
    let homes = instance.world().unwrap().homes(PeerIx(0), span(0, 0));
    assert_eq!(
        (homes.primary, homes.all),
        (Some(CouncilIx(1)), vec![CouncilIx(1), CouncilIx(3)])
    );
    instance.bodies[0].serves = vec![
        Service {
            council: CouncilIx(2),
            period: ALWAYS,
        },
        Service {
            council: CouncilIx(1),
            period: Period {
                from: None,
                until: Some(day(-1)),
            },
        },
        Service {
            council: CouncilIx(3),
            period: ALWAYS,
        },
    ];
    instance.peers[0].affiliations = vec![matching::Affiliation {
        council: None,
        body: Some(BodyIx(0)),
        ..post(1, CouncilIx(0))
    }];
    let homes = instance.world().unwrap().homes(PeerIx(0), span(0, 0));
    assert_eq!(
        (homes.primary, homes.all),
        (Some(CouncilIx(2)), vec![CouncilIx(2), CouncilIx(3)])
    );
}
