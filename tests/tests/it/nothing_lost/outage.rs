//! The database goes away under the running service and comes back.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::future::join_all;
use peer_challenge::{db::DatabaseOptions, feed::Change};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{Answer, programme},
    cluster::{PrivateServer, say_skipped},
};
use tokio::{sync::broadcast::Receiver, time::timeout};

use super::{chores::Chores, intruder::Intruder, one_day};

const CREATE: &str = "mutation ($input: CreateSeasonInput!) { createSeason(input: $input) {
    season { id } userErrors { code } } }";
const READ: &str = "{ programmes { id } }";
/// How long a request waits for a connection, and on SQLite for the lock, here.
const WAIT: Duration = Duration::from_secs(2);
/// Within this the service is back after its database.
pub(super) const BACK: Duration = Duration::from_secs(5);

async fn create(app: &App, name: &str) -> anyhow::Result<(Answer, Duration)> {
    // Its own day, by its name: seasons must not overlap.
    let number = name
        .bytes()
        .fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 57_329);
    let input = json!({ "input": one_day(name, number) });
    let started = Instant::now();
    let answer = app
        .post_with(Some(programme()), &[("idempotency-key", name)], CREATE, input)
        .await?;
    Ok((answer, started.elapsed()))
}

async fn ready(app: &App) -> anyhow::Result<u16> {
    Ok(reqwest::get(format!("{}/readyz", app.url)).await?.status().as_u16())
}

fn done(answer: &Answer) -> bool {
    answer.body["data"]["createSeason"]["season"]["id"].is_string()
}

/// The only way in which a request may fail meanwhile.
fn refused_for_now((answer, took): &(Answer, Duration)) -> anyhow::Result<()> {
    let code = &answer.body["errors"][0]["extensions"]["code"];
    ensure!(answer.status == 503 && code == "SERVICE_UNAVAILABLE", "{answer:#?}");
    ensure!(answer.retry_after.as_deref() == Some("1"), "{answer:#?}");
    let words = answer.body.to_string().to_lowercase();
    ensure!(
        !words.contains("locked") && !words.contains("refused") && !words.contains("sql"),
        "{words}"
    );
    // Two waits, and what a machine busy with other tests adds.
    ensure!(*took < 2 * WAIT + Duration::from_secs(4), "{took:?}");
    Ok(())
}

/// Repeats `attempt` until it is true; fails when that takes longer than `patience`.
pub(super) async fn until(
    what: &str,
    patience: Duration,
    mut attempt: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let started = Instant::now();
    while !attempt().await? {
        ensure!(started.elapsed() < patience, "{what} took longer than {patience:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("{what}: {:.1?}", started.elapsed());
    Ok(())
}

/// Waits until the feed tells of `count` new seasons, each once.
async fn told(changes: &mut Receiver<std::sync::Arc<Change>>, count: usize) -> anyhow::Result<()> {
    let mut seasons = std::collections::HashSet::new();
    while seasons.len() < count {
        let change = timeout(BACK, changes.recv()).await.context("the feed is silent")??;
        if change.action == "SEASON_CREATED" {
            ensure!(seasons.insert(change.entity), "told twice: {change:?}");
        }
    }
    Ok(())
}

/// Every name stands for exactly one season.
async fn there_once(app: &App, names: &[String]) -> anyhow::Result<()> {
    let rows = entity::season::Entity::find().all(app.database.reader()).await?;
    for name in names {
        let count = rows.iter().filter(|row| row.name == *name).count();
        ensure!(count == 1, "{name} is there {count} times");
    }
    Ok(())
}

#[tokio::test]
async fn a_stopped_postgres_is_a_retryable_refusal_and_service_resumes_by_itself() -> anyhow::Result<()> {
    let Some(mut server) = PrivateServer::start().await? else {
        say_skipped("nothing_lost::outage");
        return Ok(());
    };
    let options = DatabaseOptions {
        acquire_timeout: WAIT,
        ..DatabaseOptions::new(server.url())
    };
    let db = TestDb::at(options).await?;
    let app = App::start(&db).await?;
    let chores = Chores::start(&app);
    let mut changes = app.feed.subscribe();
    let mut names = Vec::new();
    for (round, signal) in ["INT", "QUIT"].into_iter().enumerate() {
        // Fills the pool, so that many connections die with the server.
        let before: Vec<_> = (0..12).map(|number| format!("{round}-before-{number}")).collect();
        for answer in join_all(before.iter().map(|name| create(&app, name))).await {
            ensure!(done(&answer?.0), "before");
        }
        ensure!(ready(&app).await? == 200, "ready at first");
        chores.plan(&app).await?;

        // The server goes while changes are on their way: each is done or refused for now, never a fault.
        let during: Vec<_> = (0..24).map(|number| format!("{round}-during-{number}")).collect();
        let sent = join_all(during.iter().map(|name| create(&app, name)));
        let stopped = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            server.stop(signal)
        };
        let (answers, stopped) = tokio::join!(sent, stopped);
        stopped?;
        for answer in answers {
            let answer = answer?;
            if !done(&answer.0) {
                refused_for_now(&answer)?;
            }
        }
        until("not ready any more", BACK, async || Ok(ready(&app).await? == 503)).await?;
        let started = Instant::now();
        let read = app.post(Some(programme()), READ, json!({})).await?;
        refused_for_now(&(read, started.elapsed()))?;
        refused_for_now(&create(&app, &format!("{round}-away")).await?)?;
        chores.fall_due(&app);

        server.resume().await?;
        until("ready again", BACK, async || Ok(ready(&app).await? == 200)).await?;
        chores.are_done_once(&app).await?;
        let read = app.post(Some(programme()), READ, json!({})).await?;
        ensure!(read.body.get("errors").is_none(), "{read:#?}");
        // The same keys again: what was committed behind a lost answer is not made twice.
        names.extend(before);
        for name in during.into_iter().chain([format!("{round}-away")]) {
            let (answer, _) = create(&app, &name).await?;
            ensure!(done(&answer), "{name}: {answer:#?}");
            names.push(name);
        }
        there_once(&app, &names).await?;
        told(&mut changes, names.len() / (round + 1)).await?;
    }
    chores.stop().await;
    app.stop().await
}

#[tokio::test]
async fn a_sqlite_file_locked_by_others_is_a_retryable_refusal_and_service_resumes_by_itself() -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    let url = format!("sqlite://{}", home.path().join("locked.db").display());
    let options = DatabaseOptions {
        acquire_timeout: WAIT,
        ..DatabaseOptions::new(url)
    };
    let db = TestDb::at(options).await?;
    peer_challenge::db::migrate::up::<migration::Migrator>(db.database(), None).await?;
    let app = App::start(&db).await?;
    let mut changes = app.feed.subscribe();
    let chores = Chores::start(&app);
    let mut all = Vec::new();
    ensure!(ready(&app).await? == 200, "ready at first");
    for way in ["lets-go", "is-killed"] {
        chores.plan(&app).await?;
        let mut intruder = Intruder::lock(db.url()).await?;
        let names: Vec<String> = (0..4).map(|number| format!("{way}-{number}")).collect();
        let (answers, state) = tokio::join!(join_all(names.iter().map(|name| create(&app, name))), ready(&app));
        for answer in answers {
            refused_for_now(&answer?)?;
        }
        ensure!(state? == 503, "ready although nothing can be written");
        let read: Value = app.data(programme(), READ, json!({})).await?;
        ensure!(read["programmes"].is_array(), "reading goes on");
        chores.fall_due(&app);
        // Longer than the worker waits between two looks.
        refused_for_now(&create(&app, &names[0]).await?)?;
        match way {
            "lets-go" => intruder.let_go().await?,
            _ => intruder.kill().await?,
        }
        until("ready again", BACK, async || Ok(ready(&app).await? == 200)).await?;
        chores.are_done_once(&app).await?;
        for name in &names {
            let (answer, _) = create(&app, name).await?;
            ensure!(done(&answer), "{answer:#?}");
        }
        told(&mut changes, names.len()).await?;
        all.extend(names);
    }
    there_once(&app, &all).await?;
    chores.stop().await;
    app.stop().await
}
