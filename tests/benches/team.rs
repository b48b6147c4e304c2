//! What a programme manager waits for: `proposeTeam` and `candidates` over HTTP with 10,000 peers in the database, on both
//! engines, everything included (token, facts from the database, search, record, answer).
//!
//! The demonstration's database with 7,800 more people from spreadsheets. `cargo bench -p peer-challenge-tests --bench team`
//! prints the fastest, median and slowest of the rounds; without a PostgreSQL it measures SQLite only.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may stop at the first fault"
)]

use std::{fmt::Write as _, fs, time::Instant};

use chrono::{Days, NaiveDate};
use entity::council;
use peer_challenge::{
    db::Engine,
    demo::fill,
    graphql::{
        context::Act,
        ids::{Kind, encode},
    },
    import::{folder, store::bulk::Silent},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{App, TODAY, programme},
};

const MORE: usize = 7_800;
const ROUNDS: usize = 15;
const ROLES: [&str; 7] = [
    "DIRECTOR_OF_CHILDRENS_SERVICES",
    "CHIEF_EXECUTIVE",
    "ASSISTANT_DIRECTOR",
    "OPERATIONAL_MANAGER",
    "HEALTH_PARTNER",
    "EDUCATION_SPECIALIST",
    "MEMBER_PEER",
];
const THEMES: [&str; 6] = [
    "FRONT_DOOR",
    "NEGLECT",
    "SEND",
    "CARE_LEAVERS",
    "LEADERSHIP",
    "QUALITY_ASSURANCE",
];

/// A folder of spreadsheets with many people, free now and then.
fn spreadsheets(councils: &[String], today: NaiveDate) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut peers = "reference,name,roles,themes,post,email,status,trained_on,declared_on,capacity\n".to_owned();
    let mut ties = "reference,peer,kind,council,primary,starts_on\n".to_owned();
    let mut free = "peer,starts_on,ends_on\n".to_owned();
    for i in 0..MORE {
        let (role, theme) = (ROLES[i % 7], [THEMES[i % 6], THEMES[(i / 6 + 1 + i % 5) % 6]]);
        let themes = if theme[0] == theme[1] {
            theme[0].to_owned()
        } else {
            theme.join("|")
        };
        writeln!(
            peers,
            "B-{i},Synthetic Colleague {i},{role},{themes},Post {i},b{i}@example.org,ACTIVE,2026-01-15,2026-05-01,2"
        )
        .unwrap();
        writeln!(
            ties,
            "B-A-{i},B-{i},EMPLOYMENT,{},yes,2015-01-01",
            councils[i * 31 % councils.len()]
        )
        .unwrap();
        for stretch in 0..10 {
            let start = today + Days::new((stretch * 40 + i % 20) as u64);
            writeln!(free, "B-{i},{start},{}", start + Days::new(25)).unwrap();
        }
    }
    for (name, text) in [("peers", peers), ("affiliations", ties), ("availability", free)] {
        fs::write(dir.path().join(format!("{name}.csv")), text).unwrap();
    }
    dir
}

async fn measured(what: &str, app: &App, query: &str, variables: Value) -> Value {
    let mut times = Vec::new();
    let mut last = Value::Null;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        last = app.data(programme(), query, variables.clone()).await.unwrap();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!(
        "{what}: fastest {:?}, median {:?}, slowest {:?}",
        times[0],
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
    last
}

async fn run(engine: Engine) {
    let Some(db) = TestDb::migrated(engine).await.unwrap() else {
        println!("{engine:?}: no server, left out");
        return;
    };
    let app = App::bare(&db).await.unwrap();
    let today: NaiveDate = TODAY.parse().unwrap();
    let act: Act = app.act();
    let tx = app.database.begin().await.unwrap();
    let filled = fill::fill(&tx, &act, &*app.clock, &*app.ids, 1).await;
    let filled = filled.map_err(|error| anyhow::anyhow!("{error:?}")).unwrap();
    tx.commit().await.unwrap();
    let councils = council::Entity::find()
        .filter(council::Column::EndsOn.is_null())
        .order_by_asc(council::Column::GssCode)
        .all(app.database.reader())
        .await
        .unwrap();
    let codes: Vec<String> = councils.into_iter().map(|council| council.gss_code).collect();
    let source = spreadsheets(&codes, today);
    let tx = app.database.begin().await.unwrap();
    folder::run(&tx, source.path(), &*app.clock, &*app.ids, &Silent)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let challenge = encode(Kind::PeerChallenge, filled.main_challenge).0;
    let propose = "mutation($input: ProposeTeamInput!) { proposeTeam(input: $input) { userErrors { message }
        proposal { id proven considered eligible value { filled points } places { holder { peer { name } } } } } }";
    let variables = json!({ "input": { "challengeId": challenge } });
    let answer = measured(&format!("{engine:?}, proposeTeam"), &app, propose, variables).await;
    let proposal = &answer["proposeTeam"]["proposal"];
    println!(
        "  considered {}, eligible {}, filled {}, proven {}, errors {}",
        proposal["considered"],
        proposal["eligible"],
        proposal["value"]["filled"],
        proposal["proven"],
        answer["proposeTeam"]["userErrors"]
    );
    let record = "query($id: ID!) { teamProposalInput(proposalId: $id) { length gzip } }";
    let variables = json!({ "id": proposal["id"] });
    let answer = measured(&format!("{engine:?}, teamProposalInput"), &app, record, variables).await;
    println!(
        "  {} bytes, {} as base64 of gzip",
        answer["teamProposalInput"]["length"],
        answer["teamProposalInput"]["gzip"].as_str().map_or(0, str::len)
    );
    let scope = "query($id: ID!) { node(id: $id) { ... on PeerChallenge { slots { id } windows { id } } } }";
    let scope = app.data(programme(), scope, json!({ "id": challenge })).await.unwrap();
    let variables = json!({
        "challenge": challenge, "slot": scope["node"]["slots"][0]["id"], "window": scope["node"]["windows"][0]["id"],
    });
    let candidates = "query($challenge: ID!, $slot: ID!, $window: ID!) {
        candidates(challengeId: $challenge, slotId: $slot, windowId: $window, first: 20) { rank points peer { name } } }";
    measured(&format!("{engine:?}, candidates"), &app, candidates, variables).await;
    app.stop().await.unwrap();
}

#[tokio::main]
async fn main() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        run(engine).await;
    }
}
