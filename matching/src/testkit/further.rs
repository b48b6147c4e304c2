//! Fields of a season that the published format does not have, put into tiny seasons at random.

use super::Dice;
use super::season::{at, number};
use crate::RuleCode;
use crate::season::Seat;
use crate::season::format::{Barred, Closed, Pinned, Season};

/// Puts what the published format does not have into a tiny season: shared limits, people who are away or engaged anyway,
/// barred and dear people, limits of single challenges, and places that are settled.
pub fn further(season: &mut Season, seed: u64) {
    let dice = &mut Dice::new(!seed);
    let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let (councils, people) = (count(season.councils.len()), count(season.peers.len()));
    if dice.chance(40) {
        let (one, other) = (at(dice, councils), at(dice, councils));
        let (first, second) = (&season.councils[one], &season.councils[other]);
        if first.region == second.region {
            season.councils[one].counts_as = Some(other);
        }
    }
    season.rules.mutual = dice.chance(20);
    for _ in 0..dice.below(4) {
        season
            .away
            .push((at(dice, councils), number(dice.below(4)), number(dice.below(3))));
    }
    for peer in &mut season.peers {
        if dice.chance(20) {
            peer.engaged = number(dice.below(3));
        }
    }
    for challenge in &mut season.challenges {
        let windows = count(challenge.windows.len());
        if dice.chance(20) {
            challenge.max_per_region = Some(number(dice.below(3)));
            challenge.max_host_region = Some(number(dice.below(3)));
        }
        for peer in 0..people as usize {
            if windows > 0 && dice.chance(15) {
                bar(&mut challenge.barred, peer, vec![at(dice, windows)]);
            }
            if dice.chance(15) {
                challenge.charges.push((peer, number(dice.below(60))));
            }
        }
        if windows > 0 && dice.chance(50) {
            let window = at(dice, windows);
            let mut team: Vec<Seat> = Vec::new();
            for (role, &slots) in &challenge.seats {
                for _ in 0..slots {
                    let peer = at(dice, people);
                    if dice.chance(50) && team.iter().all(|seat| seat.peer != peer) {
                        team.push(Seat {
                            role: role.clone(),
                            peer,
                        });
                    }
                }
            }
            challenge.pinned = Some(Pinned { window, team });
        }
    }
    told(season, seed);
}

/// Closes windows to somebody, told together with the last one who is kept out of the same.
fn bar(barred: &mut Vec<Barred>, peer: usize, windows: Vec<usize>) {
    match barred.last_mut().filter(|last| last.1 == windows) {
        Some(alike) => alike.0.push(peer),
        None => barred.push(Barred(vec![peer], windows)),
    }
}

/// Says of some barred people by which rule they are: one that can be waived, a conflict, another one, or none.
fn told(season: &mut Season, seed: u64) {
    let dice = &mut Dice::new(seed.rotate_left(32));
    for challenge in &mut season.challenges {
        let barred = challenge.barred.iter();
        for (peer, windows) in barred.flat_map(|Barred(people, windows)| people.iter().map(move |peer| (peer, windows)))
        {
            let (list, rule) = match dice.below(6) {
                0..3 => (&mut challenge.waivable, RuleCode::StaleDeclaration),
                3 => (&mut challenge.because, RuleCode::RepeatVisit),
                4 => (&mut challenge.because, RuleCode::StaleTraining),
                _ => continue,
            };
            // Told of several together, or of each alone.
            let alike = list.last_mut().filter(|last| last.1 == *windows && last.2 == [rule]);
            match alike {
                Some(alike) => alike.0.push(*peer),
                None => list.push(Closed(vec![*peer], windows.clone(), vec![rule])),
            }
        }
    }
}
