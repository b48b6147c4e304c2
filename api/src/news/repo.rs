//! Loads what bulletins show: six statements for a batch of changes, however many there are.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{assignment, challenge, challenge_window, council, council_code, region};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Bulletin, Host, bulletin::Shelf};
use crate::{council::loader::gather, db::Database, feed::Change};

/// The bulletins of `changes`, in their order. Changes whose challenge is not there (any more) are left out.
pub(super) async fn bulletins(database: &Database, changes: &[Arc<Change>]) -> Result<Vec<Bulletin>, DbErr> {
    let ids: HashSet<Uuid> = changes.iter().filter_map(|change| change.challenge).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let reader = database.reader();
    let challenges = challenge::Entity::find()
        .filter(challenge::Column::Id.is_in(ids.iter().copied()))
        .all(reader)
        .await?;
    let hosts = hosts(database, challenges.iter().map(|row| row.host_id).collect()).await?;
    let team: Vec<(Uuid, Uuid)> = assignment::Entity::find()
        .select_only()
        .columns([assignment::Column::ChallengeId, assignment::Column::PeerId])
        .filter(assignment::Column::ChallengeId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(reader)
        .await?;
    let mut teams: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    for (challenge, peer) in team {
        teams.entry(challenge).or_default().insert(peer);
    }
    let windows = challenge_window::Entity::find()
        .filter(challenge_window::Column::ChallengeId.is_in(ids))
        .order_by_asc(challenge_window::Column::StartsOn)
        .all(reader)
        .await?;
    let mut windows = gather(windows, |row| row.challenge_id);

    let mut found = HashMap::new();
    for row in challenges {
        let Some(host) = hosts.get(&row.host_id) else { continue };
        let team = Arc::new(teams.remove(&row.id).unwrap_or_default());
        let windows = Arc::new(windows.remove(&row.id).unwrap_or_default());
        found.insert(row.id, (row, Arc::clone(host), team, windows));
    }
    let bulletins = changes.iter().filter_map(|change| {
        let (challenge, host, team, windows) = found.get(&change.challenge?)?.clone();
        Some(Bulletin {
            change: Arc::clone(change),
            challenge,
            host,
            team,
            windows,
            loaders: Shelf::new(database.clone()),
        })
    });
    Ok(bulletins.collect())
}

pub(super) async fn hosts(database: &Database, ids: HashSet<Uuid>) -> Result<HashMap<Uuid, Arc<Host>>, DbErr> {
    let reader = database.reader();
    let councils: Vec<(Uuid, Uuid, String)> = council::Entity::find()
        .select_only()
        .columns([council::Column::Id, council::Column::RegionId, council::Column::GssCode])
        .filter(council::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(reader)
        .await?;
    let superseded = council_code::Entity::find()
        .filter(council_code::Column::CouncilId.is_in(ids))
        .all(reader)
        .await?;
    let mut superseded = gather(superseded, |row| row.council_id);
    let regions = region::Entity::find().all(reader).await?;
    let regions: HashMap<Uuid, String> = regions.into_iter().map(|row| (row.id, row.gss_code)).collect();
    let hosts = councils.into_iter().filter_map(|(id, region, code)| {
        let more = superseded.remove(&id).unwrap_or_default();
        let host = Host {
            region,
            region_code: regions.get(&region)?.clone(),
            codes: more.into_iter().map(|row| row.code).chain([code]).collect(),
        };
        Some((id, Arc::new(host)))
    });
    Ok(hosts.collect())
}
