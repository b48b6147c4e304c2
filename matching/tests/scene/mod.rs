//! One eligible person, one host, one window: the scene in which the tests of single rules change one thing.
#![allow(missing_docs, dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use chrono::NaiveDate;
use matching::testkit::{Instance, council, peer, policy, post};
use matching::{
    Affiliation, Challenge, CouncilIx, Engagement, EngagementState, Finding, PeerIx, Period, Reach, Role, RoleSet,
    RuleCode, SeasonIx, Severity, Slot, SlotIx, Span, Stretch, ThemeSet, Verdict, Window, eligibility,
};
use uuid::Uuid;

pub const HOST: CouncilIx = CouncilIx(0);
pub const BORDER: CouncilIx = CouncilIx(1);
pub const HOME: CouncilIx = CouncilIx(2);
pub const OLD_HOST: CouncilIx = CouncilIx(3);
pub const FAR: CouncilIx = CouncilIx(4);
pub const ONE: PeerIx = PeerIx(0);
pub const LEAD: SlotIx = SlotIx(0);

pub fn d(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn span(from: &str, until: &str) -> Span {
    Span::new(d(from), d(until)).unwrap()
}

pub fn since(from: &str) -> Period {
    Period {
        from: Some(d(from)),
        until: None,
    }
}

pub fn during(from: &str, until: &str) -> Period {
    Period {
        from: Some(d(from)),
        until: Some(d(until)),
    }
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// One eligible director at a council far away, a host with a border and a predecessor, one window in June 2027.
pub fn scene() -> Instance {
    let mut councils: Vec<_> = (0..5_u32)
        .map(|i| council(u128::from(i) + 500, i.min(2), (0, 0)))
        .collect();
    councils[0].neighbours = vec![BORDER];
    councils[0].predecessors = vec![OLD_HOST];
    let mut one = peer(1);
    one.roles = RoleSet::default()
        .with(Role::DirectorOfChildrensServices)
        .with(Role::MemberPeer);
    one.themes = ThemeSet(0b11);
    one.trained_on = Some(d("2027-01-01"));
    one.declared_on = Some(d("2027-01-01"));
    one.affiliations = vec![Affiliation {
        period: since("2020-01-01"),
        ..post(11, HOME)
    }];
    one.availability = vec![Stretch {
        id: id(12),
        span: span("2027-01-01", "2028-12-31"),
    }];
    let slot = |n, role, lead| Slot {
        id: id(n),
        role,
        lead,
        themes: ThemeSet::default(),
    };
    let challenge = Challenge {
        id: id(900),
        host: HOST,
        reach: Reach::National,
        first_team: None,
        season: SeasonIx(0),
        priority: 3,
        themes: vec![],
        slots: vec![
            slot(901, Role::DirectorOfChildrensServices, true),
            slot(902, Role::MemberPeer, false),
            slot(903, Role::MemberPeer, false),
            slot(904, Role::AssistantDirector, false),
        ],
        windows: vec![Window {
            id: id(905),
            span: span("2027-06-07", "2027-06-10"),
            preference: 50,
        }],
        members: vec![],
        waivers: vec![],
    };
    // Long ago and elsewhere: experience, nothing else.
    let served = visit(13, ONE, HOME, FAR, "2019-03-04", "2019-03-07");
    Instance {
        councils,
        bodies: vec![],
        peers: vec![one],
        engagements: vec![served],
        policy: policy(),
        challenge,
    }
}

pub fn visit(n: u128, peer: PeerIx, home: CouncilIx, host: CouncilIx, from: &str, until: &str) -> Engagement {
    let state = if d(from) < d("2027-01-01") {
        EngagementState::Done
    } else {
        EngagementState::Planned
    };
    Engagement {
        id: id(n),
        peer,
        challenge: None,
        home,
        host,
        season: None,
        span: span(from, until),
        state,
    }
}

pub fn verdict_in(instance: &Instance, slot: SlotIx, window: Span, peer: PeerIx) -> Verdict {
    let world = instance.world().unwrap();
    eligibility::assess(&world, &instance.policy, &instance.challenge, Some(slot), window, peer).unwrap()
}

pub fn verdict(instance: &Instance) -> Verdict {
    verdict_in(instance, LEAD, instance.challenge.windows[0].span, ONE)
}

pub fn found(instance: &Instance) -> Vec<(RuleCode, Severity)> {
    verdict(instance)
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.severity))
        .collect()
}

pub fn only(instance: &Instance) -> Finding {
    let findings = verdict(instance).findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.into_iter().next().unwrap()
}

pub const BLOCK: Severity = Severity::Block;
pub const WARN: Severity = Severity::Warn;
