//! Repairs: nobody is moved who need not be, and no repair of the same reach fills more; against enumeration on tiny seasons.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at the first fault, also in its helpers"
)]

use std::collections::BTreeSet;

use matching::season::format::Pinned;
use matching::season::{
    Assignment, Options, PlanFile, Problem, RepairOptions, Season, Seat, ToTheEnd, plan, repair, worth,
};
use matching::testkit::{Tiny, tiny};

/// A season whose plan is settled, and then somebody drops out of a challenge.
fn dropped(seed: u64) -> Option<(Season, usize, Seat)> {
    let shape = Tiny {
        challenges: 3,
        ..Tiny::ENUMERABLE
    };
    let mut season = tiny(seed, shape);
    // Slots must be worth filling.
    season.weights.seat = 1000;
    let problem = Problem::of(&season);
    let planned = plan(&problem, Options::default(), &ToTheEnd);
    let file = PlanFile::of(&season, &problem, &planned, 1).unwrap();
    for one in &file.assignments {
        season.challenges[one.challenge].pinned = Some(Pinned {
            window: one.window?,
            team: one.team.clone(),
        });
    }
    let hurt = file.assignments.iter().find(|one| !one.team.is_empty())?;
    let gone = hurt.team[usize::try_from(seed).unwrap() % hurt.team.len()].clone();
    let pinned = season.challenges[hurt.challenge].pinned.as_mut()?;
    pinned.team.retain(|seat| *seat != gone);
    // They are ill for the whole season.
    season.peers[gone.peer].unavailable = vec![(-1000, 1000)];
    let ill_elsewhere = season.challenges.iter().any(|challenge| challenge.settles(gone.peer));
    (!ill_elsewhere).then_some((season, hurt.challenge, gone))
}

fn settled(season: &Season) -> Vec<Assignment> {
    let all = season.challenges.iter().filter_map(|challenge| {
        let pinned = challenge.pinned.as_ref()?;
        Some(Assignment {
            challenge: challenge.id,
            window: Some(pinned.window),
            team: pinned.team.clone(),
        })
    });
    all.collect()
}

/// Most slots of the challenge that can be filled without moving anybody, by trying everybody in every open slot.
fn most_filled(season: &Season, challenge: usize, pinned: &Pinned) -> usize {
    let ask = &season.challenges[challenge];
    let mut teams: Vec<Vec<Seat>> = vec![pinned.team.clone()];
    let mut most = pinned.team.len();
    while let Some(team) = teams.pop() {
        for (role, &slots) in &ask.seats {
            let held = team.iter().filter(|seat| seat.role == *role).count();
            if i64::try_from(held).unwrap() >= slots {
                continue;
            }
            for peer in season
                .peers
                .iter()
                .filter(|peer| team.iter().all(|seat| seat.peer != peer.id))
            {
                let mut more = team.clone();
                more.push(Seat {
                    role: role.clone(),
                    peer: peer.id,
                });
                let mut whole = settled(season);
                if let Some(one) = whole.iter_mut().find(|one| one.challenge == challenge) {
                    one.team.clone_from(&more);
                }
                if worth(season, &whole).is_ok() {
                    most = most.max(more.len());
                    teams.push(more);
                }
            }
        }
    }
    most
}

#[test]
fn nobody_is_moved_who_need_not_be() {
    let (mut seen, mut filled, mut moved, mut helped) = (0, 0, 0, 0);
    for seed in 0..600 {
        let Some((season, challenge, gone)) = dropped(seed) else {
            continue;
        };
        let pinned = season.challenges[challenge].pinned.clone().unwrap();
        let slots = usize::try_from(season.challenges[challenge].seats.values().sum::<i64>()).unwrap();
        let in_peace = RepairOptions { moves: 0, tries: 0 };
        let quiet = repair(&season, challenge, in_peace, &|_, _| true, &ToTheEnd).unwrap();
        seen += 1;
        assert!(quiet.moved.is_empty());
        let most = most_filled(&season, challenge, &pinned);
        assert_eq!(
            slots - quiet.vacant as usize,
            most,
            "seed {seed}: as many as can be, nobody moved"
        );
        filled += usize::from(quiet.vacant == 0);

        let further = RepairOptions { moves: 2, tries: 2_000 };
        let found = repair(&season, challenge, further, &|_, _| true, &ToTheEnd).unwrap();
        assert!(
            found.vacant <= quiet.vacant,
            "seed {seed}: going further never fills less"
        );
        if found.vacant == quiet.vacant {
            assert!(found.moved.is_empty(), "seed {seed}: nobody is moved for nothing");
        } else {
            helped += 1;
        }
        moved += found.moved.len();
        assert!(found.moved.len() <= 2, "seed {seed}");
        // What comes out keeps every rule, and everybody who is not named as moved stays.
        let mut opened = season.clone();
        let touched: BTreeSet<usize> = found.assignments.iter().map(|one| one.challenge).collect();
        for (of, seat) in &found.moved {
            let team = &mut opened.challenges[*of].pinned.as_mut().unwrap().team;
            team.retain(|other| other != seat);
        }
        let mut whole = settled(&opened);
        whole.retain(|one| !touched.contains(&one.challenge));
        whole.extend(found.assignments.iter().cloned());
        let after = worth(&opened, &whole).unwrap_or_else(|broken| panic!("seed {seed}: {broken:?}"));
        let before = worth(&season, &settled(&season)).unwrap();
        assert_eq!(after.objective - before.objective, found.points, "seed {seed}");
        assert!(
            whole
                .iter()
                .all(|one| one.team.iter().all(|seat| seat.peer != gone.peer)),
            "seed {seed}: they are ill"
        );
        assert!(
            after.filled >= before.filled,
            "seed {seed}: no slot elsewhere is paid with"
        );
    }
    println!("{seen} drop-outs: {filled} filled in peace, {helped} by moving {moved} people");
    assert!(seen > 200 && helped > 3);
}
