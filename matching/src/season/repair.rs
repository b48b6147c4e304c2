//! Filling vacant slots of one challenge with the least disturbance: first as many slots as can be filled, then as few other
//! people moved as possible, then the most points.
//!
//! Everything that is settled in the season stays where it is, unless moving somebody is the only way to fill one slot more. Where
//! the vacant slots can all be filled in peace, the best team is looked for as in any plan (`oracle`); otherwise the search of
//! `exchange` goes through everybody who could come when nobody, one or two places are left. Whoever leaves a place elsewhere is
//! replaced there; slots of other challenges that were vacant before stay so. Within one challenge people may also change slots,
//! which moves them just the same.

use super::control::Control;
use super::draft::{Draft, Space};
use super::exchange::{Ended, Exchange};
use super::format::Season;
use super::plan::{Assignment, Seat};
use super::problem::Problem;
use super::standing::Standing;
use super::value::worth;

/// How far a repair may go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RepairOptions {
    /// Most settled people who may be moved.
    pub moves: u32,
    /// Most steps of the search, each somebody looked at for a slot.
    pub steps: u64,
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
    /// Steps that the search took.
    pub steps: u64,
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
    let wanted = usize::try_from(season.challenges[challenge].seats.values().sum::<i64>()).unwrap_or(0);
    let settled = season.settled_plan();
    let before = worth(season, &settled).ok()?.objective;
    let in_peace = filled(season, challenge, control)?;
    let (mut held, mut points) = (pinned.team.len() + in_peace.added, in_peace.objective - before);
    let (mut assignments, mut moved) = (vec![in_peace.assignment], Vec::new());
    let (mut proven, mut steps) = (in_peace.exact, 0);
    // The search of one team knows nothing of parties, and may leave a slot vacant that is worth nothing. Otherwise its team has the most
    // points of all, so only more slots can be better.
    let with_parties = season.weights.party != 0;
    if held < wanted || with_parties {
        let standing = Standing::of(season, &settled);
        let at = (challenge, options.steps);
        let mut search = Exchange::new(season, &standing, at, may_move, control);
        proven |= with_parties;
        for moves in 0..=options.moves {
            if moves > 0 && held >= wanted {
                break;
            }
            let (need, known) = if moves == 0 && with_parties {
                (held, Some((held, points)))
            } else {
                (held + 1, None)
            };
            let (found, ended) = search.within(moves, need, known);
            if ended == Ended::Stopped {
                return None;
            }
            proven &= ended == Ended::Whole;
            if let Some(best) = found {
                (held, points) = (best.filled, best.points);
                (assignments, moved) = (search.assignments(&best), search.moved(&best));
            }
        }
        steps = search.steps;
    }
    let free_points = free(season, challenge, control)? - before - points;
    Some(Repair {
        assignments,
        moved,
        vacant: super::small(wanted.saturating_sub(held)),
        points,
        free_points: free_points.max(0),
        proven,
        steps,
    })
}

struct Filled {
    assignment: Assignment,
    objective: i64,
    added: usize,
    exact: bool,
}

/// Steps after which the search of one team is not exact any more.
const TEAM_STEPS: u64 = 2_000_000;

/// The season with nothing left open but one challenge: people for the others need not be looked for.
fn only(season: &Season, open: usize) -> Season {
    let mut season = season.clone();
    for challenge in season.challenges.iter_mut().filter(|challenge| challenge.id != open) {
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

/// The best team of a challenge beside all that is settled.
fn filled(season: &Season, challenge: usize, control: &dyn Control) -> Option<Filled> {
    if control.stop() {
        return None;
    }
    let problem = Problem::of(&only(season, challenge), challenge as u64);
    let mut draft = Draft::new(&problem);
    let mut space = Space::default();
    let mut added = 0;
    if let Some(place) = draft.best(&problem, &mut space, None, 0, challenge, TEAM_STEPS) {
        added = place.team.len();
        draft.put_in(&problem, challenge, place);
    }
    let assignments = super::plan::assignments(season, &problem, &draft.places);
    Some(Filled {
        objective: worth(season, &assignments).ok()?.objective,
        assignment: assignments.into_iter().find(|one| one.challenge == challenge)?,
        added,
        exact: space.oracle.steps < TEAM_STEPS,
    })
}

/// Points of the season if the challenge could choose again among everybody, those on its own team aside.
fn free(season: &Season, challenge: usize, control: &dyn Control) -> Option<i64> {
    let mut alone = season.clone();
    if let Some(pinned) = alone.challenges[challenge].pinned.as_mut() {
        pinned.team.clear();
    }
    Some(filled(&alone, challenge, control)?.objective)
}
