//! The eligible people of one window as numbers, for the search.
//!
//! Everybody in a [`Model`] is eligible for an open slot beside the members who stay. What remains are the rules
//! between the people chosen; they become *counters*: places of a region, of a council, of a council in one week. A
//! person adds to counters and tolerates each up to a limit of their own (a waiver lifts it). A team is valid when no
//! counter exceeds the limit of anybody chosen, nobody is chosen twice, and the member-group rule holds. Members who
//! stay count, but tolerate everything: the rules are asked about those who join them.

use super::counters::Counters;
use super::groups::group_rule;
use crate::eligibility::Case;
use crate::lots::lot;
use crate::points::Personal;
use crate::world::position;
use crate::{CouncilIx, Party, PeerIx, Reach, RegionIx, Role, RuleCode, Severity, SlotIx, WindowIx};

/// A limit that never binds.
pub(super) const ANY: u32 = u32::MAX;

/// A person's part in a counter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) counter: usize,
    /// 1, or 0 where the counter has the person already (away in that week on another engagement).
    pub(super) adds: u32,
    /// Largest count, the person's own included, that they tolerate.
    pub(super) limit: u32,
}

/// An eligible person.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) peer: PeerIx,
    /// Points that do not depend on the rest of the team.
    pub(super) points: i64,
    pub(super) themes: u64,
    /// Position in [`Model::regions`].
    pub(super) region: Option<usize>,
    pub(super) homes: Vec<CouncilIx>,
    /// The region's counter first, if there is one.
    pub(super) entries: Vec<Entry>,
    /// Largest number of people of their region, theirs included, that they tolerate.
    pub(super) region_limit: u32,
    pub(super) group: Option<Party>,
    /// Whether `MEMBER_GROUP` is waived for them.
    pub(super) group_waived: bool,
}

/// The member-group rule between people yet to be chosen: without overall control, if all member slots are filled,
/// two groups or a waiver for everybody who joins.
#[derive(Clone, Debug)]
pub(super) struct GroupRule {
    /// Groups of the members who stay, in member slots.
    pub(super) present: Vec<Party>,
}

/// One window, ready to search.
#[derive(Clone, Debug)]
pub(super) struct Model<'a> {
    pub(super) case: Case<'a>,
    pub(super) window: WindowIx,
    /// Orders people who are worth the same.
    pub(super) seed: u64,
    /// Open slots, in slot order.
    pub(super) open: Vec<SlotIx>,
    /// For each open slot, whether the group rule looks at it.
    pub(super) grouped: Vec<bool>,
    pub(super) people: Vec<Person>,
    /// For each open slot, who is eligible, as positions in `people`.
    pub(super) lists: Vec<Vec<usize>>,
    /// What each counter holds before anybody joins.
    pub(super) counters: Vec<u32>,
    pub(super) regions: Vec<RegionIx>,
    /// Members who stay, by region.
    pub(super) region_counts: Vec<u32>,
    /// Whether regions have counters (at the same positions as in `regions`).
    pub(super) regions_capped: bool,
    pub(super) group_rule: Option<GroupRule>,
    /// The open slot that stays vacant because the group rule leaves no other way ([`Model::split`]).
    pub(super) closed: Option<usize>,
    /// Slots held by members who stay.
    pub(super) filled: u32,
    /// Points of the window and of the members who stay, themes and spread excluded.
    pub(super) points: i64,
    /// Theme entries that the members who stay cover.
    pub(super) themes: u64,
}

impl<'a> Model<'a> {
    pub(super) fn new(case: Case<'a>, window: WindowIx, preference: u8, seed: u64) -> Self {
        let challenge = case.challenge;
        let open: Vec<SlotIx> = challenge
            .slot_positions()
            .filter(|&slot| !case.seats.iter().any(|seat| seat.slot == slot))
            .collect();
        let (found, lists) = eligible(&case, &open, seed);
        let personal: Vec<Personal> = found.iter().map(|&peer| case.personal(peer)).collect();
        let mut regions: Vec<RegionIx> = personal.iter().filter_map(|person| person.region).collect();
        regions.extend(case.seats.iter().filter_map(|seat| seat.region));
        regions.sort_unstable();
        regions.dedup();
        let mut region_counts = vec![0; regions.len()];
        for region in case.seats.iter().filter_map(|seat| seat.region) {
            if let Ok(at) = regions.binary_search(&region) {
                region_counts[at] += 1;
            }
        }
        let staying: Vec<Personal> = case.seats.iter().map(|seat| case.personal(seat.peer)).collect();
        let themes = staying.iter().fold(0, |mask, person| mask | person.themes);
        let points = staying.iter().map(|person| person.points(&case)).sum::<i64>()
            + case.policy.weights.preference * i64::from(preference);
        let regions_capped = challenge.reach == Reach::National;
        let mut counters = Counters::new(&case, &found, &personal, &region_counts);
        let people = found
            .iter()
            .zip(&personal)
            .map(|(&peer, person)| {
                let region = person.region.and_then(|region| regions.binary_search(&region).ok());
                let region_limit = if regions_capped {
                    region_limit(&case, peer, person.region)
                } else {
                    ANY
                };
                let mut entries = Vec::with_capacity(2);
                if let (Some(counter), true) = (region, regions_capped) {
                    entries.push(Entry {
                        counter,
                        adds: 1,
                        limit: region_limit,
                    });
                }
                counters.add_homes(&case, peer, &person.homes.all, &mut entries);
                Person {
                    peer,
                    points: person.points(&case),
                    themes: person.themes,
                    region,
                    homes: person.homes.all.clone(),
                    entries,
                    region_limit,
                    group: case.world.peers()[peer.index()].party,
                    group_waived: waived(&case, peer, RuleCode::MemberGroup, group_severity(&case)),
                }
            })
            .collect();
        let group_rule = group_rule(&case, &open);
        let is_member = |slot: &SlotIx| challenge.slot(*slot).is_some_and(|slot| slot.role == Role::MemberPeer);
        let grouped = open
            .iter()
            .map(|slot| group_rule.is_some() && is_member(slot))
            .collect();
        let filled = position(case.seats.len());
        let counters = counters.used;
        Self {
            case,
            window,
            seed,
            open,
            grouped,
            people,
            lists,
            counters,
            regions,
            region_counts,
            regions_capped,
            group_rule,
            closed: None,
            filled,
            points,
            themes,
        }
    }

    /// Whether the open slot is to be filled if possible.
    pub(super) fn fillable(&self, open: usize) -> bool {
        self.closed != Some(open) && !self.lists[open].is_empty()
    }

    /// Most people of a region that any team can have: the largest limit of anybody in it.
    pub(super) fn region_cap(&self, region: usize) -> u32 {
        let here = self.people.iter().filter(|person| person.region == Some(region));
        here.map(|person| person.region_limit).max().unwrap_or(0)
    }
}

/// Who is eligible for at least one of the slots, and for each slot their positions in that list.
///
/// They are in the order of their lots, which is what decides wherever people are worth the same.
fn eligible(case: &Case<'_>, open: &[SlotIx], seed: u64) -> (Vec<PeerIx>, Vec<Vec<usize>>) {
    let mut found: Vec<(PeerIx, Vec<usize>)> = Vec::new();
    let mut fitting = Vec::with_capacity(open.len());
    for peer in case.world.everybody() {
        fitting.clear();
        fitting.extend((0..open.len()).filter(|&at| case.fits_slot(open[at], peer)));
        let staying = case.seats.iter().any(|seat| seat.peer == peer);
        if fitting.is_empty() || staying || !case.fits_days(peer) {
            continue;
        }
        found.push((peer, fitting.clone()));
    }
    found.sort_by_key(|&(peer, _)| lot(seed, peer));
    let mut lists = vec![Vec::new(); open.len()];
    for (i, (_, fitting)) in found.iter().enumerate() {
        for &at in fitting {
            lists[at].push(i);
        }
    }
    (found.into_iter().map(|(peer, _)| peer).collect(), lists)
}

pub(super) fn waived(case: &Case<'_>, peer: PeerIx, rule: RuleCode, severity: Severity) -> bool {
    case.waiver(peer, rule, severity).is_some()
}

fn group_severity(case: &Case<'_>) -> Severity {
    case.policy.team.member_group.severity().unwrap_or(Severity::Block)
}

/// How many people of their region somebody tolerates, by `TEAM_REGION_CAP` and `HOST_REGION_CAP`.
fn region_limit(case: &Case<'_>, peer: PeerIx, region: Option<RegionIx>) -> u32 {
    let lifted = |rule, severity, limit| if waived(case, peer, rule, severity) { ANY } else { limit };
    let limit = lifted(
        RuleCode::TeamRegionCap,
        Severity::Block,
        case.policy.team.max_per_region,
    );
    if region != Some(case.host_region) {
        return limit;
    }
    let (warn, block) = case.host_region_limits();
    let block_limit = lifted(RuleCode::HostRegionCap, Severity::Block, block);
    // Past the blocking limit the rule no longer warns.
    let warn_limit = if warn < block {
        lifted(RuleCode::HostRegionCap, Severity::Warn, warn)
    } else {
        ANY
    };
    if warn_limit == ANY {
        limit.min(block_limit)
    } else {
        limit.min(block_limit).min(warn_limit)
    }
}
