//! A challenge on given days, prepared so that each person costs little.
//!
//! A [`Case`] checks the challenge against the world once (positions, dates, weights: [`ChallengeError`]) and works out
//! everything that does not depend on the person: the host's lineage and borders, who of the host's people was where,
//! who is away in the same weeks, and where the team's members are at home.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use uuid::Uuid;

use super::ledger::{Collect, Gate, Ledger, OpenRules, Rules};
use super::refusal::{ChallengeError, check, check_window, known};
use crate::calendar::{Span, monday, week};
use crate::world::Homes;
use crate::{
    Challenge, CouncilIx, Engagement, PeerIx, Period, Policy, RegionIx, RuleCode, SlotIx, Status, Verdict, WindowIx,
    World,
};

/// Somebody on the team, with where they are at home.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) slot: SlotIx,
    pub(crate) peer: PeerIx,
    pub(crate) homes: Homes,
    pub(crate) region: Option<RegionIx>,
}

/// Somebody away from their council in a week that matters; `engagement` is a position in [`World::engagements`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Away {
    pub(crate) home: CouncilIx,
    pub(crate) week: i32,
    pub(crate) engagement: usize,
    pub(crate) peer: PeerIx,
}

/// A challenge on given days, ready to assess people ([`super::assess`]).
#[derive(Clone, Debug)]
pub struct Case<'a> {
    pub(crate) world: &'a World,
    pub(crate) policy: &'a Policy,
    pub(crate) challenge: &'a Challenge,
    pub(crate) span: Span,
    /// Challenges whose engagements are nobody's load here, because somebody else counts them.
    counted: Option<&'a BTreeSet<Uuid>>,
    /// Whether a council (by position) is the host, or of its lineage.
    pub(super) kin: Vec<bool>,
    /// Whether a council (by position) borders the host.
    pub(super) borders: Vec<bool>,
    /// For each delivery body, when it served the host or its lineage.
    pub(super) serves_host: Vec<Vec<Period>>,
    /// (council visited, or of its lineage; engagement of one of the host's people there), sorted.
    pub(super) visits: Vec<(CouncilIx, usize)>,
    /// Sorted; without this challenge's own engagements.
    pub(crate) away: Vec<Away>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) host_region: RegionIx,
    /// Likeness of each council (by position) to the host.
    pub(crate) likeness: Vec<u8>,
}

impl<'a> Case<'a> {
    /// Prepares `challenge` for the days of `window`.
    pub fn new(
        world: &'a World,
        policy: &'a Policy,
        challenge: &'a Challenge,
        window: Span,
    ) -> Result<Self, ChallengeError> {
        Self::prepared(world, policy, challenge, window, None)
    }

    /// The same for one of several challenges that are planned together: what people have to do in the others is the plan's
    /// to count, so the rules on loads, rest and councils' weeks leave it out.
    pub(crate) fn among(
        world: &'a World,
        policy: &'a Policy,
        challenge: &'a Challenge,
        window: Span,
        planned: &'a BTreeSet<Uuid>,
    ) -> Result<Self, ChallengeError> {
        Self::prepared(world, policy, challenge, window, Some(planned))
    }

    fn prepared(
        world: &'a World,
        policy: &'a Policy,
        challenge: &'a Challenge,
        window: Span,
        counted: Option<&'a BTreeSet<Uuid>>,
    ) -> Result<Self, ChallengeError> {
        check(world, policy, challenge)?;
        check_window(window)?;
        let host = challenge.host;
        let mut kin = vec![false; world.councils().len()];
        for &council in world.lineage(host) {
            kin[council.index()] = true;
        }
        let mut borders = vec![false; world.councils().len()];
        for &neighbour in world.neighbours(host) {
            // Somebody whose post is still recorded at a predecessor of the neighbour is at home in the neighbour.
            for &council in world.ancestors(neighbour) {
                borders[council.index()] = true;
            }
        }
        let serves_host = world
            .bodies()
            .iter()
            .map(|body| {
                body.serves
                    .iter()
                    .filter(|service| kin[service.council.index()])
                    .map(|s| s.period)
                    .collect()
            })
            .collect();
        let mut visits = Vec::new();
        let mut away = Vec::new();
        let weeks = window.weeks();
        let stretch = Span {
            from: monday(*weeks.start()),
            until: monday(*weeks.end() + 1),
        };
        for (i, engagement) in world.engagements().iter().enumerate() {
            if engagement.challenge == Some(challenge.id) {
                continue;
            }
            if kin[engagement.home.index()] {
                visits.extend(world.lineage(engagement.host).iter().map(|&council| (council, i)));
            }
            if engagement.span.overlaps(stretch) && is_load(challenge, counted, engagement) {
                let first = week(engagement.span.from).max(*weeks.start());
                let last = week(engagement.span.until).min(*weeks.end());
                let entry = |week| Away {
                    home: engagement.home,
                    week,
                    engagement: i,
                    peer: engagement.peer,
                };
                away.extend((first..=last).map(entry));
            }
        }
        visits.sort_unstable();
        away.sort_unstable();
        let seats = challenge
            .members
            .iter()
            .map(|member| seat(world, window, member.slot, member.peer))
            .collect();
        let mut likeness = vec![0; world.councils().len()];
        for &(sister, points) in &world.councils()[host.index()].sisters {
            likeness[sister.index()] = points;
        }
        let host_region = world.region(host);
        Ok(Self {
            world,
            policy,
            challenge,
            span: window,
            counted,
            kin,
            borders,
            serves_host,
            visits,
            away,
            seats,
            host_region,
            likeness,
        })
    }

    /// Prepares one of the challenge's own windows.
    pub fn at_window(
        world: &'a World,
        policy: &'a Policy,
        challenge: &'a Challenge,
        window: WindowIx,
    ) -> Result<Self, ChallengeError> {
        let unknown = ChallengeError::Unknown {
            place: "window",
            what: "window",
            position: window.0,
        };
        let span = challenge.windows.get(window.index()).ok_or(unknown)?.span;
        Self::new(world, policy, challenge, span)
    }

    /// The same challenge and days with these holders as the team.
    pub(crate) fn with_holders(&self, holders: &[(SlotIx, PeerIx)]) -> Self {
        let seats = holders
            .iter()
            .map(|&(slot, peer)| seat(self.world, self.span, slot, peer))
            .collect();
        Self { seats, ..self.clone() }
    }

    /// Everything that speaks against `peer`; see [`super::assess`].
    pub fn assess(&self, slot: Option<SlotIx>, peer: PeerIx) -> Result<Verdict, ChallengeError> {
        self.check_slot(slot)?;
        known("peer", "peer", peer.0, self.world.peers().len())?;
        Ok(self.verdict(slot, peer))
    }

    pub(crate) fn check_slot(&self, slot: Option<SlotIx>) -> Result<(), ChallengeError> {
        slot.map_or(Ok(()), |slot| known("slot", "slot", slot.0, self.challenge.slots.len()))
    }

    /// As [`Case::assess`], for positions known to be good.
    pub(crate) fn verdict(&self, slot: Option<SlotIx>, peer: PeerIx) -> Verdict {
        let mut collect = Collect::new(self, peer);
        let _ = self.examine(slot, peer, &mut collect);
        let mut findings = collect.findings;
        findings.sort_by_key(|finding| finding.rule);
        let worst = findings
            .iter()
            .filter(|finding| finding.waived_by.is_none())
            .map(|finding| finding.severity)
            .max();
        let status = match worst {
            None => Status::Eligible,
            Some(crate::Severity::Warn) => Status::NeedsWaiver,
            Some(crate::Severity::Block) => Status::Ineligible,
        };
        Verdict { peer, status, findings }
    }

    /// Whether `peer` is eligible, by the same rules, without saying why not.
    pub(crate) fn is_eligible(&self, slot: Option<SlotIx>, peer: PeerIx) -> bool {
        self.examine(slot, peer, &mut Gate { case: self, peer }).is_continue()
    }

    /// The rules that speak against `peer`, whatever the slot, and that nobody has waived.
    pub(crate) fn open_rules(&self, peer: PeerIx) -> OpenRules {
        let mut rules = Rules {
            case: self,
            peer,
            open: OpenRules::default(),
        };
        let _ = self.slotless_rules(None, peer, &mut rules);
        rules.open
    }

    /// Whether nothing that depends on the slot speaks against `peer`.
    pub(crate) fn fits_slot(&self, slot: SlotIx, peer: PeerIx) -> bool {
        self.slot_rules(slot, peer, &mut Gate { case: self, peer })
            .is_continue()
    }

    /// Whether nothing that does not depend on the slot speaks against `peer`.
    pub(crate) fn fits_days(&self, peer: PeerIx) -> bool {
        let gate = &mut Gate { case: self, peer };
        self.slotless_rules(None, peer, gate).is_continue()
    }

    /// Runs every rule; the cheap and decisive ones first, for ledgers that stop early.
    pub(super) fn examine(&self, slot: Option<SlotIx>, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        if let Some(slot) = slot {
            self.slot_rules(slot, peer, ledger)?;
        }
        self.slotless_rules(slot, peer, ledger)
    }

    fn slotless_rules(&self, slot: Option<SlotIx>, peer: PeerIx, ledger: &mut impl Ledger) -> ControlFlow<()> {
        self.calendar_rules(peer, ledger)?;
        self.standing_rules(peer, ledger)?;
        self.conflict_rules(peer, ledger)?;
        self.load_rules(peer, ledger)?;
        self.team_rules(slot, peer, ledger)
    }

    /// Whether somebody's engagement is load beside this challenge.
    pub(crate) fn is_load(&self, engagement: &Engagement) -> bool {
        is_load(self.challenge, self.counted, engagement)
    }

    /// Everybody on the team except `peer` and the present holder of `slot`, whom `peer` would replace.
    pub(crate) fn others(&self, slot: Option<SlotIx>, peer: PeerIx) -> impl Iterator<Item = &Seat> {
        self.seats
            .iter()
            .filter(move |seat| seat.peer != peer && Some(seat.slot) != slot)
    }

    /// The rule under which a finding of `verdict` keeps the person out first, in rule order, blocks before warnings.
    pub(crate) fn decisive(verdict: &Verdict) -> Option<RuleCode> {
        let open = verdict.findings.iter().filter(|finding| finding.waived_by.is_none());
        open.min_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.rule))
            .map(|finding| finding.rule)
    }
}

fn is_load(challenge: &Challenge, counted: Option<&BTreeSet<Uuid>>, engagement: &Engagement) -> bool {
    engagement
        .challenge
        .is_none_or(|there| there != challenge.id && counted.is_none_or(|counted| !counted.contains(&there)))
}

fn seat(world: &World, window: Span, slot: SlotIx, peer: PeerIx) -> Seat {
    let homes = world.homes(peer, window);
    let region = homes.primary.map(|council| world.region(council));
    Seat {
        slot,
        peer,
        homes,
        region,
    }
}
