//! The facts of one point in time, checked and indexed.
//!
//! A [`World`] is immutable: build it once from the database, ask it many questions. [`World::new`] refuses positions
//! that lead nowhere and dates the wrong way round, so that nothing after it has to. It also works out what follows
//! from the facts alone: symmetric borders, the lineage of councils (predecessors and successors, transitively),
//! joined-up availability, and who is at home where on given days.

mod check;

use chrono::NaiveDate;

use crate::calendar::{Span, day_after};
use crate::facts::{
    Affiliation, AffiliationKind, BodyIx, Council, CouncilIx, DeliveryBody, Engagement, Peer, PeerIx, Period, RegionIx,
};

/// Why a [`World`] could not be built; `place` is the path of the offending field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WorldError {
    /// A position outside its list.
    #[error("{place}: there is no {what} at position {position}")]
    Unknown {
        /// Path of the field, for instance `peers[3].affiliations[0].council`.
        place: String,
        /// What should be there.
        what: &'static str,
        /// The position given.
        position: u32,
    },
    /// A period that ends before it starts.
    #[error("{place}: ends on {until}, before it starts on {from}")]
    Backwards {
        /// Path of the field.
        place: String,
        /// First day given.
        from: NaiveDate,
        /// Last day given.
        until: NaiveDate,
    },
    /// An affiliation with neither, or with both, of a council and a delivery body.
    #[error("{place}: an affiliation is with either a council or a delivery body")]
    AmbiguousTie {
        /// Path of the field.
        place: String,
    },
    /// A council that is its own predecessor, directly or through others.
    #[error("councils[{position}]: is its own predecessor")]
    SuccessionCycle {
        /// Position of the council.
        position: u32,
    },
    /// A likeness outside 0–100.
    #[error("{place}: likeness {likeness} is above 100")]
    Likeness {
        /// Path of the field.
        place: String,
        /// The likeness given.
        likeness: u8,
    },
}

/// Where somebody is at home during given days.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Homes {
    /// The home that counts for likeness, travel and region.
    pub primary: Option<CouncilIx>,
    /// All home councils, the primary one first, each once. They count for borders, reciprocity and council limits.
    pub all: Vec<CouncilIx>,
}

/// Checked facts with indexes.
#[derive(Clone, Debug)]
pub struct World {
    councils: Vec<Council>,
    bodies: Vec<DeliveryBody>,
    peers: Vec<Peer>,
    engagements: Vec<Engagement>,
    neighbours: Vec<Vec<CouncilIx>>,
    ancestors: Vec<Vec<CouncilIx>>,
    lineages: Vec<Vec<CouncilIx>>,
    by_peer: Vec<Vec<u32>>,
    free: Vec<Vec<Span>>,
}

impl World {
    /// The same world with other engagements.
    ///
    /// # Errors
    /// As [`World::new`].
    pub fn with_engagements(&self, engagements: Vec<Engagement>) -> Result<Self, WorldError> {
        Self::new(
            self.councils.clone(),
            self.bodies.clone(),
            self.peers.clone(),
            engagements,
        )
    }

    /// Checks and indexes the facts.
    pub fn new(
        councils: Vec<Council>,
        bodies: Vec<DeliveryBody>,
        peers: Vec<Peer>,
        engagements: Vec<Engagement>,
    ) -> Result<Self, WorldError> {
        check::world(&councils, &bodies, &peers, &engagements)?;
        let ancestors = ancestors(&councils)?;
        let mut lineages = ancestors.clone();
        for (young, old) in ancestors.iter().enumerate() {
            for &old in old {
                lineages[old.index()].push(CouncilIx(position(young)));
            }
        }
        let mut neighbours: Vec<Vec<CouncilIx>> = councils.iter().map(|council| council.neighbours.clone()).collect();
        for (here, council) in councils.iter().enumerate() {
            for &there in &council.neighbours {
                neighbours[there.index()].push(CouncilIx(position(here)));
            }
        }
        for list in neighbours.iter_mut().chain(&mut lineages) {
            list.sort_unstable();
            list.dedup();
        }
        let mut by_peer = vec![Vec::new(); peers.len()];
        for (i, engagement) in engagements.iter().enumerate() {
            by_peer[engagement.peer.index()].push(position(i));
        }
        let free = peers.iter().map(joined_availability).collect();
        Ok(Self {
            councils,
            bodies,
            peers,
            engagements,
            neighbours,
            ancestors,
            lineages,
            by_peer,
            free,
        })
    }

    /// Every council, by position.
    pub fn councils(&self) -> &[Council] {
        &self.councils
    }

    /// Every delivery body, by position.
    pub fn bodies(&self) -> &[DeliveryBody] {
        &self.bodies
    }

    /// Everybody in the pool, by position.
    pub fn peers(&self) -> &[Peer] {
        &self.peers
    }

    /// Every past or planned engagement.
    pub fn engagements(&self) -> &[Engagement] {
        &self.engagements
    }

    /// Positions of everybody in the pool.
    pub fn everybody(&self) -> impl Iterator<Item = PeerIx> + use<> {
        (0..position(self.peers.len())).map(PeerIx)
    }

    /// The councils that border `council` or share its territory, whichever side recorded it.
    pub fn neighbours(&self, council: CouncilIx) -> &[CouncilIx] {
        &self.neighbours[council.index()]
    }

    /// `council` with all its predecessors and successors, near and far: history follows both.
    pub fn lineage(&self, council: CouncilIx) -> &[CouncilIx] {
        &self.lineages[council.index()]
    }

    /// `council` with all its predecessors, near and far.
    pub(crate) fn ancestors(&self, council: CouncilIx) -> &[CouncilIx] {
        &self.ancestors[council.index()]
    }

    /// The engagements of a person, past and planned.
    pub fn engagements_of(&self, peer: PeerIx) -> impl Iterator<Item = &Engagement> {
        self.by_peer[peer.index()]
            .iter()
            .map(|&i| &self.engagements[i as usize])
    }

    /// When a person is free, overlapping and adjacent stretches joined, in order.
    pub(crate) fn free(&self, peer: PeerIx) -> &[Span] {
        &self.free[peer.index()]
    }

    /// The region of a council.
    pub fn region(&self, council: CouncilIx) -> RegionIx {
        self.councils[council.index()].region
    }

    /// Where a person is at home during `span`: the councils of their posts, offices and consultancies that touch it
    /// (for a delivery body, the councils that it serves then). Without any current one, the latest that ended; without
    /// that, nowhere.
    pub fn homes(&self, peer: PeerIx, span: Span) -> Homes {
        let mut homes = Homes::default();
        let affiliations = &self.peers[peer.index()].affiliations;
        let mut primary_flagged = false;
        self.each_home(peer, span, |affiliation, council| {
            let flagged = affiliations[affiliation].primary;
            if homes.primary.is_none() || (flagged && !primary_flagged) {
                homes.primary = Some(council);
                primary_flagged = flagged;
            }
            if !homes.all.contains(&council) {
                homes.all.push(council);
            }
        });
        if let Some(at) = homes.all.iter().position(|&council| Some(council) == homes.primary) {
            homes.all[..=at].rotate_right(1);
        }
        homes
    }

    /// Calls `visit` with each (index of affiliation, home council that follows from it) of a person during `span`.
    pub(crate) fn each_home(&self, peer: PeerIx, span: Span, mut visit: impl FnMut(usize, CouncilIx)) {
        let affiliations = &self.peers[peer.index()].affiliations;
        let mut found = false;
        for (i, affiliation) in affiliations.iter().enumerate() {
            if makes_home(affiliation.kind) && affiliation.period.touches(span) {
                self.councils_of(affiliation, span, |council| {
                    found = true;
                    visit(i, council);
                });
            }
        }
        if found {
            return;
        }
        let ended = |affiliation: &Affiliation| affiliation.period.until.filter(|&until| until < span.from);
        let latest = affiliations
            .iter()
            .enumerate()
            .filter(|(_, affiliation)| makes_home(affiliation.kind))
            .filter_map(|(i, affiliation)| Some((ended(affiliation)?, affiliation.primary, usize::MAX - i, i)))
            .max();
        if let Some((until, _, _, i)) = latest {
            let then = Span { from: until, until };
            self.councils_of(&affiliations[i], then, |council| visit(i, council));
        }
    }

    fn councils_of(&self, affiliation: &Affiliation, span: Span, mut visit: impl FnMut(CouncilIx)) {
        if let Some(council) = affiliation.council {
            visit(council);
        }
        if let Some(body) = affiliation.body {
            for service in self.bodies[body.index()]
                .serves
                .iter()
                .filter(|service| service.period.touches(span))
            {
                visit(service.council);
            }
        }
    }

    /// First day after `span` starts on which a window of its length finds `still` false of the person's homes, given
    /// as (index of affiliation, council) pairs; `None` if that day never comes by itself.
    pub(crate) fn homes_change(
        &self,
        peer: PeerIx,
        span: Span,
        still: impl Fn(&[(usize, CouncilIx)]) -> bool,
    ) -> Option<NaiveDate> {
        let length = span.until - span.from;
        let mut days = Vec::new();
        let mut edges = |period: Period| {
            days.extend(period.until.map(day_after));
            days.extend(period.from.and_then(|from| from.checked_sub_signed(length)));
            // The fallback to the latest ended post looks at the day on which it ended.
        };
        for affiliation in &self.peers[peer.index()].affiliations {
            edges(affiliation.period);
            for service in affiliation
                .body
                .iter()
                .flat_map(|body| &self.bodies[body.index()].serves)
            {
                edges(service.period);
            }
        }
        days.retain(|&day| day > span.from);
        days.sort_unstable();
        days.dedup();
        let mut pairs = Vec::new();
        days.into_iter().find(|&day| {
            pairs.clear();
            self.each_home(peer, span.starting(day), |affiliation, council| {
                pairs.push((affiliation, council));
            });
            !still(&pairs)
        })
    }

    /// The periods during which `affiliation` ties a person to one of the councils for which `counts` is true.
    pub(crate) fn ties(&self, affiliation: &Affiliation, counts: impl Fn(CouncilIx) -> bool) -> Vec<Period> {
        let direct = affiliation
            .council
            .filter(|&council| counts(council))
            .map(|_| affiliation.period);
        let serves = affiliation
            .body
            .iter()
            .flat_map(|body: &BodyIx| &self.bodies[body.index()].serves);
        let through = serves.filter(|service| counts(service.council));
        direct
            .into_iter()
            .chain(through.filter_map(|service| service.period.intersection(affiliation.period)))
            .collect()
    }
}

/// Whether a tie of this kind makes the council a home.
fn makes_home(kind: AffiliationKind) -> bool {
    matches!(
        kind,
        AffiliationKind::Employment | AffiliationKind::ElectedOffice | AffiliationKind::Consultancy
    )
}

/// A list index as a position; lists are checked to be shorter than `u32::MAX`.
pub(crate) fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn joined_availability(peer: &Peer) -> Vec<Span> {
    let mut spans: Vec<Span> = peer.availability.iter().map(|stretch| stretch.span).collect();
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= day_after(last.until) => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}

/// Each council with all its predecessors, itself first.
fn ancestors(councils: &[Council]) -> Result<Vec<Vec<CouncilIx>>, WorldError> {
    let mut all = Vec::with_capacity(councils.len());
    for start in 0..councils.len() {
        let here = CouncilIx(position(start));
        let mut list = vec![here];
        let mut next = 0;
        while next < list.len() {
            for &old in &councils[list[next].index()].predecessors {
                if old == here {
                    return Err(WorldError::SuccessionCycle { position: here.0 });
                }
                if !list.contains(&old) {
                    list.push(old);
                }
            }
            next += 1;
        }
        all.push(list);
    }
    Ok(all)
}
