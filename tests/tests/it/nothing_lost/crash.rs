//! The service is killed under load, again and again: what was acknowledged is there, what was not is there once after a
//! repetition, and nothing is there by halves.
//!
//! `CRASH_KILLS` (6 unless given) says how often, `CRASH_SEED` when and what; `docs/OPERATIONS.md` has the long form.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use entity::{
    assignment,
    enums::{AssignmentStatus, PeerRole},
    idempotency_key,
};
use futures::future::try_join_all;
use peer_challenge::{
    db::{Database, Engine},
    graphql::ids::{Kind, decode, encode},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IsolationLevel, QueryFilter as _, TransactionTrait as _};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    cluster::say_skipped,
    process::{Installation, Served},
};
use uuid::Uuid;

use super::{
    check::{self, Baseline},
    draw::Draw,
    one_day,
    plant::{Field, plant},
    setting,
};

const CLIENTS: u64 = 6;

/// What all clients share.
struct Load<'a> {
    url: String,
    token: String,
    client: reqwest::Client,
    database: &'a Database,
    field: &'a Field,
    over: AtomicBool,
    /// Entities that were acknowledged, by key and mutation.
    acknowledged: Mutex<HashMap<String, (&'static str, Uuid)>>,
    repeated: AtomicU64,
}

impl Load<'_> {
    async fn wish(
        &self,
        draw: &mut Draw,
        key: &str,
        day: u64,
    ) -> anyhow::Result<Option<(&'static str, &'static str, Value)>> {
        let place = draw.one(&self.field.places);
        let (slot, role): (Uuid, PeerRole) = *draw.one(&place.slots);
        let person = encode(Kind::Peer, *draw.one(&self.field.fitting(role))).0;
        Ok(Some(match draw.below(10) {
            0..4 => (
                "nominatePeer",
                "assignment",
                json!({ "slotId": encode(Kind::TeamSlot, slot).0, "peerId": person,
                    "windowId": encode(Kind::ChallengeWindow, place.windows[0]).0 }),
            ),
            4..7 => {
                let live = assignment::Entity::find()
                    .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
                    .all(self.database.reader())
                    .await?;
                let Some(live) = draw.maybe(&live) else { return Ok(None) };
                (
                    "releaseNomination",
                    "assignment",
                    json!({ "assignmentId": encode(Kind::Assignment, live.id).0, "expectedVersion": live.version,
                        "reason": "Next." }),
                )
            }
            _ => ("createSeason", "season", one_day(key, day)),
        }))
    }

    /// One attempt; nothing when the service is away.
    async fn attempt(&self, key: &str, query: &str, input: &Value) -> Option<(u16, Value)> {
        let sent = self
            .client
            .post(format!("{}/graphql", self.url))
            .bearer_auth(&self.token)
            .header("idempotency-key", key)
            .timeout(Duration::from_secs(20))
            .json(&json!({ "query": query, "variables": { "input": input } }))
            .send()
            .await
            .ok()?;
        let status = sent.status().as_u16();
        Some((status, sent.json().await.ok()?))
    }

    /// Waits for one more acknowledgement.
    async fn makes_progress(&self) -> anyhow::Result<()> {
        let count = || self.acknowledged.lock().unwrap().len();
        let (before, started) = (count(), Instant::now());
        while count() == before {
            ensure!(
                started.elapsed() < Duration::from_mins(2),
                "nothing is acknowledged any more"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Changes one thing after the other until it is over; a lost answer is asked for again under the same key.
    async fn client(&self, number: u64, seed: u64) -> anyhow::Result<()> {
        let mut draw = Draw::new(seed * 1_000 + number);
        for sent in 0_u64.. {
            if self.over.load(Ordering::Relaxed) {
                break;
            }
            let key = format!("{number}-{sent}");
            let Some((mutation, field, input)) = self.wish(&mut draw, &key, number + CLIENTS * sent).await? else {
                continue;
            };
            let mut kind = mutation[..1].to_uppercase();
            kind.push_str(&mutation[1..]);
            let query = format!(
                "mutation ($input: {kind}Input!) {{ it: {mutation}(input: $input) {{ thing: {field} {{ id }} userErrors {{ code }} }} }}"
            );
            let body = loop {
                match self.attempt(&key, &query, &input).await {
                    Some((200, body)) => break body,
                    Some((status, body)) => anyhow::bail!("{status}: {body:#}"),
                    None => {
                        self.repeated.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            };
            ensure!(body.get("errors").is_none(), "{body:#}");
            if let Some(id) = body["data"]["it"]["thing"]["id"].as_str() {
                let (_, made) = decode(&async_graphql::ID::from(id)).context("an id")?;
                self.acknowledged.lock().unwrap().insert(key, (mutation, made));
            }
        }
        Ok(())
    }
}

/// Holds the database of a service that is dead against what its clients were told.
async fn verify(
    database: &Database,
    since: &Baseline,
    told: &HashMap<String, (&'static str, Uuid)>,
) -> anyhow::Result<usize> {
    // What the dead service had sent may still be committed at this moment: all is read as of one instant.
    let isolation = (database.engine() == Engine::Postgres).then_some(IsolationLevel::RepeatableRead);
    let instant = database.reader().begin_with_config(isolation, None).await?;
    check::invariants(&instant).await?;
    let events = since.events(&instant).await?;
    let mut primary: HashMap<(&str, Uuid), usize> = HashMap::new();
    for event in &events {
        *primary.entry((event.action.as_str(), event.entity_id)).or_default() += 1;
    }
    let keys = idempotency_key::Entity::find().all(&instant).await?;
    instant.rollback().await?;
    let kept: HashMap<&str, Uuid> = keys
        .iter()
        .map(|row| anyhow::Ok((row.key.as_str(), serde_json::from_value(row.kept.clone())?)))
        .collect::<Result<_, _>>()?;
    for (key, (mutation, made)) in told {
        ensure!(
            kept.get(key.as_str()) == Some(made),
            "{mutation} {key} was acknowledged and is lost"
        );
        let there = check::actions(mutation)
            .iter()
            .filter_map(|action| primary.get(&(*action, *made)));
        let count: usize = there.sum();
        ensure!(
            count == 1,
            "{mutation} {key} was acknowledged, and its event is there {count} times"
        );
    }
    // A key is there with its change or not at all, so both are equally many.
    let actions = ["SEASON_CREATED", "PEER_NOMINATED", "ASSIGNMENT_ENDED"];
    let changes = events
        .iter()
        .filter(|event| actions.contains(&event.action.as_str()))
        .count();
    ensure!(changes == keys.len(), "{changes} changes, {} keys", keys.len());
    Ok(keys.len())
}

/// Kills `served`, and looks whether it panicked before.
async fn kill(served: &mut Served) -> anyhow::Result<()> {
    served.kill().await?;
    let log = served.log();
    ensure!(!log.iter().any(|line| line["message"] == "panic"), "{log:#?}");
    Ok(())
}

async fn kills(engine: Engine) -> anyhow::Result<()> {
    let Some(db) = TestDb::migrated(engine).await? else {
        say_skipped("nothing_lost::crash");
        return Ok(());
    };
    let app = App::start_now(&db).await?;
    let field = plant(&app).await?;
    let database = app.database.clone();
    app.stop().await?;
    let place = Installation::new()?;
    let (count, seed) = (setting("CRASH_KILLS", 6), setting("CRASH_SEED", 1));
    let begun = Instant::now();
    let mut served = place.serve(db.url(), &[])?;
    let url = served.serving().await?;
    let address = url.strip_prefix("http://").context("an address")?.to_owned();
    let since = Baseline::of(database.reader()).await?;
    let load = Load {
        url,
        token: place.token(&["--role", "national-programme"]).await?,
        client: reqwest::Client::new(),
        database: &database,
        field: &field,
        over: AtomicBool::new(false),
        acknowledged: Mutex::default(),
        repeated: AtomicU64::new(0),
    };
    let killer = async {
        let mut draw = Draw::new(seed);
        let (mut slowest, mut unacknowledged) = (Duration::ZERO, 0);
        for number in 0..count {
            // Mostly in the midst of changes, however slow the machine; sometimes right after the start.
            if draw.below(4) > 0 {
                load.makes_progress().await?;
            }
            tokio::time::sleep(Duration::from_millis(100 + draw.below(900))).await;
            kill(&mut served).await?;
            let told = load.acknowledged.lock().unwrap().clone();
            let kept = verify(&database, &since, &told)
                .await
                .with_context(|| format!("after kill {number}"))?;
            unacknowledged += kept - told.len();
            let started = Instant::now();
            served = place.serve(db.url(), &["--bind", &address])?;
            served.serving().await?;
            slowest = slowest.max(started.elapsed());
        }
        load.over.store(true, Ordering::Relaxed);
        anyhow::Ok((slowest, unacknowledged))
    };
    let clients = try_join_all((0..CLIENTS).map(|number| load.client(number, seed)));
    let ((slowest, unacknowledged), _) = tokio::try_join!(killer, clients)?;
    kill(&mut served).await?;
    // Every client has heard the end of each of its changes: all keys are acknowledged, and all of them are there.
    let told = load.acknowledged.lock().unwrap().clone();
    let kept = verify(&database, &since, &told).await?;
    ensure!(
        kept == told.len(),
        "{kept} keys are kept, {} were acknowledged",
        told.len()
    );
    println!(
        "{engine:?}, seed {seed}: {count} kills in {:.0?}, {kept} changes, {unacknowledged} times a change was committed whose \
         answer a kill kept back, {} attempts without an answer, slowest start {slowest:.1?}",
        begun.elapsed(),
        load.repeated.load(Ordering::Relaxed)
    );
    ensure!(kept > usize::try_from(count / 2)?, "there was no load");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_nothing_acknowledged_is_lost_on_sqlite() -> anyhow::Result<()> {
    kills(Engine::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_nothing_acknowledged_is_lost_on_postgres() -> anyhow::Result<()> {
    kills(Engine::Postgres).await
}
