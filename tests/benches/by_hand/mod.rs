//! The schedule page as one would write it by hand: seven statements through sqlx, rows as structs, serde. They ask for what the
//! service's own statements ask for, whole rows; the service makes two more.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{assignment, challenge, challenge_window, council, peer, team_slot};
use peer_challenge::db::{Database, Engine};
use sea_orm::{
    FromQueryResult, QueryResult,
    sqlx::{self},
};
use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Council {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct Peer {
    id: String,
    name: String,
    reference: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Assignment<'a> {
    id: String,
    status: String,
    peer: &'a Peer,
    home_council: &'a Council,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Slot<'a> {
    id: String,
    role: String,
    is_lead: bool,
    assignment: Option<Assignment<'a>>,
}

#[derive(Serialize)]
struct Challenge<'a> {
    id: String,
    reference: &'a str,
    stage: &'a str,
    host: &'a Council,
    slots: Vec<Slot<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    is_confirmed: bool,
    challenge: Challenge<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    nodes: Vec<Entry<'a>>,
    has_next_page: bool,
}

/// The page as JSON.
pub(crate) async fn page(database: &Database) -> Result<Vec<u8>, sqlx::Error> {
    match database.engine() {
        Engine::Sqlite => sqlite::page(database.reader().get_sqlite_connection_pool()).await,
        Engine::Postgres => postgres::page(database.reader().get_postgres_connection_pool()).await,
    }
}

fn id(kind: &str, key: Uuid) -> String {
    format!("{kind}:{key}")
}

macro_rules! engine {
    ($module:ident, $database:ty) => {
        mod $module {
            use super::*;

            type Pool = sqlx::Pool<$database>;
            type Row = <$database as sqlx::Database>::Row;

            fn rows<M: FromQueryResult>(rows: Vec<Row>) -> Result<Vec<M>, sqlx::Error> {
                rows.into_iter()
                    .map(|row| {
                        let row = QueryResult::from(row);
                        M::from_query_result(&row, "").map_err(|error| sqlx::Error::Decode(error.into()))
                    })
                    .collect()
            }

            async fn among<M: FromQueryResult>(
                pool: &Pool,
                sql: &str,
                keys: &[Uuid],
                tail: &str,
            ) -> Result<Vec<M>, sqlx::Error> {
                let mut query = sqlx::QueryBuilder::<$database>::new(sql);
                query.push(" IN (");
                let mut list = query.separated(", ");
                for key in keys {
                    list.push_bind(*key);
                }
                list.push_unseparated(")");
                query.push(tail);
                rows(query.build().fetch_all(pool).await?)
            }

            async fn councils(pool: &Pool, keys: &[Uuid]) -> Result<HashMap<Uuid, Council>, sqlx::Error> {
                let found: Vec<council::Model> = among(pool, "SELECT * FROM council WHERE id", keys, "").await?;
                let shown = |row: council::Model| (row.id, Council { id: id("Council", row.id), name: row.name });
                Ok(found.into_iter().map(shown).collect())
            }

            pub(super) async fn page(pool: &Pool) -> Result<Vec<u8>, sqlx::Error> {
                let off = "('DRAFT', 'DECLINED', 'WITHDRAWN', 'CANCELLED', 'POSTPONED')";
                let sql = format!(
                    "SELECT * FROM challenge_window \
                     WHERE starts_on <= $1 AND ends_on >= $2 \
                     AND (id IN (SELECT window_id FROM challenge WHERE stage NOT IN {off} AND window_id IS NOT NULL) \
                     OR challenge_id IN (SELECT id FROM challenge WHERE stage NOT IN {off} AND window_id IS NULL)) \
                     ORDER BY starts_on, id LIMIT 51"
                );
                let found = sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(NaiveDate::from_ymd_opt(2028, 12, 31))
                    .bind(NaiveDate::from_ymd_opt(2026, 11, 22))
                    .fetch_all(pool)
                    .await?;
                let mut windows: Vec<challenge_window::Model> = rows(found)?;
                let has_next_page = windows.len() > 50;
                windows.truncate(50);

                let mut keys: Vec<Uuid> = windows.iter().map(|window| window.challenge_id).collect();
                keys.sort_unstable();
                keys.dedup();
                let found: Vec<challenge::Model> = among(pool, "SELECT * FROM challenge WHERE id", &keys, "").await?;
                let challenges: HashMap<Uuid, challenge::Model> = found.into_iter().map(|row| (row.id, row)).collect();
                let mut hosts: Vec<Uuid> = challenges.values().map(|challenge| challenge.host_id).collect();
                hosts.sort_unstable();
                hosts.dedup();
                let hosts = councils(pool, &hosts).await?;

                let tail = " ORDER BY challenge_id, position";
                let found: Vec<team_slot::Model> =
                    among(pool, "SELECT * FROM team_slot WHERE challenge_id", &keys, tail).await?;
                let slot_keys: Vec<Uuid> = found.iter().map(|slot| slot.id).collect();
                let mut slots: HashMap<Uuid, Vec<team_slot::Model>> = HashMap::new();
                for slot in found {
                    slots.entry(slot.challenge_id).or_default().push(slot);
                }
                let live = " AND status IN ('NOMINATED', 'INVITED', 'ACCEPTED', 'CONFIRMED')";
                let found: Vec<assignment::Model> =
                    among(pool, "SELECT * FROM assignment WHERE slot_id", &slot_keys, live).await?;
                let assignments: HashMap<Uuid, assignment::Model> =
                    found.into_iter().map(|row| (row.slot_id, row)).collect();
                let people: Vec<Uuid> = assignments.values().map(|place| place.peer_id).collect();
                let found: Vec<peer::Model> = among(pool, "SELECT * FROM peer WHERE id", &people, "").await?;
                let shown = |row: peer::Model| {
                    (row.id, Peer { id: id("Peer", row.id), name: row.name, reference: row.reference })
                };
                let peers: HashMap<Uuid, Peer> = found.into_iter().map(shown).collect();
                let mut homes: Vec<Uuid> = assignments.values().map(|place| place.home_council_id).collect();
                homes.sort_unstable();
                homes.dedup();
                let homes = councils(pool, &homes).await?;

                let mut nodes = Vec::with_capacity(windows.len());
                for window in &windows {
                    let Some(challenge) = challenges.get(&window.challenge_id) else { continue };
                    let team = slots.get(&window.challenge_id).into_iter().flatten().map(|slot| Slot {
                        id: id("TeamSlot", slot.id),
                        role: slot.role.to_string(),
                        is_lead: slot.is_lead,
                        assignment: assignments.get(&slot.id).and_then(|place| {
                            Some(Assignment {
                                id: id("Assignment", place.id),
                                status: place.status.to_string(),
                                peer: peers.get(&place.peer_id)?,
                                home_council: homes.get(&place.home_council_id)?,
                            })
                        }),
                    });
                    let Some(host) = hosts.get(&challenge.host_id) else { continue };
                    nodes.push(Entry {
                        starts_on: window.starts_on,
                        ends_on: window.ends_on,
                        is_confirmed: challenge.window_id == Some(window.id),
                        challenge: Challenge {
                            id: id("PeerChallenge", challenge.id),
                            reference: &challenge.reference,
                            stage: challenge.stage.as_str(),
                            host,
                            slots: team.collect(),
                        },
                    });
                }
                serde_json::to_vec(&Page { nodes, has_next_page }).map_err(|error| sqlx::Error::Encode(error.into()))
            }
        }
    };
}

engine!(sqlite, sqlx::Sqlite);
engine!(postgres, sqlx::Postgres);
