//! A plan and its certificate as files.

use serde::{Deserialize, Serialize};

use super::cases::{Case, Fork};
use super::draft::Place;
use super::format::Season;
use super::oracle::SCALE;
use super::planner::Planned;
use super::problem::Problem;
use super::rows::Row;
use super::value::{Worth, worth};

/// The version of the certificate's format.
pub const CERTIFICATE: &str = "peer-season-certificate/2";

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
    pub soft_gap: f64,
    /// The gap in slots: how many more a plan could fill that brings no fewer points in everything else. The gap divided by the
    /// cheapest slot's points, and no more than there are vacant.
    pub slot_gap: i64,
    /// Filled slots.
    pub filled: u32,
    /// Slots of all challenges.
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

/// What proves a bound: prices, or cases that leave no plan out, each with prices of its own.
///
/// At any prices no plan is worth more than what the best teams are worth, plus what the limits are worth. Prices are points
/// times `scale`; what is not listed costs nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Certificate {
    /// Always [`CERTIFICATE`].
    pub format: String,
    /// Points are multiplied by this.
    pub scale: i64,
    /// What is proven, in points.
    pub bound: i64,
    /// The first case is of all plans; those that it is divided into come later.
    pub cases: Vec<CaseFile>,
}

/// Prices of a case, or what divides it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CaseFile {
    /// `[peer, price]` of taking somebody once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<(usize, i64)>,
    /// `[peer, day, price]` of taking somebody for a window that, with the days of rest after it, holds this day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests: Vec<(usize, i64, i64)>,
    /// `[council, week, price]` of taking somebody of a council for a window that touches a week (day div 7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weeks: Vec<(usize, i64, i64)>,
    /// `[challenge, challenge, price]` of taking, for one of them, somebody of the other's host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<(usize, usize, i64)>,
    /// What divides it; its own prices are not used then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divided: Option<Divided>,
}

/// How a case is divided in two.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Divided {
    /// The challenge that it is about.
    pub challenge: usize,
    /// By what.
    pub by: DividedBy,
    /// Positions of the two cases, both later than this one.
    pub cases: [usize; 2],
}

/// What divides a case.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DividedBy {
    /// The challenge takes place in this window or not at all; or in another or not at all.
    Window(usize),
    /// Somebody is on its team; or is not.
    Member {
        /// Who.
        peer: usize,
        /// Where they are on the team, whoever takes them is given so many points more, and the bound so many less.
        bonus: i64,
    },
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
        let counted = Self::counted(season, assignments, &worth, (planned.bound, seed));
        Ok(Self {
            rounds: planned.rounds,
            cut_short: planned.cut_short,
            ..counted
        })
    }

    /// A plan that is worth so much, with its bound and seed.
    pub fn counted(season: &Season, assignments: Vec<Assignment>, worth: &Worth, (bound, seed): (i64, u64)) -> Self {
        let missing = bound - worth.objective;
        let vacant = i64::from(worth.wanted - worth.filled);
        let slots = season.challenges.iter();
        let cheapest = slots.map(|challenge| season.weights.seat * challenge.priority).min();
        Self {
            assignments,
            objective: worth.objective,
            bound,
            gap: share(missing, worth.objective),
            soft_gap: share(missing, worth.objective - worth.slots),
            slot_gap: match cheapest {
                Some(points) if points > 0 => (missing / points).min(vacant),
                _ => vacant,
            },
            filled: worth.filled,
            slots: worth.wanted,
            seed,
            rounds: 0,
            elapsed_ms: 0,
            cut_short: false,
            status: if missing == 0 {
                PlanStatus::Optimal
            } else {
                PlanStatus::Feasible
            },
        }
    }

    /// What the plan says of itself and is not so, given its bound: the name of the field and what is right.
    pub fn false_claims(&self, season: &Season, worth: &Worth) -> Vec<(&'static str, String)> {
        let right = Self::counted(season, Vec::new(), worth, (self.bound, self.seed));
        let status = format!("{:?}", right.status).to_uppercase();
        let claims = [
            (
                "objective",
                self.objective == right.objective,
                right.objective.to_string(),
            ),
            ("gap", near(self.gap, right.gap), right.gap.to_string()),
            (
                "soft_gap",
                near(self.soft_gap, right.soft_gap),
                right.soft_gap.to_string(),
            ),
            ("slot_gap", self.slot_gap == right.slot_gap, right.slot_gap.to_string()),
            ("filled", self.filled == right.filled, right.filled.to_string()),
            ("slots", self.slots == right.slots, right.slots.to_string()),
            ("status", self.status == right.status, status),
        ];
        let wrong = claims.into_iter().filter(|(_, right, _)| !right);
        wrong.map(|(name, _, right)| (name, right)).collect()
    }
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * other.abs().max(1.0)
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
        let cases = planned.proof.0.iter().map(|case| match case {
            Case::Prices(prices) => CaseFile::priced(problem, prices),
            Case::Divided(fork, cases) => CaseFile {
                divided: Some(Divided::of(problem, fork, *cases)),
                ..CaseFile::default()
            },
        });
        Self {
            format: CERTIFICATE.to_owned(),
            scale: SCALE,
            bound: planned.bound,
            cases: cases.collect(),
        }
    }
}

impl CaseFile {
    fn priced(problem: &Problem, prices: &[(Row, i64)]) -> Self {
        let mut case = Self::default();
        for &(row, price) in prices {
            match row {
                Row::Person(peer) => case.people.push((peer, price)),
                Row::Rest(peer, clique) => case.rests.push((peer, problem.cliques[clique].day, price)),
                Row::Week(council, week) => case.weeks.push((council, problem.weeks[week], price)),
                Row::Pair(one, other) => case.pairs.push((one, other, price)),
            }
        }
        case
    }
}

impl Divided {
    fn of(problem: &Problem, fork: &Fork, cases: [usize; 2]) -> Self {
        let challenge = fork.challenge();
        let by = match fork {
            Fork::Window { window, .. } => DividedBy::Window(problem.challenges[challenge].windows[*window].position),
            Fork::Member { peer, bonus, .. } => DividedBy::Member {
                peer: *peer,
                bonus: *bonus,
            },
        };
        Self { challenge, by, cases }
    }
}
