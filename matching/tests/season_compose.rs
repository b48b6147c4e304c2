//! Seasons composed of little worlds: whatever is planned of them, the rules about people have nothing against it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at the first fault, also in its helpers"
)]

use matching::eligibility::Case;
use matching::season::{Asked, ComposeError, Options, PlanFile, Problem, Season, Terms, ToTheEnd, compose, plan};
use matching::testkit::{Shape, little_season};
use matching::{Challenge, Engagement, EngagementState, Member, PeerIx, Severity, SlotIx, Status, WindowIx, World};
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
            })
            .collect();
        let terms = Terms {
            policy: &instance.policy,
            waiver_points,
            regions: &regions,
            themes: &themes,
            name: "little",
            threads: 2,
        };
        let composed = compose(&world, &asked, &terms, &ToTheEnd).unwrap();
        let problem = Problem::of(&composed.season);
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
        })
        .collect();
    let (regions, themes) = (names("region "), names("theme "));
    let terms = Terms {
        policy: &instance.policy,
        waiver_points: None,
        regions: &regions,
        themes: &themes,
        name: "little",
        threads: 1,
    };
    let refused = compose(&instance.world().unwrap(), &asked, &terms, &ToTheEnd);
    assert!(matches!(refused, Err(ComposeError::TeamWithoutWindow(_))));
}
