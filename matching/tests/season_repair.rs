//! Repairs: nobody is moved who need not be, and no repair of the same reach fills more; against enumeration on tiny seasons.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at the first fault, also in its helpers"
)]

use std::collections::BTreeSet;

use matching::season::format::{Challenge, Council, Peer, Pinned, Window};
use matching::season::{
    Assignment, Options, PlanFile, Problem, Repair, RepairOptions, Season, Seat, ToTheEnd, plan, repair, worth,
};
use matching::testkit::{Tiny, tiny};

/// Everybody with this number, and further.
const SEEDS: u64 = 1_500;

/// Steps that no tiny season needs.
const STEPS: u64 = 10_000_000;

/// A season whose plan is settled, and then somebody drops out of a challenge; sometimes one more of its team.
fn dropped(seed: u64) -> Option<(Season, usize, Seat)> {
    let shape = Tiny {
        challenges: 3 + u32::try_from(seed % 3).unwrap(),
        peers: 6 + u32::try_from(seed % 4).unwrap(),
        ..Tiny::ENUMERABLE
    };
    let mut season = tiny(seed, shape);
    // The plan shall fill slots; what they are worth to the repair does not matter.
    let seat = std::mem::replace(&mut season.weights.seat, 1000);
    let problem = Problem::of(&season, 1);
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
    if seed.is_multiple_of(5) {
        pinned.team.pop();
    }
    season.weights.seat = seat;
    // They are ill for the whole season.
    season.peers[gone.peer].unavailable = vec![(-1000, 1000)];
    let ill_elsewhere = season
        .challenges
        .iter()
        .any(|challenge| challenge.settled().iter().any(|seat| seat.peer == gone.peer));
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

/// What a repair comes to: slots that stay vacant, people moved, points lost.
type Result = (usize, usize, i64);

/// All ways to fill the open slots of a season whose moved places are taken out already, somebody in each that must be filled.
struct Enumeration<'s> {
    season: &'s Season,
    challenge: usize,
    /// Places that were left: nobody comes back to theirs.
    left: &'s [(usize, Seat)],
    slots: usize,
    before: i64,
    best: Option<Result>,
}

impl Enumeration<'_> {
    fn go(&mut self, whole: &[Assignment], open: &[(usize, String)]) {
        let Some(((of, role), rest)) = open.split_first() else {
            let held = whole.iter().find(|one| one.challenge == self.challenge).unwrap();
            let points = worth(self.season, whole).unwrap().objective - self.before;
            let found = (self.slots - held.team.len(), self.left.len(), -points);
            self.best = Some(self.best.map_or(found, |best| best.min(found)));
            return;
        };
        if *of == self.challenge {
            self.go(whole, rest);
        }
        for peer in self.season.peers.iter().filter(|peer| peer.roles.contains(role)) {
            let seat = Seat {
                role: role.clone(),
                peer: peer.id,
            };
            if self.left.contains(&(*of, seat.clone())) {
                continue;
            }
            let mut more = whole.to_vec();
            let one = more.iter_mut().find(|one| one.challenge == *of).unwrap();
            one.team.push(seat);
            // Whatever breaks a rule breaks it with more people, too.
            if worth(self.season, &more).is_ok() {
                self.go(&more, rest);
            }
        }
    }
}

/// The best repair with at most two places left, by trying every one, every pair, and everybody in every open slot.
fn by_enumeration(season: &Season, challenge: usize, moves: usize, may_move: &dyn Fn(usize, &Seat) -> bool) -> Result {
    let whole = settled(season);
    let before = worth(season, &whole).unwrap().objective;
    let slots = usize::try_from(season.challenges[challenge].seats.values().sum::<i64>()).unwrap();
    let places: Vec<(usize, Seat)> = whole
        .iter()
        .flat_map(|one| one.team.iter().map(|seat| (one.challenge, seat.clone())))
        .filter(|(of, seat)| may_move(*of, seat))
        .collect();
    let mut sets: Vec<Vec<(usize, Seat)>> = vec![Vec::new()];
    for (i, one) in places.iter().enumerate().filter(|_| moves > 0) {
        sets.push(vec![one.clone()]);
        let pairs = places[i + 1..].iter().filter(|_| moves > 1);
        sets.extend(pairs.map(|other| vec![one.clone(), other.clone()]));
    }
    let mut best: Option<Result> = None;
    for left in sets {
        let mut opened = season.clone();
        let mut open: Vec<(usize, String)> = Vec::new();
        for (of, seat) in &left {
            let team = &mut opened.challenges[*of].pinned.as_mut().unwrap().team;
            team.retain(|other| other != seat);
            if *of != challenge {
                open.push((*of, seat.role.clone()));
            }
        }
        let asked = &opened.challenges[challenge];
        for (role, &slots) in &asked.seats {
            let held = asked
                .pinned
                .as_ref()
                .unwrap()
                .team
                .iter()
                .filter(|seat| seat.role == *role);
            let vacant = usize::try_from(slots).unwrap() - held.count();
            open.extend((0..vacant).map(|_| (challenge, role.clone())));
        }
        let mut every = Enumeration {
            season: &opened,
            challenge,
            left: &left,
            slots,
            before,
            best,
        };
        every.go(&settled(&opened), &open);
        best = every.best;
    }
    best.unwrap()
}

/// What comes out keeps every rule, is worth what it says, and everybody who is not named as moved stays.
fn is_sound(season: &Season, found: &Repair) {
    let mut opened = season.clone();
    let touched: BTreeSet<usize> = found.assignments.iter().map(|one| one.challenge).collect();
    for (of, seat) in &found.moved {
        let team = &mut opened.challenges[*of].pinned.as_mut().unwrap().team;
        team.retain(|other| other != seat);
    }
    let mut whole = settled(&opened);
    whole.retain(|one| !touched.contains(&one.challenge));
    whole.extend(found.assignments.iter().cloned());
    let after = worth(&opened, &whole).unwrap_or_else(|broken| panic!("{}: {broken:?}", season.name));
    let before = worth(season, &settled(season)).unwrap();
    assert_eq!(after.objective - before.objective, found.points, "{}", season.name);
    for (of, seat) in &found.moved {
        let there = found.assignments.iter().find(|one| one.challenge == *of).unwrap();
        assert!(!there.team.contains(seat), "{}: moved, and still there", season.name);
    }
    assert!(
        after.filled >= before.filled,
        "{}: no slot elsewhere is paid with",
        season.name
    );
}

#[test]
fn nobody_is_moved_who_need_not_be() {
    let (mut seen, mut filled, mut helped) = (0, 0, [0; 3]);
    for seed in 0..SEEDS {
        let Some((season, challenge, gone)) = dropped(seed) else {
            continue;
        };
        seen += 1;
        // Now and then somebody may not be moved.
        let may_move = |of: usize, seat: &Seat| !(of + seat.peer + usize::try_from(seed).unwrap()).is_multiple_of(4);
        let mut least = u32::MAX;
        for moves in 0..=2 {
            let options = RepairOptions { moves, steps: STEPS };
            let found = repair(&season, challenge, options, &may_move, &ToTheEnd).unwrap();
            is_sound(&season, &found);
            assert!(found.proven, "seed {seed}");
            assert!(found.moved.iter().all(|(of, seat)| may_move(*of, seat)), "seed {seed}");
            let comes = found.assignments.iter().flat_map(|one| &one.team);
            assert!(
                comes.clone().all(|seat| seat.peer != gone.peer),
                "seed {seed}: they are ill"
            );
            let expected = by_enumeration(&season, challenge, moves as usize, &may_move);
            assert_eq!(
                (found.vacant as usize, found.moved.len(), -found.points),
                expected,
                "seed {seed}, {moves} moves: {found:?}"
            );
            assert!(found.vacant <= least, "seed {seed}: going further never fills less");
            if found.vacant < least && moves > 0 {
                helped[moves as usize] += 1;
            }
            least = found.vacant;
        }
        filled += usize::from(least == 0);
    }
    println!(
        "{seen} drop-outs: {filled} filled, by moving one {}, two {}",
        helped[1], helped[2]
    );
    assert!(seen > 1_000 && helped[1] > 10 && helped[2] > 1);
}

/// Challenges of one week at councils 0, 1, …, each asking for some roles; people of a council of their own each, with roles and the
/// hosts that they cannot go to, the last of them far away.
fn week(asks: &[&[(&str, Option<usize>)]], people: &[(&[&str], &[usize])]) -> Season {
    let mut season = tiny(0, Tiny::ENUMERABLE);
    let council = season.councils[0].clone();
    let (peer, challenge) = (season.peers[0].clone(), season.challenges[0].clone());
    season.history.clear();
    season.rules.max_per_home = 5;
    season.rules.max_per_region = 9;
    season.rules.max_host_region = 9;
    season.rules.max_council_week = 5;
    season.weights.seat = 1000;
    season.weights.load = 0;
    season.weights.party = 0;
    season.councils = (0..asks.len() + people.len())
        .map(|id| Council {
            id,
            x: if id + 1 == asks.len() + people.len() { 50 } else { 0 },
            y: 0,
            neighbours: Vec::new(),
            sisters: Vec::new(),
            ..council.clone()
        })
        .collect();
    season.peers = people
        .iter()
        .enumerate()
        .map(|(id, (roles, conflicts))| Peer {
            id,
            council: asks.len() + id,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            capacity: 1,
            conflicts: conflicts.to_vec(),
            unavailable: Vec::new(),
            employed: Vec::new(),
            reviewed: Vec::new(),
            themes: Vec::new(),
            party: None,
            ..peer.clone()
        })
        .collect();
    season.challenges = asks
        .iter()
        .enumerate()
        .map(|(id, seats)| {
            let team = seats.iter().filter_map(|(role, peer)| {
                peer.map(|peer| Seat {
                    role: (*role).to_owned(),
                    peer,
                })
            });
            Challenge {
                id,
                host: id,
                priority: 1,
                seats: seats.iter().map(|(role, _)| ((*role).to_owned(), 1)).collect(),
                themes: std::collections::BTreeMap::new(),
                windows: vec![Window {
                    start: 0,
                    end: 2,
                    preference: 0,
                }],
                pinned: Some(Pinned {
                    window: 0,
                    team: team.collect(),
                }),
                ..challenge.clone()
            }
        })
        .collect();
    season.check().unwrap();
    season
}

const LEAD: &str = "LEAD_PEER";
const DCS: &str = "DCS_PEER";

#[test]
fn what_two_leave_is_filled_together() {
    // Both who could come are elsewhere; of those who could replace them, the nearer one for the first place is the only one for
    // the second.
    let asks: [&[(&str, Option<usize>)]; 3] = [&[(LEAD, None), (DCS, None)], &[(LEAD, Some(0))], &[(DCS, Some(1))]];
    let people: [(&[&str], &[usize]); 4] = [(&[LEAD], &[]), (&[DCS], &[]), (&[LEAD, DCS], &[0]), (&[LEAD], &[0, 2])];
    let season = week(&asks, &people);
    let found = all_moved(&season);
    assert_eq!(
        (found.vacant, found.moved.len(), found.proven),
        (0, 2, true),
        "{found:?}"
    );
}

#[test]
fn a_chain_goes_on_where_a_replacement_leaves_a_place() {
    let asks: [&[(&str, Option<usize>)]; 3] = [&[(LEAD, None)], &[(LEAD, Some(0))], &[(LEAD, Some(1))]];
    let people: [(&[&str], &[usize]); 3] = [(&[LEAD], &[]), (&[LEAD], &[0]), (&[LEAD], &[0, 1])];
    let season = week(&asks, &people);
    let found = all_moved(&season);
    assert_eq!(
        (found.vacant, found.moved.len(), found.proven),
        (0, 2, true),
        "{found:?}"
    );
    // Cut off before it found that, the search claims nothing.
    let options = RepairOptions { moves: 2, steps: 3 };
    let found = repair(&season, 0, options, &|_, _| true, &ToTheEnd).unwrap();
    assert_eq!((found.vacant, found.proven), (1, false), "{found:?}");
}

fn all_moved(season: &Season) -> Repair {
    let options = RepairOptions { moves: 2, steps: STEPS };
    let found = repair(season, 0, options, &|_, _| true, &ToTheEnd).unwrap();
    is_sound(season, &found);
    found
}
