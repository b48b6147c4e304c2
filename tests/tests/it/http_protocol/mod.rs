//! GraphQL over HTTP, row by row: media types, methods, status codes, error codes, limits, shutdown.
//!
//! The schema is a tiny one, so that each test speaks of the protocol only.

mod documents;
mod events;
mod hostile;
mod introspection;
mod positions;
mod rate;
mod server;
mod slow;
mod sockets;
mod streams;
pub(crate) mod wire;

use peer_challenge::http::{NotReady, ServeError};
use serde_json::{Value, json};
use server::{Answer, GRAPHQL, JSON, TestServer, client};

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_answered_in_the_accepted_media_type() {
    let server = TestServer::start();
    for (accept, media) in [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        (
            "application/json;q=0.1, application/graphql-response+json;q=0.2",
            GRAPHQL,
        ),
    ] {
        let answer = server.post(accept, &json!({"query": "{ ok }"})).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-type"),
            format!("{media}; charset=utf-8"),
            "{accept}"
        );
        assert_eq!(answer.json(), json!({"data": {"ok": true}}));
    }
    let silent = client()
        .post(server.url("/graphql"))
        .json(&json!({"query": "{ ok }"}))
        .send()
        .await
        .unwrap();
    assert_eq!(
        Answer::of(silent).await.header("content-type"),
        "application/json; charset=utf-8"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accept_header_that_cannot_be_met_is_406() {
    let server = TestServer::start();
    for accept in ["text/html", "application/json;q=0", "multipart/mixed", "*/*;q=0"] {
        let answer = server.post(accept, &json!({"query": "{ ok }"})).await;
        answer.refused(406, "BAD_USER_INPUT");
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_json_bodies_are_taken_and_nothing_else_is_executed() {
    let server = TestServer::start();
    let body = json!({"query": "mutation { run }"}).to_string();
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/json; charset=latin1"),
    ] {
        let mut request = client().post(server.url("/graphql")).body(body.clone());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        Answer::of(request.send().await.unwrap())
            .await
            .refused(415, "BAD_USER_INPUT");
    }
    let compressed = client()
        .post(server.url("/graphql"))
        .header("content-type", JSON)
        .header("content-encoding", "gzip");
    Answer::of(compressed.body(body).send().await.unwrap())
        .await
        .refused(415, "BAD_USER_INPUT");
    assert_eq!(*server.runs.borrow(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_reads_and_never_writes() {
    let server = TestServer::start();
    let answer = server
        .get("/graphql?query=query%20Q(%24t%3AString!)%7Becho(text%3A%24t)%7D&operationName=Q&variables=%7B%22t%22%3A%22x%22%7D")
        .await;
    assert_eq!((answer.status, answer.json()), (200, json!({"data": {"echo": "x0"}})));
    // The operation that is named decides, not the first one.
    for path in [
        "/graphql?query=mutation%7Brun%7D",
        "/graphql?query=query%20A%7Bok%7D%20mutation%20B%7Brun%7D&operationName=B",
    ] {
        let answer = server.get(path).await;
        answer.refused(405, "BAD_USER_INPUT");
        assert_eq!(answer.header("allow"), "POST");
    }
    assert_eq!(
        server
            .get("/graphql?query=query%20A%7Bok%7D%20mutation%20B%7Brun%7D&operationName=A")
            .await
            .status,
        200
    );
    server.get("/graphql").await.refused(400, "BAD_USER_INPUT");
    server
        .get("/graphql?query=%7Bok%7D&variables=%5B1%5D")
        .await
        .refused(400, "BAD_USER_INPUT");
    assert_eq!(*server.runs.borrow(), 0);
    assert_eq!(
        server.query("mutation { run }").await.json(),
        json!({"data": {"run": 1}})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_405() {
    let server = TestServer::start();
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE, reqwest::Method::PATCH] {
        let answer = Answer::of(client().request(method, server.url("/graphql")).send().await.unwrap()).await;
        answer.refused(405, "BAD_USER_INPUT");
        assert_eq!(answer.header("allow"), "GET, POST");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_graphql_request_is_400_for_everybody() {
    let server = TestServer::start();
    for accept in [GRAPHQL, JSON] {
        for body in [
            json!([]),
            json!([{"query": "{ ok }"}]),
            json!("{ ok }"),
            json!({}),
            json!({"query": 1}),
            json!({"query": "{ ok }", "operationName": 1}),
            json!({"query": "{ ok }", "variables": [1]}),
            json!({"query": "{ ok }", "variables": "{}"}),
            json!({"query": "{ ok }", "extensions": 0}),
        ] {
            server.post(accept, &body).await.refused(400, "BAD_USER_INPUT");
        }
        for body in ["", "{ \"not a JSON", "null", "{\"query\":\"{ ok }\"} trailing"] {
            let request = client()
                .post(server.url("/graphql"))
                .header("content-type", JSON)
                .header("accept", accept);
            Answer::of(request.body(body).send().await.unwrap())
                .await
                .refused(400, "BAD_USER_INPUT");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_document_is_400_or_200_under_the_older_media_type() {
    let server = TestServer::start();
    let required = "query($t: String!) { echo(text: $t) }";
    for (body, code) in [
        (json!({"query": "{"}), "GRAPHQL_PARSE_FAILED"),
        (json!({"query": ""}), "GRAPHQL_PARSE_FAILED"),
        (json!({"query": "{ nothing }"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"query": "{ ok { ok } }"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"query": "{ ...F }"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"query": "{ echo(text: 1) }"}), "GRAPHQL_VALIDATION_FAILED"),
        (
            json!({"query": "query A { ok } query B { ok }"}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            json!({"query": "query A { ok }", "operationName": "B"}),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (json!({"query": "subscription { ok }"}), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"query": required}), "BAD_USER_INPUT"),
        (json!({"query": required, "variables": {"t": null}}), "BAD_USER_INPUT"),
        (
            json!({"query": "query($id: ID!) { __typename }", "variables": {"id": null}}),
            "BAD_USER_INPUT",
        ),
    ] {
        server.post(GRAPHQL, &body).await.refused(400, code);
        server.post(JSON, &body).await.refused(200, code);
    }
    // Variables of the wrong type are seen before anything runs.
    let wrong = json!({"query": required, "variables": {"t": [1]}});
    let answer = server.post(GRAPHQL, &wrong).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    answer.code();
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_data_is_200_and_no_data_follows_the_worst_error() {
    let server = TestServer::start();
    let partial = server.query("{ ok maybe(code: \"NOT_FOUND\") }").await;
    assert_eq!((partial.status, partial.code().as_str()), (200, "NOT_FOUND"));
    assert_eq!(partial.json()["data"], json!({"ok": true, "maybe": null}));
    for (code, status, older) in [
        ("NOT_FOUND", 404, 200),
        ("FORBIDDEN", 403, 200),
        ("CONFLICT", 409, 200),
        ("BAD_USER_INPUT", 400, 200),
        ("UNAUTHENTICATED", 401, 401),
        ("INTERNAL_SERVER_ERROR", 500, 500),
    ] {
        let body = json!({"query": format!("{{ ok surely(code: \"{code}\") }}")});
        for (accept, expected) in [(GRAPHQL, status), (JSON, older)] {
            let answer = server.post(accept, &body).await;
            assert_eq!((answer.status, answer.code().as_str()), (expected, code));
            // Execution began, so the member is there, and null.
            assert_eq!(answer.json().get("data"), Some(&Value::Null));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_texts_stay_inside() {
    let server = TestServer::start();
    for document in ["{ leak }", "{ maybe(code: \"MADE_UP\") }"] {
        let answer = server.query(document).await;
        assert_eq!((answer.status, answer.code().as_str()), (200, "INTERNAL_SERVER_ERROR"));
        assert_eq!(answer.json()["errors"][0]["message"], "Internal error");
        assert!(!answer.text.contains("hunter2"), "{}", answer.text);
    }
    // The library's own words about an argument are for the client.
    let day = server.query("{ day(on: \"2026-13-45\") }").await;
    assert_eq!(
        (day.status, day.code().as_str()),
        (400, "BAD_USER_INPUT"),
        "{}",
        day.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_500_and_the_next_request_is_served() {
    let server = TestServer::start_with(|options| options.workers = 1);
    for _ in 0..3 {
        let answer = server.query("{ panics }").await;
        answer.refused(500, "INTERNAL_SERVER_ERROR");
        assert!(!answer.text.contains("secret"), "{}", answer.text);
        assert_eq!(server.query("{ ok }").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_beyond_its_time_is_stopped() {
    let server = TestServer::start_with(|options| options.query_timeout = std::time::Duration::from_secs(1));
    server
        .query("{ slow(milliseconds: 60000) }")
        .await
        .refused(504, "REQUEST_TIMEOUT");
    assert_eq!(server.query("{ slow(milliseconds: 1) }").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_make_viewers_and_bad_ones_are_401() {
    let server = TestServer::start();
    let ask = async |authorization: Option<&str>| {
        let mut request = client().post(server.url("/graphql")).json(&json!({"query": "{ who }"}));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        Answer::of(request.send().await.unwrap()).await
    };
    assert_eq!(ask(None).await.json()["data"]["who"], "nobody");
    let token = server.token();
    let good = format!("Bearer {token}");
    assert_eq!(ask(Some(&good)).await.json()["data"]["who"], "COUNCIL sponsor");
    let forged = format!("{}x", &good[..good.len() - 1]);
    for bad in ["", "Bearer", "Bearer x", "Basic abc", forged.as_str(), token.as_str()] {
        let answer = ask(Some(bad)).await;
        answer.refused(401, "UNAUTHENTICATED");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(
            answer.json()["errors"][0]["message"],
            "The bearer token is not valid.",
            "{bad}"
        );
    }
    server.clock.advance(chrono::Duration::hours(2));
    ask(Some(&good)).await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_names_its_request_and_carries_the_security_headers() {
    let server = TestServer::start();
    let answer = server.query("{ requestId }").await;
    let id = answer.header("x-request-id").to_owned();
    assert_eq!(answer.json()["data"]["requestId"], id);
    assert_ne!(server.query("{ ok }").await.header("x-request-id"), id);
    // A client cannot choose the id.
    let chosen = client()
        .get(server.url("/healthz"))
        .header("x-request-id", "mine")
        .send()
        .await
        .unwrap();
    assert_ne!(Answer::of(chosen).await.header("x-request-id"), "mine");
    for path in ["/healthz", "/readyz", "/", "/graphql", "/no/such/page"] {
        let answer = server.get(path).await;
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(
            answer.header("content-security-policy").contains("default-src 'none'"),
            "{path}"
        );
    }
    server.get("/no/such/page").await.refused(404, "NOT_FOUND");
    assert_eq!(server.query("{ ok }").await.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_is_served_from_within_and_can_be_switched_off() {
    let server = TestServer::start();
    let page = server.get("/").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(
        !page.text.contains("http://") && !page.text.contains("https://"),
        "nothing is loaded from elsewhere"
    );
    assert!(!page.header("content-security-policy").contains("script-src 'unsafe"));
    let files: Vec<&str> = page
        .text
        .split('"')
        .filter(|text| text.starts_with("/graphiql/"))
        .collect();
    assert_eq!(files.len(), 5);
    for file in files {
        let answer = server.get(file).await;
        assert_eq!(answer.status, 200, "{file}");
        assert!(
            answer.text.len() > 500 && !answer.header("content-type").is_empty(),
            "{file}"
        );
    }
    let without = TestServer::start_with(|options| options.graphiql = false);
    assert_eq!(without.get("/").await.status, 404);
    assert_eq!(without.get("/graphiql/boot.js").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_of_unnamed_origins_get_no_permission() {
    let server = TestServer::start_with(|options| options.cors_origins = vec!["https://front.example".to_owned()]);
    let preflight = async |origin: &str| {
        let request = client()
            .request(reqwest::Method::OPTIONS, server.url("/graphql"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        Answer::of(request.send().await.unwrap()).await
    };
    let named = preflight("https://front.example").await;
    assert_eq!(
        (named.status, named.header("access-control-allow-origin")),
        (200, "https://front.example")
    );
    for origin in ["https://evil.example", "https://front.example.evil", "null"] {
        assert_eq!(
            preflight(origin).await.header("access-control-allow-origin"),
            "",
            "{origin}"
        );
    }
    let closed = TestServer::start();
    let request = client()
        .post(closed.url("/graphql"))
        .header("origin", "https://front.example");
    let answer = Answer::of(request.json(&json!({"query": "{ ok }"})).send().await.unwrap()).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_the_process_and_readiness_its_database() {
    let server = TestServer::start();
    assert_eq!(server.get("/readyz").await.status, 200);
    for (state, reason) in [
        (NotReady::DatabaseUnreachable, "DATABASE_UNREACHABLE"),
        (NotReady::MigrationsPending, "MIGRATIONS_PENDING"),
        (NotReady::DatabaseNewer, "DATABASE_NEWER"),
    ] {
        server.not_ready.send(Some(state)).unwrap();
        let answer = server.get("/readyz").await;
        assert_eq!(
            (answer.status, answer.json()),
            (503, json!({"status": "unavailable", "reason": reason}))
        );
        assert_eq!(server.get("/healthz").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_lets_a_running_request_end() {
    let mut server = TestServer::start();
    let url = server.url("/graphql");
    let request = tokio::spawn(async move {
        let body = json!({"query": "{ slow(milliseconds: 300) }"});
        Answer::of(client().post(url).json(&body).send().await.unwrap()).await
    });
    // The stop begins only when the resolver is known to run.
    server.started.wait_for(|count| *count > 0).await.unwrap();
    let base = server.base.clone();
    server.running.stop().await.unwrap();
    let answer = request.await.unwrap();
    assert_eq!((answer.status, answer.json()), (200, json!({"data": {"slow": true}})));
    assert!(client().get(format!("{base}/healthz")).send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_port_is_an_error_that_names_it() {
    let server = TestServer::start();
    let taken = server.running.address();
    let refused = TestServer::try_start(|options| options.bind = taken).err().unwrap();
    assert!(
        matches!(&refused, ServeError::Bind { address, .. } if *address == taken),
        "{refused}"
    );
    assert!(
        refused.to_string().contains(&taken.to_string()) && refused.to_string().contains("in use"),
        "{refused}"
    );
}
