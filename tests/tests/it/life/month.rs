//! The queries of docs/MONTH.md, run as they stand there.

use serde_json::{Map, Value};
use support::{TestDb, app::programme, on_both};

use super::Life;

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/MONTH.md"));

on_both! {
    async fn the_month_in_ten_queries_runs(db: &TestDb) {
        let life = Life::begin(db).await?;
        let documents: Vec<&str> = PAGE
            .split("```graphql\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert_eq!(documents.len(), 10);
        let variables = [
            ("challenge", Value::from(life.journey.id.clone())),
            ("version", Value::from(life.journey.version)),
        ];
        for document in documents {
            let wanted = variables.iter().filter(|(name, _)| document.contains(&format!("${name}:")));
            let wanted: Map<String, Value> = wanted.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let data = life.app.data(programme(), document, wanted.into()).await?;
            let payloads = data.as_object().unwrap().values();
            for payload in payloads.filter(|payload| payload.get("userErrors").is_some()) {
                assert_eq!(payload["userErrors"], serde_json::json!([]), "{document}\n{payload:#}");
            }
        }
        life.app.stop().await
    }
}
