//! Crowded little worlds in which every rule fires often and few people are simply eligible.

use chrono::NaiveDate;

use super::{Dice, Instance, council, day, peer, policy, span};
use crate::{
    Affiliation, AffiliationKind, BodyIx, Challenge, Control, CouncilIx, DeliveryBody, Engagement, EngagementState,
    Interest, InterestKind, Member, Objection, Party, Peer, PeerIx, PeerStatus, Period, Reach, Role, RoleSet, RuleCode,
    SeasonIx, Service, SeverityOrOff, Slot, SlotIx, Stretch, ThemeSet, Waiver, Window, WindowIx,
};

/// What kind of little world.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Councils.
    pub councils: u32,
    /// Regions.
    pub regions: u32,
    /// People.
    pub peers: u32,
    /// Slots of the team.
    pub slots: u32,
    /// Windows.
    pub windows: u32,
    /// Themes known.
    pub themes: u32,
    /// How often, in per cent, a rule about one person gets something to fire on.
    pub trouble: u32,
    /// Most posts of a person; several make several homes.
    pub posts: u32,
}

const RULES_TO_WAIVE: [RuleCode; 9] = [
    RuleCode::HostRegionCap,
    RuleCode::MemberGroup,
    RuleCode::TeamRegionCap,
    RuleCode::TeamCouncilCap,
    RuleCode::CouncilWeek,
    RuleCode::PastAffiliation,
    RuleCode::Declared,
    RuleCode::SeasonCap,
    RuleCode::StaleDeclaration,
];

/// A little world, a policy with small caps, and a challenge at council 0.
pub fn small(seed: u64, shape: Shape) -> Instance {
    let dice = &mut Dice::new(seed);
    let councils = (0..shape.councils)
        .map(|i| {
            let place = (
                i32::try_from(dice.below(400)).unwrap_or(0),
                i32::try_from(dice.below(400)).unwrap_or(0),
            );
            let mut council = council(u128::from(i) + 1000, dice.below(shape.regions), place);
            if i > 0 && dice.chance(shape.trouble / 2) {
                council.neighbours.push(CouncilIx(dice.below(i)));
            }
            if i > 2 && dice.chance(shape.trouble / 3) {
                council.predecessors.push(CouncilIx(dice.below(i)));
            }
            council.control = match dice.below(4) {
                0 => None,
                1 => Some(Control::Group(Party::Labour)),
                _ => Some(Control::NoOverallControl),
            };
            for sister in 0..shape.councils {
                if dice.chance(50) {
                    let likeness = u8::try_from(dice.below(101)).unwrap_or(100);
                    council.sisters.push((CouncilIx(sister), likeness));
                }
            }
            council
        })
        .collect();
    let serves = (0..2)
        .map(|_| Service {
            council: any_council(dice, shape),
            period: period(dice),
        })
        .collect();
    let bodies = vec![DeliveryBody { id: dice.id(), serves }];
    let peers: Vec<Peer> = (0..shape.peers).map(|i| person(dice, shape, i)).collect();
    let challenge = challenge(dice, shape);
    let engagements = (0..shape.peers * 2)
        .filter_map(|_| engagement(dice, shape, &challenge))
        .collect();
    let mut policy = policy();
    policy.team.max_per_council = 1 + dice.below(3);
    policy.team.max_per_region = 1 + dice.below(3);
    policy.team.host_region_warn_above = dice.below(3);
    policy.team.host_region_block_above_percent = [0, 34, 50, 100][dice.index(4)];
    policy.team.max_council_week = 1 + dice.below(3);
    policy.team.lead_served_before = dice.chance(30);
    policy.team.rest_days = dice.below(4);
    policy.team.member_group = [SeverityOrOff::Off, SeverityOrOff::Warn, SeverityOrOff::Block][dice.index(3)];
    policy.weights.spread = dice.between(0, 40);
    policy.weights.affinity = dice.between(0, 60);
    policy.weights.seat = dice.between(0, 3) * 100;
    policy.weights.theme = dice.between(0, 2);
    Instance {
        councils,
        bodies,
        peers,
        engagements,
        policy,
        challenge,
    }
}

/// A little world with several challenges at different hosts, some of them with settled places and so with a settled window.
pub fn little_season(seed: u64, shape: Shape, challenges: u32) -> (Instance, Vec<(Challenge, Option<WindowIx>)>) {
    let mut instance = small(seed, shape);
    let regions: Vec<_> = instance.councils.iter().map(|council| council.region).collect();
    for council in &mut instance.councils {
        let here = council.region;
        council
            .predecessors
            .retain(|old| old.0 >= challenges && regions[old.index()] == here);
    }
    let dice = &mut Dice::new(!seed);
    let reach = instance.challenge.reach;
    let world = instance.world().ok();
    let at_home = |peer, span| world.as_ref()?.homes(peer, span).primary;
    let mut all = Vec::new();
    for host in 0..challenges {
        let mut challenge = Challenge {
            host: CouncilIx(host % shape.councils),
            reach,
            ..challenge(dice, shape)
        };
        let window = challenge
            .windows
            .first()
            .filter(|_| dice.chance(50))
            .map(|window| window.span);
        if let Some(span) = window {
            for member in &challenge.members {
                instance.engagements.push(Engagement {
                    id: dice.id(),
                    peer: member.peer,
                    challenge: Some(challenge.id),
                    home: at_home(member.peer, span).unwrap_or_else(|| any_council(dice, shape)),
                    host: challenge.host,
                    season: Some(challenge.season),
                    span,
                    state: EngagementState::Planned,
                });
            }
        } else {
            challenge.members.clear();
        }
        all.push((challenge, window.map(|_| WindowIx(0))));
    }
    (instance, all)
}

fn any_council(dice: &mut Dice, shape: Shape) -> CouncilIx {
    CouncilIx(dice.below(shape.councils))
}

/// Around day 0, with open ends often.
fn period(dice: &mut Dice) -> Period {
    let from = dice.between(-4000, 40);
    let until = from + dice.between(0, 4000);
    Period {
        from: dice.chance(70).then(|| day(from)),
        until: dice.chance(50).then(|| day(until)),
    }
}

fn past(dice: &mut Dice, days: i64) -> NaiveDate {
    day(-dice.between(0, days))
}

fn person(dice: &mut Dice, shape: Shape, i: u32) -> Peer {
    let mut peer = peer(u128::from(i) + 1);
    let trouble = |dice: &mut Dice| dice.chance(shape.trouble / 4);
    let roles = [Role::MemberPeer, Role::ChiefExecutive, Role::AssistantDirector];
    peer.roles = roles.into_iter().filter(|_| dice.chance(65)).collect::<RoleSet>();
    peer.themes = ThemeSet(
        (0..shape.themes)
            .filter(|_| dice.chance(35))
            .map(|theme| 1 << theme)
            .sum(),
    );
    peer.party = [None, Some(Party::Labour), Some(Party::Labour), Some(Party::Green)][dice.index(4)];
    for _ in 0..dice.below(shape.posts + 1) {
        // Mostly elsewhere than at the host, so that enough people remain eligible.
        let home = CouncilIx(if dice.chance(shape.trouble / 4) {
            0
        } else {
            1 + dice.below(shape.councils - 1)
        });
        let at_body = trouble(dice);
        let kinds = [
            AffiliationKind::Employment,
            AffiliationKind::ElectedOffice,
            AffiliationKind::Consultancy,
        ];
        let other = [
            AffiliationKind::JobApplication,
            AffiliationKind::Inspector,
            AffiliationKind::Commissioner,
        ];
        let kind = if trouble(dice) {
            other[dice.index(3)]
        } else {
            kinds[dice.index(3)]
        };
        peer.affiliations.push(Affiliation {
            id: dice.id(),
            kind,
            council: (!at_body).then_some(home),
            body: at_body.then_some(BodyIx(0)),
            period: if dice.chance(40) { period(dice) } else { super::ALWAYS },
            primary: dice.chance(30),
        });
    }
    if trouble(dice) {
        let kind = [InterestKind::Personal, InterestKind::Financial, InterestKind::Other][dice.index(3)];
        peer.interests.push(Interest {
            id: dice.id(),
            kind,
            council: CouncilIx(0),
            period: period(dice),
        });
    }
    if trouble(dice) {
        peer.objections.push(Objection {
            id: dice.id(),
            host: CouncilIx(0),
            decided_on: past(dice, 900),
        });
    }
    if trouble(dice) {
        peer.trained_on = dice.chance(80).then(|| past(dice, 1500));
        peer.declared_on = dice.chance(80).then(|| past(dice, 600));
    }
    match dice.below(100) {
        roll if roll < shape.trouble / 4 => {
            peer.retired_on = dice.chance(80).then(|| past(dice, 1500));
            peer.status = PeerStatus::Retired;
        }
        roll if roll < shape.trouble / 2 => {
            peer.status = [PeerStatus::Applicant, PeerStatus::Suspended, PeerStatus::Left][dice.index(3)];
        }
        _ => {}
    }
    peer.capacity = trouble(dice).then(|| dice.below(3));
    if trouble(dice) {
        peer.possible_duplicates.push(dice.id());
    }
    if !trouble(dice) {
        let mut from = dice.between(-30, 5);
        for _ in 0..=dice.below(3) {
            let until = from + dice.between(10, 60);
            peer.availability.push(Stretch {
                id: dice.id(),
                span: span(from, until),
            });
            from = until + dice.between(-2, 4);
        }
    }
    if trouble(dice) {
        let from = dice.between(-5, 40);
        peer.blackouts.push(Stretch {
            id: dice.id(),
            span: span(from, from + dice.between(0, 9)),
        });
    }
    peer
}

fn challenge(dice: &mut Dice, shape: Shape) -> Challenge {
    let themes = ThemeSet(
        (0..shape.themes)
            .filter(|_| dice.chance(8))
            .map(|theme| 1 << theme)
            .sum(),
    );
    let roles = [
        Role::MemberPeer,
        Role::MemberPeer,
        Role::ChiefExecutive,
        Role::AssistantDirector,
    ];
    let lead = dice.below(shape.slots);
    let slots = (0..shape.slots)
        .map(|i| Slot {
            id: dice.id(),
            role: roles[dice.index(4)],
            lead: i == lead,
            themes: if dice.chance(20) { themes } else { ThemeSet::default() },
        })
        .collect();
    let windows = (0..shape.windows)
        .map(|i| {
            let from = i64::from(i) * 10 + dice.between(0, 5);
            let until = from + dice.between(0, 4);
            Window {
                id: dice.id(),
                span: span(from, until),
                preference: u8::try_from(dice.below(101)).unwrap_or(0),
            }
        })
        .collect();
    let any_peer = |dice: &mut Dice| PeerIx(dice.below(shape.peers));
    let first_team = dice.chance(25).then(|| (0..3).map(|_| any_peer(dice)).collect());
    let mut members: Vec<Member> = Vec::new();
    for i in 0..shape.slots {
        let peer = any_peer(dice);
        if dice.chance(shape.trouble / 4) && members.iter().all(|member| member.peer != peer) {
            members.push(Member { slot: SlotIx(i), peer });
        }
    }
    let waivers = (0..dice.below(6))
        .map(|_| Waiver {
            id: dice.id(),
            peer: any_peer(dice),
            rule: RULES_TO_WAIVE[dice.index(RULES_TO_WAIVE.len())],
            expires_on: day(dice.between(0, 60)),
        })
        .collect();
    Challenge {
        id: dice.id(),
        host: CouncilIx(0),
        reach: [Reach::National, Reach::National, Reach::Regional, Reach::Triad][dice.index(4)],
        first_team,
        season: SeasonIx(0),
        priority: u8::try_from(1 + dice.below(5)).unwrap_or(1),
        themes: (0..shape.themes)
            .map(|theme| (ThemeSet(1 << theme), dice.below(50)))
            .collect(),
        slots,
        windows,
        members,
        waivers,
    }
}

fn engagement(dice: &mut Dice, shape: Shape, challenge: &Challenge) -> Option<Engagement> {
    if !dice.chance(shape.trouble) {
        return None;
    }
    let near = dice.chance(40);
    let from = if near {
        dice.between(-8, 45)
    } else {
        -dice.between(10, 1500)
    };
    Some(Engagement {
        id: dice.id(),
        peer: PeerIx(dice.below(shape.peers)),
        challenge: match dice.below(5) {
            0 => Some(challenge.id),
            1 => None,
            _ => Some(dice.id()),
        },
        home: any_council(dice, shape),
        host: any_council(dice, shape),
        season: near.then_some(SeasonIx(0)),
        span: span(from, from + dice.between(0, 4)),
        state: if from < 0 {
            EngagementState::Done
        } else {
            EngagementState::Planned
        },
    })
}
