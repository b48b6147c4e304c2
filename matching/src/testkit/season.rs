//! Seasons for tests and benchmarks: tiny ones that can be enumerated, and synthetic ones of any size.

use std::collections::BTreeMap;

use super::Dice;
use crate::season::format::{
    Challenge, Council, Employed, FORMAT, PastSupply, Peer, Reviewed, Rules, Season, Weights, Window,
};

const ROLES: [&str; 6] = [
    "LEAD_PEER",
    "DCS_PEER",
    "MEMBER_PEER",
    "OFFICER_PEER",
    "PARTNER_PEER",
    "CHALLENGE_MANAGER",
];
const THEMES: [&str; 12] = [
    "leadership",
    "finance",
    "governance",
    "safeguarding",
    "care_leavers",
    "send",
    "early_help",
    "workforce",
    "partnerships",
    "performance",
    "communities",
    "growth",
];
const PARTIES: [&str; 5] = ["con", "lab", "ld", "green", "ind"];

/// What a tiny season is made of.
#[derive(Clone, Copy, Debug)]
pub struct Tiny {
    /// Challenges.
    pub challenges: u32,
    /// People.
    pub peers: u32,
    /// Councils.
    pub councils: u32,
    /// Regions.
    pub regions: u32,
    /// Windows of a challenge, at most.
    pub windows: u32,
    /// Slots of a challenge, at most.
    pub slots: u32,
}

impl Tiny {
    /// A season that can be enumerated.
    pub const ENUMERABLE: Self = Self {
        challenges: 3,
        peers: 6,
        councils: 6,
        regions: 3,
        windows: 2,
        slots: 2,
    };
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn number(n: u32) -> i64 {
    i64::from(n)
}

/// A small number below `limit`, as a position.
pub(super) fn at(dice: &mut Dice, limit: u32) -> usize {
    dice.below(limit) as usize
}

/// A tiny crowded season: few people, close windows, every rule at work, and now and then odd weights and limits.
pub fn tiny(seed: u64, shape: Tiny) -> Season {
    let dice = &mut Dice::new(seed);
    let councils = (0..shape.councils)
        .map(|i| Council {
            id: i as usize,
            reference: String::new(),
            region: format!("R{}", dice.below(shape.regions)),
            kind: String::new(),
            x: i32::try_from(dice.below(300)).unwrap_or(0),
            y: i32::try_from(dice.below(300)).unwrap_or(0),
            neighbours: if dice.chance(15) {
                vec![at(dice, shape.councils)]
            } else {
                Vec::new()
            },
            sisters: (0..shape.councils)
                .map(|sister| (dice.chance(40), sister as usize, number(dice.below(101))))
                .filter_map(|(is, sister, likeness)| is.then_some((sister, likeness)))
                .collect(),
            counts_as: None,
        })
        .collect();
    let peers = (0..shape.peers)
        .map(|i| Peer {
            id: i as usize,
            reference: String::new(),
            council: at(dice, shape.councils),
            roles: ROLES[..3]
                .iter()
                .filter(|_| dice.chance(55))
                .map(|role| (*role).to_owned())
                .collect(),
            themes: THEMES[..3]
                .iter()
                .filter(|_| dice.chance(40))
                .map(|theme| (*theme).to_owned())
                .collect(),
            party: dice.chance(50).then(|| PARTIES[at(dice, 2)].to_owned()),
            capacity: number(dice.below(3)) + i64::from(dice.chance(80)),
            unavailable: if dice.chance(30) {
                let from = number(dice.below(30));
                vec![(from, from + number(dice.below(7)))]
            } else {
                Vec::new()
            },
            conflicts: if dice.chance(10) {
                vec![at(dice, shape.councils)]
            } else {
                Vec::new()
            },
            employed: if dice.chance(15) {
                vec![Employed {
                    council: at(dice, shape.councils),
                    until: -number(dice.below(40)),
                }]
            } else {
                Vec::new()
            },
            reviewed: if dice.chance(15) {
                vec![Reviewed {
                    council: at(dice, shape.councils),
                    day: -number(dice.below(40)),
                }]
            } else {
                Vec::new()
            },
            engaged: 0,
        })
        .collect();
    let challenges = (0..shape.challenges)
        .map(|i| {
            let mut seats = BTreeMap::new();
            let mut left = 1 + dice.below(shape.slots);
            while left > 0 {
                let slots = 1 + dice.below(left);
                *seats.entry(ROLES[at(dice, 3)].to_owned()).or_insert(0) += number(slots);
                left -= slots;
            }
            Challenge {
                id: i as usize,
                reference: String::new(),
                host: at(dice, shape.councils),
                priority: 1 + number(dice.below(5)),
                seats,
                themes: THEMES[..3]
                    .iter()
                    .map(|theme| (dice.chance(60), (*theme).to_owned(), number(dice.below(60))))
                    .filter_map(|(is, theme, weight)| is.then_some((theme, weight)))
                    .collect(),
                windows: (0..dice.below(shape.windows + 1))
                    .map(|_| {
                        let start = number(dice.below(25));
                        Window {
                            start,
                            end: start + number(dice.below(5)),
                            preference: number(dice.below(101)),
                        }
                    })
                    .collect(),
                ..bare()
            }
        })
        .collect();
    Season {
        format: FORMAT.to_owned(),
        name: format!("tiny {seed}"),
        season_start: None,
        rules: Rules {
            rest_days: number(dice.below(8)),
            employed_days: 20,
            reviewed_days: 20,
            reciprocal_days: 20,
            max_per_home: 1 + i64::from(dice.chance(25)),
            max_per_region: 1 + number(dice.below(2)),
            max_host_region: number(dice.below(2)),
            max_council_week: 1 + number(dice.below(2)),
            mutual: false,
        },
        weights: Weights {
            seat: [0, 100, 1000][at(dice, 3)],
            preference: 1,
            theme: 1,
            affinity: 40,
            spread: number(dice.below(30)),
            load: number(dice.below(20)),
            km_per_point: 10,
            party: if dice.chance(30) { number(dice.below(40)) } else { 0 },
        },
        regions: (0..shape.regions).map(|r| format!("R{r}")).collect(),
        roles: names(&ROLES),
        themes: names(&THEMES),
        parties: names(&PARTIES),
        away: Vec::new(),
        days: None,
        seed: None,
        councils,
        peers,
        challenges,
        history: (0..dice.below(4))
            .map(|_| PastSupply {
                supplier: at(dice, shape.councils),
                host: at(dice, shape.councils),
                day: -number(dice.below(40)),
            })
            .collect(),
    }
}

/// A season like those that programmes have: nine regions, scarce leads and managers, weekly windows.
pub fn synthetic(seed: u64, challenges: u32, peers: u32, councils: u32) -> Season {
    let dice = &mut Dice::new(seed);
    let regions: Vec<String> = ["NE", "NW", "YH", "EM", "WM", "EE", "LON", "SE", "SW"]
        .map(str::to_owned)
        .into();
    let centre = [
        (420, 560),
        (360, 420),
        (440, 440),
        (470, 330),
        (400, 290),
        (570, 260),
        (530, 180),
        (490, 150),
        (300, 120),
    ];
    let mut all: Vec<Council> = Vec::new();
    let mut kinds: Vec<i64> = Vec::new();
    for i in 0..councils {
        let region = at(dice, 9);
        let near = |dice: &mut Dice| i32::try_from(dice.below(90)).unwrap_or(0) - 45;
        all.push(Council {
            id: i as usize,
            reference: String::new(),
            region: regions[region].clone(),
            kind: String::new(),
            x: centre[region].0 + near(dice),
            y: centre[region].1 + near(dice),
            neighbours: Vec::new(),
            sisters: Vec::new(),
            counts_as: None,
        });
        kinds.push(number(dice.below(1000)));
    }
    for i in 0..all.len() {
        let apart =
            |other: usize| i64::from(all[i].x - all[other].x).pow(2) + i64::from(all[i].y - all[other].y).pow(2);
        let mut others: Vec<usize> = (0..all.len()).filter(|&other| other != i).collect();
        others.sort_by_key(|&other| (apart(other), other));
        let neighbours = others[..others.len().min(4)].to_vec();
        others.sort_by_key(|&other| ((kinds[i] - kinds[other]).abs(), other));
        let sisters: Vec<(usize, i64)> = others
            .iter()
            .take(25)
            .map(|&other| (other, (94 - (kinds[i] - kinds[other]).abs() / 4).max(1)))
            .collect();
        all[i].neighbours = neighbours;
        all[i].sisters = sisters;
    }
    let people = (0..peers).map(|i| person(dice, i, councils)).collect();
    let mut hosts: Vec<usize> = (0..all.len()).collect();
    for i in (1..hosts.len()).rev() {
        hosts.swap(i, at(dice, u32::try_from(i + 1).unwrap_or(1)));
    }
    let asks = (0..challenges)
        .map(|i| challenge(dice, i, hosts[i as usize % hosts.len()]))
        .collect();
    Season {
        format: FORMAT.to_owned(),
        name: format!("synthetic {challenges} × {peers}, seed {seed}"),
        season_start: chrono::NaiveDate::from_ymd_opt(2026, 9, 7),
        rules: Rules {
            rest_days: 7,
            employed_days: 1826,
            reviewed_days: 1096,
            reciprocal_days: 731,
            max_per_home: 1,
            max_per_region: 2,
            max_host_region: 1,
            max_council_week: 2,
            mutual: false,
        },
        weights: Weights {
            seat: 1000,
            preference: 1,
            theme: 1,
            affinity: 40,
            spread: 15,
            load: 10,
            km_per_point: 10,
            party: 0,
        },
        regions,
        roles: names(&ROLES),
        themes: names(&THEMES),
        parties: names(&PARTIES),
        away: Vec::new(),
        days: None,
        seed: None,
        councils: all,
        peers: people,
        challenges: asks,
        history: (0..councils)
            .map(|_| PastSupply {
                supplier: at(dice, councils),
                host: at(dice, councils),
                day: -1 - number(dice.below(900)),
            })
            .collect(),
    }
}

fn person(dice: &mut Dice, id: u32, councils: u32) -> Peer {
    let mut roles = Vec::new();
    let main = match dice.below(1000) {
        0..540 => 3,
        540..800 => 2,
        800..925 => 4,
        925..960 => 0,
        960..980 => 1,
        _ => 5,
    };
    roles.push(ROLES[main].to_owned());
    if main != 2 && dice.chance(4) {
        roles.push(ROLES[[0, 1][at(dice, 2)]].to_owned());
        roles.dedup();
    }
    let mut themes: Vec<String> = Vec::new();
    for _ in 0..2 + dice.below(3) {
        let theme = THEMES[at(dice, 12)].to_owned();
        if !themes.contains(&theme) {
            themes.push(theme);
        }
    }
    let capacity = match dice.below(100) {
        _ if main == 5 => 5 + dice.below(3),
        0..25 => 1,
        25..80 => 2,
        _ => 3,
    };
    Peer {
        id: id as usize,
        reference: String::new(),
        council: at(dice, councils),
        roles,
        themes,
        party: (main == 2).then(|| PARTIES[[0, 0, 1, 1, 1, 2, 3, 4][at(dice, 8)]].to_owned()),
        capacity: number(capacity),
        unavailable: (0..4 + dice.below(4))
            .map(|_| {
                let from = number(dice.below(270));
                (from, from + [4, 6, 6, 13, 20][at(dice, 5)])
            })
            .collect(),
        conflicts: (0..dice.below(3))
            .map(|_| (dice.chance(75), at(dice, councils)))
            .filter_map(|(is, council)| is.then_some(council))
            .collect(),
        employed: (0..dice.below(3))
            .map(|_| Employed {
                council: at(dice, councils),
                until: -number(dice.below(3000)),
            })
            .collect(),
        reviewed: (0..dice.below(2))
            .map(|_| Reviewed {
                council: at(dice, councils),
                day: -number(dice.below(1500)),
            })
            .collect(),
        engaged: 0,
    }
}

fn challenge(dice: &mut Dice, id: u32, host: usize) -> Challenge {
    let teams: [&[(&str, i64)]; 3] = [
        &[
            ("LEAD_PEER", 1),
            ("MEMBER_PEER", 2),
            ("OFFICER_PEER", 2),
            ("CHALLENGE_MANAGER", 1),
        ],
        &[
            ("LEAD_PEER", 1),
            ("DCS_PEER", 1),
            ("MEMBER_PEER", 1),
            ("OFFICER_PEER", 2),
            ("CHALLENGE_MANAGER", 1),
        ],
        &[
            ("LEAD_PEER", 1),
            ("DCS_PEER", 1),
            ("MEMBER_PEER", 1),
            ("OFFICER_PEER", 1),
            ("PARTNER_PEER", 1),
            ("CHALLENGE_MANAGER", 1),
        ],
    ];
    let team = teams[[0, 0, 0, 0, 1, 1, 1, 2, 2, 2][at(dice, 10)]];
    let mut themes = BTreeMap::new();
    let wanted = 3 + at(dice, 3);
    while themes.len() < wanted {
        themes.insert(THEMES[at(dice, 12)].to_owned(), 20 + 10 * number(dice.below(4)));
    }
    let windows: Vec<Window> = (0..3 + dice.below(4))
        .map(|_| {
            let start = 7 * number(dice.below(40)) + i64::from(dice.chance(40));
            Window {
                start,
                end: start + 3,
                preference: [10, 25, 50, 75, 100][at(dice, 5)],
            }
        })
        .collect();
    Challenge {
        id: id as usize,
        reference: String::new(),
        host,
        priority: [1, 1, 2, 2, 3, 3, 3, 4, 4, 5][at(dice, 10)],
        seats: team.iter().map(|(role, slots)| ((*role).to_owned(), *slots)).collect(),
        themes,
        windows,
        ..bare()
    }
}

/// A challenge that asks for nothing.
fn bare() -> Challenge {
    Challenge {
        id: 0,
        reference: String::new(),
        host: 0,
        priority: 1,
        seats: BTreeMap::new(),
        themes: BTreeMap::new(),
        windows: Vec::new(),
        max_per_region: None,
        max_host_region: None,
        barred: Vec::new(),
        charges: Vec::new(),
        waivable: Vec::new(),
        because: Vec::new(),
        pinned: None,
    }
}
