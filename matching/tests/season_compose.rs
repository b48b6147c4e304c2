//! Seasons composed of little worlds: whatever is planned of them, the rules about people have nothing against it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at the first fault, also in its helpers"
)]

use matching::eligibility::Case;
use matching::season::{
    Asked, ComposeError, Options, PlanFile, Problem, Reason, RepairOptions, Season, Seat, Terms, ToTheEnd, compose,
    plan, repair, vacancies,
};
use matching::testkit::{Instance, Shape, little_season};
use matching::{
    Challenge, Engagement, EngagementState, Member, PeerIx, PeerStatus, Policy, Role, RuleCode, Severity, SlotIx,
    Status, WindowIx, World,
};
use uuid::Uuid;

const SHAPE: Shape = Shape {
    councils: 9,
    regions: 4,
    peers: 24,
    slots: 3,
    windows: 2,
    themes: 3,
    trouble: 30,
    posts: 2,
};

fn names(prefix: &str) -> Vec<String> {
    (0..8).map(|i| format!("{prefix}{i}")).collect()
}

fn terms<'a>(policy: &'a Policy, regions: &'a [String], themes: &'a [String]) -> Terms<'a> {
    Terms {
        policy,
        waiver_points: None,
        regions,
        themes,
        name: "little",
        threads: 1,
    }
}

/// A challenge, its window and who newly takes which slot.
type Planned<'a> = (&'a Challenge, WindowIx, Vec<(SlotIx, PeerIx)>);

/// The world after a plan: its places are planned engagements, and so are settled ones.
fn after(world: &World, planned: &[Planned<'_>]) -> World {
    let mut engagements = world.engagements().to_vec();
    for (challenge, window, places) in planned {
        let span = challenge.windows[window.index()].span;
        for (_, peer) in places {
            let Some(home) = world.homes(*peer, span).primary else {
                continue;
            };
            engagements.push(Engagement {
                id: Uuid::from_u128(engagements.len() as u128),
                peer: *peer,
                challenge: Some(challenge.id),
                home,
                host: challenge.host,
                season: Some(challenge.season),
                span,
                state: EngagementState::Planned,
            });
        }
    }
    World::new(
        world.councils().to_vec(),
        world.bodies().to_vec(),
        world.peers().to_vec(),
        engagements,
    )
    .unwrap()
}

#[test]
fn no_rule_speaks_against_what_is_planned() {
    let seeds: u64 = std::env::var("SEASONS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(400);
    let (regions, themes) = (names("region "), names("theme "));
    let (mut places_seen, mut waivers_seen, mut settled_seen) = (0, 0, 0);
    for seed in 0..seeds {
        let (instance, challenges) = little_season(seed, SHAPE, 4);
        let world = instance.world().unwrap();
        let waiver_points = (seed % 2 == 0).then_some(20);
        let asked: Vec<Asked<'_>> = challenges
            .iter()
            .map(|(challenge, window)| Asked {
                challenge,
                window: *window,
                movable: Vec::new(),
            })
            .collect();
        let terms = Terms {
            waiver_points,
            threads: 2,
            ..terms(&instance.policy, &regions, &themes)
        };
        let composed = compose(&world, &asked, &terms, &ToTheEnd).unwrap();
        let problem = Problem::of(&composed.season, 1);
        let options = Options {
            rounds: 10,
            ..Options::default()
        };
        let planned = plan(&problem, options, &ToTheEnd);
        let file = PlanFile::of(&composed.season, &problem, &planned, 1).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let places: Vec<Planned<'_>> = file
            .assignments
            .iter()
            .map(|one| {
                let window = WindowIx(u32::try_from(one.window.unwrap()).unwrap());
                (&challenges[one.challenge].0, window, composed.places(one))
            })
            .collect();
        let world = after(&world, &places);
        for (challenge, window, places) in &places {
            let members = challenge.members.iter().copied();
            let new = places.iter().map(|&(slot, peer)| Member { slot, peer });
            let team = Challenge {
                members: members.chain(new).collect(),
                ..(*challenge).clone()
            };
            settled_seen += challenge.members.len();
            let case = Case::at_window(&world, &instance.policy, &team, *window).unwrap();
            for &(slot, peer) in places {
                let verdict = case.assess(Some(slot), peer).unwrap();
                let open = verdict.findings.iter().filter(|finding| finding.waived_by.is_none());
                let worst = open.clone().map(|finding| finding.severity).max();
                let allowed = waiver_points.map(|_| Severity::Warn);
                assert!(
                    worst <= allowed,
                    "seed {seed}: {:?} of {:?} against peer {peer:?} in slot {slot:?} of {:?}",
                    verdict.status,
                    open.collect::<Vec<_>>(),
                    challenge.host,
                );
                places_seen += 1;
                waivers_seen += usize::from(verdict.status == Status::NeedsWaiver);
            }
        }
        // The file is all that a plan depends on: written and read again, it gives the same one.
        let text = serde_json::to_string(&composed.season).unwrap();
        let again: Season = serde_json::from_str(&text).unwrap();
        assert_eq!(again, composed.season);
        assert_eq!(
            composed.peers.len() + composed.set_aside.len(),
            world.peers().len(),
            "seed {seed}: everybody is in the pool or set aside"
        );
    }
    println!("{places_seen} places, {waivers_seen} of them with a waiver, beside {settled_seen} settled ones");
    assert!(places_seen > 1000 && waivers_seen > 20 && settled_seen > 50);
}

/// A little season whose plan was put into effect: challenges with their teams, who of them may be moved, and the world.
struct Nominated {
    world: World,
    challenges: Vec<(Challenge, Option<WindowIx>)>,
    /// Who was planned, by challenge.
    planned: Vec<Vec<(SlotIx, PeerIx)>>,
}

fn asked<'a>(challenges: &'a [(Challenge, Option<WindowIx>)], movable: &[Vec<(SlotIx, PeerIx)>]) -> Vec<Asked<'a>> {
    let movable = movable
        .iter()
        .map(|places| places.iter().map(|(slot, _)| *slot).collect());
    let all = challenges.iter().zip(movable.chain(std::iter::repeat(Vec::new())));
    all.map(|((challenge, window), movable)| Asked {
        challenge,
        window: *window,
        movable,
    })
    .collect()
}

fn nominated(instance: &Instance, mut chosen: Vec<(Challenge, Option<WindowIx>)>, terms: &Terms<'_>) -> Nominated {
    let world = instance.world().unwrap();
    let composed = compose(&world, &asked(&chosen, &[]), terms, &ToTheEnd).unwrap();
    let problem = Problem::of(&composed.season, 1);
    let options = Options {
        rounds: 5,
        ..Options::default()
    };
    let file = PlanFile::of(&composed.season, &problem, &plan(&problem, options, &ToTheEnd), 1).unwrap();
    let mut planned = vec![Vec::new(); chosen.len()];
    for one in &file.assignments {
        planned[one.challenge] = composed.places(one);
        let (challenge, window) = &mut chosen[one.challenge];
        *window = Some(WindowIx(u32::try_from(one.window.unwrap()).unwrap()));
        let new = planned[one.challenge].iter();
        challenge.members.extend(new.map(|&(slot, peer)| Member { slot, peer }));
    }
    Nominated {
        world,
        challenges: chosen,
        planned,
    }
}

fn places<'n>(of: &'n Nominated, planned: &[Vec<(SlotIx, PeerIx)>]) -> Vec<Planned<'n>> {
    let all = of.challenges.iter().zip(planned);
    all.filter_map(|((challenge, window), places)| Some((challenge, (*window)?, places.clone())))
        .collect()
}

#[test]
fn no_rule_speaks_against_whoever_comes_in_a_repair() {
    let (regions, themes) = (names("region "), names("theme "));
    let (mut in_peace, mut by_moving, mut come) = (0, 0, 0);
    for seed in 0..1200 {
        let (instance, challenges) = little_season(seed, SHAPE, 4);
        let policy = &instance.policy;
        let terms = terms(policy, &regions, &themes);
        let mut season = nominated(&instance, challenges, &terms);
        let at = (0..4).map(|i| (i + usize::try_from(seed).unwrap()) % 4);
        let Some(at) = at.into_iter().find(|at| !season.planned[*at].is_empty()) else {
            continue;
        };
        // Somebody leaves the service, and their place is vacant.
        let (_, gone) = season.planned[at].remove(0);
        season.challenges[at].0.members.retain(|member| member.peer != gone);
        for places in &mut season.planned {
            places.retain(|(_, peer)| *peer != gone);
        }
        for (challenge, _) in &mut season.challenges {
            challenge.members.retain(|member| member.peer != gone);
        }
        let mut peers = season.world.peers().to_vec();
        peers[gone.index()].status = PeerStatus::Left;
        let (councils, bodies) = (season.world.councils().to_vec(), season.world.bodies().to_vec());
        let bare = World::new(councils, bodies, peers, season.world.engagements().to_vec()).unwrap();
        let now = after(&bare, &places(&season, &season.planned));

        let grouped = policy.team.member_group.severity().is_some();
        let role = |c: usize, slot: SlotIx| season.challenges[c].0.slots[slot.index()].role;
        let movable: Vec<Vec<(SlotIx, PeerIx)>> = (0..4)
            .map(|c| {
                let own = season.planned[c].iter().copied();
                own.filter(|(slot, _)| !(grouped && role(c, *slot) == Role::MemberPeer))
                    .collect()
            })
            .collect();
        let asked = asked(&season.challenges, &movable);
        let composed = compose(&now, &asked, &terms, &ToTheEnd).unwrap();
        let may_move = |of: usize, seat: &Seat| movable[of].iter().any(|(_, peer)| *peer == composed.peers[seat.peer]);
        let options = RepairOptions {
            moves: 2,
            steps: 10_000_000,
        };
        let Some(repair) = repair(&composed.season, at, options, &may_move, &ToTheEnd) else {
            continue;
        };
        // The teams as they are then, and who came.
        let mut planned = season.planned.clone();
        for (of, seat) in &repair.moved {
            planned[*of].retain(|(_, peer)| *peer != composed.peers[seat.peer]);
        }
        let mut comes: Vec<(usize, SlotIx, PeerIx)> = Vec::new();
        for one in &repair.assignments {
            let c = one.challenge;
            let moved = |peer: PeerIx| {
                repair
                    .moved
                    .iter()
                    .any(|(of, seat)| *of == c && composed.peers[seat.peer] == peer)
            };
            let members = season.challenges[c]
                .0
                .members
                .iter()
                .filter(|member| !moved(member.peer));
            let mut held: Vec<(SlotIx, PeerIx)> = members.map(|member| (member.slot, member.peer)).collect();
            for seat in &one.team {
                let peer = composed.peers[seat.peer];
                if held.iter().any(|(_, holder)| *holder == peer) {
                    continue;
                }
                let free =
                    |slot: &SlotIx| composed.role(c, *slot) == seat.role && held.iter().all(|(taken, _)| taken != slot);
                let slot = (0..3)
                    .map(SlotIx)
                    .find(free)
                    .unwrap_or_else(|| panic!("seed {seed}: no slot for {seat:?}"));
                held.push((slot, peer));
                planned[c].push((slot, peer));
                comes.push((c, slot, peer));
            }
        }
        let then = after(&bare, &places(&season, &planned));
        for (c, slot, peer) in comes {
            let (challenge, window) = &season.challenges[c];
            let settled = challenge
                .members
                .iter()
                .filter(|member| !season.planned[c].contains(&(member.slot, member.peer)));
            let new = planned[c].iter().map(|&(slot, peer)| Member { slot, peer });
            let team = Challenge {
                members: settled.copied().chain(new).collect(),
                ..challenge.clone()
            };
            let case = Case::at_window(&then, policy, &team, window.unwrap()).unwrap();
            let verdict = case.assess(Some(slot), peer).unwrap();
            assert_eq!(
                verdict.status,
                Status::Eligible,
                "seed {seed}: {:?} against {peer:?} in {slot:?}",
                verdict.findings
            );
            come += 1;
        }
        if repair.vacant == 0 && repair.moved.is_empty() {
            in_peace += 1;
        } else if !repair.moved.is_empty() {
            by_moving += 1;
        }
    }
    println!("{in_peace} repaired in peace, {by_moving} by moving somebody; {come} came");
    assert!(in_peace > 40 && by_moving >= 12 && come > 200);
}

#[test]
fn whoever_only_lacks_a_waiver_would_fill_a_vacant_slot_with_it() {
    let (regions, themes) = (names("region "), names("theme "));
    let (mut tried, mut in_core) = (0, 0);
    for seed in 0..400 {
        let (instance, challenges) = little_season(seed, SHAPE, 4);
        let (world, policy) = (instance.world().unwrap(), &instance.policy);
        let terms = terms(policy, &regions, &themes);
        let composed = compose(&world, &asked(&challenges, &[]), &terms, &ToTheEnd).unwrap();
        let problem = Problem::of(&composed.season, 1);
        let options = Options {
            rounds: 5,
            ..Options::default()
        };
        let file = PlanFile::of(&composed.season, &problem, &plan(&problem, options, &ToTheEnd), 1).unwrap();
        let mut planned = vec![Vec::new(); challenges.len()];
        let mut windows: Vec<Option<WindowIx>> = vec![None; challenges.len()];
        for one in &file.assignments {
            planned[one.challenge] = composed.places(one);
            windows[one.challenge] = Some(WindowIx(u32::try_from(one.window.unwrap()).unwrap()));
        }
        let places: Vec<Planned<'_>> = (0..challenges.len())
            .filter_map(|c| Some((&challenges[c].0, windows[c]?, planned[c].clone())))
            .collect();
        let then = after(&world, &places);
        for vacancy in vacancies(&composed.season, &file.assignments, 1) {
            in_core += u32::from(vacancy.core.contains(&Reason::Waiver));
            let (c, Some(window)) = (vacancy.challenge, vacancy.window) else {
                continue;
            };
            let window = WindowIx(u32::try_from(window).unwrap());
            let new = planned[c].iter().map(|&(slot, peer)| Member { slot, peer });
            let team = Challenge {
                members: challenges[c].0.members.iter().copied().chain(new).collect(),
                ..challenges[c].0.clone()
            };
            let vacant = |slot: &SlotIx| composed.role(c, *slot) == vacancy.role && team.holder(*slot).is_none();
            let slot = (0..3).map(SlotIx).find(vacant).unwrap();
            let case = Case::at_window(&then, policy, &team, window).unwrap();
            for way in vacancy.ways_out.iter().filter(|way| way.give == Reason::Waiver) {
                let verdict = case.assess(Some(slot), composed.peers[way.peer]).unwrap();
                let open = verdict.findings.iter().filter(|finding| finding.waived_by.is_none());
                let mut rules: Vec<RuleCode> = open.map(|finding| finding.rule).collect();
                rules.dedup();
                assert_eq!(
                    (verdict.status, rules),
                    (Status::NeedsWaiver, way.rules.clone()),
                    "seed {seed}: {way:?}"
                );
                tried += 1;
            }
        }
    }
    println!("{tried} waivers would fill a slot; {in_core} cores have them");
    assert!(tried > 20 && in_core > 20);
}

#[test]
fn a_team_without_a_window_is_refused() {
    let (instance, challenges) = (0..100)
        .map(|seed| little_season(seed, SHAPE, 4))
        .find(|(_, challenges)| challenges.iter().any(|(challenge, _)| !challenge.members.is_empty()))
        .unwrap();
    let asked: Vec<Asked<'_>> = challenges
        .iter()
        .map(|(challenge, _)| Asked {
            challenge,
            window: None,
            movable: Vec::new(),
        })
        .collect();
    let (regions, themes) = (names("region "), names("theme "));
    let terms = terms(&instance.policy, &regions, &themes);
    let refused = compose(&instance.world().unwrap(), &asked, &terms, &ToTheEnd);
    assert!(matches!(refused, Err(ComposeError::TeamWithoutWindow(_))));
}
