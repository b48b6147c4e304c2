//! Why a slot of a plan is vacant, and what would fill it.
//!
//! For everybody who holds the slot's role all reasons against them are known (`standing`). A *core* is a smallest set of reasons
//! that alone keep everybody out: without any one of them somebody could come. A *way out* names what would have to give; each
//! has been tried: with it, the plan with that person in the slot keeps every other rule.

use serde::{Deserialize, Serialize};

use super::format::Season;
use super::plan::{Assignment, Seat};
use super::standing::{Reason, Reasons, Standing};
use super::value::worth;

/// A vacant slot of a challenge that takes place, or would.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Vacancy {
    /// The challenge.
    pub challenge: usize,
    /// The window that is looked at: the plan's, or else the host's favourite one. `None` when there is no window at all.
    pub window: Option<usize>,
    /// The role of the slot.
    pub role: String,
    /// How many slots of this role are vacant.
    pub slots: u32,
    /// How many people hold the role.
    pub holders: u32,
    /// What keeps them out.
    pub tally: Vec<Tally>,
    /// A smallest set of reasons that alone keep all of them out; empty when somebody could come.
    pub core: Vec<Reason>,
    /// What would fill it, the cheapest first.
    pub ways_out: Vec<WayOut>,
}

/// How many holders of a role a reason keeps out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tally {
    /// The reason.
    pub reason: Reason,
    /// People against whom it speaks, alone or with others.
    pub people: u32,
    /// People against whom nothing else speaks.
    pub alone: u32,
}

/// One change that would fill the slot.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WayOut {
    /// What would have to give.
    pub give: Reason,
    /// In which window, where it is not the plan's.
    pub window: Option<usize>,
    /// How many people it would open the slot to.
    pub people: u32,
    /// One of them: the one who is at home best for it.
    pub peer: usize,
    /// Points of the plan with them, less its points now.
    pub points: i64,
}

/// Every vacancy of the challenges that are `wanted`, explained.
pub fn vacancies(season: &Season, plan: &[Assignment], wanted: &dyn Fn(usize) -> bool) -> Vec<Vacancy> {
    let standing = Standing::of(season, plan);
    let subsets = Reasons::subsets();
    let before = worth(season, plan).map_or(0, |worth| worth.objective);
    let mut scratch = season.clone();
    let mut all = Vec::new();
    for challenge in season.challenges.iter().filter(|challenge| wanted(challenge.id)) {
        let place = standing.places[challenge.id];
        let window = place
            .and_then(|place| place.window)
            .or_else(|| favourite(season, challenge.id));
        for (role, &slots) in &challenge.seats {
            let held = place.map_or(0, |place| place.team.iter().filter(|seat| seat.role == *role).count());
            let vacant = super::small(usize::try_from(slots).unwrap_or(0)).saturating_sub(super::small(held));
            if vacant > 0 {
                let looked_at = Looked {
                    standing: &standing,
                    plan,
                    before,
                    challenge: challenge.id,
                    role,
                };
                all.push(looked_at.explain(window, vacant, &subsets, &mut scratch));
            }
        }
    }
    all
}

/// The host's favourite window, the earliest of them.
fn favourite(season: &Season, challenge: usize) -> Option<usize> {
    let windows = season.challenges[challenge].windows.iter().enumerate();
    windows
        .min_by_key(|(_, window)| (std::cmp::Reverse(window.preference), window.start))
        .map(|(at, _)| at)
}

/// A smallest set of reasons that meets each of `against`; `None` when one of them is empty.
pub fn core(against: &[Reasons], subsets: &[Reasons]) -> Option<Reasons> {
    let mut different = against.to_vec();
    different.sort_unstable();
    different.dedup();
    subsets
        .iter()
        .copied()
        .find(|set| different.iter().all(|reasons| reasons.meets(*set)))
}

struct Looked<'l> {
    standing: &'l Standing<'l>,
    plan: &'l [Assignment],
    before: i64,
    challenge: usize,
    role: &'l str,
}

impl Looked<'_> {
    fn explain(&self, window: Option<usize>, slots: u32, subsets: &[Reasons], scratch: &mut Season) -> Vacancy {
        let against = window.map_or_else(Vec::new, |window| self.against(window));
        let count =
            |is: &dyn Fn(Reasons) -> bool| super::small(against.iter().filter(|(_, reasons)| is(*reasons)).count());
        let tally = Reason::ALL.into_iter().map(|reason| Tally {
            reason,
            people: count(&|reasons| reasons.contains(reason)),
            alone: count(&|reasons| reasons.contains(reason) && reasons.len() == 1),
        });
        let reasons: Vec<Reasons> = against.iter().map(|(_, reasons)| *reasons).collect();
        let core = if reasons.is_empty() {
            vec![Reason::Role]
        } else {
            core(&reasons, subsets).map_or_else(Vec::new, |core| core.iter().collect())
        };
        let mut ways_out: Vec<WayOut> = Reason::ALL
            .into_iter()
            .filter_map(|give| self.way(window?, &against, give, scratch))
            .collect();
        if let Some(settled) = window {
            let season = self.standing.season;
            let alone = self.standing.places[self.challenge].is_none_or(|place| place.team.is_empty());
            let others =
                (0..season.challenges[self.challenge].windows.len()).filter(|other| alone && *other != settled);
            ways_out.extend(others.filter_map(|other| self.elsewhere(other, scratch)));
        }
        ways_out.sort_by_key(|way| (std::cmp::Reverse(way.points), way.give));
        Vacancy {
            challenge: self.challenge,
            window,
            role: self.role.to_owned(),
            slots,
            holders: super::small(
                self.standing
                    .season
                    .peers
                    .iter()
                    .filter(|peer| self.holds(peer.id))
                    .count(),
            ),
            tally: tally.filter(|tally| tally.people > 0).collect(),
            core,
            ways_out,
        }
    }

    fn holds(&self, peer: usize) -> bool {
        self.standing.season.peers[peer]
            .roles
            .iter()
            .any(|role| role == self.role)
    }

    /// Everybody who holds the role, with what speaks against them.
    fn against(&self, window: usize) -> Vec<(usize, Reasons)> {
        let people = self.standing.season.peers.iter().map(|peer| peer.id);
        people
            .filter(|peer| self.holds(*peer))
            .map(|peer| (peer, self.standing.reasons(self.challenge, window, self.role, peer)))
            .collect()
    }

    /// What giving up one rule for one person would bring; `against` is everybody who holds the role.
    fn way(&self, window: usize, against: &[(usize, Reasons)], give: Reason, scratch: &mut Season) -> Option<WayOut> {
        let people: Vec<usize> = match give {
            // Whoever could learn or be lent the role.
            Reason::Role => (0..self.standing.season.peers.len())
                .filter(|peer| !self.holds(*peer))
                .filter(|peer| {
                    let reasons = self.standing.reasons(self.challenge, window, self.role, *peer);
                    reasons.without(Reason::Role).is_empty()
                })
                .collect(),
            Reason::Conflict | Reason::InTeam => Vec::new(),
            _ => against
                .iter()
                .filter(|(_, reasons)| reasons.contains(give) && reasons.len() == 1)
                .map(|(peer, _)| *peer)
                .collect(),
        };
        self.best_of(&people, window, Some(give), scratch)
    }

    /// What another window would bring: whoever is free there.
    fn elsewhere(&self, window: usize, scratch: &mut Season) -> Option<WayOut> {
        let people = self.against(window).into_iter();
        let free: Vec<usize> = people
            .filter(|(_, reasons)| reasons.is_empty())
            .map(|(peer, _)| peer)
            .collect();
        self.best_of(&free, window, None, scratch)
    }

    fn best_of(&self, people: &[usize], window: usize, give: Option<Reason>, scratch: &mut Season) -> Option<WayOut> {
        let peer = people
            .iter()
            .copied()
            .max_by_key(|&peer| (self.nearness(peer), std::cmp::Reverse(peer)))?;
        let points = self.tried(window, give, peer, scratch)?;
        Some(WayOut {
            give: give.unwrap_or(Reason::Unavailable),
            window: give.is_none().then_some(window),
            people: super::small(people.len()),
            peer,
            points: points - self.before,
        })
    }

    /// Points of likeness and travel.
    fn nearness(&self, peer: usize) -> i64 {
        let season = self.standing.season;
        let (likeness, travel) = season.place_points(&season.challenges[self.challenge], peer);
        likeness + travel
    }

    /// Points of the plan with this person in the slot and the rule given up for them; `None` if that does not work.
    /// `scratch` is the season, and is so again afterwards.
    fn tried(&self, window: usize, give: Option<Reason>, peer: usize, scratch: &mut Season) -> Option<i64> {
        if let Some(give) = give {
            lift(scratch, self.challenge, window, self.role, peer, give);
        }
        let mut plan = self.plan.to_vec();
        let seat = Seat {
            role: self.role.to_owned(),
            peer,
        };
        match plan.iter_mut().find(|one| one.challenge == self.challenge) {
            Some(place) => {
                place.window = Some(window);
                place.team.push(seat);
            }
            None => plan.push(Assignment {
                challenge: self.challenge,
                window: Some(window),
                team: vec![seat],
            }),
        }
        let tried = worth(scratch, &plan).ok().map(|worth| worth.objective);
        let season = self.standing.season;
        scratch.rules = season.rules;
        scratch.away.truncate(season.away.len());
        scratch.peers[peer].clone_from(&season.peers[peer]);
        scratch.challenges[self.challenge].clone_from(&season.challenges[self.challenge]);
        tried
    }
}

/// Gives up one rule for one person in one window.
fn lift(season: &mut Season, challenge: usize, window: usize, role: &str, peer: usize, give: Reason) {
    let days = season.challenges[challenge].windows[window];
    let home = season.counts_as(season.peers[peer].council);
    match give {
        Reason::Role => season.peers[peer].roles.push(role.to_owned()),
        Reason::Unavailable => {
            let closed = |&(from, until): &(i64, i64)| from <= days.end && days.start <= until;
            season.peers[peer].unavailable.retain(|span| !closed(span));
        }
        Reason::Barred => season.challenges[challenge]
            .barred
            .retain(|(barred, _)| *barred != peer),
        Reason::Capacity => season.peers[peer].capacity += 1,
        Reason::Engaged => season.rules.rest_days = i64::MIN / 4,
        Reason::Council => season.rules.max_per_home += 1,
        Reason::Region => {
            let (rules, ask) = (season.rules, &mut season.challenges[challenge]);
            ask.max_per_region = Some(ask.max_per_region.unwrap_or(rules.max_per_region) + 1);
            ask.max_host_region = Some(ask.max_host_region.unwrap_or(rules.max_host_region) + 1);
        }
        Reason::CouncilWeek => {
            for week in days.start.div_euclid(7)..=days.end.div_euclid(7) {
                season.away.push((home, week, -1));
            }
        }
        Reason::Mutual => season.rules.mutual = true,
        Reason::Conflict | Reason::InTeam => {}
    }
}
