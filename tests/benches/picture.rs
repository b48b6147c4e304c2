//! The national picture over ten years: the demonstration's two seasons of past challenges, with all that they left behind, five
//! times, over HTTP on both engines.
//!
//! `cargo bench -p peer-challenge-tests --bench picture`; without a PostgreSQL it measures SQLite only.
#![allow(
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement, not a part of the service"
)]

use std::time::Instant;

use anyhow::ensure;
use chrono::Months;
use entity::{challenge, enums::Stage, evaluation, past_engagement, plan_action, recommendation, report, stage_change};
use peer_challenge::{
    db::{Engine, Tx},
    demo::fill,
    import::store::bulk::{Silent, upsert},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use support::{App, TestDb, app::programme};
use uuid::Uuid;

const ROUNDS: usize = 9;
/// Copies of the two seasons besides themselves.
const COPIES: u32 = 4;

/// The same row of another copy.
fn of(copy: u32, id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ (u128::from(copy) << 70))
}

/// Puts the past challenges of the demonstration two, four … years further back.
async fn ten_years(tx: &Tx) -> anyhow::Result<usize> {
    let past = challenge::Entity::find()
        .filter(challenge::Column::Reference.contains("-P"))
        .all(tx)
        .await?;
    let ids: Vec<Uuid> = past.iter().map(|row| row.id).collect();
    macro_rules! rows {
        ($table:ident) => {
            $table::Entity::find()
                .filter($table::Column::ChallengeId.is_in(ids.iter().copied()))
                .all(tx)
                .await?
        };
    }
    let (changes, reports, recommendations) = (rows!(stage_change), rows!(report), rows!(recommendation));
    let (actions, evaluations) = (rows!(plan_action), rows!(evaluation));
    let engaged = past_engagement::Entity::find().all(tx).await?;
    for copy in 1..=COPIES {
        let back = Months::new(24 * copy);
        macro_rules! copied {
            ($table:ident, $rows:expr, |$row:ident| { $($field:ident: $value:expr),* $(,)? }) => {
                let rows = $rows.iter().map(|$row| $table::Model {
                    id: of(copy, $row.id),
                    $($field: $value,)*
                    ..$row.clone()
                });
                upsert::<$table::Entity>(tx, rows.collect(), &Silent).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            };
        }
        copied!(challenge, past, |row| {
            reference: format!("{}-{copy}", row.reference),
            stage: Stage::Closed,
            window_id: None,
            starts_on: row.starts_on.map(|day| day - back),
            ends_on: row.ends_on.map(|day| day - back),
            first_challenge_id: row.first_challenge_id.map(|id| of(copy, id)),
        });
        copied!(stage_change, changes, |row| {
            challenge_id: of(copy, row.challenge_id),
            on_day: row.on_day - back,
            due_on: row.due_on.map(|day| day - back),
        });
        copied!(report, reports, |row| {
            challenge_id: of(copy, row.challenge_id),
            feedback_on: row.feedback_on - back,
            published_on: row.published_on.map(|day| day - back),
        });
        copied!(recommendation, recommendations, |row| { challenge_id: of(copy, row.challenge_id) });
        copied!(plan_action, actions, |row| {
            challenge_id: of(copy, row.challenge_id),
            recommendation_id: of(copy, row.recommendation_id),
            due_on: row.due_on - back,
        });
        copied!(evaluation, evaluations, |row| {
            challenge_id: of(copy, row.challenge_id),
            given_at: row.given_at - chrono::TimeDelta::days(730 * i64::from(copy)),
        });
        copied!(past_engagement, engaged, |row| {
            starts_on: row.starts_on - back,
            ends_on: row.ends_on - back,
        });
    }
    Ok(past.len() * (1 + COPIES as usize))
}

const VIEWS: [(&str, &str); 10] = [
    (
        "coverage by region",
        "coverage(by: REGION) { label councils ever within never firstTime }",
    ),
    ("pace", "pace { stage challenges medianDays ninetiethPercentileDays }"),
    ("punctuality", "punctuality { stage due met }"),
    ("burden", "burden(first: 100) { council { name } given received ratio }"),
    ("pool", "pool { __typename }"),
    ("satisfaction", "satisfaction { kind answers mean }"),
    (
        "implementation",
        "implementation { recommendations answered implemented }",
    ),
    ("judgements", "judgements { before after visits }"),
    ("engagement", "engagement { __typename }"),
    (
        "offers",
        "offers(first: 100) { council { name } points lastChallengeOn }",
    ),
];

async fn run(engine: Engine) -> anyhow::Result<()> {
    let Some(db) = TestDb::migrated(engine).await? else {
        println!("{engine:?}: no server, left out");
        return Ok(());
    };
    let app = App::bare(&db).await?;
    let tx = app.database.begin().await?;
    let filled = fill::fill(&tx, &app.act(), &*app.clock, &*app.ids, 1).await;
    filled.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let challenges = ten_years(&tx).await?;
    tx.commit().await?;
    println!("{engine:?}: {challenges} past challenges");
    let from = app.act().today - Months::new(120);
    for (name, view) in VIEWS {
        let query = format!("{{ picture(filter: {{ from: \"{from}\" }}) {{ {view} }} }}");
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let answer = app.post(Some(programme()), &query, json!({})).await?.body;
            times.push(start.elapsed());
            ensure!(answer["errors"].is_null(), "{answer:#}");
        }
        times.sort_unstable();
        println!(
            "  {name}: median {:.1?}, slowest {:.1?}",
            times[ROUNDS / 2],
            times[ROUNDS - 1]
        );
    }
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
