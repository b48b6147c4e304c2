//! The real service on one database, as one process (SQLite) or two (PostgreSQL), with a token for everybody.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use peer_challenge::db::Engine;
use serde_json::{Value, json};
use support::{
    TestDb,
    process::{Installation, Served},
};
use uuid::Uuid;

use super::plant::Field;

/// Who acts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Who {
    Programme,
    Peer(Uuid),
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// Id of the request, as the service calls it.
    pub(super) request_id: String,
    pub(super) body: Value,
}

/// All processes.
pub(super) struct Doors {
    processes: Vec<(Served, String)>,
    tokens: HashMap<Who, String>,
    client: reqwest::Client,
    next: AtomicUsize,
    /// How often somebody was told to come again.
    busy: AtomicUsize,
}

impl Doors {
    /// Starts them.
    pub(super) async fn open(db: &TestDb, field: &Field) -> anyhow::Result<Self> {
        let place = Installation::new()?;
        let count = match db.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => 2,
        };
        let mut processes = Vec::new();
        for _ in 0..count {
            // However slow the machine: whoever waits gets a turn.
            let mut served = place.serve(db.url(), &["--acquire-timeout-seconds", "25"])?;
            let url = served.serving().await?;
            processes.push((served, url));
        }
        let place = &place;
        let mut tokens: HashMap<_, _> = try_join_all(field.people.iter().map(async |(person, _)| {
            let key = person.to_string();
            let token = place.token(&["--role", "peer", "--peer", &key]).await?;
            anyhow::Ok((Who::Peer(*person), token))
        }))
        .await?
        .into_iter()
        .collect();
        let token = place.token(&["--role", "national-programme"]).await?;
        tokens.insert(Who::Programme, token);
        Ok(Self {
            processes,
            tokens,
            client: reqwest::Client::new(),
            next: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
        })
    }

    /// Sends a mutation to each process in turn; it must be answered, whatever the answer. Whoever waited too long in a queue of the
    /// service is told to come again, and does, with the same key.
    pub(super) async fn send(&self, who: Who, key: &str, query: &str, input: &Value) -> anyhow::Result<Answer> {
        loop {
            match self.sent(who, key, query, input).await? {
                Some(answer) => return Ok(answer),
                None => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
    }

    /// Sends a mutation once; nothing when the service was too busy for it, which must be rare.
    async fn sent(&self, who: Who, key: &str, query: &str, input: &Value) -> anyhow::Result<Option<Answer>> {
        let door = self.next.fetch_add(1, Ordering::Relaxed) % self.processes.len();
        let response = self
            .client
            .post(format!("{}/graphql", self.processes[door].1))
            .bearer_auth(self.tokens.get(&who).context("a token")?)
            .header("idempotency-key", key)
            .json(&json!({ "query": query, "variables": { "input": input } }))
            .send()
            .await?;
        let status = response.status().as_u16();
        if status == 503 && response.headers().contains_key("retry-after") {
            let (busy, all) = (
                self.busy.fetch_add(1, Ordering::Relaxed) + 1,
                self.next.load(Ordering::Relaxed),
            );
            ensure!(
                busy < 5 + all / 50,
                "{busy} of {all} waited in vain: {}",
                response.text().await?
            );
            return Ok(None);
        }
        let request_id = response.headers().get("x-request-id").context("an id")?;
        let request_id = request_id.to_str()?.to_owned();
        let body: Value = response.json().await?;
        // Neither a fault nor a refused connection ever shows; a lost race is an ordinary refusal.
        ensure!(
            status == 200 && body.get("errors").is_none(),
            "{query} {input}: {status} {body:#}"
        );
        Ok(Some(Answer { request_id, body }))
    }

    /// Stops them; none may have panicked, and each must have had its share.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        for (mut served, url) in self.processes {
            served.terminate().await?;
            let log = served.log();
            let said = |message: &str| log.iter().filter(|line| line["message"] == message).count();
            ensure!(said("panic") == 0 && said("answered") > 50, "{url}: {log:#?}");
        }
        Ok(())
    }
}
