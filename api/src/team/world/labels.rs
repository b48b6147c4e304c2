//! Words for the records that findings refer to, and whose records they are.

use matching::{AffiliationKind, Evidence, EvidenceKind, Finding, PeerIx, Period, Span};

use super::Facts;
use crate::team::explain::{Labels, day};

fn span(span: Span) -> String {
    if span.from == span.until {
        day(span.from)
    } else {
        format!("{} to {}", day(span.from), day(span.until))
    }
}

fn period(period: Period) -> String {
    match (period.from, period.until) {
        (Some(from), Some(until)) => format!(", {}", span(Span { from, until })),
        (Some(from), None) => format!(", since {}", day(from)),
        (None, Some(until)) => format!(", until {}", day(until)),
        (None, None) => String::new(),
    }
}

const fn tie(kind: AffiliationKind) -> &'static str {
    match kind {
        AffiliationKind::Employment => "employment at",
        AffiliationKind::ElectedOffice => "elected office at",
        AffiliationKind::Consultancy => "consultancy for",
        AffiliationKind::JobApplication => "job application to",
        AffiliationKind::Inspector => "contracted for inspections of",
        AffiliationKind::Commissioner => "commissioner at",
    }
}

impl Facts {
    /// Words for every record that `findings` about `peer` refer to.
    pub fn labels<'a>(&self, peer: PeerIx, findings: impl IntoIterator<Item = &'a Finding>) -> Labels {
        let evidence = findings.into_iter().flat_map(|finding| &finding.evidence);
        let records = evidence
            .filter_map(|one| Some((one.id, self.label(peer, *one)?)))
            .collect();
        Labels {
            host: self.council_name(self.challenge.host).to_owned(),
            records,
        }
    }

    fn label(&self, peer: PeerIx, evidence: Evidence) -> Option<String> {
        let person = &self.world.peers()[peer.index()];
        match evidence.kind {
            EvidenceKind::Peer => {
                let other = self.peer(evidence.id).filter(|&other| other != peer)?;
                Some(self.peer_name(other).to_owned())
            }
            EvidenceKind::Affiliation => {
                let affiliation = person.affiliations.iter().find(|one| one.id == evidence.id)?;
                let place = match (affiliation.council, affiliation.body) {
                    (Some(council), _) => self.council_name(council),
                    (None, Some(body)) => self.index.body_names.get(body.index())?.as_str(),
                    (None, None) => return None,
                };
                Some(format!(
                    "{} {place}{}",
                    tie(affiliation.kind),
                    period(affiliation.period)
                ))
            }
            EvidenceKind::Engagement => {
                let engagement = &self.world.engagements()[*self.index.engagement_positions.get(&evidence.id)?];
                let (home, host) = (self.council_name(engagement.home), self.council_name(engagement.host));
                Some(format!("from {home} at {host}, {}", span(engagement.span)))
            }
            EvidenceKind::BlackoutPeriod => person
                .blackouts
                .iter()
                .find(|one| one.id == evidence.id)
                .map(|one| span(one.span)),
            EvidenceKind::AvailabilityWindow => person
                .availability
                .iter()
                .find(|one| one.id == evidence.id)
                .map(|one| span(one.span)),
            EvidenceKind::DeclaredInterest | EvidenceKind::HostObjection => None,
        }
    }

    /// Whether a record in evidence against `peer` is one of their own.
    pub fn is_own(&self, peer: PeerIx, evidence: Evidence) -> bool {
        match evidence.kind {
            EvidenceKind::Peer => evidence.id == self.peer_id(peer),
            EvidenceKind::Engagement => self
                .index
                .engagement_positions
                .get(&evidence.id)
                .is_some_and(|&position| self.world.engagements()[position].peer == peer),
            EvidenceKind::Affiliation
            | EvidenceKind::DeclaredInterest
            | EvidenceKind::AvailabilityWindow
            | EvidenceKind::BlackoutPeriod => true,
            EvidenceKind::HostObjection => false,
        }
    }
}
