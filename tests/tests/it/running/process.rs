//! The life of the process: waiting for its database, refusing a newer one, ending without losing a request.

use std::time::{Duration, Instant};

use peer_challenge::db::{Engine, Tx};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use support::{TestDb, on_both, process::Installation};

use super::exposition::Exposition;

async fn get(url: &str) -> anyhow::Result<(u16, Value)> {
    let response = reqwest::get(url).await?;
    Ok((response.status().as_u16(), response.json().await?))
}

/// A change that is held up waits, however slow the machine is.
const PATIENT: [&str; 4] = ["--acquire-timeout-seconds", "60", "--lock-timeout-seconds", "60"];

/// Holds up every change of another process until it is rolled back.
async fn hold(db: &TestDb) -> anyhow::Result<Tx> {
    let held = db.database().begin().await?;
    if db.engine() == Engine::Postgres {
        held.execute_unprepared("LOCK TABLE audit_event IN EXCLUSIVE MODE")
            .await?;
    }
    Ok(held)
}

/// A change that waits while somebody [`hold`]s.
fn change(url: &str, token: &str) -> tokio::task::JoinHandle<reqwest::Result<reqwest::Response>> {
    let query =
        "mutation ($input: CreateSeasonInput!) { createSeason(input: $input) { season { name } userErrors { code } } }";
    let input = json!({ "name": "slow", "startsOn": "2031-04-01", "endsOn": "2032-03-31" });
    let request = reqwest::Client::new()
        .post(format!("{url}/graphql"))
        .bearer_auth(token)
        .json(&json!({ "query": query, "variables": { "input": input } }));
    tokio::spawn(request.send())
}

/// Until the figures say that a request besides the scrape is under way.
async fn under_way(url: &str) -> anyhow::Result<()> {
    for _ in 0..1_500 {
        let text = reqwest::get(format!("{url}/metrics")).await?.text().await?;
        if text.contains("peer_challenge_http_requests_in_flight 2") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the request never began")
}

on_both!(
    async fn a_running_request_ends_before_the_process_does(db: &TestDb) {
        let place = Installation::new()?;
        let mut served = place.serve(db.url(), &[&["--drain-seconds", "3"], &PATIENT[..]].concat())?;
        let url = served.serving().await?;
        assert_eq!(get(&format!("{url}/readyz")).await?.0, 200);
        let token = place.token(&["--role", "national-programme"]).await?;
        let held = hold(db).await?;
        let slow = change(&url, &token);
        under_way(&url).await?;
        served.signal("TERM").await?;
        served.logged("shutting down; a second signal ends at once").await?;
        // While it drains, load balancers see why, and the process is alive.
        assert_eq!(
            get(&format!("{url}/readyz")).await?,
            (503, json!({ "status": "unavailable", "reason": "DRAINING" }))
        );
        assert_eq!(get(&format!("{url}/healthz")).await?.0, 200);
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        held.rollback().await?;
        let answer = slow.await??;
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await?;
        assert_eq!(body["data"]["createSeason"]["season"]["name"], "slow", "{body}");
        assert_eq!(served.ended().await?.code(), Some(0));
        Ok(())
    }
);

on_both!(
    async fn a_second_signal_ends_it_at_once(db: &TestDb) {
        let place = Installation::new()?;
        let mut served = place.serve(db.url(), &PATIENT)?;
        let url = served.serving().await?;
        let token = place.token(&["--role", "national-programme"]).await?;
        let held = hold(db).await?;
        let slow = change(&url, &token);
        under_way(&url).await?;
        served.signal("TERM").await?;
        served.logged("shutting down; a second signal ends at once").await?;
        let start = Instant::now();
        served.signal("TERM").await?;
        let ended = served.ended().await?;
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert_eq!(ended.code(), Some(1), "an end that cut requests off is no success");
        if let Ok(answer) = slow.await? {
            // On a busy machine the end of the task may still be told; the change is not done all the same.
            assert!(!answer.status().is_success(), "{answer:?}");
        }
        held.rollback().await?;
        Ok(())
    }
);

on_both!(
    async fn a_newer_schema_stops_a_replica_before_it_serves(db: &TestDb) {
        db.conn()
            .execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_tomorrow', 0)")
            .await?;
        let place = Installation::new()?;
        let mut served = place.serve(db.url(), &[])?;
        assert_eq!(served.ended().await?.code(), Some(1));
        // The last line is for people.
        let log = served.log();
        let said = log
            .iter()
            .any(|line| line.as_str().is_some_and(|text| text.contains("newer version")));
        assert!(said && !log.iter().any(|line| line["message"] == "serving"), "{log:#?}");
        Ok(())
    }
);

on_both!(empty
    async fn while_it_migrates_it_is_alive_and_not_ready(db: &TestDb) {
        // Somebody else holds what migrations wait for.
        let held = db.database().begin().await?;
        if db.engine() == Engine::Postgres {
            let lock = i64::from_be_bytes(*b"peerchal");
            held.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({lock})")).await?;
        }
        let place = Installation::new()?;
        let mut served = place.serve(db.url(), &[])?;
        let line = served.logged("listening; bringing the database to this version").await?;
        let url = line["address"].as_str().unwrap().to_owned();
        assert_eq!(get(&format!("{url}/healthz")).await?.0, 200);
        let not_yet = (503, json!({ "status": "unavailable", "reason": "MIGRATING" }));
        assert_eq!(get(&format!("{url}/readyz")).await?, not_yet);
        assert_eq!(get(&format!("{url}/graphql?query=%7B__typename%7D")).await?, not_yet);
        held.rollback().await?;
        assert_eq!(served.serving().await?, url);
        assert_eq!(get(&format!("{url}/readyz")).await?, (200, json!({ "status": "ready" })));
        served.signal("TERM").await?;
        assert_eq!(served.ended().await?.code(), Some(0));
        Ok(())
    }
);

on_both!(
    async fn figures_may_have_an_address_of_their_own(db: &TestDb) {
        let place = Installation::new()?;
        let mut served = place.serve(db.url(), &["--metrics-bind", "127.0.0.1:0"])?;
        let url = served.serving().await?;
        let line = served.logged("figures").await?;
        let figures = line["address"].as_str().unwrap().to_owned();
        let response = reqwest::get(&figures).await?;
        let text = response.text().await?;
        let parsed = Exposition::parse(&text)?;
        let pool = if db.engine() == Engine::Postgres {
            "all"
        } else {
            "writer"
        };
        assert!(
            parsed.sum("peer_challenge_database_connections_max", &[("pool", pool)]) >= 1.0,
            "{text}"
        );
        assert!(parsed.sum("process_resident_memory_bytes", &[]) > 1e6);
        assert_eq!(
            reqwest::get(format!("{url}/metrics")).await?.status(),
            404,
            "only there"
        );
        assert_eq!(
            reqwest::get(figures.replace("/metrics", "/graphql")).await?.status(),
            404,
            "nothing else there"
        );
        assert_eq!(get(&figures.replace("/metrics", "/readyz")).await?.0, 200);
        Ok(())
    }
);
