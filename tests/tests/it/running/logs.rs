//! The log of the real binary: every request can be found by its id, and nothing of what people wrote or are is in it.

use serde_json::{Value, json};
use support::{TestDb, on_both, process::Installation};

/// Texts that only requests held.
const PRIVATE: [&str; 6] = [
    "Wilhelmina",
    "Featherstonehaugh",
    "wilhelmina@private.example",
    "hunter2",
    "SecretOperation",
    "divorced",
];

async fn ask(url: &str, token: Option<&str>, body: String) -> anyhow::Result<Option<String>> {
    let mut request = reqwest::Client::new()
        .post(format!("{url}/graphql?note=hunter2"))
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.body(body).send().await?;
    Ok(response
        .headers()
        .get("x-request-id")
        .map(|id| id.to_str().unwrap_or_default().to_owned()))
}

on_both!(
    async fn requests_are_found_by_id_and_people_are_not(db: &TestDb) {
        let place = Installation::new()?;
        let mut served = place.serve(db.url(), &[])?;
        let url = served.serving().await?;
        let token = place
            .token(&[
                "--role",
                "national-programme",
                "--subject",
                "wilhelmina@private.example",
            ])
            .await?;
        let create = "mutation SecretOperation($input: RegisterPeerInput!) { registerPeer(input: $input) {
            peer { id } userErrors { code message } } }";
        let person = json!({ "reference": "P-1", "name": "Wilhelmina Featherstonehaugh",
            "email": "wilhelmina@private.example", "roles": ["MEMBER_PEER"],
            "affiliation": { "kind": "EMPLOYMENT", "post": "divorced" } });
        let season =
            "mutation SecretOperation($input: CreateSeasonInput!) { createSeason(input: $input) { season { id } } }";
        let named = json!({ "name": "Featherstonehaugh", "startsOn": "2031-04-01", "endsOn": "2032-03-31" });
        let requests = [
            (Some(token.as_str()), json!({ "query": create, "variables": { "input": person } }).to_string()),
            (Some(token.as_str()), json!({ "query": "query SecretOperation { peers(filter: { nameContains: \"Wilhelmina\" }) { nodes { id } } }" }).to_string()),
            (Some(token.as_str()), json!({ "query": season, "variables": { "input": named } }).to_string()),
            // Hostile and broken ones.
            (None, json!({ "query": create, "variables": { "input": person } }).to_string()),
            (Some("hunter2.hunter2.hunter2"), json!({ "query": "{ viewer { role } }" }).to_string()),
            (Some(token.as_str()), json!({ "query": "query SecretOperation { Wilhelmina(hunter2: \"divorced\") }" }).to_string()),
            (Some(token.as_str()), json!({ "query": format!("{{ {} }}", "Wilhelmina { ".repeat(4_000)) }).to_string()),
            (Some(token.as_str()), "{\"query\": \"Featherstonehaugh".to_owned()),
            (Some(token.as_str()), json!({ "query": "{ peers(after: \"hunter2\") { nodes { id } } }" }).to_string()),
            (Some(token.as_str()), json!({ "query": "{ node(id: \"divorced\") { id } }" }).to_string()),
        ];
        let mut ids = Vec::new();
        for (token, body) in requests {
            ids.extend(ask(&url, token, body).await?);
        }
        assert_eq!(ids.len(), 10, "every answer names its request");
        reqwest::get(format!("{url}/Wilhelmina/hunter2")).await?;
        served.terminate().await?;
        let log = served.log();
        for line in &log {
            assert!(line.is_object(), "not JSON: {line}");
            let text = line.to_string();
            for private in PRIVATE.iter().chain([&token.as_str()]) {
                // The path of an address that does not exist is the client's own text.
                assert!(!text.contains(private), "{private} is in the log: {text}");
            }
        }
        let answered: Vec<&Value> = log.iter().filter(|line| line["message"] == "answered").collect();
        for id in ids {
            let line = answered.iter().find(|line| line["request_id"] == id.as_str());
            let line = line.unwrap_or_else(|| panic!("{id} is not in the log"));
            assert_eq!((&line["method"], &line["path"]), (&json!("POST"), &json!("/graphql")));
            assert!(
                line["status"].is_u64() && line["milliseconds"].is_u64() && line["timestamp"].is_string(),
                "{line}"
            );
        }
        Ok(())
    }
);
