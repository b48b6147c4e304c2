//! The snapshot that the parsers look references up in.
//!
//! One query per kind of thing, whatever the size of the folder. Neighbours: `csv::known`, `folder`.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{council, council_code, delivery_body, peer, programme, season, theme};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect};
use uuid::Uuid;

use crate::import::csv::known::{Councils, Known, KnownCouncil, KnownSeason, Names};

/// What is known before the folder is read, and the keys of the peers in the database.
///
/// # Errors
/// The database's.
pub async fn snapshot(tx: &impl ConnectionTrait, today: NaiveDate) -> Result<(Known, HashMap<String, Uuid>), DbErr> {
    let councils = council::Entity::find()
        .all(tx)
        .await?
        .into_iter()
        .map(|row| KnownCouncil {
            id: row.id,
            gss_code: row.gss_code,
            name: row.name,
            official_name: row.official_name,
            ends_on: row.ends_on,
        });
    let codes = council_code::Entity::find()
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.code, row.council_id));
    let bodies = delivery_body::Entity::find()
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.name, row.id));
    let themes = theme::Entity::find()
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.code, row.id));
    let programmes = programme::Entity::find()
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.code, row.id));
    let seasons = season::Entity::find()
        .all(tx)
        .await?
        .into_iter()
        .map(|row| KnownSeason {
            id: Some(row.id),
            name: row.name,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
        });
    let peers: HashMap<String, Uuid> = peer::Entity::find()
        .select_only()
        .columns([peer::Column::Reference, peer::Column::Id])
        .into_tuple::<(String, Uuid)>()
        .all(tx)
        .await?
        .into_iter()
        .collect();
    let known = Known {
        today,
        councils: Councils::new(councils.collect(), codes),
        bodies: Names::new(bodies),
        themes: Names::new(themes),
        programmes: Names::new(programmes),
        seasons: seasons.collect(),
        peers: peers.keys().cloned().collect(),
    };
    Ok((known, peers))
}
