//! Who may read the schema, wherever `__schema` and `__type` hide in a document.

use peer_challenge::http::Introspection;
use serde_json::json;

use super::server::{Answer, GRAPHQL, JSON, TestServer, client};

/// The schema read in every disguise.
const DISGUISES: [&str; 7] = [
    "{ __schema { queryType { name } } }",
    "{ ok innocent: __type(name: \"Query\") { name } }",
    "{ ... { ... on Query { x: __schema { queryType { name } } } } }",
    "{ ...F } fragment F on Query { ok ...G } fragment G on Query { __schema { types { name } } }",
    "query Q($v: Boolean = false) { __schema @include(if: $v) { queryType { name } } }",
    "{ __schema @skip(if: true) { queryType { name } } }",
    "{ __schema { types { fields { type { name } } } } }",
];

async fn with_token(server: &TestServer, document: &str) -> Answer {
    let request = client()
        .post(server.url("/graphql"))
        .header("accept", GRAPHQL)
        .bearer_auth(server.token())
        .json(&json!({ "query": document }));
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_for_viewers_unless_set_otherwise() {
    let server = TestServer::start();
    for document in DISGUISES {
        server.query(document).await.refused(401, "UNAUTHENTICATED");
        let answer = with_token(&server, document).await;
        assert_eq!(answer.status, 200, "{document}: {}", answer.text);
        assert!(answer.json().get("errors").is_none(), "{}", answer.text);
    }
    let typename = server.query("{ __typename ok }").await;
    assert_eq!(typename.json()["data"]["__typename"], "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_read_the_schema_is_told_so() {
    for policy in [Introspection::Programme, Introspection::Off] {
        let server = TestServer::start_with(|options| options.introspection = policy);
        for document in DISGUISES {
            // The token is a council's.
            with_token(&server, document).await.refused(403, "FORBIDDEN");
        }
        assert_eq!(with_token(&server, "{ __typename }").await.status, 200);
    }
    let off = TestServer::start_with(|options| options.introspection = Introspection::Off);
    off.query(DISGUISES[0]).await.refused(403, "FORBIDDEN");
    let older = off.post(JSON, &json!({"query": DISGUISES[0]})).await;
    older.refused(200, "FORBIDDEN");
    let open = TestServer::start_with(|options| options.introspection = Introspection::All);
    assert_eq!(open.query(DISGUISES[0]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_what_they_may_have_meant() {
    let server = TestServer::start_with(|options| options.introspection = Introspection::All);
    for document in ["{ okk }", "{ echo(texxt: \"a\") }", "{ self { okay } }"] {
        let answer = with_token(&server, document).await;
        answer.refused(400, "GRAPHQL_VALIDATION_FAILED");
        assert!(!answer.text.contains("Did you mean"), "{}", answer.text);
    }
}
