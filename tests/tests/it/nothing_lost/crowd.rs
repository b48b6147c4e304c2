//! Many clients at once on the same people and places, each of them at every process of the service in turn.
//!
//! `CROWD_ROUNDS` (1 unless given) repeats it with other seeds on fresh databases, each round of [`CLIENTS`] ×
//! `CROWD_CHANGES` (8) mutations; `CROWD_SEED` chooses the first seed. `docs/OPERATIONS.md` has the long form.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Mutex,
    time::Instant,
};

use anyhow::ensure;
use futures::future::try_join_all;
use peer_challenge::{db::Engine, graphql::ids::decode};
use serde_json::json;
use support::{App, TestDb, cluster::say_skipped};

use super::{
    check::{self, Baseline, Done},
    doors::{Answer, Doors, Who},
    draw::Draw,
    plant::plant,
    setting,
    wishes::{View, Wish},
};

const CLIENTS: u64 = 32;

/// What all clients share.
struct Crowd<'a> {
    view: View<'a>,
    doors: Doors,
    changes: u64,
    done: Mutex<Vec<Done>>,
    /// Versions that were changed, by thing: each may be changed once.
    used: Mutex<HashSet<(String, i64)>>,
    refused: Mutex<Vec<String>>,
}

impl Crowd<'_> {
    /// Sends `wish` under `key`, sometimes twice, at once or one after the other.
    async fn send(&self, draw: &mut Draw, key: &str, wish: &Wish) -> anyhow::Result<Vec<Answer>> {
        let query = wish.query();
        let once = || self.doors.send(wish.who, key, &query, &wish.input);
        Ok(match draw.below(10) {
            0 => {
                let (first, second) = tokio::try_join!(once(), once())?;
                vec![first, second]
            }
            1 => {
                let (first, second) = (once().await?, once().await?);
                let accepted = !first.body["data"]["it"]["thing"].is_null();
                ensure!(
                    !accepted || first.body == second.body,
                    "{:#} was answered again with {:#}",
                    first.body,
                    second.body
                );
                vec![first, second]
            }
            _ => vec![once().await?],
        })
    }

    /// Does one thing under `key`; the id of what it was done to, unless it was refused.
    async fn change(&self, draw: &mut Draw, key: String, wish: &Wish) -> anyhow::Result<Option<String>> {
        let answers = self.send(draw, &key, wish).await?;
        let (accepted, refused): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|answer| !answer.body["data"]["it"]["thing"].is_null());
        for answer in &refused {
            let code = answer.body["data"]["it"]["userErrors"][0]["code"].to_string();
            self.refused.lock().unwrap().push(format!("{} {code}", wish.mutation));
        }
        let things: HashSet<_> = accepted
            .iter()
            .map(|answer| answer.body["data"]["it"].to_string())
            .collect();
        ensure!(things.len() <= 1, "one key made {things:?}");
        let Some(first) = accepted.first() else { return Ok(None) };
        let made = first.body["data"]["it"]["thing"]["id"].as_str().map(str::to_owned);
        // Choosing the window that is chosen, and inviting those who are nominated, leave the challenge's row as it is.
        if let Some(version) = wish.input["expectedVersion"].as_i64()
            && !["chooseWindow", "inviteTeam"].contains(&wish.mutation)
        {
            let named = [
                "invitationId",
                "assignmentId",
                "interestId",
                "decisionId",
                "challengeId",
            ];
            let thing = named.iter().find_map(|name| wish.input[*name].as_str());
            let fresh = thing.is_none_or(|thing| self.used.lock().unwrap().insert((thing.to_owned(), version)));
            ensure!(
                fresh,
                "version {version} was changed twice: {} {}",
                wish.mutation,
                wish.input
            );
        }
        self.done.lock().unwrap().push(Done {
            mutation: wish.mutation,
            key,
            requests: accepted.into_iter().map(|answer| answer.request_id).collect(),
        });
        Ok(made)
    }

    /// One client: each change under a key of its own; what was proposed is applied.
    async fn client(&self, number: u64, seed: u64) -> anyhow::Result<()> {
        let mut draw = Draw::new(seed * 1_000 + number);
        let mut sent = 0;
        while sent < self.changes {
            let Some(wish) = self.view.choose(&mut draw).await? else {
                continue;
            };
            sent += 1;
            let made = self.change(&mut draw, format!("{number}-{sent}"), &wish).await?;
            let Some(proposal) = made.filter(|_| wish.mutation == "proposeTeam") else {
                continue;
            };
            let challenge = wish.input["challengeId"].as_str().unwrap_or_default();
            let Some((_, place)) = decode(&challenge.into()) else {
                continue;
            };
            let version = self.view.challenge(place).await?.version;
            let apply = Wish {
                who: Who::Programme,
                mutation: "applyTeamProposal",
                input: json!({ "proposalId": proposal, "expectedVersion": version }),
            };
            self.change(&mut draw, format!("{number}-{sent}-apply"), &apply).await?;
        }
        Ok(())
    }
}

async fn round(db: &TestDb, seed: u64) -> anyhow::Result<()> {
    let app = App::start_now(db).await?;
    let field = plant(&app).await?;
    let database = app.database.clone();
    app.stop().await?;
    let since = Baseline::of(database.reader()).await?;
    let crowd = Crowd {
        view: View {
            database: &database,
            field: &field,
        },
        doors: Doors::open(db, &field).await?,
        changes: setting("CROWD_CHANGES", 8),
        done: Mutex::default(),
        used: Mutex::default(),
        refused: Mutex::default(),
    };
    let started = Instant::now();
    try_join_all((0..CLIENTS).map(|number| crowd.client(number, seed))).await?;
    let took = started.elapsed();
    crowd.doors.close().await?;
    let (done, refused) = (crowd.done.into_inner()?, crowd.refused.into_inner()?);
    check::invariants(database.reader()).await?;
    check::acknowledged(database.reader(), &since, &done).await?;
    let mut tally = BTreeMap::new();
    let names = done.iter().map(|done| done.mutation.to_owned());
    for name in names.chain(refused.iter().cloned()) {
        *tally.entry(name).or_insert(0) += 1;
    }
    println!(
        "{:?}, seed {seed}: {} done, {} refused in {took:.1?}: {tally:#?}",
        db.engine(),
        done.len(),
        refused.len()
    );
    // Otherwise they were not at one another's throats, or got nothing done.
    let enough = usize::try_from(CLIENTS * crowd.changes / 8)?;
    ensure!(done.len() > enough && refused.len() > enough, "{tally:#?}");
    let often = ["nominatePeer", "releaseNomination", "chooseWindow", "declareInterest"];
    let seldom = [
        "replaceNomination",
        "inviteTeam",
        "answerInvitation",
        "postponeChallenge",
        "resumeChallenge",
        "proposeTeam",
        "withdrawInterest",
    ];
    // A short round may come to its end before everybody had a chance.
    let seldom = seldom.iter().filter(|_| crowd.changes >= 19);
    for mutation in often.iter().chain(seldom) {
        ensure!(tally.contains_key(*mutation), "nobody could {mutation}: {tally:#?}");
    }
    Ok(())
}

async fn rounds(engine: Engine) -> anyhow::Result<()> {
    let first = setting("CROWD_SEED", 1);
    for seed in first..first + setting("CROWD_ROUNDS", 1) {
        match TestDb::migrated(engine).await? {
            Some(db) => round(&db, seed).await?,
            None => say_skipped("nothing_lost::crowd"),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_clients_break_no_rule_and_lose_no_change_on_sqlite() -> anyhow::Result<()> {
    rounds(Engine::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_clients_break_no_rule_and_lose_no_change_on_postgres() -> anyhow::Result<()> {
    rounds(Engine::Postgres).await
}
