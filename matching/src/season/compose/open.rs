//! Whom a challenge is open to, window by window, and what the rules have against everybody else who could hold a place of it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::kinds::Kinds;
use super::people::{Calendars, Homes};
use super::{Asked, ComposeError, SetAside, Terms, spans_of};
use crate::eligibility::Case;
use crate::season::format::{Barred, Challenge, Closed};
use crate::{PeerIx, RuleCode, World};

/// A window that is closed to somebody who is free then.
struct Bar {
    window: usize,
    /// The rules that close it for good; none where the pool is dealt out.
    hard: Vec<RuleCode>,
    /// The rules that close it until they are waived.
    soft: Vec<RuleCode>,
}

/// What is known of everybody for one challenge, window by window.
pub(super) struct Open {
    /// Whoever a rule keeps away although they are free.
    barred: BTreeMap<u32, Vec<Bar>>,
    /// Whoever needs a waiver and may be planned with it.
    pub(super) warned: Vec<u32>,
    /// Whoever could hold a place by what they are, settled people included.
    pub(super) fitting: Vec<u32>,
    /// Whoever has a conflict of interest in every window in which they are free.
    conflicts: Vec<u32>,
}

/// Asks the rules about everybody for one challenge.
pub(super) fn open(
    world: &World,
    terms: &Terms<'_>,
    (all, planned): (&[Asked<'_>], &BTreeSet<Uuid>),
    homes: &[Result<Homes, SetAside>],
    calendars: &Calendars,
    kinds: &Kinds,
    position: usize,
) -> Result<Open, ComposeError> {
    let asked = &all[position];
    let challenge = asked.challenge;
    // Whoever serves at a host does not come again: where a host is challenged more than once, the pool is dealt out.
    let again = terms.policy.conflicts.repeat_visit_months > 0;
    let siblings = all
        .iter()
        .enumerate()
        .filter(|(_, one)| one.challenge.host == challenge.host);
    let siblings: Vec<usize> = siblings.map(|(at, _)| at).collect();
    let turn = siblings.iter().position(|at| *at == position).unwrap_or(0);
    let dealt = |peer: &PeerIx| !again || peer.index() % siblings.len().max(1) == turn;
    let fitting: Vec<PeerIx> = world
        .everybody()
        .filter(|peer| homes[peer.index()].is_ok())
        .filter(|peer| !challenge.members.iter().any(|member| member.peer == *peer))
        .filter(|peer| kinds.fits(world, terms.policy, position, *peer))
        .collect();
    let mut open = Open {
        barred: BTreeMap::new(),
        warned: Vec::new(),
        fitting: challenge.members.iter().map(|member| member.peer.0).collect(),
        conflicts: Vec::new(),
    };
    // Who is settled elsewhere is in the pool whatever they are, so the rules are asked about everybody.
    let pool = fitting.iter().filter(|peer| deployable(world, **peer));
    open.fitting.extend(pool.map(|peer| peer.0));
    let mut free = vec![0usize; world.peers().len()];
    let mut warned = BTreeSet::new();
    for (window, span) in spans_of(asked) {
        let case = Case::among(world, terms.policy, challenge, span, planned)?;
        for &peer in &fitting {
            let closed = &calendars.closed[peer.index()];
            if closed.iter().any(|closed| closed.overlaps(span)) {
                continue;
            }
            free[peer.index()] += 1;
            let rules = case.open_rules(peer);
            let dealt = dealt(&peer);
            // With points for it a waiver is no bar; where somebody is not dealt to this challenge, it would not help.
            let (soft, paid) = match terms.waiver_points {
                None if dealt => (rules.warn, false),
                _ => (Vec::new(), !rules.warn.is_empty()),
            };
            if !dealt || !rules.block.is_empty() || !soft.is_empty() {
                open.barred.entry(peer.0).or_default().push(Bar {
                    window: window.index(),
                    hard: rules.block,
                    soft,
                });
            } else if paid {
                warned.insert(peer.0);
            }
        }
    }
    open.warned = warned.into_iter().collect();
    for (&peer, bars) in &open.barred {
        if bars.len() == free[peer as usize] && bars.iter().all(Bar::is_conflict) {
            open.conflicts.push(peer);
        }
    }
    Ok(open)
}

/// Whether somebody is of the pool at all.
fn deployable(world: &World, peer: PeerIx) -> bool {
    let person = &world.peers()[peer.index()];
    person.status.is_deployable() && person.possible_duplicates.is_empty()
}

impl Bar {
    fn is_conflict(&self) -> bool {
        !self.hard.is_empty() && self.hard.iter().all(|rule| rule.is_conflict())
    }
}

/// People to whom the same windows are closed by the same rules.
#[derive(Default)]
struct Alike<'b>(BTreeMap<(Vec<usize>, &'b [RuleCode]), Vec<usize>>);

impl<'b> Alike<'b> {
    /// What closes windows to somebody, those together that the same rules close.
    fn add(&mut self, peer: usize, bars: &'b [Bar], rules: impl Fn(&'b Bar) -> &'b Vec<RuleCode>) {
        let mut windows: BTreeMap<&[RuleCode], Vec<usize>> = BTreeMap::new();
        for bar in bars.iter().filter(|bar| !rules(bar).is_empty()) {
            windows.entry(rules(bar)).or_default().push(bar.window);
        }
        for (rules, windows) in windows {
            self.0.entry((windows, rules)).or_default().push(peer);
        }
    }

    fn told(self) -> Vec<Closed> {
        let closed = |((windows, rules), people): ((_, &[RuleCode]), _)| Closed(people, windows, rules.to_vec());
        self.0.into_iter().map(closed).collect()
    }
}

impl Open {
    /// Writes down whom rules keep away, by their positions in the pool. Whoever has a conflict of interest all along is
    /// given back, unless another challenge of the same host has to be told apart.
    pub(super) fn tell(&self, ask: &mut Challenge, alone: bool, at: impl Fn(u32) -> Option<usize>) -> Vec<usize> {
        let mut conflicts = Vec::new();
        let (mut hard, mut soft) = (Alike::default(), Alike::default());
        let mut barred: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for (peer, bars) in &self.barred {
            let Some(at) = at(*peer) else { continue };
            if alone && self.conflicts.binary_search(peer).is_ok() {
                conflicts.push(at);
            } else {
                let windows = bars.iter().map(|bar| bar.window).collect();
                barred.entry(windows).or_default().push(at);
            }
            hard.add(at, bars, |bar| &bar.hard);
            soft.add(at, bars, |bar| &bar.soft);
        }
        let barred = barred.into_iter();
        ask.barred = barred.map(|(windows, people)| Barred(people, windows)).collect();
        (ask.because, ask.waivable) = (hard.told(), soft.told());
        conflicts
    }

    /// Whoever needs a waiver, by their positions in the pool, at a price.
    pub(super) fn charges(&self, points: i64, at: impl Fn(u32) -> Option<usize>) -> Vec<(usize, i64)> {
        let warned = self.warned.iter();
        warned.filter_map(|peer| Some((at(*peer)?, points))).collect()
    }
}
