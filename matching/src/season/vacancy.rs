//! Why a slot of a plan is vacant, and what would fill it.
//!
//! For everybody who holds the slot's role all reasons against them are known (`standing`). A *core* is a smallest set of reasons
//! that alone keep everybody out: without any one of them somebody could come. A *way out* names what would have to give; each
//! works: nothing else speaks against that person beside the whole plan, so with it the plan keeps every other rule. What it
//! brings is counted from what changes (`gain`); a test gives the rule up in the season and counts the whole plan anew.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::control::ToTheEnd;
use super::format::{Closed, Season};
use super::gain::Gain;
use super::plan::Assignment;
use super::standing::{Reason, Reasons, Scene, Standing};
use super::threads;
use crate::RuleCode;

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
    /// The rules behind conflicts, closed windows and missing waivers.
    pub rules: Vec<RuleTally>,
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

/// How many holders of a role a rule speaks against.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RuleTally {
    /// The rule.
    pub rule: RuleCode,
    /// People, whatever else speaks against them.
    pub people: u32,
}

/// One change that would fill the slot.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WayOut {
    /// What would have to give.
    pub give: Reason,
    /// The rules that the person would have to be spared, where `give` stands for any: those to be waived, for instance.
    pub rules: Vec<RuleCode>,
    /// In which window, where it is not the plan's: the whole team comes along.
    pub window: Option<usize>,
    /// How many people it would open the slot to.
    pub people: u32,
    /// One of them: the one who is at home best for it.
    pub peer: usize,
    /// Points of the plan with them, less its points now.
    pub points: i64,
}

/// Every vacancy of a plan, explained, in the order of the challenges; the same on any number of threads.
pub fn vacancies(season: &Season, plan: &[Assignment], threads: usize) -> Vec<Vacancy> {
    let standing = Standing::of(season, plan);
    let subsets = Reasons::subsets();
    let gain = Gain::of(&standing);
    let mut workers = vec![(); threads.max(1)];
    let explained = threads::each(&mut workers, season.challenges.len(), &ToTheEnd, |(), challenge| {
        of_challenge(&standing, &gain, challenge, &subsets)
    });
    explained.unwrap_or_default().into_iter().flatten().collect()
}

/// The vacancies of a challenge.
fn of_challenge(standing: &Standing<'_>, gain: &Gain<'_>, challenge: usize, subsets: &[Reasons]) -> Vec<Vacancy> {
    let place = standing.places[challenge];
    let window = place
        .and_then(|place| place.window)
        .or_else(|| favourite(standing.season, challenge));
    let held = |role: &str| place.map_or(0, |place| place.team.iter().filter(|seat| seat.role == role).count());
    let seats = standing.season.challenges[challenge].seats.iter();
    let vacant = seats.map(|(role, &slots)| {
        let slots = super::small(usize::try_from(slots).unwrap_or(0));
        (role, slots.saturating_sub(super::small(held(role))))
    });
    let vacant: Vec<(&String, u32)> = vacant.filter(|(_, slots)| *slots > 0).collect();
    if vacant.is_empty() {
        return Vec::new();
    }
    let scene = window.map(|window| (window, standing.scene(challenge, window)));
    let ask = &standing.season.challenges[challenge];
    // A settled window stays; the team comes along to another one, or it is none.
    let others = (0..ask.windows.len()).filter(|other| window.is_some_and(|window| window != *other));
    let others: Vec<(usize, Scene<'_>)> = others
        .filter(|_| ask.pinned.is_none())
        .map(|other| (other, standing.scene(challenge, other)))
        .filter(|(_, scene)| scene.keeps_its_team())
        .collect();
    let explain = |(role, slots): (&String, u32)| {
        let looked_at = Looked {
            standing,
            gain,
            challenge,
            role,
        };
        looked_at.explain(scene.as_ref(), &others, slots, subsets)
    };
    vacant.into_iter().map(explain).collect()
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
    gain: &'l Gain<'l>,
    challenge: usize,
    role: &'l str,
}

impl Looked<'_> {
    fn explain(
        &self,
        at: Option<&(usize, Scene<'_>)>,
        others: &[(usize, Scene<'_>)],
        slots: u32,
        subsets: &[Reasons],
    ) -> Vacancy {
        let window = at.map(|(window, _)| *window);
        let holders: Vec<usize> = (0..self.standing.season.peers.len())
            .filter(|peer| self.holds(*peer))
            .collect();
        let against: Vec<(usize, Reasons)> = at.map_or_else(Vec::new, |(_, scene)| {
            let reasons = |peer: &usize| (*peer, scene.reasons(self.role, *peer));
            holders.iter().map(reasons).collect()
        });
        let count =
            |is: &dyn Fn(Reasons) -> bool| super::small(against.iter().filter(|(_, reasons)| is(*reasons)).count());
        let tally = Reason::ALL.into_iter().map(|reason| Tally {
            reason,
            people: count(&|reasons| reasons.contains(reason)),
            alone: count(&|reasons| reasons.contains(reason) && reasons.len() == 1),
        });
        let rules = window.map_or_else(Vec::new, |window| self.rules(window, &holders));
        let reasons: Vec<Reasons> = against.iter().map(|(_, reasons)| *reasons).collect();
        let core = if reasons.is_empty() {
            vec![Reason::Role]
        } else {
            core(&reasons, subsets).map_or_else(Vec::new, |core| core.iter().collect())
        };
        let mut ways_out: Vec<WayOut> = Reason::ALL
            .into_iter()
            .filter_map(|give| self.way(at?, &against, give))
            .collect();
        ways_out.extend(others.iter().filter_map(|other| self.elsewhere(other, &holders)));
        ways_out.sort_by_key(|way| (std::cmp::Reverse(way.points), way.give));
        Vacancy {
            challenge: self.challenge,
            window,
            role: self.role.to_owned(),
            slots,
            holders: super::small(holders.len()),
            tally: tally.filter(|tally| tally.people > 0).collect(),
            rules,
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

    /// How many holders each rule speaks against in a window.
    fn rules(&self, window: usize, holders: &[usize]) -> Vec<RuleTally> {
        let mut people: BTreeMap<RuleCode, BTreeSet<usize>> = BTreeMap::new();
        for Closed(closed, _, rules) in self.closed(window) {
            let held = closed
                .iter()
                .copied()
                .filter(|peer| holders.binary_search(peer).is_ok());
            let held: Vec<usize> = held.collect();
            for rule in rules.iter().filter(|_| !held.is_empty()) {
                people.entry(*rule).or_default().extend(&held);
            }
        }
        let tally = |(rule, people): (RuleCode, BTreeSet<usize>)| RuleTally {
            rule,
            people: super::small(people.len()),
        };
        people.into_iter().map(tally).collect()
    }

    /// The rules that close a window, and to whom.
    fn closed(&self, window: usize) -> impl Iterator<Item = &Closed> {
        let ask = &self.standing.season.challenges[self.challenge];
        let all = ask.because.iter().chain(&ask.waivable);
        all.filter(move |closed| closed.1.contains(&window))
    }

    /// What giving up one rule for one person would bring; `against` is everybody who holds the role.
    fn way(&self, at: &(usize, Scene<'_>), against: &[(usize, Reasons)], give: Reason) -> Option<WayOut> {
        let (window, scene) = at;
        let people: Vec<usize> = match give {
            // Whoever could learn or be lent the role.
            Reason::Role => (0..self.standing.season.peers.len())
                .filter(|peer| !self.holds(*peer))
                .filter(|peer| scene.is_open_to(*peer))
                .collect(),
            Reason::Conflict | Reason::InTeam => Vec::new(),
            _ => against
                .iter()
                .filter(|(_, reasons)| reasons.contains(give) && reasons.len() == 1)
                .map(|(peer, _)| *peer)
                .collect(),
        };
        self.best_of(&people, *window, Some(give))
    }

    /// What another window would bring, the team coming along: whoever is free there.
    fn elsewhere(&self, (window, scene): &(usize, Scene<'_>), holders: &[usize]) -> Option<WayOut> {
        let open = holders.iter().copied().filter(|peer| scene.is_open_to(*peer));
        self.best_of(&open.collect::<Vec<_>>(), *window, None)
    }

    fn best_of(&self, people: &[usize], window: usize, give: Option<Reason>) -> Option<WayOut> {
        let peer = people
            .iter()
            .copied()
            .max_by_key(|&peer| (self.nearness(peer), std::cmp::Reverse(peer)))?;
        let points = self.gain.with(self.challenge, window, self.role, peer)?;
        let rules = match give {
            Some(Reason::Barred | Reason::Waiver) => {
                let own = self.closed(window).filter(|closed| closed.0.contains(&peer));
                own.flat_map(|closed| &closed.2).copied().collect()
            }
            _ => Vec::new(),
        };
        Some(WayOut {
            rules,
            give: give.unwrap_or(Reason::Unavailable),
            window: give.is_none().then_some(window),
            people: super::small(people.len()),
            peer,
            points,
        })
    }

    /// Points of likeness and travel.
    fn nearness(&self, peer: usize) -> i64 {
        let season = self.standing.season;
        let (likeness, travel) = season.place_points(&season.challenges[self.challenge], peer);
        likeness + travel
    }
}
