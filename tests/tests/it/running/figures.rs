//! `/metrics`: what requests leave in the figures, who may read them, and that no client can make them grow.

use std::collections::BTreeSet;

use peer_challenge::metrics::{
    self,
    names::{Kind, METRICS},
};
use serde_json::json;
use support::{App, TestDb, app::programme, on_both};

use super::exposition::Exposition;
use crate::http_protocol::wire::Wire;

async fn scrape(app: &App) -> anyhow::Result<Exposition> {
    let response = reqwest::get(format!("{}/metrics", app.url)).await?.error_for_status()?;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    Exposition::parse(&response.text().await?)
}

on_both!(
    async fn requests_leave_their_outcome_and_time(db: &TestDb) {
        metrics::start()?;
        let app = App::bare(db).await?;
        let operations = "peer_challenge_operations_total";
        // Names of this case only: the figures belong to the whole process, and other tests run beside.
        let name = format!("Figures{:?}", db.engine());
        let of = |outcome: &'static str, kind: &'static str| {
            [
                ("operation", name.clone()),
                ("outcome", outcome.to_owned()),
                ("type", kind.to_owned()),
            ]
        };
        let count = |text: &Exposition, outcome, kind| {
            let labels = of(outcome, kind);
            let labels: Vec<_> = labels.iter().map(|(key, value)| (*key, value.as_str())).collect();
            text.sum(operations, &labels)
        };
        for _ in 0..3 {
            app.post(
                Some(programme()),
                &format!("query {name} {{ viewer {{ role }} }}"),
                json!({}),
            )
            .await?;
        }
        app.post(Some(programme()), &format!("query {name} {{ noSuchField }}"), json!({}))
            .await?;
        app.post(
            None,
            &format!("query {name} {{ seasons {{ nodes {{ id }} }} }}"),
            json!({}),
        )
        .await?;
        let text = scrape(&app).await?;
        assert!((count(&text, "OK", "query") - 3.0).abs() < 0.1, "{text:#?}");
        assert!((count(&text, "GRAPHQL_VALIDATION_FAILED", "query") - 1.0).abs() < 0.1);
        let timed = text.sum(
            "peer_challenge_operation_duration_seconds_count",
            &[("operation", &name), ("type", "query")],
        );
        assert!((timed - 4.0).abs() < 0.1);
        assert!(
            text.sum(
                "peer_challenge_database_statement_duration_seconds_count",
                &[("outcome", "ok")]
            ) > 0.0
        );
        assert!(
            text.sum(
                "peer_challenge_http_responses_total",
                &[("route", "/graphql"), ("status", "200")]
            ) >= 3.0
        );
        app.stop().await
    }
);

on_both!(
    async fn operations_of_every_transport_are_counted_alike(db: &TestDb) {
        metrics::start()?;
        let app = App::bare(db).await?;
        let name = format!("Carried{:?}", db.engine());
        let counted = |text: &Exposition, kind, outcome| {
            let labels = [("operation", name.as_str()), ("outcome", outcome), ("type", kind)];
            // A sum of nothing is minus nothing.
            format!("{:.0}", text.sum("peer_challenge_operations_total", &labels).abs())
        };
        let mut wire = Wire::ready(&app.url, &app.token(programme())?).await;
        for _ in 0..2 {
            wire.subscribe("1", &format!("query {name} {{ viewer {{ role }} }}"))
                .await;
            wire.result("1").await;
            wire.completed("1").await;
        }
        wire.subscribe("1", &format!("query {name} {{ noSuchField }}")).await;
        assert_eq!(wire.failed("1").await, "GRAPHQL_VALIDATION_FAILED");
        wire.subscribe("1", &format!("mutation {name} {{ noSuchField }}")).await;
        assert_eq!(wire.failed("1").await, "GRAPHQL_VALIDATION_FAILED");
        let text = scrape(&app).await?;
        assert_eq!(counted(&text, "query", "OK"), "2", "{text:#?}");
        assert_eq!(counted(&text, "query", "GRAPHQL_VALIDATION_FAILED"), "1");
        assert_eq!(counted(&text, "mutation", "GRAPHQL_VALIDATION_FAILED"), "1");

        // An event stream is counted once, with its real outcome, when it ends.
        let client = reqwest::Client::new();
        let stream = |document: String| {
            client
                .post(format!("{}/graphql", app.url))
                .bearer_auth(app.token(programme()).unwrap_or_default())
                .header("accept", "text/event-stream")
                .json(&json!({ "query": document }))
                .send()
        };
        stream(format!("query {name} {{ viewer {{ role }} }}"))
            .await?
            .text()
            .await?;
        stream(format!("query {name} {{ noSuchField }}")).await?.text().await?;
        let text = scrape(&app).await?;
        assert_eq!(counted(&text, "query", "OK"), "3");
        assert_eq!(counted(&text, "query", "GRAPHQL_VALIDATION_FAILED"), "2");
        let timed = [("operation", name.as_str()), ("type", "query")];
        let timed = text.sum("peer_challenge_operation_duration_seconds_count", &timed);
        assert!((timed - 5.0).abs() < 0.1, "{timed}");

        // A subscription that its client ends; how long it lasted is no latency.
        let document = format!("subscription {name} {{ challengeChanged {{ action }} }}");
        wire.subscribe("1", &document).await;
        wire.subscribe("2", "{ __typename }").await;
        wire.result("2").await;
        wire.completed("2").await;
        assert_eq!(counted(&scrape(&app).await?, "subscription", "CANCELLED"), "0");
        wire.send(&json!({"id": "1", "type": "complete"})).await;
        let mut ended = String::new();
        for _ in 0..100 {
            ended = counted(&scrape(&app).await?, "subscription", "CANCELLED");
            if ended != "0" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(ended, "1");
        let timed = [("operation", name.as_str()), ("type", "subscription")];
        let text = scrape(&app).await?;
        assert!(text.sum("peer_challenge_operation_duration_seconds_count", &timed) < 0.1);
        app.stop().await
    }
);

on_both!(
    async fn strangers_cannot_make_the_figures_grow(db: &TestDb) {
        metrics::start()?;
        let app = App::bare(db).await?;
        for number in 0..50 {
            app.post(None, &format!("query Flood{number} {{ __typename }}"), json!({}))
                .await?;
            reqwest::get(format!("{}/flood/{number}", app.url)).await?;
        }
        let text = scrape(&app).await?;
        let flooded: Vec<_> = text
            .samples
            .iter()
            .filter(|sample| {
                sample
                    .labels
                    .values()
                    .any(|value| value.to_lowercase().contains("flood"))
            })
            .collect();
        assert!(flooded.is_empty(), "{flooded:#?}");
        // Nobody who comes through a proxy sees the figures, not even that there are any.
        let client = reqwest::Client::new();
        for header in ["x-forwarded-for", "forwarded", "via", "x-real-ip"] {
            let request = client.get(format!("{}/metrics", app.url)).header(header, "192.0.2.1");
            let (hidden, absent) = (
                request.send().await?,
                reqwest::get(format!("{}/nothing", app.url)).await?,
            );
            assert_eq!(
                (hidden.status(), hidden.text().await?.len()),
                (absent.status(), absent.text().await?.len())
            );
        }
        app.stop().await
    }
);

/// Whatever was counted while the whole suite ran must be a figure that the table describes, with its labels.
#[tokio::test]
async fn every_figure_is_described() -> anyhow::Result<()> {
    metrics::start()?;
    let text = Exposition::parse(&metrics::render())?;
    for sample in text
        .samples
        .iter()
        .filter(|sample| sample.name.starts_with("peer_challenge_"))
    {
        let family = text.family(&sample.name);
        let metric = METRICS
            .iter()
            .find(|metric| metric.name == family)
            .unwrap_or_else(|| panic!("{family} is not in metrics/names.rs"));
        assert_eq!(text.types[family], metric.kind.as_str());
        let labels: BTreeSet<_> = sample
            .labels
            .keys()
            .map(String::as_str)
            .filter(|key| *key != "le")
            .collect();
        assert_eq!(labels, metric.labels.iter().copied().collect(), "{family}");
        if metric.kind == Kind::Histogram {
            assert!(sample.value >= 0.0);
        }
    }
    Ok(())
}

/// Every name in the code has its row, and every row is used.
#[test]
fn the_table_and_the_code_name_the_same_figures() {
    let mut used = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../api/src"
    ))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("metrics/names.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                // A constant of another kind may look alike.
                let text: String = text.lines().filter(|line| !line.contains("const ")).collect();
                let names = text.split("\"peer_challenge_").skip(1);
                used.extend(names.filter_map(|rest| Some(format!("peer_challenge_{}", rest.split('"').next()?))));
            }
        }
    }
    let described: BTreeSet<_> = METRICS.iter().map(|metric| metric.name.to_owned()).collect();
    let named: BTreeSet<_> = used.into_iter().filter(|name| !name.contains(['{', ' '])).collect();
    assert_eq!(named, described);
}
