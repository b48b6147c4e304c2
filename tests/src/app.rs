//! The whole service on a free port over a test database, with tokens for every role and a client.
//!
//! Time stands at noon of [`TODAY`] and ids follow from a seed, so answers are the same in every run. The database holds
//! the reference facts and the shipped programmes; [`App::season`] and the other makers go through the API itself.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use chrono::NaiveDate;
use peer_challenge::{
    apikey::store::Store,
    auth::{Keys, LocalKey, MachineKeys, Verifier, VerifierSettings, Viewer, ViewerRole},
    chores,
    clock::{Clock, ManualClock, SystemClock},
    db::Database,
    feed::{Feed, FeedOptions},
    graphql::{context::Act, schema::Executor},
    http::{DatabaseProbe, HttpOptions, Running, Service, start},
    ids::{IdGenerator, SeededIds},
    jobs::{Worker, WorkerOptions},
    links::{Desk, Links},
    pages,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::TestDb;

/// The day on which tests take place.
pub const TODAY: &str = "2026-11-22";

/// A running service.
pub struct App {
    /// Where it listens.
    pub url: String,
    /// Its clock; move it.
    pub clock: Arc<ManualClock>,
    /// Its database.
    pub database: Database,
    /// Its ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Does its background jobs when told to: `app.worker.drain()`.
    pub worker: Worker,
    /// What it hears of changes.
    pub feed: Feed,
    executor: Arc<Executor>,
    client: reqwest::Client,
    key: LocalKey,
    running: Option<Running>,
    _keys: TempDir,
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Id of the request, as the service calls it.
    pub request_id: String,
    /// Value of `Retry-After`.
    pub retry_after: Option<String>,
    /// Body.
    pub body: Value,
}

impl App {
    /// Starts the service over `db`, with reference facts and programmes loaded.
    pub async fn start(db: &TestDb) -> anyhow::Result<Self> {
        Self::bare(db).await?.loaded().await
    }

    /// Like [`App::start`] by the real clock, for processes to go on with what is made here.
    pub async fn start_now(db: &TestDb) -> anyhow::Result<Self> {
        let app = Self::bare(db).await?;
        app.clock.set(SystemClock.now());
        app.loaded().await
    }

    async fn loaded(self) -> anyhow::Result<Self> {
        let act = self.act();
        let tx = self.database.begin().await?;
        peer_challenge::import::reference::load(&tx, &*self.clock, &*self.ids).await?;
        let from = NaiveDate::from_ymd_opt(2020, 1, 1).context("a date")?;
        peer_challenge::programme::seed::load(&tx, &act, from)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        tx.commit().await?;
        Ok(self)
    }

    /// Starts the service over `db` as it is.
    pub async fn bare(db: &TestDb) -> anyhow::Result<Self> {
        let clock = Arc::new(ManualClock::on(TODAY.parse()?));
        let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(clock.clone(), 7));
        let keys = tempfile::tempdir()?;
        let key = LocalKey::load_or_create(&keys.path().join("keys"))?;
        let settings = VerifierSettings::new("tests", "peer-challenge", jsonwebtoken::Algorithm::EdDSA);
        let database = db.database().clone();
        let worker = Worker::new(
            &database,
            clock.clone(),
            Arc::clone(&ids),
            chores::registry(chores::Retention::default(), None),
            WorkerOptions::default(),
        );
        let feed = Feed::start(&database, FeedOptions::default()).await?;
        let machines = MachineKeys::new(Arc::new(Store::new(database.clone())), chrono::TimeDelta::seconds(10));
        let verifier = Verifier::new(settings, Keys::Fixed(key.key_set()?), clock.clone()).with_machines(machines);
        let mut options = HttpOptions::on(([127, 0, 0, 1], 0).into());
        // The suites ask for everything at once, far beyond what front ends may.
        options.limits.complexity = 100_000_000;
        let links = Links::new(
            "https://challenge.example.org",
            "a secret of more than thirty-two bytes",
        );
        let desk = Desk {
            links: links.clone(),
            database: database.clone(),
            clock: clock.clone(),
            ids: Arc::clone(&ids),
        };
        let executor = Arc::new(Executor::new(database.clone(), feed.clone()).with_links(Some(links)));
        let running = start(Service {
            executor: executor.clone(),
            verifier: Arc::new(verifier),
            probe: Arc::new(DatabaseProbe::<migration::Migrator>::new(database.clone())),
            pages: pages::all(desk),
            clock: clock.clone(),
            ids: Arc::clone(&ids),
            options,
        })?;
        Ok(Self {
            url: format!("http://{}", running.address()),
            clock,
            database,
            ids,
            worker,
            feed,
            executor,
            client: reqwest::Client::new(),
            key,
            running: Some(running),
            _keys: keys,
        })
    }

    /// Somebody of the national programme acting outside the API.
    pub fn act(&self) -> Act {
        let viewer = Viewer::new("setup@tests", ViewerRole::Programme);
        Act::new(viewer, &*self.clock, Arc::clone(&self.ids))
    }

    /// A token for a role, valid for an hour of the app's clock.
    pub fn token(&self, role: ViewerRole) -> anyhow::Result<String> {
        let viewer = Viewer::new(format!("{}@tests", role.code().to_lowercase()), role);
        Ok(self.key.mint(
            &viewer,
            "tests",
            "peer-challenge",
            self.clock.now(),
            Duration::from_hours(1),
        )?)
    }

    /// Sends a GraphQL request.
    pub async fn post(&self, role: Option<ViewerRole>, query: &str, variables: Value) -> anyhow::Result<Answer> {
        self.post_with(role, &[], query, variables).await
    }

    /// Sends a GraphQL request with more headers.
    pub async fn post_with(
        &self,
        role: Option<ViewerRole>,
        headers: &[(&str, &str)],
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Answer> {
        let bearer = role.map(|role| self.token(role)).transpose()?;
        self.send(bearer.as_deref(), headers, query, variables).await
    }

    /// Sends a GraphQL request with this bearer, or none.
    pub async fn post_as(&self, bearer: Option<&str>, query: &str, variables: Value) -> anyhow::Result<Answer> {
        self.send(bearer, &[], query, variables).await
    }

    async fn send(
        &self,
        bearer: Option<&str>,
        headers: &[(&str, &str)],
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Answer> {
        let mut request = self.client.post(format!("{}/graphql", self.url));
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await?;
        let header = |name| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        Ok(Answer {
            status: response.status().as_u16(),
            request_id: header("x-request-id").unwrap_or_default(),
            retry_after: header("retry-after"),
            body: response.json().await?,
        })
    }

    /// `data` of a request that must succeed without errors.
    pub async fn data(&self, role: ViewerRole, query: &str, variables: Value) -> anyhow::Result<Value> {
        let mut answer = self.post(Some(role), query, variables).await?;
        ensure!(
            answer.body.get("errors").is_none(),
            "errors: {:#}\n{query}",
            answer.body
        );
        Ok(answer.body["data"].take())
    }

    /// The payload of the only mutation in `query`, which must have no `userErrors`.
    pub async fn done(&self, role: ViewerRole, query: &str, variables: Value) -> anyhow::Result<Value> {
        let payload = self.payload(role, query, variables).await?;
        ensure!(payload["userErrors"] == json!([]), "refused: {payload:#}\n{query}");
        Ok(payload)
    }

    /// Codes of the `userErrors` of the only mutation in `query`, which must have some.
    pub async fn refused(&self, role: ViewerRole, query: &str, variables: Value) -> anyhow::Result<Vec<String>> {
        let payload = self.payload(role, query, variables).await?;
        let errors = payload["userErrors"]
            .as_array()
            .context("userErrors was not selected")?;
        ensure!(!errors.is_empty(), "not refused: {payload:#}\n{query}");
        errors
            .iter()
            .map(|error| Ok(error["code"].as_str().context("code was not selected")?.to_owned()))
            .collect()
    }

    async fn payload(&self, role: ViewerRole, query: &str, variables: Value) -> anyhow::Result<Value> {
        let data = self.data(role, query, variables).await?;
        match data.as_object() {
            Some(fields) if fields.len() == 1 => Ok(fields.values().next().cloned().unwrap_or_default()),
            _ => bail!("one mutation is expected: {data:#}"),
        }
    }

    /// How many subscriptions hear of changes.
    pub fn listening(&self) -> usize {
        self.executor.listeners()
    }

    /// Waits until so many subscriptions hear of changes: from then on they miss none.
    pub async fn listeners(&self, count: usize) -> anyhow::Result<()> {
        let started = std::time::Instant::now();
        while self.listening() != count {
            let now = self.listening();
            ensure!(
                started.elapsed() < Duration::from_mins(1),
                "{now} subscriptions, not {count}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Stops the service and waits for it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(running) = self.running.take() {
            running.stop().await?;
        }
        Ok(())
    }
}

/// The national programme.
pub fn programme() -> ViewerRole {
    ViewerRole::Programme
}

/// A council, by GSS code.
pub fn council(gss_code: &str) -> ViewerRole {
    ViewerRole::Council {
        council: gss_code.to_owned(),
    }
}

/// A hub of one region, by GSS code.
pub fn hub(region: &str) -> ViewerRole {
    ViewerRole::Hub {
        regions: vec![region.to_owned()],
    }
}

/// A peer, by key.
pub fn peer(key: uuid::Uuid) -> ViewerRole {
    ViewerRole::Peer { peer: key }
}
