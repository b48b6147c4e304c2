//! The schedule page as one would write it by hand: seven statements through sqlx, structs, serde.

use std::collections::HashMap;

use chrono::NaiveDate;
use peer_challenge::db::{Database, Engine};
use sea_orm::sqlx::{self, Row as _};
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

struct WindowRow(Uuid, Uuid, NaiveDate, NaiveDate);
struct ChallengeRow(String, String, Uuid, Option<Uuid>);
struct SlotRow(Uuid, Uuid, String, bool);
struct AssignmentRow(Uuid, Uuid, Uuid, String);

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

            async fn among(pool: &Pool, sql: &str, keys: &[Uuid], tail: &str) -> Result<Vec<Row>, sqlx::Error> {
                let mut query = sqlx::QueryBuilder::<$database>::new(sql);
                query.push(" IN (");
                let mut list = query.separated(", ");
                for key in keys {
                    list.push_bind(*key);
                }
                list.push_unseparated(")");
                query.push(tail);
                query.build().fetch_all(pool).await
            }

            async fn councils(pool: &Pool, keys: &[Uuid]) -> Result<HashMap<Uuid, Council>, sqlx::Error> {
                let rows = among(pool, "SELECT id, name FROM council WHERE id", keys, "").await?;
                rows.iter()
                    .map(|row| {
                        let key: Uuid = row.try_get(0)?;
                        let council = Council { id: id("Council", key), name: row.try_get(1)? };
                        Ok((key, council))
                    })
                    .collect()
            }

            pub(super) async fn page(pool: &Pool) -> Result<Vec<u8>, sqlx::Error> {
                let off = "('DRAFT', 'DECLINED', 'WITHDRAWN', 'CANCELLED', 'POSTPONED')";
                let sql = format!(
                    "SELECT id, challenge_id, starts_on, ends_on FROM challenge_window \
                     WHERE starts_on <= $1 AND ends_on >= $2 \
                     AND (id IN (SELECT window_id FROM challenge WHERE stage NOT IN {off} AND window_id IS NOT NULL) \
                     OR challenge_id IN (SELECT id FROM challenge WHERE stage NOT IN {off} AND window_id IS NULL)) \
                     ORDER BY starts_on, id LIMIT 51"
                );
                let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(NaiveDate::from_ymd_opt(2028, 12, 31))
                    .bind(NaiveDate::from_ymd_opt(2026, 11, 22))
                    .fetch_all(pool)
                    .await?;
                let mut windows = Vec::with_capacity(rows.len());
                for row in &rows {
                    windows.push(WindowRow(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?));
                }
                let has_next_page = windows.len() > 50;
                windows.truncate(50);

                let mut keys: Vec<Uuid> = windows.iter().map(|window| window.1).collect();
                keys.sort_unstable();
                keys.dedup();
                let rows = among(pool, "SELECT id, reference, stage, host_id, window_id FROM challenge WHERE id", &keys, "").await?;
                let mut challenges = HashMap::new();
                for row in &rows {
                    let key: Uuid = row.try_get(0)?;
                    challenges.insert(key, ChallengeRow(row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?));
                }
                let mut hosts: Vec<Uuid> = challenges.values().map(|challenge| challenge.2).collect();
                hosts.sort_unstable();
                hosts.dedup();
                let hosts = councils(pool, &hosts).await?;

                let sql = "SELECT id, challenge_id, role, is_lead FROM team_slot WHERE challenge_id";
                let rows = among(pool, sql, &keys, " ORDER BY challenge_id, position").await?;
                let mut slots: HashMap<Uuid, Vec<SlotRow>> = HashMap::new();
                let mut slot_keys = Vec::with_capacity(rows.len());
                for row in &rows {
                    let slot = SlotRow(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                    slot_keys.push(slot.0);
                    slots.entry(slot.1).or_default().push(slot);
                }
                let sql = "SELECT slot_id, id, peer_id, home_council_id, status FROM assignment WHERE slot_id";
                let live = " AND status IN ('NOMINATED', 'INVITED', 'ACCEPTED', 'CONFIRMED')";
                let rows = among(pool, sql, &slot_keys, live).await?;
                let mut assignments = HashMap::new();
                for row in &rows {
                    let slot: Uuid = row.try_get(0)?;
                    assignments.insert(slot, AssignmentRow(row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?));
                }
                let people: Vec<Uuid> = assignments.values().map(|place| place.1).collect();
                let mut peers = HashMap::new();
                for row in among(pool, "SELECT id, name, reference FROM peer WHERE id", &people, "").await? {
                    let key: Uuid = row.try_get(0)?;
                    peers.insert(key, Peer { id: id("Peer", key), name: row.try_get(1)?, reference: row.try_get(2)? });
                }
                let mut homes: Vec<Uuid> = assignments.values().map(|place| place.2).collect();
                homes.sort_unstable();
                homes.dedup();
                let homes = councils(pool, &homes).await?;

                let mut nodes = Vec::with_capacity(windows.len());
                for window in &windows {
                    let Some(challenge) = challenges.get(&window.1) else { continue };
                    let team = slots.get(&window.1).into_iter().flatten().map(|slot| Slot {
                        id: id("TeamSlot", slot.0),
                        role: slot.2.clone(),
                        is_lead: slot.3,
                        assignment: assignments.get(&slot.0).and_then(|place| {
                            Some(Assignment {
                                id: id("Assignment", place.0),
                                status: place.3.clone(),
                                peer: peers.get(&place.1)?,
                                home_council: homes.get(&place.2)?,
                            })
                        }),
                    });
                    let Some(host) = hosts.get(&challenge.2) else { continue };
                    nodes.push(Entry {
                        starts_on: window.2,
                        ends_on: window.3,
                        is_confirmed: challenge.3 == Some(window.0),
                        challenge: Challenge {
                            id: id("PeerChallenge", window.1),
                            reference: &challenge.0,
                            stage: &challenge.1,
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
