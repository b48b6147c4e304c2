//! Filling vacant slots of one challenge with the least disturbance: first as many slots as can be filled, then as few other
//! people moved as possible, then the most points.
//!
//! Everything that is settled in the season stays where it is, unless moving somebody is the only way to fill one slot more. The
//! search is exact on its neighbourhood: with nobody moved it tries the whole pool for the challenge; with one moved, every
//! settled place whose release could help; with two, every pair of them. Whoever is moved away is replaced, or else the move
//! gains nothing. Within one challenge people may also change slots, which moves them just the same.

use super::control::Control;
use super::draft::{Draft, Space};
use super::format::{Pinned, Season};
use super::plan::{Assignment, Seat};
use super::problem::Problem;
use super::standing::Standing;
use super::value::worth;

/// How far a repair may go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RepairOptions {
    /// Most settled people who may be moved, 0 to 2.
    pub moves: u32,
    /// Most sets of people whose release is tried.
    pub tries: u32,
}

/// A challenge whose vacant slots were filled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repair {
    /// What becomes of the challenges that it touches.
    pub assignments: Vec<Assignment>,
    /// Settled places that somebody leaves: challenge and seat.
    pub moved: Vec<(usize, Seat)>,
    /// Slots of the challenge that stay vacant.
    pub vacant: u32,
    /// Points of the whole season, less those before.
    pub points: i64,
    /// Points that the challenge could gain beside this, were nobody else in the way: what leaving everybody in peace costs.
    pub free_points: i64,
    /// Whether no other repair within so many moves fills more slots, moves fewer people, or, with as few, brings more points.
    pub proven: bool,
    /// Sets of people whose release was tried.
    pub tried: u32,
}

/// Fills the vacant slots of a challenge whose window is settled; `None` when it has none, or was stopped. Only places for which
/// `may_move` says so can be left.
pub fn repair(
    season: &Season,
    challenge: usize,
    options: RepairOptions,
    may_move: &dyn Fn(usize, &Seat) -> bool,
    control: &dyn Control,
) -> Option<Repair> {
    let pinned = season.challenges.get(challenge)?.pinned.as_ref()?;
    let slots: i64 = season.challenges[challenge].seats.values().sum();
    let wanted = super::small(usize::try_from(slots).unwrap_or(0));
    let before = worth(season, &season.settled_plan()).ok()?.objective;
    let held = super::small(pinned.team.len());
    let mut best = filled(season, &[challenge], control)?;
    let mut found = Found {
        vacant: wanted.saturating_sub(held + best.added),
        points: best.objective - before,
        moved: Vec::new(),
        assignments: std::mem::take(&mut best.assignments),
    };
    let mut tried = 0;
    let mut proven = best.exact;
    let mut level = 1;
    while found.vacant > 0 && level <= options.moves {
        let sets = releases(season, challenge, level, may_move);
        let (vacant, mut better) = (found.vacant, false);
        for set in sets {
            if tried >= options.tries {
                proven = false;
                break;
            }
            if control.stop() {
                return None;
            }
            tried += 1;
            let Some(other) = with_released(season, challenge, &set, wanted, before, control) else {
                continue;
            };
            if !other.1 {
                proven = false;
            }
            let other = other.0;
            if (other.vacant, -other.points) < (found.vacant, -found.points) && other.vacant < vacant {
                found = other;
                better = true;
            }
        }
        if better && found.vacant == 0 {
            break;
        }
        level += 1;
    }
    let free_points = free(season, challenge, control)? - before - found.points;
    Some(Repair {
        assignments: found.assignments,
        moved: found.moved,
        vacant: found.vacant,
        points: found.points,
        free_points: free_points.max(0),
        proven,
        tried,
    })
}

struct Found {
    vacant: u32,
    points: i64,
    moved: Vec<(usize, Seat)>,
    assignments: Vec<Assignment>,
}

struct Filled {
    assignments: Vec<Assignment>,
    objective: i64,
    added: u32,
    exact: bool,
}

/// Steps after which the search of one team is not exact any more.
const TEAM_STEPS: u64 = 2_000_000;

/// The season with nothing left open but these challenges: people for the others need not be looked for.
fn only(season: &Season, open: &[usize]) -> Season {
    let mut season = season.clone();
    for challenge in season
        .challenges
        .iter_mut()
        .filter(|challenge| !open.contains(&challenge.id))
    {
        challenge.seats.clear();
        match &challenge.pinned {
            None => challenge.windows.clear(),
            Some(pinned) => {
                for seat in &pinned.team {
                    *challenge.seats.entry(seat.role.clone()).or_insert(0) += 1;
                }
            }
        }
    }
    season
}

/// The best teams of some challenges, one after the other, beside all that is settled.
fn filled(season: &Season, order: &[usize], control: &dyn Control) -> Option<Filled> {
    let problem = Problem::of(&only(season, order));
    let mut draft = Draft::new(&problem);
    let mut space = Space::default();
    let mut added = 0;
    for &challenge in order {
        if control.stop() {
            return None;
        }
        if let Some(place) = draft.best(&problem, &mut space, None, 0, challenge, TEAM_STEPS) {
            added += super::small(place.team.len());
            draft.put_in(&problem, challenge, place);
        }
    }
    let assignments = super::plan::assignments(season, &problem, &draft.places);
    let objective = worth(season, &assignments).ok()?.objective;
    Some(Filled {
        assignments: assignments
            .into_iter()
            .filter(|one| order.contains(&one.challenge))
            .collect(),
        objective,
        added,
        exact: space.oracle.steps < TEAM_STEPS,
    })
}

/// The season with some settled seats open again, all in the first challenge's way, refilled best.
fn with_released(
    season: &Season,
    challenge: usize,
    set: &[(usize, Seat)],
    wanted: u32,
    before: i64,
    control: &dyn Control,
) -> Option<(Found, bool)> {
    let mut open = season.clone();
    let mut order = vec![challenge];
    for (of, seat) in set {
        let pinned = open.challenges[*of].pinned.as_mut()?;
        pinned.team.retain(|other| other != seat);
        if !order.contains(of) {
            order.push(*of);
        }
        // Whoever is released may come to the challenge in need, or be replaced; back to the same slot would change nothing.
    }
    let filled = filled(&open, &order, control)?;
    let there = |of: usize| filled.assignments.iter().find(|one| one.challenge == of);
    // Every slot that was given up elsewhere is filled again, by somebody.
    let whole = set.iter().all(|(of, seat)| {
        let slots = season.challenges[*of].seats.get(&seat.role).copied().unwrap_or(0);
        let of_role = |team: &[Seat]| team.iter().filter(|other| other.role == seat.role).count();
        let held = of_role(
            &season.challenges[*of]
                .pinned
                .as_ref()
                .map_or(Vec::new(), |pinned| pinned.team.clone()),
        );
        let now = there(*of).map_or(0, |one| of_role(&one.team));
        *of == challenge || now >= held.min(usize::try_from(slots).unwrap_or(usize::MAX))
    });
    if !whole {
        return None;
    }
    let now = there(challenge).map_or(0, |one| one.team.len());
    let moved = set
        .iter()
        .filter(|(of, seat)| there(*of).is_none_or(|one| !one.team.contains(seat)));
    let found = Found {
        vacant: wanted.saturating_sub(super::small(now)),
        points: filled.objective - before,
        moved: moved.cloned().collect(),
        assignments: filled.assignments,
    };
    Some((found, filled.exact))
}

/// Sets of settled places whose release could open a vacant slot of the challenge to somebody.
fn releases(
    season: &Season,
    challenge: usize,
    size: u32,
    may_move: &dyn Fn(usize, &Seat) -> bool,
) -> Vec<Vec<(usize, Seat)>> {
    let plan = season.settled_plan();
    let standing = Standing::of(season, &plan);
    let Some(Pinned { window, team }) = season.challenges[challenge].pinned.as_ref() else {
        return Vec::new();
    };
    let open: Vec<&String> = season.challenges[challenge]
        .seats
        .iter()
        .filter(|(role, slots)| {
            let held = team.iter().filter(|seat| seat.role == **role).count();
            i64::try_from(held).is_ok_and(|held| held < **slots)
        })
        .map(|(role, _)| role)
        .collect();
    // Whom nothing keeps out but other places: their own elsewhere, or those of others that fill a limit.
    let mut single: Vec<(usize, Seat)> = team.iter().map(|seat| (challenge, seat.clone())).collect();
    let here = season.challenges[challenge].windows[*window];
    let scene = standing.scene(challenge, *window);
    for peer in &season.peers {
        let helps = open.iter().any(|role| {
            let reasons = scene.reasons(role, peer.id);
            !reasons.is_empty() && reasons.only_places()
        });
        if !helps {
            continue;
        }
        for one in &plan {
            let there = season.challenges[one.challenge].windows[one.window.unwrap_or(0)];
            let near = there.start.div_euclid(7) <= here.end.div_euclid(7)
                && here.start.div_euclid(7) <= there.end.div_euclid(7);
            for seat in &one.team {
                let same_home = season.counts_as(season.peers[seat.peer].council) == season.counts_as(peer.council);
                let theirs = seat.peer == peer.id;
                let back = season.counts_as(season.challenges[one.challenge].host) == season.counts_as(peer.council)
                    && season.counts_as(season.peers[seat.peer].council)
                        == season.counts_as(season.challenges[challenge].host);
                if theirs || same_home && near || back {
                    let place = (one.challenge, seat.clone());
                    if !single.contains(&place) {
                        single.push(place);
                    }
                }
            }
        }
    }
    single.retain(|(of, seat)| may_move(*of, seat));
    if size == 1 {
        return single.into_iter().map(|one| vec![one]).collect();
    }
    let mut pairs = Vec::new();
    for (i, one) in single.iter().enumerate() {
        for other in &single[i + 1..] {
            pairs.push(vec![one.clone(), other.clone()]);
        }
    }
    pairs
}

/// Points of the season if the challenge could choose again among everybody, those on its own team aside.
fn free(season: &Season, challenge: usize, control: &dyn Control) -> Option<i64> {
    let mut alone = season.clone();
    for other in &mut alone.challenges {
        if other.id != challenge {
            continue;
        }
        if let Some(pinned) = other.pinned.as_mut() {
            pinned.team.clear();
        }
    }
    Some(filled(&alone, &[challenge], control)?.objective)
}
