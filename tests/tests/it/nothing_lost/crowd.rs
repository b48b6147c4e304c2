//! Many clients at once on the same people and places.
//!
//! `CROWD_ROUNDS` (1 unless given) repeats it with other seeds on fresh databases, each round of [`CLIENTS`] × [`CHANGES`]
//! mutations; `CROWD_SEED` chooses the first seed.

use std::{collections::HashSet, sync::Mutex, time::Instant};

use anyhow::{Context as _, ensure};
use entity::{
    assignment, challenge, conflict_decision, declared_interest,
    enums::{AssignmentStatus, DecisionStatus},
};
use futures::future::try_join_all;
use peer_challenge::{
    auth::ViewerRole,
    db::Engine,
    graphql::ids::{Kind, encode},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{peer, programme},
    cluster::say_skipped,
};
use uuid::Uuid;

use super::{
    check::{self, Baseline, Done},
    draw::Draw,
    plant::{Field, plant},
    setting,
};

const CLIENTS: u64 = 32;
const CHANGES: u64 = 19;

/// A mutation to send.
struct Wish {
    role: ViewerRole,
    mutation: &'static str,
    input: Value,
}

/// What all clients know.
struct Crowd<'a> {
    app: &'a App,
    field: &'a Field,
    done: Mutex<Vec<Done>>,
    /// Versions that were changed, by thing: each may be changed once.
    used: Mutex<HashSet<(String, i64)>>,
    refused: Mutex<Vec<String>>,
}

fn id(kind: Kind, key: Uuid) -> String {
    encode(kind, key).0
}

fn wish(mutation: &'static str, input: Value) -> Wish {
    Wish {
        role: programme(),
        mutation,
        input,
    }
}

impl Crowd<'_> {
    /// Somebody's live place.
    async fn live(&self, draw: &mut Draw) -> anyhow::Result<Option<assignment::Model>> {
        let live = assignment::Entity::find()
            .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
            .all(self.app.database.reader())
            .await?;
        Ok(draw.maybe(&live).cloned())
    }

    async fn challenge(&self, key: Uuid) -> anyhow::Result<challenge::Model> {
        let row = challenge::Entity::find_by_id(key)
            .one(self.app.database.reader())
            .await?;
        row.context("a challenge")
    }

    /// What a client wants next, by what it can see now; that may be out of date when the request arrives.
    async fn choose(&self, draw: &mut Draw) -> anyhow::Result<Option<Wish>> {
        let place = draw.one(&self.field.places);
        let (slot, role) = *draw.one(&place.slots);
        let person = *draw.one(&self.field.fitting(role));
        let window = *draw.one(&place.windows);
        let on_challenge = async || {
            let version = self.challenge(place.id).await?.version;
            anyhow::Ok(json!({ "challengeId": id(Kind::PeerChallenge, place.id), "expectedVersion": version }))
        };
        let chosen = match draw.below(100) {
            0..34 => wish(
                "nominatePeer",
                json!({
                    "slotId": id(Kind::TeamSlot, slot), "peerId": id(Kind::Peer, person),
                    "windowId": id(Kind::ChallengeWindow, self.challenge(place.id).await?.window_id.unwrap_or(window)),
                }),
            ),
            34..50 => {
                let Some(live) = self.live(draw).await? else {
                    return Ok(None);
                };
                let input = json!({
                    "assignmentId": id(Kind::Assignment, live.id), "expectedVersion": live.version, "reason": "Others too.",
                });
                wish("releaseNomination", input)
            }
            50..62 => {
                let Some(live) = self.live(draw).await? else {
                    return Ok(None);
                };
                let slots = self.field.places.iter().flat_map(|place| &place.slots);
                let role = slots.clone().find(|slot| slot.0 == live.slot_id).context("a slot")?.1;
                let input = json!({
                    "assignmentId": id(Kind::Assignment, live.id), "expectedVersion": live.version, "reason": "Better.",
                    "withPeerId": id(Kind::Peer, *draw.one(&self.field.fitting(role))),
                });
                wish("replaceNomination", input)
            }
            62..70 => {
                let mut input = on_challenge().await?;
                input["windowId"] = json!(id(Kind::ChallengeWindow, window));
                wish("chooseWindow", input)
            }
            70..75 => wish("confirmTeam", on_challenge().await?),
            75 => {
                let mut input = on_challenge().await?;
                // One only, or nobody would have anything left to do.
                input["challengeId"] = json!(id(Kind::PeerChallenge, self.field.places[0].id));
                input["expectedVersion"] = json!(self.challenge(self.field.places[0].id).await?.version);
                input["reason"] = json!("TEAM_NOT_VIABLE");
                wish("cancelChallenge", input)
            }
            76..80 => {
                let query = "mutation ($input: ProposeTeamInput!) { proposeTeam(input: $input) { proposal { id } userErrors { code } } }";
                let input = json!({ "challengeId": id(Kind::PeerChallenge, place.id) });
                let key = format!("propose-{}", self.app.ids.next_id());
                let answer = self.send(&programme(), &key, query, &input).await?;
                let proposal = &answer.body["data"]["proposeTeam"]["proposal"]["id"];
                if proposal.is_null() {
                    return Ok(None);
                }
                self.note("proposeTeam", key, vec![answer.request_id]);
                let version = self.challenge(place.id).await?.version;
                wish(
                    "applyTeamProposal",
                    json!({ "proposalId": proposal, "expectedVersion": version }),
                )
            }
            80..87 => Wish {
                role: peer(person),
                mutation: "declareInterest",
                input: json!({
                    "peerId": id(Kind::Peer, person), "kind": draw.one(&["OTHER", "FINANCIAL", "PERSONAL"]),
                    "councilId": id(Kind::Council, place.host), "note": "To be said.",
                }),
            },
            87..94 => {
                let standing = declared_interest::Entity::find()
                    .filter(declared_interest::Column::WithdrawnAt.is_null())
                    .all(self.app.database.reader())
                    .await?;
                let Some(row) = draw.maybe(&standing) else {
                    return Ok(None);
                };
                Wish {
                    role: peer(row.peer_id),
                    mutation: "withdrawInterest",
                    input: json!({ "interestId": id(Kind::DeclaredInterest, row.id), "expectedVersion": row.version }),
                }
            }
            _ => {
                let open = conflict_decision::Entity::find()
                    .filter(conflict_decision::Column::Status.eq(DecisionStatus::Open))
                    .all(self.app.database.reader())
                    .await?;
                let Some(row) = draw.maybe(&open) else { return Ok(None) };
                let input = json!({
                    "decisionId": id(Kind::ConflictDecision, row.id), "expectedVersion": row.version,
                    "resolution": "STOP", "reason": "Not this time.",
                });
                wish("decideConflict", input)
            }
        };
        Ok(Some(chosen))
    }

    async fn send(
        &self,
        role: &ViewerRole,
        key: &str,
        query: &str,
        input: &Value,
    ) -> anyhow::Result<support::app::Answer> {
        let headers = [("idempotency-key", key)];
        let variables = json!({ "input": input });
        let answer = self
            .app
            .post_with(Some(role.clone()), &headers, query, variables)
            .await?;
        // Neither a lock nor a fault nor a refused connection ever shows; a lost race is an ordinary refusal.
        ensure!(
            answer.status == 200 && answer.body.get("errors").is_none(),
            "{query} {input}: {answer:#?}"
        );
        Ok(answer)
    }

    fn note(&self, mutation: &'static str, key: String, requests: Vec<String>) {
        self.done.lock().unwrap().push(Done {
            mutation,
            key,
            requests,
        });
    }

    /// One client: each change under a key of its own, some of them sent again, at once or afterwards.
    async fn client(&self, number: u64, seed: u64) -> anyhow::Result<()> {
        let mut draw = Draw::new(seed * 1_000 + number);
        let mut sent = 0;
        while sent < CHANGES {
            let Some(wish) = self.choose(&mut draw).await? else {
                continue;
            };
            sent += 1;
            let mut kind = wish.mutation[..1].to_uppercase();
            kind.push_str(&wish.mutation[1..]);
            let input_type = if wish.mutation == "cancelChallenge" {
                "ChallengeSideMove"
            } else {
                &kind
            };
            let shows = match wish.mutation {
                "nominatePeer" | "releaseNomination" | "replaceNomination" => "thing: assignment { id }",
                "declareInterest" | "withdrawInterest" => "thing: declaredInterest { id }",
                "decideConflict" => "thing: decision { id }",
                _ => "thing: challenge { id }",
            };
            let query = format!(
                "mutation ($input: {input_type}Input!) {{ it: {}(input: $input) {{ {shows} userErrors {{ code }} }} }}",
                wish.mutation
            );
            let key = format!("{number}-{sent}");
            let once = || self.send(&wish.role, &key, &query, &wish.input);
            let answers = match draw.below(10) {
                0 => {
                    let (first, second) = tokio::try_join!(once(), once())?;
                    vec![first, second]
                }
                1 => {
                    let first = once().await?;
                    let (agreed, second) = (first.body.clone(), once().await?);
                    let accepted = !agreed["data"]["it"]["thing"].is_null();
                    ensure!(
                        !accepted || agreed == second.body,
                        "{agreed:#} was answered again with {:#}",
                        second.body
                    );
                    vec![first, second]
                }
                _ => vec![once().await?],
            };
            let (accepted, refused): (Vec<_>, Vec<_>) = answers
                .into_iter()
                .partition(|answer| !answer.body["data"]["it"]["thing"].is_null());
            for answer in &refused {
                let code = answer.body["data"]["it"]["userErrors"][0]["code"].to_string();
                self.refused.lock().unwrap().push(format!("{} {code}", wish.mutation));
            }
            if accepted.is_empty() {
                continue;
            }
            let things: HashSet<_> = accepted
                .iter()
                .map(|answer| answer.body["data"]["it"].to_string())
                .collect();
            ensure!(things.len() == 1, "one key made {things:?}");
            if let Some(version) = wish.input["expectedVersion"].as_i64()
                && wish.mutation != "chooseWindow"
            {
                let named = ["assignmentId", "interestId", "decisionId", "challengeId"];
                let thing = named.iter().find_map(|name| wish.input[*name].as_str());
                let fresh = thing.is_none_or(|thing| self.used.lock().unwrap().insert((thing.to_owned(), version)));
                ensure!(
                    fresh,
                    "version {version} was changed twice: {} {}",
                    wish.mutation,
                    wish.input
                );
            }
            let requests = accepted.into_iter().map(|answer| answer.request_id).collect();
            self.note(wish.mutation, key, requests);
        }
        Ok(())
    }
}

async fn round(db: &TestDb, seed: u64) -> anyhow::Result<()> {
    let app = App::start(db).await?;
    let field = plant(&app).await?;
    let since = Baseline::of(&app.database).await?;
    let crowd = Crowd {
        app: &app,
        field: &field,
        done: Mutex::default(),
        used: Mutex::default(),
        refused: Mutex::default(),
    };
    let started = Instant::now();
    try_join_all((0..CLIENTS).map(|number| crowd.client(number, seed))).await?;
    let took = started.elapsed();
    let (done, refused) = (crowd.done.into_inner()?, crowd.refused.into_inner()?);
    check::invariants(&app.database).await?;
    check::acknowledged(&app.database, &since, &done).await?;
    let mut tally = std::collections::BTreeMap::new();
    for name in done
        .iter()
        .map(|done| done.mutation.to_owned())
        .chain(refused.iter().cloned())
    {
        *tally.entry(name).or_insert(0) += 1;
    }
    println!(
        "seed {seed}: {} done, {} refused in {took:.1?}: {tally:#?}",
        done.len(),
        refused.len()
    );
    // Otherwise they were not at one another's throats, or got nothing done.
    ensure!(done.len() > 100 && refused.len() > 100, "{tally:#?}");
    for mutation in [
        "nominatePeer",
        "releaseNomination",
        "replaceNomination",
        "chooseWindow",
        "declareInterest",
    ] {
        ensure!(tally.contains_key(mutation), "nobody could {mutation}: {tally:#?}");
    }
    app.stop().await
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
