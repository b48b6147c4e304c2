//! From the service's facts to a season in the file format: which of the facts a plan depends on, said in the format's words.
//!
//! The rules themselves are those of [`crate::eligibility`], asked about everybody for every window; what they answer is
//! written down as days on which somebody cannot come (`unavailable`), hosts whom they cannot serve (`conflicts`), windows that
//! a further rule closes (`barred`) and people who need a waiver (`charges`). Rules between people (limits of teams, weeks,
//! mutual visits) are the format's own. Which rules close a window, and whether a waiver would open it, is noted beside for
//! whoever asks why (`because`, `waivable`). A file that says all that is the input of a plan and its record: the same file gives
//! the same plan, wherever it is read.
//!
//! Where the format is stricter than the rules, the plan is, too: councils in which one person is at home at the same time
//! share their limits; nobody is planned above the engagements that the policy wants, or above the wanted number of people
//! of the host's region; of two or more member places of a host without overall control one is kept for the largest group
//! of the pool and one for any other; where a host is challenged twice in a season, the pool is dealt out between the two.

mod kinds;
mod open;
mod people;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use self::kinds::Kinds;
use self::open::{Open, open};
use self::people::{Homes, homes};
use super::format::{self, FORMAT, Pinned, Rules, Season, Weights};
use super::plan::{Assignment, Seat};
use super::threads;
use super::{Control, small};
use crate::calendar::{monday, week};
use crate::eligibility::ChallengeError;
use crate::{Challenge, PeerIx, Policy, Reach, SlotIx, Span, ThemeSet, WindowIx, World};

/// A challenge that a plan shall decide.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What it asks for; its members are settled.
    pub challenge: &'a Challenge,
    /// The window that is settled; it must be there where there are members.
    pub window: Option<WindowIx>,
    /// Settled slots whose holders may be moved by a repair: whoever could take one is looked at as for an open slot.
    pub movable: Vec<SlotIx>,
}

/// How a season is composed.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The policy of all its challenges.
    pub policy: &'a Policy,
    /// Points lost by planning somebody who needs a waiver; without it nobody is who does.
    pub waiver_points: Option<u32>,
    /// Names of the regions, by position.
    pub regions: &'a [String],
    /// Names of the themes, by bit.
    pub themes: &'a [String],
    /// What the season is called.
    pub name: &'a str,
    /// Threads to use; of no consequence for the result.
    pub threads: usize,
}

/// Why somebody is not in the pool of a composed season.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SetAside {
    /// No open slot asks for what they are, or they are not deployable: no plan could use them.
    NoPlace,
    /// Their home changes between the first and the last window.
    HomeChanges,
    /// They have no home council, so they cannot be nominated.
    NoHome,
    /// They are at home in councils of several regions at once.
    SeveralRegions,
}

/// A season with the way back to the facts.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The season.
    pub season: Season,
    /// Who everybody of its pool is, by their position there.
    pub peers: Vec<PeerIx>,
    /// Who is not in it and why.
    pub set_aside: Vec<(PeerIx, SetAside)>,
    /// For each challenge the role of the format that each of its slots has.
    roles: Vec<Vec<String>>,
    /// For each challenge the slots that are settled.
    held: Vec<Vec<usize>>,
}

/// Why a season cannot be composed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ComposeError {
    /// Facts that contradict each other.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// What came out makes no sense; for instance weights beyond all measure.
    #[error(transparent)]
    Format(#[from] format::FormatError),
    /// A team without a window.
    #[error("challenges[{0}]: somebody is on the team, but no window is settled")]
    TeamWithoutWindow(usize),
    /// It was stopped.
    #[error("stopped")]
    Stopped,
}

/// Composes a season of these challenges, all of one season and programme.
///
/// # Errors
/// Contradictions in the facts, and weights beyond all measure.
pub fn compose(
    world: &World,
    asked: &[Asked<'_>],
    terms: &Terms<'_>,
    control: &dyn Control,
) -> Result<Composed, ComposeError> {
    for (c, one) in asked.iter().enumerate() {
        if one.window.is_none() && !one.challenge.members.is_empty() {
            return Err(ComposeError::TeamWithoutWindow(c));
        }
    }
    let start = start(asked);
    let day = |date: NaiveDate| (date - start).num_days();
    let mut spans: Vec<Span> = asked
        .iter()
        .flat_map(|one| spans_of(one))
        .map(|(_, span)| span)
        .collect();
    spans.sort_unstable();
    spans.dedup();
    let homes: Vec<Result<Homes, SetAside>> = world.everybody().map(|peer| homes(world, peer, &spans)).collect();
    let calendars = people::Calendars::of(world, asked, terms.policy, &spans);
    let kinds = Kinds::of_season(world, asked, terms);
    let planned: BTreeSet<Uuid> = asked.iter().map(|one| one.challenge.id).collect();
    let sets = theme_sets(asked, terms);

    let mut workers = vec![(); terms.threads.max(1)];
    let open = threads::each(&mut workers, asked.len(), control, |(), c| {
        open(world, terms, (asked, &planned), &homes, &calendars, &kinds, c)
    });
    let open: Vec<Open> = open
        .ok_or(ComposeError::Stopped)?
        .into_iter()
        .collect::<Result<_, _>>()?;

    let mut wanted = vec![false; world.peers().len()];
    for peer in open.iter().flat_map(|open| &open.fitting) {
        wanted[*peer as usize] = true;
    }
    let peers: Vec<PeerIx> = world.everybody().filter(|peer| wanted[peer.index()]).collect();
    let set_aside = world.everybody().filter(|peer| !wanted[peer.index()]);
    let why = |peer: PeerIx| {
        (
            peer,
            homes[peer.index()].as_ref().err().copied().unwrap_or(SetAside::NoPlace),
        )
    };
    let set_aside: Vec<(PeerIx, SetAside)> = set_aside.map(why).collect();
    let position: HashMap<u32, usize> = peers.iter().enumerate().map(|(i, peer)| (peer.0, i)).collect();

    let councils = people::Councils::of(world, asked, &peers, &homes);
    let mut pool: Vec<format::Peer> = Vec::with_capacity(peers.len());
    for (id, &peer) in peers.iter().enumerate() {
        pool.push(format::Peer {
            id,
            reference: world.peers()[peer.index()].id.to_string(),
            council: councils.of_peer[id],
            roles: if homes[peer.index()].is_ok() {
                kinds.of_peer(world, terms.policy, peer)
            } else {
                Vec::new()
            },
            themes: known(&sets, world.peers()[peer.index()].themes),
            party: None,
            capacity: calendars.capacity[peer.index()],
            unavailable: calendars.closed[peer.index()]
                .iter()
                .map(|span| (day(span.from), day(span.until)))
                .collect(),
            conflicts: Vec::new(),
            employed: Vec::new(),
            reviewed: Vec::new(),
            engaged: calendars.engaged[peer.index()],
        });
    }
    let mut challenges = Vec::with_capacity(asked.len());
    for (id, (one, open)) in asked.iter().zip(&open).enumerate() {
        let host = councils.positions[&one.challenge.host];
        let alone = asked
            .iter()
            .filter(|other| other.challenge.host == one.challenge.host)
            .count()
            == 1;
        let at = |peer: u32| position.get(&peer).copied();
        let mut ask = format::Challenge {
            host,
            charges: open.charges(i64::from(terms.waiver_points.unwrap_or(0)), at),
            ..asks(one, id, terms, &kinds, &position, day)
        };
        for peer in open.tell(&mut ask, alone, at) {
            pool[peer].conflicts.push(host);
        }
        challenges.push(ask);
    }
    let policy = terms.policy;
    let season = Season {
        format: FORMAT.to_owned(),
        name: terms.name.to_owned(),
        season_start: Some(start),
        rules: Rules {
            rest_days: i64::from(policy.team.rest_days),
            employed_days: 0,
            reviewed_days: 0,
            reciprocal_days: 0,
            max_per_home: i64::from(policy.team.max_per_council),
            max_per_region: i64::from(policy.team.max_per_region),
            max_host_region: i64::from(policy.team.host_region_warn_above),
            max_council_week: i64::from(policy.team.max_council_week),
            mutual: mutual(asked, policy),
        },
        weights: Weights {
            seat: policy.weights.seat,
            preference: policy.weights.preference,
            theme: policy.weights.theme,
            affinity: policy.weights.affinity,
            spread: policy.weights.spread,
            load: policy.weights.load,
            km_per_point: policy.weights.km_per_point,
            party: 0,
        },
        regions: terms.regions.to_vec(),
        roles: kinds.names(),
        themes: sets.into_iter().map(|(_, name)| name).collect(),
        parties: Vec::new(),
        away: calendars.away(world, asked, &councils, start),
        councils: councils.councils(world, terms),
        peers: pool,
        challenges,
        history: Vec::new(),
        days: None,
        seed: None,
    };
    season.check()?;
    Ok(Composed {
        season,
        peers,
        set_aside,
        roles: (0..asked.len()).map(|c| kinds.of_slots(c)).collect(),
        held: asked
            .iter()
            .map(|one| one.challenge.members.iter().map(|member| member.slot.index()).collect())
            .collect(),
    })
}

impl Composed {
    /// Who takes which open slot of a challenge in a plan of the season.
    pub fn places(&self, assignment: &Assignment) -> Vec<(SlotIx, PeerIx)> {
        let challenge = &self.season.challenges[assignment.challenge];
        let mut left: Vec<&Seat> = assignment.team.iter().collect();
        left.retain(|seat| !challenge.settled().contains(seat));
        let mut places = Vec::with_capacity(left.len());
        for (slot, role) in self.roles[assignment.challenge].iter().enumerate() {
            let open = !self.held[assignment.challenge].contains(&slot);
            if let Some(at) = left.iter().position(|seat| open && seat.role == *role) {
                places.push((SlotIx(small(slot)), self.peers[left.remove(at).peer]));
            }
        }
        places
    }

    /// The role of the format that a slot has.
    pub fn role(&self, challenge: usize, slot: SlotIx) -> &str {
        self.roles[challenge].get(slot.index()).map_or("", String::as_str)
    }
}

/// The windows that can still be chosen.
fn spans_of<'a>(asked: &Asked<'a>) -> impl Iterator<Item = (WindowIx, Span)> + use<'a> {
    let settled = asked.window;
    let windows = asked
        .challenge
        .windows
        .iter()
        .zip(0..)
        .map(|(window, at)| (WindowIx(at), window.span));
    windows.filter(move |(at, _)| settled.is_none_or(|settled| settled == *at))
}

/// The Monday of the week of the first window.
fn start(asked: &[Asked<'_>]) -> NaiveDate {
    let first = asked
        .iter()
        .flat_map(|one| &one.challenge.windows)
        .map(|window| window.span.from)
        .min();
    let first = first.unwrap_or_default();
    monday(week(first)).max(first - chrono::Days::new(u64::from(first.weekday().num_days_from_monday())))
}

/// Whether councils may send people to each other.
fn mutual(asked: &[Asked<'_>], policy: &Policy) -> bool {
    let reach = asked.first().map_or(Reach::National, |one| one.challenge.reach);
    policy.conflicts.reciprocal.at(reach).severity().is_none()
}

/// What a challenge asks for, in the format's words.
fn asks(
    asked: &Asked<'_>,
    id: usize,
    terms: &Terms<'_>,
    kinds: &Kinds,
    position: &HashMap<u32, usize>,
    day: impl Fn(NaiveDate) -> i64,
) -> format::Challenge {
    let challenge = asked.challenge;
    let roles = kinds.of_slots(id);
    let mut seats = BTreeMap::new();
    for role in &roles {
        *seats.entry(role.clone()).or_insert(0) += 1;
    }
    let mut wanted = BTreeMap::new();
    for &(set, weight) in &challenge.themes {
        *wanted.entry(theme_name(set, terms)).or_insert(0) += i64::from(weight);
    }
    let slots = i64::from(small(challenge.slots.len()));
    let national = challenge.reach == Reach::National;
    let caps = &terms.policy.team;
    let half = slots * i64::from(caps.host_region_block_above_percent) / 100;
    let pinned = asked.window.map(|window| {
        let seat = |member: &crate::Member| {
            Some(Seat {
                role: roles.get(member.slot.index())?.clone(),
                peer: *position.get(&member.peer.0)?,
            })
        };
        let mut team: Vec<Seat> = challenge.members.iter().filter_map(seat).collect();
        team.sort();
        Pinned {
            window: window.index(),
            team,
        }
    });
    format::Challenge {
        id,
        reference: challenge.id.to_string(),
        host: 0,
        priority: i64::from(challenge.priority.clamp(1, 5)),
        seats,
        themes: wanted,
        windows: challenge
            .windows
            .iter()
            .map(|window| format::Window {
                start: day(window.span.from),
                end: day(window.span.until),
                preference: i64::from(window.preference),
            })
            .collect(),
        max_per_region: Some(if national {
            i64::from(caps.max_per_region)
        } else {
            slots
        }),
        max_host_region: Some(if national {
            half.min(i64::from(caps.host_region_warn_above))
        } else {
            slots
        }),
        barred: Vec::new(),
        charges: Vec::new(),
        waivable: Vec::new(),
        because: Vec::new(),
        pinned,
    }
}

/// The name of a set of themes that is asked for as one.
fn theme_name(set: ThemeSet, terms: &Terms<'_>) -> String {
    let bits = (0..64).filter(|bit| set.0 >> bit & 1 == 1);
    let name = |bit: usize| terms.themes.get(bit).cloned().unwrap_or_else(|| format!("theme {bit}"));
    bits.map(name).collect::<Vec<_>>().join(" + ")
}

/// All sets of themes that are asked for as one, with their names.
fn theme_sets(asked: &[Asked<'_>], terms: &Terms<'_>) -> Vec<(ThemeSet, String)> {
    let wanted = asked.iter().flat_map(|one| &one.challenge.themes);
    let mut sets: Vec<ThemeSet> = wanted.map(|(set, _)| *set).collect();
    sets.sort_unstable_by_key(|set| set.0);
    sets.dedup();
    sets.into_iter().map(|set| (set, theme_name(set, terms))).collect()
}

/// The sets of which somebody knows everything.
fn known(sets: &[(ThemeSet, String)], own: ThemeSet) -> Vec<String> {
    let known = sets.iter().filter(|(set, _)| own.covers(*set));
    known.map(|(_, name)| name.clone()).collect()
}
