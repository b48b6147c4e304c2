//! What a request without a token is told: the schema's own description, and nothing about its input.

use serde_json::json;
use support::{TestDb, on_both};

use super::hidden::codes;

on_both!(
    async fn nobody_in_particular_is_told_nothing_about_their_input(db: &TestDb) {
        let app = support::App::bare(db).await?;
        let asked = [
            ("{ node(id: 5.5) { id } }", json!({})),
            ("{ councils(first: 0) { totalCount } }", json!({})),
            (
                "query ($on: Date!) { schedule(from: $on, to: $on) { totalCount } }",
                json!({ "on": "yesterday" }),
            ),
            (
                "query ($on: Date!) { schedule(from: $on, to: $on) { totalCount } }",
                json!({}),
            ),
            (
                "mutation { submitChallenge(input: { challengeId: \"x\", expectedVersion: 1 }) { userErrors { code } } }",
                json!({}),
            ),
            (
                "query { ... { ...F } } fragment F on Query { __typename themes { nothing } }",
                json!({}),
            ),
        ];
        for (document, variables) in asked {
            let answer = app.post(None, document, variables).await?;
            assert_eq!(
                (answer.status, codes(&answer.body)),
                (401, vec!["UNAUTHENTICATED"]),
                "{document}"
            );
            assert!(answer.body.get("data").is_none(), "{document}: {}", answer.body);
        }
        // A stream of events is not opened for nobody either.
        let stream = reqwest::Client::new()
            .post(format!("{}/graphql", app.url))
            .header("accept", "text/event-stream")
            .json(&json!({ "query": "subscription { challengeChanged { action } }" }))
            .send()
            .await?;
        assert_eq!(stream.status().as_u16(), 401);
        let described = app
            .post(
                None,
                "{ __typename __schema { queryType { name } } __type(name: \"Peer\") { name } }",
                json!({}),
            )
            .await?;
        // Unless the service is told otherwise, the schema too is for those with a token.
        assert_eq!(codes(&described.body), ["UNAUTHENTICATED"]);
        let unknown = app.post(None, "{ nothing }", json!({})).await?;
        assert_eq!(codes(&unknown.body), ["GRAPHQL_VALIDATION_FAILED"]);
        app.stop().await
    }
);
