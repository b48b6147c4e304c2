//! The file format `peer-season/1`: what a season and a plan look like as JSON, and a reader that names the field it
//! cannot make sense of.
//!
//! Reading has two steps. serde takes the text apart and refuses what has the wrong shape or an unknown field, naming its path; then
//! [`Season::check`] refuses what has the right shape and no meaning (an unknown id, a window that ends before it
//! starts, weights so large that a plan's points could not be counted). After that nothing has to be checked again.
//!
//! What the service knows and the published format cannot say stands in fields of their own, all of them optional:
//! `rules.mutual`, `away`, `councils[].counts_as`, `peers[].engaged`, and of challenges `max_per_region`, `max_host_region`, `barred`,
//! `charges`, `waivable`, `because` and `pinned`. A file without them is a plain file of the published format.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::{Assignment, Seat};
use crate::{RuleCode, kilometres};

/// The version of the format that this reader understands.
pub const FORMAT: &str = "peer-season/1";

/// No season may be able to earn or cost more points than this; sums of points then fit their integers with room for
/// the planner's fixed-point prices.
pub const MOST_POINTS: i64 = 1 << 46;

/// Required themes of one challenge that the planner can tell apart.
pub const MOST_THEMES: usize = 64;

/// Why a season or a plan cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FormatError {
    /// The offending field, for instance `challenges[3].windows[0].end`.
    pub path: String,
    /// What is wrong with it and what was expected.
    pub problem: String,
}

impl FormatError {
    pub(super) fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }
}

/// A season: everything that a plan depends on. Days count from `season_start`; ids are list positions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// Always [`FORMAT`].
    pub format: String,
    /// What the season is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The first day, a Monday, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season_start: Option<chrono::NaiveDate>,
    /// Hard limits.
    pub rules: Rules,
    /// Points.
    pub weights: Weights,
    /// Names of the regions.
    pub regions: Vec<String>,
    /// Names of the roles.
    pub roles: Vec<String>,
    /// Names of the themes.
    pub themes: Vec<String>,
    /// Names of the parties.
    #[serde(default)]
    pub parties: Vec<String>,
    /// Every council that is a host or somebody's home.
    pub councils: Vec<Council>,
    /// The pool.
    pub peers: Vec<Peer>,
    /// What is to be planned.
    pub challenges: Vec<Challenge>,
    /// Who was at whose place before.
    #[serde(default)]
    pub history: Vec<PastSupply>,
    /// `[council, week, people]`: how many people of a council are away in a week (day div 7) for something that is not
    /// planned here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub away: Vec<(usize, i64, i64)>,
    /// How many days it spans; of no consequence for a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// What a season was generated from; of no consequence for a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
}

/// Hard limits of a season.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Whole days between two challenges of a person.
    pub rest_days: i64,
    /// Days after leaving the host within which a person may not serve there.
    pub employed_days: i64,
    /// Days after a visit within which a person may not come again.
    pub reviewed_days: i64,
    /// Days after the host's people were at the person's council within which the person may not serve.
    pub reciprocal_days: i64,
    /// People of one council in a team.
    pub max_per_home: i64,
    /// People of one region in a team.
    pub max_per_region: i64,
    /// People of the host's region in a team.
    pub max_host_region: i64,
    /// People of one council away in a calendar week.
    pub max_council_week: i64,
    /// Whether councils may send people to each other.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mutual: bool,
}

/// Points of the objective; all of them 0 or more.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// A filled slot, times priority.
    pub seat: i64,
    /// Times the preference of the window.
    pub preference: i64,
    /// Times the weight of each covered theme.
    pub theme: i64,
    /// Times likeness / 100, floored, for each filled slot.
    pub affinity: i64,
    /// For each home region in a team.
    pub spread: i64,
    /// Times n (n − 1) for a person with n challenges.
    pub load: i64,
    /// Kilometres that cost a point; at least 1.
    pub km_per_point: i64,
    /// For each member peer sent more or less than their party's share.
    #[serde(default)]
    pub party: i64,
}

/// A council.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Council {
    /// Its position in the list.
    pub id: usize,
    /// What it is called elsewhere; of no consequence for a plan.
    #[serde(default, rename = "ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The name of its region.
    pub region: String,
    /// What kind of council it is; of no consequence for a plan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Kilometres eastwards.
    pub x: i32,
    /// Kilometres northwards.
    pub y: i32,
    /// Bordering councils.
    pub neighbours: Vec<usize>,
    /// Sister councils with their likeness (0–100), most alike first.
    pub sisters: Vec<(usize, i64)>,
    /// The council whose limits its people share, because somebody is at home in both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_as: Option<usize>,
}

/// Somebody in the pool.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Their position in the list.
    pub id: usize,
    /// What they are called elsewhere; of no consequence for a plan.
    #[serde(default, rename = "ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// Their home.
    pub council: usize,
    /// What they can serve as.
    pub roles: Vec<String>,
    /// What they know.
    pub themes: Vec<String>,
    /// Their party, if they have one.
    pub party: Option<String>,
    /// Most challenges in the season.
    pub capacity: i64,
    /// First and last days on which they cannot come.
    pub unavailable: Vec<(i64, i64)>,
    /// Councils at which they declared a conflict.
    pub conflicts: Vec<usize>,
    /// Where they worked and until when.
    pub employed: Vec<Employed>,
    /// Where they served and when last.
    pub reviewed: Vec<Reviewed>,
    /// Challenges of the season that are not planned here; each makes every other one dearer, and `capacity` is what is
    /// left beside them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub engaged: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(is: &bool) -> bool {
    !is
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A former post.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Employed {
    /// Where.
    pub council: usize,
    /// The last day there.
    pub until: i64,
}

/// A former visit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// Where.
    pub council: usize,
    /// When.
    pub day: i64,
}

/// A challenge to be planned.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Its position in the list.
    pub id: usize,
    /// What it is called elsewhere; of no consequence for a plan.
    #[serde(default, rename = "ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The host.
    pub host: usize,
    /// 1 to 5.
    pub priority: i64,
    /// Slots for each role.
    pub seats: BTreeMap<String, i64>,
    /// Required themes and what each is worth.
    pub themes: BTreeMap<String, i64>,
    /// Days on which it can take place.
    pub windows: Vec<Window>,
    /// People of one region in its team, instead of the season's rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_region: Option<i64>,
    /// People of the host's region in its team, instead of the season's rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_host_region: Option<i64>,
    /// Windows in which a further rule keeps people away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barred: Vec<Barred>,
    /// `[peer, points]`: points lost by taking somebody who needs a waiver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<(usize, i64)>,
    /// Rules that close windows to somebody until they are waived; of no consequence for a plan, which goes by `barred`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivable: Vec<Closed>,
    /// Rules that close windows to somebody whatever is waived, conflicts among them; of no consequence for a plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Closed>,
    /// What is settled: every plan has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Pinned>,
}

/// `[[peer, …], [window, …]]`: windows that are closed to people. What is alike is told once: a season of the service has ninety
/// thousand of these, of a few hundred kinds.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Barred(pub Vec<usize>, pub Vec<usize>);

/// `[[peer, …], [window, …], [rule, …]]`: windows that are closed to people, and by which rules, told as [`Barred`] is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Closed(pub Vec<usize>, pub Vec<usize>, pub Vec<RuleCode>);

/// The settled part of a challenge. No rule is asked about it again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Position of the window.
    pub window: usize,
    /// Who; their slots are among the challenge's.
    pub team: Vec<Seat>,
}

impl Window {
    /// The calendar weeks that it touches (day div 7).
    pub(super) fn weeks(&self) -> std::ops::RangeInclusive<i64> {
        self.start.div_euclid(7)..=self.end.div_euclid(7)
    }
}

impl Challenge {
    /// The settled part of its team.
    pub fn settled(&self) -> &[Seat] {
        self.pinned.as_ref().map_or(&[], |pinned| &pinned.team)
    }

    /// Whether a further rule keeps somebody away in a window.
    pub fn bars(&self, peer: usize, window: usize) -> bool {
        self.barred_in(window).any(|barred| barred == peer)
    }

    /// Whom further rules keep away in a window.
    pub fn barred_in(&self, window: usize) -> impl Iterator<Item = usize> {
        let closed = self.barred.iter();
        let here = closed.filter(move |Barred(_, windows)| windows.contains(&window));
        here.flat_map(|Barred(people, _)| people.iter().copied())
    }

    /// Lets somebody in who was kept away.
    pub fn unbar(&mut self, peer: usize) {
        for Barred(people, _) in &mut self.barred {
            people.retain(|barred| *barred != peer);
        }
        self.barred.retain(|Barred(people, _)| !people.is_empty());
    }

    /// Keeps somebody away in every window, whatever the rules say of them.
    pub fn forbid(&mut self, peer: usize) {
        self.unbar(peer);
        for told in [&mut self.because, &mut self.waivable] {
            for Closed(people, ..) in &mut *told {
                people.retain(|closed| *closed != peer);
            }
            told.retain(|Closed(people, ..)| !people.is_empty());
        }
        self.barred.push(Barred(vec![peer], (0..self.windows.len()).collect()));
    }
}

/// Days on which a challenge can take place.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// First day.
    pub start: i64,
    /// Last day.
    pub end: i64,
    /// How much the host likes it, 0–100.
    pub preference: i64,
}

/// Somebody of `supplier` was on a challenge at `host`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PastSupply {
    /// The council that sent somebody.
    pub supplier: usize,
    /// The council that was challenged.
    pub host: usize,
    /// When.
    pub day: i64,
}

impl Season {
    /// The council whose limits the people of a council share: itself, unless it says another one.
    pub fn counts_as(&self, council: usize) -> usize {
        self.councils[council].counts_as.unwrap_or(council)
    }

    /// People of a region whom the team of a challenge may have.
    pub(super) fn most_of_region(&self, challenge: &Challenge, region: &str) -> i64 {
        let most = challenge.max_per_region.unwrap_or(self.rules.max_per_region);
        if self.councils[challenge.host].region == region {
            most.min(challenge.max_host_region.unwrap_or(self.rules.max_host_region))
        } else {
            most
        }
    }

    /// Points of likeness and of travel for a person on a challenge.
    pub(super) fn place_points(&self, challenge: &Challenge, peer: usize) -> (i64, i64) {
        let host = &self.councils[challenge.host];
        let home = &self.councils[self.peers[peer].council];
        let likeness = host.sisters.iter().find(|(sister, _)| *sister == home.id);
        let travelled = kilometres((home.x, home.y), (host.x, host.y));
        (
            self.weights.affinity * likeness.map_or(0, |(_, much)| *much) / 100,
            -(travelled / self.weights.km_per_point),
        )
    }

    /// What is settled, as a plan.
    pub fn settled_plan(&self) -> Vec<Assignment> {
        let settled = self.challenges.iter().filter_map(|challenge| {
            let pinned = challenge.pinned.as_ref()?;
            Some(Assignment {
                challenge: challenge.id,
                window: Some(pinned.window),
                team: pinned.team.clone(),
            })
        });
        settled.collect()
    }

    /// Refuses what has no meaning.
    ///
    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Result<(), FormatError> {
        super::check::season(self)
    }
}
