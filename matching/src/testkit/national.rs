//! A realistic national world of any size: 317 councils in nine regions, peers spread and skilled as domain.md says.

use super::{ALWAYS, Dice, Instance, council, day, peer, policy, span};
use crate::{
    Affiliation, AffiliationKind, Challenge, Control, Council, CouncilIx, DeliveryBody, Engagement, EngagementState,
    Party, Peer, PeerIx, Period, Reach, Role, RoleSet, SeasonIx, Service, Slot, Stretch, ThemeSet, Window, kilometres,
};

const COUNCILS: u32 = 317;
const REGIONS: u32 = 9;
const THEMES: u32 = 12;

/// So many peers with ten availability stretches and two affiliations each, history of two seasons, a season's planned
/// engagements, and a national challenge of six slots and six windows at a council chosen by the seed.
pub fn national(seed: u64, peers: u32) -> Instance {
    let dice = &mut Dice::new(seed);
    let councils = councils(dice);
    let bodies = (0..12)
        .map(|_| {
            let first = dice.below(COUNCILS);
            let serves = [first, (first + 1) % COUNCILS].map(|council| Service {
                council: CouncilIx(council),
                period: ALWAYS,
            });
            DeliveryBody {
                id: dice.id(),
                serves: serves.into(),
            }
        })
        .collect();
    let people: Vec<Peer> = (0..peers).map(|i| person(dice, i)).collect();
    let engagements = (0..peers * 2)
        .map(|_| {
            let who = dice.below(peers);
            let home = people[who as usize].affiliations[0].council.unwrap_or(CouncilIx(0));
            let planned = dice.chance(10);
            let from = if planned {
                7 * dice.between(0, 40)
            } else {
                -7 * dice.between(1, 200)
            };
            Engagement {
                id: dice.id(),
                peer: PeerIx(who),
                challenge: planned.then(|| dice.id()),
                home,
                host: CouncilIx(dice.below(COUNCILS)),
                season: planned.then_some(SeasonIx(0)),
                span: span(from, from + 3),
                state: if planned {
                    EngagementState::Planned
                } else {
                    EngagementState::Done
                },
            }
        })
        .collect();
    let challenge = challenge(dice);
    Instance {
        councils,
        bodies,
        peers: people,
        engagements,
        policy: policy(),
        challenge,
    }
}

/// Regions are blocks of a plane; neighbours and sisters are found by distance and by chance.
fn councils(dice: &mut Dice) -> Vec<Council> {
    let mut councils: Vec<Council> = (0..COUNCILS)
        .map(|i| {
            let region = i % REGIONS;
            let corner = (
                i32::try_from(region % 3).unwrap_or(0) * 130,
                i32::try_from(region / 3).unwrap_or(0) * 160,
            );
            let at = |dice: &mut Dice, most: u32| i32::try_from(dice.below(most)).unwrap_or(0);
            let place = (corner.0 + at(dice, 130), corner.1 + at(dice, 160));
            let mut council = council(u128::from(i) + 1, region, place);
            council.control = match dice.below(5) {
                0 | 1 => Some(Control::NoOverallControl),
                2 => Some(Control::Group(Party::Conservative)),
                _ => Some(Control::Group(Party::Labour)),
            };
            council
        })
        .collect();
    let places: Vec<(i32, i32)> = councils.iter().map(|council| council.position).collect();
    for (i, council) in councils.iter_mut().enumerate() {
        let mut near: Vec<(i64, u32)> = (0..COUNCILS)
            .filter(|&j| j as usize != i)
            .map(|j| (kilometres(places[i], places[j as usize]), j))
            .collect();
        near.sort_unstable();
        council.neighbours = near[..5].iter().map(|&(_, j)| CouncilIx(j)).collect();
        // Ten sisters, half of them from nearby: likeness pulls a team towards the host's region.
        let mut sisters: Vec<u32> = near[5..40].iter().step_by(7).map(|&(_, j)| j).collect();
        while sisters.len() < 10 {
            let other = dice.below(COUNCILS);
            if other as usize != i && !sisters.contains(&other) {
                sisters.push(other);
            }
        }
        council.sisters = sisters
            .into_iter()
            .zip((0..10).map(|rank| 100 - rank * 7))
            .map(|(j, likeness)| (CouncilIx(j), likeness))
            .collect();
    }
    councils
}

fn person(dice: &mut Dice, i: u32) -> Peer {
    let mut peer = peer(u128::from(i) + 100_000);
    peer.roles = RoleSet::default().with(Role::ALL[dice.index(Role::ALL.len())]);
    if dice.chance(60) {
        peer.roles = peer.roles.with(Role::ALL[dice.index(Role::ALL.len())]);
    }
    peer.themes = ThemeSet((0..THEMES).filter(|_| dice.chance(30)).map(|theme| 1 << theme).sum());
    peer.party = [Party::Conservative, Party::Labour, Party::LiberalDemocrat, Party::Green]
        .get(dice.index(6))
        .copied();
    peer.trained_on = Some(day(-dice.between(0, 1200)));
    peer.declared_on = Some(day(-dice.between(0, 320)));
    let home = dice.below(COUNCILS);
    let mut tie = |council: u32, period: Period, primary: bool| {
        peer.affiliations.push(Affiliation {
            id: dice.id(),
            kind: AffiliationKind::Employment,
            council: Some(CouncilIx(council)),
            body: None,
            period,
            primary,
        });
    };
    tie(
        home,
        Period {
            from: Some(day(-1000)),
            until: None,
        },
        true,
    );
    if i.is_multiple_of(10) {
        // Two posts at once.
        tie(
            (home * 7 + 9) % COUNCILS,
            Period {
                from: Some(day(-500)),
                until: None,
            },
            false,
        );
    } else {
        tie(
            (home * 5 + i) % COUNCILS,
            Period {
                from: Some(day(-3000)),
                until: Some(day(-1001)),
            },
            false,
        );
    }
    let mut from = dice.between(0, 20);
    for _ in 0..10 {
        let until = from + dice.between(10, 25);
        peer.availability.push(Stretch {
            id: dice.id(),
            span: span(from, until),
        });
        from = until + dice.between(4, 14);
    }
    peer
}

fn challenge(dice: &mut Dice) -> Challenge {
    let roles = [
        Role::DirectorOfChildrensServices,
        Role::MemberPeer,
        Role::AssistantDirector,
        Role::OperationalManager,
        Role::OperationalManager,
        Role::HealthPartner,
    ];
    let slots = roles
        .into_iter()
        .enumerate()
        .map(|(i, role)| Slot {
            id: dice.id(),
            role,
            lead: i == 0,
            themes: ThemeSet::default(),
        })
        .collect();
    let windows = (0..6)
        .map(|i| {
            let from = 56 + 21 * i + dice.between(0, 1);
            let preference = [100, 80, 60, 50, 40, 30][dice.index(6)];
            Window {
                id: dice.id(),
                span: span(from, from + 3),
                preference,
            }
        })
        .collect();
    Challenge {
        id: dice.id(),
        host: CouncilIx(dice.below(COUNCILS)),
        reach: Reach::National,
        first_team: None,
        season: SeasonIx(0),
        priority: 3,
        themes: (0..5)
            .map(|theme| (ThemeSet(1 << theme), 20 + dice.below(31)))
            .collect(),
        slots,
        windows,
        members: Vec::new(),
        waivers: Vec::new(),
    }
}
