//! Variables may only stand where every value of their type would do, whatever value comes with them.

use serde_json::{Value, json};

use super::{
    server::{GRAPHQL, JSON, TestServer},
    wire::Wire,
};

/// Documents whose variable stands where its type does not belong, with a value that would fit.
fn misplaced() -> Vec<(&'static str, Value)> {
    vec![
        ("query Q($v: Int!) { echo(text: $v) }", json!("text")),
        ("query Q($v: ID!) { echo(text: $v) }", json!("text")),
        ("query Q($v: String) { echo(text: $v) }", json!("text")),
        ("query Q($v: String = null) { echo(text: $v) }", json!("text")),
        ("query Q($v: [Int]) { echo(text: \"\", list: $v) }", json!([1])),
        ("query Q($v: Int!) { echo(text: \"\", list: $v) }", json!(1)),
        ("query Q($v: String!) { echo(text: \"\", list: [$v]) }", json!(1)),
        ("query Q($v: String!) { ok @include(if: $v) }", json!(true)),
        ("query Q($v: Boolean) { ok @skip(if: $v) }", json!(false)),
        (
            "query Q($v: Int!) { ...F } fragment F on Query { ... on Query { ...G } } fragment G on Query { echo(text: $v) }",
            json!("text"),
        ),
        ("query Q($v: Int!) { __type(name: $v) { name } }", json!("Query")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_of_another_type_is_refused_whatever_its_value() {
    let server = TestServer::start_with(|options| options.introspection = peer_challenge::http::Introspection::All);
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    for (document, value) in misplaced() {
        let body = json!({ "query": document, "variables": { "v": value } });
        let answer = server.post(GRAPHQL, &body).await;
        answer.refused(400, "GRAPHQL_VALIDATION_FAILED");
        let error = &answer.json()["errors"][0];
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("used in position expecting type"),
            "{error}"
        );
        assert_eq!(error["locations"].as_array().map(Vec::len), Some(2), "{error}");
        server.post(JSON, &body).await.refused(200, "GRAPHQL_VALIDATION_FAILED");
        wire.subscribe_as("1", body).await;
        assert_eq!(wire.failed("1").await, "GRAPHQL_VALIDATION_FAILED", "{document}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_fits_is_taken() {
    let server = TestServer::start();
    for (document, variables, expected) in [
        (
            "query Q($v: String!) { echo(text: $v) }",
            json!({"v": "a"}),
            json!({"echo": "a0"}),
        ),
        (
            "query Q($v: String = \"d\") { echo(text: $v) }",
            json!({}),
            json!({"echo": "d0"}),
        ),
        (
            "query Q($v: [Int!]!) { echo(text: \"a\", list: $v) }",
            json!({"v": [1, 2]}),
            json!({"echo": "a2"}),
        ),
        (
            "query Q($v: Int!) { echo(text: \"a\", list: [1, $v, $v]) }",
            json!({"v": 2}),
            json!({"echo": "a3"}),
        ),
        (
            "query Q($v: Boolean!) { ok @include(if: $v) __typename @skip(if: $v) }",
            json!({"v": true}),
            json!({"ok": true}),
        ),
        (
            "query Q($v: String!) { ...F } fragment F on Query { echo(text: $v) }",
            json!({"v": "a"}),
            json!({"echo": "a0"}),
        ),
    ] {
        let answer = server
            .post(GRAPHQL, &json!({"query": document, "variables": variables}))
            .await;
        assert_eq!(answer.status, 200, "{document}: {}", answer.text);
        assert_eq!(answer.json(), json!({ "data": expected }), "{document}");
    }
}
