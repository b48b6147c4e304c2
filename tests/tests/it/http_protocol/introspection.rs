//! Who may read the schema, wherever `__schema` and `__type` hide in a document, and who is told of it in errors.

use peer_challenge::{auth::ViewerRole, http::Introspection};
use serde_json::json;
use uuid::Uuid;

use super::{
    server::{Answer, GRAPHQL, JSON, TestServer, client},
    wire::Wire,
};

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

/// Every role, and nobody.
fn viewers() -> Vec<Option<ViewerRole>> {
    vec![
        None,
        Some(ViewerRole::Programme),
        Some(ViewerRole::Hub {
            regions: vec!["E12000001".to_owned()],
        }),
        Some(ViewerRole::Council {
            council: "E06000001".to_owned(),
        }),
        Some(ViewerRole::Peer { peer: Uuid::nil() }),
        Some(ViewerRole::Analyst),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_read_the_schema_is_told_what_they_may_have_meant() {
    for policy in [
        Introspection::All,
        Introspection::Authenticated,
        Introspection::Programme,
        Introspection::Off,
    ] {
        let server = TestServer::start_with(|options| options.introspection = policy);
        for role in viewers() {
            let token = role.map(|role| server.token_of(role));
            let ask = async |accept: &str, document: &str| {
                let mut request = client().post(server.url("/graphql")).header("accept", accept);
                if let Some(token) = &token {
                    request = request.bearer_auth(token);
                }
                let sent = request.json(&json!({ "query": document })).send().await.unwrap();
                Answer::of(sent).await
            };
            let reads = ask(GRAPHQL, DISGUISES[0]).await.status == 200;
            for (document, meant) in [
                ("{ whoo }", "\"who\""),
                ("{ echo(text: \"a\", liist: [1]) }", "\"list\""),
                ("{ self { ...F } } fragment F on Nested { selff }", "\"self\""),
                ("mutation { runn }", "\"run\""),
            ] {
                let over_http = ask(GRAPHQL, document).await;
                let stream = ask("text/event-stream", document).await;
                let over_socket = match &token {
                    Some(token) => {
                        let mut wire = Wire::ready(&server.base, token).await;
                        wire.subscribe("1", document).await;
                        wire.next().await.to_string().replace("\\\"", "\"")
                    }
                    None => stream.text.replace("\\\"", "\""),
                };
                for text in [over_http.text, stream.text] {
                    let text = text.replace("\\\"", "\"");
                    assert!(text.contains("Unknown "), "{document}: {text}");
                    assert_eq!(text.contains("Did you mean"), reads, "{policy:?} {document}: {text}");
                    assert_eq!(text.contains(meant), reads, "{policy:?} {document}: {text}");
                }
                assert_eq!(
                    over_socket.contains("Did you mean"),
                    reads,
                    "{policy:?} {document}: {over_socket}"
                );
            }
        }
    }
}
