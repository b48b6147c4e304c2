//! Requests per second, p50 and p99 of the four everyday requests, over a socket, on both engines, with the number of SQL
//! statements each costs: `cargo bench -p peer-challenge-tests --bench requests`.
//!
//! Eight clients at once for reading, one for nominations (each is released again, outside of the measured time). Without
//! PostgreSQL only SQLite is measured.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a measurement, not a part of the service"
)]

mod world;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use peer_challenge::{
    db::Engine,
    graphql::ids::{Kind, encode},
};
use serde_json::{Value, json};
use support::{App, TestDb, app::programme};

const CLIENTS: usize = 8;

/// What one kind of request took.
struct Measured {
    times: Vec<Duration>,
    whole: Duration,
    statements: f64,
}

impl Measured {
    fn print(mut self, engine: Engine, name: &str) {
        self.times.sort();
        let at = |share: f64| self.times[((self.times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!(
            "| {name} | {engine:?} | {:.0} | {:.2} ms | {:.2} ms | {:.1} |",
            self.times.len() as f64 / self.whole.as_secs_f64(),
            at(0.5),
            at(0.99),
            self.statements
        );
    }
}

struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    fn new(app: &App) -> anyhow::Result<Self> {
        Ok(Self {
            http: reqwest::Client::new(),
            url: format!("{}/graphql", app.url),
            token: app.token(programme())?,
        })
    }

    async fn ask(&self, query: &str, variables: &Value) -> anyhow::Result<Value> {
        let request = self.http.post(&self.url).bearer_auth(&self.token);
        let response = request
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await?;
        let body: Value = serde_json::from_slice(&response.bytes().await?)?;
        ensure!(body.get("errors").is_none(), "{body:#}");
        Ok(body)
    }
}

/// `total` requests, shared out to clients that each send the next when they have read the answer.
async fn read(
    app: &App,
    clients: usize,
    total: usize,
    query: &'static str,
    variables: Value,
) -> anyhow::Result<Measured> {
    let warm = Client::new(app)?;
    let before = app.database.statements();
    warm.ask(query, &variables).await?;
    let statements = (app.database.statements() - before) as f64;
    for _ in 0..total / 10 {
        warm.ask(query, &variables).await?;
    }
    let variables = Arc::new(variables);
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (client, variables) = (Client::new(app)?, Arc::clone(&variables));
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            for _ in 0..total / clients {
                let start = Instant::now();
                client.ask(query, &variables).await?;
                times.push(start.elapsed());
            }
            anyhow::Ok(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(Measured {
        times,
        whole: start.elapsed(),
        statements,
    })
}

const CANDIDATES: &str = "query Candidates($challenge: ID!, $slot: ID!, $window: ID!) {
  candidates(challengeId: $challenge, slotId: $slot, windowId: $window, first: 20) { rank points peer { id name } } }";
const NOMINATE: &str = "mutation Nominate($input: NominatePeerInput!) {
  nominatePeer(input: $input) { assignment { id version status } userErrors { code message } } }";
const RELEASE: &str = "mutation Release($input: ReleaseNominationInput!) {
  releaseNomination(input: $input) { assignment { id } userErrors { code message } } }";

async fn nominations(app: &App, challenge: &str, slot: &str, window: &str, total: usize) -> anyhow::Result<Measured> {
    let client = Client::new(app)?;
    let found = client
        .ask(
            CANDIDATES,
            &json!({ "challenge": challenge, "slot": slot, "window": window }),
        )
        .await?;
    let peer = found["data"]["candidates"][0]["peer"]["id"].clone();
    ensure!(peer.is_string(), "no candidate: {found:#}");
    let (mut times, mut whole, mut statements) = (Vec::new(), Duration::ZERO, 0);
    for _ in 0..total {
        let before = app.database.statements();
        let start = Instant::now();
        let input = json!({ "slotId": slot, "peerId": peer, "windowId": window });
        let made = client.ask(NOMINATE, &json!({ "input": input })).await?;
        times.push(start.elapsed());
        whole += start.elapsed();
        statements += app.database.statements() - before;
        let place = &made["data"]["nominatePeer"]["assignment"];
        ensure!(place["id"].is_string(), "refused: {made:#}");
        let input = json!({ "assignmentId": place["id"], "expectedVersion": place["version"], "reason": "measured" });
        let released = client.ask(RELEASE, &json!({ "input": input })).await?;
        ensure!(
            released["data"]["releaseNomination"]["userErrors"] == json!([]),
            "{released:#}"
        );
    }
    Ok(Measured {
        statements: statements as f64 / total as f64,
        times,
        whole,
    })
}

async fn measure(engine: Engine) -> anyhow::Result<()> {
    let Some(db) = TestDb::migrated(engine).await? else {
        eprintln!("no PostgreSQL here: only SQLite was measured");
        return Ok(());
    };
    let world = world::fill(&db).await?;
    let app = App::bare(&db).await?;
    let challenge = encode(Kind::PeerChallenge, world.main_challenge);
    let client = Client::new(&app)?;
    let query =
        "query Main($id: ID!) { node(id: $id) { ... on PeerChallenge { slots { id isLead } windows { id } } } }";
    let main = client.ask(query, &json!({ "id": challenge })).await?;
    let node = &main["data"]["node"];
    let slot = node["slots"]
        .as_array()
        .context("slots")?
        .iter()
        .find(|slot| slot["isLead"] == true);
    let slot = slot.context("a lead")?["id"].as_str().context("its id")?.to_owned();
    let window = node["windows"][0]["id"].as_str().context("a window")?.to_owned();

    let node = "query Node($id: ID!) { node(id: $id) { id ... on PeerChallenge { reference stage host { name } } } }";
    let measured = read(&app, CLIENTS, 8_000, node, json!({ "id": challenge })).await?;
    measured.print(engine, "(a) node lookup with its host");
    for first in [1, 50] {
        let page = client.ask(world::SCHEDULE, &json!({ "first": first })).await?;
        let nodes = page["data"]["schedule"]["nodes"].as_array().context("a page")?;
        ensure!(nodes.len() == first, "{} rows", nodes.len());
        let measured = read(&app, CLIENTS, 1_600, world::SCHEDULE, json!({ "first": first })).await?;
        measured.print(
            engine,
            &format!("(b) schedule page of {first} with teams, people and councils"),
        );
    }
    let variables = json!({ "challenge": challenge, "slot": slot, "window": window });
    let measured = read(&app, 2, 100, CANDIDATES, variables).await?;
    measured.print(engine, "(c) candidates of one slot over 10,000 people");
    let measured = nominations(&app, &challenge, &slot, &window, 60).await?;
    measured.print(engine, "(d) a nomination");
    app.stop().await
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(8 * 1024 * 1024)
        .build()?;
    println!("| request | engine | requests/s | p50 | p99 | statements |\n| --- | --- | --- | --- | --- | --- |");
    runtime.block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            measure(engine).await?;
        }
        Ok(())
    })
}
