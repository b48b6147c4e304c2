//! A synthetic pool: people who plainly do not exist, spread over the real councils and skilled as a real pool is.
//!
//! About 2,200 people (the size of the sector's own network), a quarter of them elected members, directors of children's
//! services only where there are such services, most trained and declared recently enough, some not; half of the weeks
//! offered. The same seed and day give the same people. Pure: the caller writes the rows.

use chrono::{Days, Months, NaiveDate};
use entity::{
    affiliation, availability_window, blackout_period, declared_interest,
    enums::{AffiliationKind, InterestKind, Party, PeerRole, PeerStatus},
    peer, peer_role, peer_theme,
};
use rand::{Rng, seq::IndexedRandom, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::graphql::context::Act;

/// People in the pool.
pub const POOL: usize = 2_200;

/// What the generator needs to know of a council.
#[derive(Clone, Debug)]
pub struct Place {
    /// Key.
    pub id: Uuid,
    /// Everyday name.
    pub name: String,
    /// Runs children's services.
    pub childrens_services: bool,
}

/// Everything about the people, as rows.
#[derive(Debug, Default)]
pub struct Pool {
    /// The people.
    pub peers: Vec<peer::Model>,
    /// Their home councils, as positions in the list of places, in the order of `peers`.
    pub homes: Vec<usize>,
    /// What each can serve as first of all, in the order of `peers`.
    pub main_roles: Vec<PeerRole>,
    /// Roles.
    pub roles: Vec<peer_role::Model>,
    /// Themes.
    pub themes: Vec<peer_theme::Model>,
    /// Posts and offices.
    pub affiliations: Vec<affiliation::Model>,
    /// Declared interests.
    pub interests: Vec<declared_interest::Model>,
    /// Offered days.
    pub availability: Vec<availability_window::Model>,
    /// Closed days.
    pub blackouts: Vec<blackout_period::Model>,
}

/// Share of people for each first role, in per mille.
const ROLES: [(PeerRole, u32); 12] = [
    (PeerRole::MemberPeer, 250),
    (PeerRole::OperationalManager, 190),
    (PeerRole::AssistantDirector, 170),
    (PeerRole::DirectorOfChildrensServices, 90),
    (PeerRole::ChiefExecutive, 70),
    (PeerRole::Section151Officer, 50),
    (PeerRole::EducationSpecialist, 50),
    (PeerRole::MonitoringOfficer, 40),
    (PeerRole::CaseAuditor, 30),
    (PeerRole::HealthPartner, 30),
    (PeerRole::ParentCarerRepresentative, 15),
    (PeerRole::PolicePartner, 15),
];

const GIVEN: [&str; 40] = [
    "Abena", "Adeel", "Aisha", "Alan", "Amara", "Ana", "Ben", "Bronwen", "Carys", "Chidi", "Clare", "Daniel", "Dilys",
    "Elena", "Farid", "Femi", "Grace", "Hannah", "Imran", "Isla", "Jacob", "Jo", "Kemi", "Kiran", "Leila", "Liam",
    "Maya", "Mei", "Nadia", "Noah", "Olu", "Priya", "Rhys", "Rosa", "Sam", "Sanjay", "Tess", "Tom", "Uma", "Zara",
];

const PARTIES: [(Party, u32); 7] = [
    (Party::Conservative, 25),
    (Party::Labour, 32),
    (Party::LiberalDemocrat, 19),
    (Party::ReformUk, 9),
    (Party::Green, 7),
    (Party::Independent, 7),
    (Party::Other, 1),
];

/// Makes the pool as it stands on `act.today`.
pub fn pool(rng: &mut ChaCha8Rng, act: &Act, places: &[Place], themes: &[Uuid]) -> Pool {
    let mut pool = Pool::default();
    for number in 1..=POOL {
        person(rng, act, places, themes, number, &mut pool);
    }
    pool
}

fn weighted<T: Copy>(rng: &mut ChaCha8Rng, shares: &[(T, u32)]) -> Option<T> {
    let total: u32 = shares.iter().map(|share| share.1).sum();
    let mut left = rng.random_range(0..total.max(1));
    shares.iter().find_map(|&(value, share)| {
        if left < share {
            return Some(value);
        }
        left -= share;
        None
    })
}

fn days_ago(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
}

fn person(rng: &mut ChaCha8Rng, act: &Act, places: &[Place], themes: &[Uuid], number: usize, pool: &mut Pool) {
    let today = act.today;
    let main = weighted(rng, &ROLES).unwrap_or(PeerRole::OperationalManager);
    let needs_services = matches!(
        main,
        PeerRole::DirectorOfChildrensServices | PeerRole::OperationalManager | PeerRole::CaseAuditor
    );
    let home = loop {
        let home = rng.random_range(0..places.len());
        if !needs_services || places[home].childrens_services {
            break home;
        }
    };
    let id = act.id();
    let name = format!("{} Sample-{number:04}", GIVEN[rng.random_range(0..GIVEN.len())]);
    let party = (main == PeerRole::MemberPeer)
        .then(|| weighted(rng, &PARTIES))
        .flatten();
    let status = weighted(
        rng,
        &[
            (PeerStatus::Active, 905),
            (PeerStatus::Retired, 55),
            (PeerStatus::Applicant, 20),
            (PeerStatus::Suspended, 10),
            (PeerStatus::Left, 10),
        ],
    )
    .unwrap_or(PeerStatus::Active);
    let retired_on = (status == PeerStatus::Retired).then(|| days_ago(today, rng.random_range(30..1_500)));
    let email = format!("peer{number:04}@example.org");
    pool.peers.push(peer::Model {
        id,
        reference: format!("P-{number:04}"),
        search_name: name.to_lowercase(),
        name_key: name.to_lowercase(),
        name,
        post: Some(post(main).to_owned()),
        email_key: Some(email.clone()),
        email: Some(email),
        party,
        status,
        trained_on: rng
            .random_bool(0.96)
            .then(|| days_ago(today, rng.random_range(20..1_200))),
        declared_on: rng.random_bool(0.97).then(|| days_ago(today, rng.random_range(5..430))),
        retired_on,
        capacity: rng.random_bool(0.5).then(|| rng.random_range(1..=3)),
        version: 1,
        created_at: act.at,
        updated_at: act.at,
        erased_at: None,
    });
    pool.homes.push(home);
    pool.main_roles.push(main);
    skills(rng, themes, id, main, pool);
    posts(rng, act, places, id, home, main, retired_on, pool);
    interests(rng, act, places, id, pool);
    calendar(rng, act, id, pool);
}

const fn post(role: PeerRole) -> &'static str {
    match role {
        PeerRole::ChiefExecutive => "Chief executive",
        PeerRole::DirectorOfChildrensServices => "Director of children's services",
        PeerRole::MemberPeer => "Councillor",
        PeerRole::AssistantDirector => "Assistant director",
        PeerRole::OperationalManager => "Service manager",
        PeerRole::Section151Officer => "Chief finance officer",
        PeerRole::MonitoringOfficer => "Monitoring officer",
        PeerRole::EducationSpecialist => "Head of education",
        PeerRole::HealthPartner => "Joint commissioning lead, health",
        PeerRole::PolicePartner => "Police safeguarding liaison",
        PeerRole::ParentCarerRepresentative => "Parent carer forum representative",
        PeerRole::CaseAuditor => "Quality assurance manager",
        PeerRole::PeerChallengeManager => "Peer challenge manager",
    }
}

fn skills(rng: &mut ChaCha8Rng, themes: &[Uuid], peer_id: Uuid, main: PeerRole, pool: &mut Pool) {
    pool.roles.push(peer_role::Model { peer_id, role: main });
    let second = match main {
        PeerRole::DirectorOfChildrensServices if rng.random_bool(0.35) => Some(PeerRole::AssistantDirector),
        PeerRole::AssistantDirector if rng.random_bool(0.4) => Some(PeerRole::OperationalManager),
        PeerRole::OperationalManager if rng.random_bool(0.2) => Some(PeerRole::CaseAuditor),
        PeerRole::ChiefExecutive if rng.random_bool(0.1) => Some(PeerRole::DirectorOfChildrensServices),
        _ => None,
    };
    pool.roles.extend(second.map(|role| peer_role::Model { peer_id, role }));
    let count = rng.random_range(2..=5).min(themes.len());
    pool.themes.extend(
        themes
            .choose_multiple(rng, count)
            .map(|&theme_id| peer_theme::Model { peer_id, theme_id }),
    );
}

#[expect(clippy::too_many_arguments, reason = "one private step of the generator")]
fn posts(
    rng: &mut ChaCha8Rng,
    act: &Act,
    places: &[Place],
    peer_id: Uuid,
    home: usize,
    main: PeerRole,
    retired_on: Option<NaiveDate>,
    pool: &mut Pool,
) {
    let kind = if main == PeerRole::MemberPeer {
        AffiliationKind::ElectedOffice
    } else {
        AffiliationKind::Employment
    };
    let started = days_ago(act.today, rng.random_range(200..4_500));
    let mut add = |kind, council: usize, post: &str, is_primary, starts_on, ends_on| {
        pool.affiliations.push(affiliation::Model {
            id: act.id(),
            peer_id,
            kind,
            council_id: Some(places[council].id),
            delivery_body_id: None,
            post: Some(post.to_owned()),
            is_primary,
            starts_on: Some(starts_on),
            ends_on,
            reference: None,
            version: 1,
            created_at: act.at,
            updated_at: act.at,
        });
    };
    let ended = retired_on.filter(|day| *day > started);
    add(kind, home, post(main), true, started, ended);
    for _ in 0..weighted(rng, &[(0, 45), (1, 35), (2, 20)]).unwrap_or(0) {
        let until = days_ago(started, rng.random_range(1..2_500));
        let from = days_ago(until, rng.random_range(180..2_500));
        let earlier = rng.random_range(0..places.len());
        add(
            AffiliationKind::Employment,
            earlier,
            "Earlier post",
            false,
            from,
            Some(until),
        );
    }
    let elsewhere = rng.random_range(0..places.len());
    match rng.random_range(0..100) {
        0..=2 if elsewhere != home => {
            add(
                AffiliationKind::Consultancy,
                elsewhere,
                "Interim adviser",
                false,
                days_ago(act.today, 120),
                None,
            );
        }
        3 => add(
            AffiliationKind::Inspector,
            elsewhere,
            "Contracted by the regulator",
            false,
            days_ago(act.today, 400),
            None,
        ),
        4 => add(
            AffiliationKind::JobApplication,
            elsewhere,
            "Applied for a post",
            false,
            days_ago(act.today, 300),
            Some(days_ago(act.today, 250)),
        ),
        _ => {}
    }
}

fn interests(rng: &mut ChaCha8Rng, act: &Act, places: &[Place], peer_id: Uuid, pool: &mut Pool) {
    if !rng.random_bool(0.08) {
        return;
    }
    let kind = weighted(
        rng,
        &[
            (InterestKind::Personal, 5),
            (InterestKind::Financial, 2),
            (InterestKind::Other, 3),
        ],
    )
    .unwrap_or(InterestKind::Other);
    pool.interests.push(declared_interest::Model {
        id: act.id(),
        peer_id,
        kind,
        council_id: places[rng.random_range(0..places.len())].id,
        note: "Synthetic declaration for the demonstration.".to_owned(),
        starts_on: Some(days_ago(act.today, rng.random_range(30..900))),
        ends_on: None,
        withdrawn_at: None,
        reference: None,
        version: 1,
        created_at: act.at,
        updated_at: act.at,
    });
}

/// Offered weeks over the next year (a little over half of them, in stretches), and now and then a closed one.
fn calendar(rng: &mut ChaCha8Rng, act: &Act, peer_id: Uuid, pool: &mut Pool) {
    if rng.random_bool(0.06) {
        // Never said when they are free: the engine has a rule of its own for them.
        return;
    }
    let mut day = act.today;
    let horizon = act.today.checked_add_months(Months::new(13)).unwrap_or(act.today);
    while day < horizon {
        let offered = rng.random_range(2..=8) * 7;
        let pause = rng.random_range(1..=6) * 7;
        let Some(last) = day.checked_add_days(Days::new(offered - 1)) else {
            break;
        };
        pool.availability.push(availability_window::Model {
            id: act.id(),
            peer_id,
            starts_on: day,
            ends_on: last,
            created_at: act.at,
        });
        let Some(next) = last.checked_add_days(Days::new(pause + 1)) else {
            break;
        };
        day = next;
    }
    if rng.random_bool(0.15) {
        let from = act
            .today
            .checked_add_days(Days::new(rng.random_range(10..300)))
            .unwrap_or(act.today);
        pool.blackouts.push(blackout_period::Model {
            id: act.id(),
            peer_id: Some(peer_id),
            council_id: None,
            starts_on: from,
            ends_on: from
                .checked_add_days(Days::new(rng.random_range(2..14)))
                .unwrap_or(from),
            reason: "Away".to_owned(),
        });
    }
}

/// Positions of people in a random order.
pub fn shuffled(rng: &mut ChaCha8Rng, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(rng);
    order
}
