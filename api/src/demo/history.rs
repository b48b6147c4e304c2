//! Two past seasons of service, so that look-backs, reciprocity and load have something to find. Pure.

use chrono::{Days, NaiveDate};
use entity::{enums::PeerRole, past_engagement, season};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::people::{Place, Pool, shuffled};
use crate::graphql::context::Act;

/// Challenges in a past season (the sector's own figure is about 120 to 150 a year).
const CHALLENGES: usize = 130;
/// People deployed in a year (the sector's own figure).
const DEPLOYED: usize = 320;
/// What a team was made of.
const TEAM: [PeerRole; 5] = [
    PeerRole::DirectorOfChildrensServices,
    PeerRole::MemberPeer,
    PeerRole::ChiefExecutive,
    PeerRole::AssistantDirector,
    PeerRole::OperationalManager,
];

/// Past engagements of `season`: teams of five from different councils, none from the host.
pub fn engagements(
    rng: &mut ChaCha8Rng,
    act: &Act,
    season: &season::Model,
    programme: Uuid,
    places: &[Place],
    pool: &Pool,
) -> Vec<past_engagement::Model> {
    // A year uses a few hundred people, some of them several times, and most of the pool never.
    let deployed = &shuffled(rng, pool.peers.len())[..DEPLOYED.min(pool.peers.len())];
    let mut rows = Vec::new();
    for _ in 0..CHALLENGES {
        let host = rng.random_range(0..places.len());
        let start = day_in(rng, season.starts_on, season.ends_on);
        let mut homes = vec![host];
        for role in TEAM {
            let fit: Vec<usize> = deployed
                .iter()
                .copied()
                .filter(|&peer| pool.main_roles[peer] == role && !homes.contains(&pool.homes[peer]))
                .collect();
            let Some(&peer) = fit.choose(rng) else { continue };
            homes.push(pool.homes[peer]);
            rows.push(past_engagement::Model {
                id: act.id(),
                peer_id: pool.peers[peer].id,
                home_council_id: places[pool.homes[peer]].id,
                host_council_id: places[host].id,
                programme_id: Some(programme),
                season_id: Some(season.id),
                role: Some(role),
                starts_on: start,
                ends_on: start.checked_add_days(Days::new(3)).unwrap_or(start),
                reference: None,
            });
        }
    }
    rows
}

fn day_in(rng: &mut ChaCha8Rng, from: NaiveDate, to: NaiveDate) -> NaiveDate {
    let span = u64::try_from((to - from).num_days()).unwrap_or(0).max(8) - 7;
    from.checked_add_days(Days::new(rng.random_range(0..span)))
        .unwrap_or(from)
}
