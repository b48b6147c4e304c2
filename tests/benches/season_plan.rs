//! What a programme manager waits for with a national season (some 150 challenges, 2,200 people) in the database, over HTTP on
//! both engines, everything included: a plan read, changed by hand, put into effect; a drop-out repaired.
//!
//! `cargo bench -p peer-challenge-tests --bench season_plan`; without a PostgreSQL it measures SQLite only.
#![allow(
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement, not a part of the service"
)]

use std::time::Instant;

use anyhow::{Context as _, ensure};
use peer_challenge::{
    db::Engine,
    demo::fill,
    graphql::ids::{Kind, encode},
};
use serde_json::{Value, json};
use support::{App, TestDb, app::programme, national};

const ROUNDS: usize = 9;

async fn ask(app: &App, query: &str, variables: Value) -> anyhow::Result<Value> {
    let answer = app.post(Some(programme()), query, variables).await?.body;
    ensure!(answer["errors"].is_null(), "{answer:#}");
    ensure!(!answer.to_string().contains("\"code\""), "{answer:#}");
    Ok(answer["data"].clone())
}

/// Asks, and prints how long the answer took: the median of some rounds for what changes nothing.
async fn timed(what: &str, rounds: usize, app: &App, query: &str, variables: Value) -> anyhow::Result<Value> {
    let mut times = Vec::new();
    let mut last = Value::Null;
    let before = app.database.statements();
    for _ in 0..rounds {
        let start = Instant::now();
        last = ask(app, query, variables.clone()).await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!(
        "  {what}: median {:.0?}, slowest {:.0?}, {} statements",
        times[rounds / 2],
        times[rounds - 1],
        (app.database.statements() - before) / rounds as u64
    );
    Ok(last)
}

const ASK: &str =
    "mutation($input: PlanSeasonInput!) { planSeason(input: $input) { plan { id } userErrors { code message } } }";
const READ: &str = "query($id: ID!) { node(id: $id) { ... on SeasonPlan { state error version
    result { objective bound gap filled slots challenges(first: 100) { challenge { id }
        places { slot { id } peer { id } isSettled } vacancies { slots { id } } } } } } }";
const EDIT: &str = "mutation($input: EditSeasonPlanInput!) { editSeasonPlan(input: $input) {
    plan { id result { objective filled } } userErrors { code message } } }";
const APPLY: &str = "mutation($input: ApplySeasonPlanInput!) { applySeasonPlan(input: $input) {
    plan { appliedAt } userErrors { code message } } }";
const REPAIR: &str = "query($id: ID!) { teamRepair(challengeId: $id) { receipt vacant points costOfPeace proven
    comes { slot { id } peer { id name } } leaves { peer { id } } peopleToTell { id } hostsToTell { name } } }";
const PUT: &str =
    "mutation($input: RepairTeamInput!) { repairTeam(input: $input) { challenge { id } userErrors { code message } } }";
const RELEASE: &str =
    "mutation($input: ReleaseNominationInput!) { releaseNomination(input: $input) { userErrors { code message } } }";
const TEAM: &str = "query($id: ID!) { node(id: $id) { ... on PeerChallenge { slots { assignment { id version } } } } }";

async fn run(engine: Engine) -> anyhow::Result<()> {
    let Some(db) = TestDb::migrated(engine).await? else {
        println!("{engine:?}: no server, left out");
        return Ok(());
    };
    let app = App::bare(&db).await?;
    let act = app.act();
    let tx = app.database.begin().await?;
    let filled = fill::fill(&tx, &act, &*app.clock, &*app.ids, 1).await;
    let filled = filled.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let added = national::add(&tx, &act, filled.main_challenge).await?;
    tx.commit().await?;
    println!("{engine:?}: {added} challenges more than the demonstration");
    let id = encode(Kind::PeerChallenge, filled.main_challenge);
    let query = "query($id: ID!) { node(id: $id) { ... on PeerChallenge { programme { id } season { id } } } }";
    let node = ask(&app, query, json!({ "id": id })).await?["node"].clone();
    let input =
        json!({ "programmeId": node["programme"]["id"], "seasonId": node["season"]["id"], "timeLimitSeconds": 10 });
    let plan = ask(&app, ASK, json!({ "input": input })).await?["planSeason"]["plan"]["id"].clone();
    let start = Instant::now();
    app.worker.drain().await?;
    println!(
        "  the run (10 s of planning, reading and composing before, reasons after): {:.1?}",
        start.elapsed()
    );
    let read = timed("plan read whole", ROUNDS, &app, READ, json!({ "id": plan })).await?["node"].clone();
    let result = &read["result"];
    println!(
        "  value {}, gap {}, filled {} of {}",
        result["objective"], result["gap"], result["filled"], result["slots"]
    );
    let challenges = result["challenges"].as_array().context("challenges")?;
    let new = |one: &&Value| one["isSettled"] == false;
    let full = |one: &&Value| {
        one["vacancies"] == json!([])
            && one["places"]
                .as_array()
                .is_some_and(|all| all.iter().any(|place| new(&place)))
    };
    let one = challenges.iter().find(full).context("a full team")?;
    let place = one["places"]
        .as_array()
        .and_then(|all| all.iter().find(new))
        .context("a place")?;
    let moves = json!([{ "challengeId": one["challenge"]["id"], "slotId": place["slot"]["id"], "peerId": null }]);
    let input = json!({ "input": { "planId": plan, "moves": moves } });
    timed("edit of a plan", ROUNDS, &app, EDIT, input).await?;
    let input = json!({ "input": { "planId": plan, "expectedVersion": read["version"] } });
    timed("plan put into effect", 1, &app, APPLY, input).await?;

    let team = ask(&app, TEAM, json!({ "id": one["challenge"]["id"] })).await?;
    let held = team["node"]["slots"]
        .as_array()
        .and_then(|all| all.iter().find(|slot| !slot["assignment"].is_null()));
    let held = &held.context("a nomination")?["assignment"];
    let input = json!({ "assignmentId": held["id"], "expectedVersion": held["version"], "reason": "Ill." });
    timed("nomination released", 1, &app, RELEASE, json!({ "input": input })).await?;
    let id = one["challenge"]["id"].clone();
    let repair = timed("repair worked out", ROUNDS, &app, REPAIR, json!({ "id": id })).await?["teamRepair"].clone();
    println!(
        "  vacant {}, moved {}, proven {}",
        repair["vacant"],
        repair["leaves"].as_array().map_or(0, Vec::len),
        repair["proven"]
    );
    // A challenge that cannot be filled without moving somebody is the worst case.
    if let Some(vacant) = challenges.iter().find(|one| one["vacancies"] != json!([])) {
        let worst = json!({ "id": vacant["challenge"]["id"] });
        let worst = timed("repair of a team that nobody is free for", ROUNDS, &app, REPAIR, worst).await?;
        let worst = &worst["teamRepair"];
        println!(
            "  vacant {}, moved {}, proven {}",
            worst["vacant"],
            worst["leaves"].as_array().map_or(0, Vec::len),
            worst["proven"]
        );
    }
    let input = json!({ "input": { "challengeId": id, "receipt": repair["receipt"] } });
    timed("repair put into effect", 1, &app, PUT, input).await?;
    app.stop().await
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(8 * 1024 * 1024)
        .build()?;
    for engine in [Engine::Sqlite, Engine::Postgres] {
        runtime.block_on(run(engine))?;
    }
    Ok(())
}
