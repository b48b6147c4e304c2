//! A plan and its certificate as files.

use serde::{Deserialize, Serialize};

use super::draft::Place;
use super::format::Season;
use super::oracle::SCALE;
use super::planner::Planned;
use super::problem::Problem;
use super::rows::Row;
use super::value::{Worth, worth};

/// The version of the certificate's format.
pub const CERTIFICATE: &str = "peer-season-certificate/1";

/// A plan: who goes where and when, what it is worth and what none can exceed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PlanFile {
    /// Challenges that take place.
    pub assignments: Vec<Assignment>,
    /// Points.
    pub objective: i64,
    /// No plan is worth more.
    pub bound: i64,
    /// (bound − objective) / |objective|.
    pub gap: f64,
    /// (bound − objective) / |objective − points of slots|: the harder figure, since points of slots hide the rest.
    #[serde(default)]
    pub soft_gap: f64,
    /// How many more slots a better plan could fill at most: the gap divided by the cheapest slot's points.
    #[serde(default)]
    pub slot_gap: i64,
    /// Filled slots.
    #[serde(default)]
    pub filled: u32,
    /// Slots of all challenges.
    #[serde(default)]
    pub slots: u32,
    /// Decides between plans that are worth the same.
    pub seed: u64,
    /// Rounds of work.
    #[serde(default)]
    pub rounds: u64,
    /// Milliseconds that the run took; 0 where nobody measured.
    #[serde(default)]
    pub elapsed_ms: u64,
    /// Whether the run was ended before its work was done; another run may then give another plan.
    #[serde(default)]
    pub cut_short: bool,
    /// `OPTIMAL` when nothing can be worth more.
    pub status: PlanStatus,
}

/// What is known of a plan.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlanStatus {
    /// No plan is worth more.
    Optimal,
    /// It keeps every rule.
    Feasible,
}

/// A challenge that takes place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Assignment {
    /// The challenge.
    pub challenge: usize,
    /// Position of its window; `None` when it does not take place.
    pub window: Option<usize>,
    /// Who; slots that are not listed are vacant.
    #[serde(default)]
    pub team: Vec<Seat>,
}

/// A filled slot.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Seat {
    /// The role.
    pub role: String,
    /// Who.
    pub peer: usize,
}

/// Prices that prove a bound: no plan is worth more than what the best teams are worth at these prices, plus what the
/// limits are worth. Prices are points times `scale`; what is not listed costs nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Certificate {
    /// Always [`CERTIFICATE`].
    pub format: String,
    /// Points are multiplied by this.
    pub scale: i64,
    /// What the prices prove, in points.
    pub bound: i64,
    /// `[peer, price]` of taking somebody once.
    pub people: Vec<(usize, i64)>,
    /// `[peer, day, price]` of taking somebody for a window that, with the days of rest after it, holds this day.
    pub rests: Vec<(usize, i64, i64)>,
    /// `[council, week, price]` of taking somebody of a council for a window that touches a week (day div 7).
    pub weeks: Vec<(usize, i64, i64)>,
    /// `[challenge, challenge, price]` of taking, for one of them, somebody of the other's host.
    pub pairs: Vec<(usize, usize, i64)>,
}

/// Why a result cannot be given: the search broke a rule. Never seen; every result is counted again before it is given.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the planner made a plan that does not count up: {0}")]
pub struct Miscounted(pub String);

impl PlanFile {
    /// The plan of a run on `season`, counted again from the season itself.
    ///
    /// # Errors
    /// When the plan breaks a rule or is not worth what the search says.
    pub fn of(season: &Season, problem: &Problem, planned: &Planned, seed: u64) -> Result<Self, Miscounted> {
        let assignments = assignments(season, problem, &planned.places);
        let worth = match worth(season, &assignments) {
            Ok(worth) => worth,
            Err(broken) => return Err(Miscounted(broken.to_string())),
        };
        if worth.objective != planned.value {
            return Err(Miscounted(format!("{} points, not {}", worth.objective, planned.value)));
        }
        Ok(Self::counted(season, assignments, &worth, planned, seed))
    }

    fn counted(season: &Season, assignments: Vec<Assignment>, worth: &Worth, planned: &Planned, seed: u64) -> Self {
        let missing = planned.bound - worth.objective;
        let cheapest = season
            .challenges
            .iter()
            .map(|challenge| season.weights.seat * challenge.priority)
            .min();
        Self {
            assignments,
            objective: worth.objective,
            bound: planned.bound,
            gap: share(missing, worth.objective),
            soft_gap: share(missing, worth.objective - worth.slots),
            slot_gap: match cheapest {
                Some(points) if points > 0 => (missing / points).min(i64::from(worth.wanted - worth.filled)),
                _ => i64::from(worth.wanted - worth.filled),
            },
            filled: worth.filled,
            slots: worth.wanted,
            seed,
            rounds: planned.rounds,
            elapsed_ms: 0,
            cut_short: planned.cut_short,
            status: if missing == 0 {
                PlanStatus::Optimal
            } else {
                PlanStatus::Feasible
            },
        }
    }
}

/// A gap as a share of points.
#[allow(clippy::cast_precision_loss, reason = "points are bounded far below 2^52")]
pub fn share(missing: i64, of: i64) -> f64 {
    missing as f64 / of.abs().max(1) as f64
}

pub(super) fn assignments(season: &Season, problem: &Problem, places: &[Option<Place>]) -> Vec<Assignment> {
    let mut all = Vec::new();
    for (challenge, place) in places.iter().enumerate() {
        let ask = &problem.challenges[challenge];
        let seat = |role: u32, peer: u32| Seat {
            role: season.roles[role as usize].clone(),
            peer: peer as usize,
        };
        let mut team: Vec<Seat> = ask.settled.iter().map(|&(role, peer)| seat(role, peer)).collect();
        let mut window = ask.settled_window;
        if let Some(place) = place {
            let members = place.team.iter();
            team.extend(members.map(|member| seat(ask.groups[usize::from(member.group)].role, member.peer)));
            window = Some(ask.windows[place.window].position);
        }
        if window.is_none() {
            continue;
        }
        team.sort();
        all.push(Assignment {
            challenge,
            window,
            team,
        });
    }
    all
}

impl Certificate {
    /// The certificate of a run.
    pub fn of(problem: &Problem, planned: &Planned) -> Self {
        let mut certificate = Self {
            format: CERTIFICATE.to_owned(),
            scale: SCALE,
            bound: planned.bound,
            people: Vec::new(),
            rests: Vec::new(),
            weeks: Vec::new(),
            pairs: Vec::new(),
        };
        for &(row, price) in &planned.prices {
            match row {
                Row::Person(peer) => certificate.people.push((peer, price)),
                Row::Rest(peer, clique) => certificate.rests.push((peer, problem.cliques[clique].day, price)),
                Row::Week(council, week) => {
                    certificate.weeks.push((council, problem.weeks[week], price));
                }
                Row::Pair(one, other) => certificate.pairs.push((one, other, price)),
            }
        }
        certificate
    }
}
