//! Server-sent events, the distinct connections mode of `graphql-sse`.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::server::{Answer, GRAPHQL, TestServer, client};

const STREAM: &str = "text/event-stream";

/// What came over a stream: `next` with its data, or `complete`.
#[derive(Debug, PartialEq)]
enum Event {
    Next(Value),
    Complete,
}

/// A stream that is read piece by piece.
struct Reader {
    response: Response,
    text: String,
    comments: u32,
}

impl Reader {
    fn new(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert!(!header("x-request-id").is_empty());
        Self {
            response,
            text: String::new(),
            comments: 0,
        }
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if block == ":" {
                    self.comments += 1;
                    continue;
                }
                let (event, data) = block.split_once('\n').unwrap();
                let data = data.strip_prefix("data:").unwrap();
                return Some(match event {
                    "event: next" => Event::Next(serde_json::from_str(data).unwrap()),
                    "event: complete" => {
                        assert_eq!(data, "");
                        Event::Complete
                    }
                    other => panic!("{other}"),
                });
            }
            let chunk = timeout(Duration::from_secs(20), self.response.chunk()).await.unwrap();
            self.text += std::str::from_utf8(&chunk.ok()??).unwrap();
        }
    }

    async fn code(&mut self) -> String {
        match self.next().await {
            Some(Event::Next(body)) => body["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned(),
            other => panic!("{other:?}"),
        }
    }
}

async fn ask(server: &TestServer, accept: &str, body: &Value, token: Option<&str>) -> Response {
    let mut request = client()
        .post(server.url("/graphql"))
        .header("accept", accept)
        .json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap()
}

async fn follow(server: &TestServer, query: &str) -> Reader {
    Reader::new(ask(server, STREAM, &json!({"query": query}), Some(&server.token())).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_one_by_one_and_then_the_end() {
    let server = TestServer::start();
    let mut reader = follow(&server, "subscription { n: ticks(count: 2, milliseconds: 20) }").await;
    for number in 1..=2 {
        assert_eq!(reader.next().await, Some(Event::Next(json!({"data": {"n": number}}))));
    }
    assert_eq!(reader.next().await, Some(Event::Complete));
    assert_eq!(reader.next().await, None);
    // By GET, as browsers' own clients do.
    let query = "subscription%20%7B%20ticks(count%3A1%2Cmilliseconds%3A1)%20%7D";
    let request = client().get(server.url(&format!("/graphql?query={query}")));
    let mut reader = Reader::new(request.header("accept", STREAM).send().await.unwrap());
    assert_eq!(reader.next().await, Some(Event::Next(json!({"data": {"ticks": 1}}))));
    // Queries and mutations may be streams too.
    let mut reader = follow(&server, "{ who }").await;
    let expected = json!({"data": {"who": "COUNCIL sponsor"}});
    assert_eq!(reader.next().await, Some(Event::Next(expected)));
    assert_eq!(reader.next().await, Some(Event::Complete));
    let mut reader = follow(&server, "mutation { run }").await;
    assert_eq!(reader.next().await, Some(Event::Next(json!({"data": {"run": 1}}))));
    // Compression would hold events back.
    let request = client().post(server.url("/graphql")).header("accept", STREAM);
    let request = request
        .header("accept-encoding", "gzip")
        .json(&json!({"query": "subscription { silence }"}));
    let mut response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "identity");
    assert_eq!(response.chunk().await.unwrap().unwrap(), ":\n\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_document_are_events_and_faults_of_the_request_are_not() {
    let server = TestServer::start_with(|options| options.query_timeout = Duration::from_secs(2));
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { unknown }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { event(milliseconds: 60000) { slow } }",
            "REQUEST_TIMEOUT",
        ),
        (
            "subscription { event(milliseconds: 1) { panics } }",
            "INTERNAL_SERVER_ERROR",
        ),
        (r#"subscription { never(code: "FORBIDDEN") }"#, "FORBIDDEN"),
    ] {
        let mut reader = follow(&server, document).await;
        assert_eq!(reader.code().await, code, "{document}");
        assert_eq!(reader.next().await, Some(Event::Complete), "{document}");
        assert_eq!(reader.next().await, None);
    }
    let refused = async |response, status, code| Answer::of(response).await.refused(status, code);
    let body = json!({"query": "subscription { silence }"});
    refused(
        ask(&server, STREAM, &body, Some("nonsense")).await,
        401,
        "UNAUTHENTICATED",
    )
    .await;
    refused(
        ask(&server, STREAM, &json!({"query": 1}), None).await,
        400,
        "BAD_USER_INPUT",
    )
    .await;
    let request = client().get(server.url("/graphql?query=mutation%7Brun%7D"));
    let response = request.header("accept", STREAM).send().await.unwrap();
    refused(response, 405, "BAD_USER_INPUT").await;
    assert_eq!(*server.runs.borrow(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_only_for_those_who_name_it() {
    let server = TestServer::start();
    let subscription = json!({"query": "subscription { silence }"});
    for accept in [GRAPHQL, "*/*"] {
        let answer = Answer::of(ask(&server, accept, &subscription, None).await).await;
        assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
        assert!(answer.text.contains("text/event-stream"), "{}", answer.text);
    }
    // Clients that name everything get JSON for what is no subscription.
    let everything = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";
    let answer = Answer::of(ask(&server, everything, &json!({"query": "{ ok }"}), None).await).await;
    assert_eq!(answer.json(), json!({"data": {"ok": true}}));
    let ticks = json!({"query": "subscription { ticks(count: 1, milliseconds: 1) }"});
    let mut reader = Reader::new(ask(&server, everything, &ticks, None).await);
    assert_eq!(reader.next().await, Some(Event::Next(json!({"data": {"ticks": 1}}))));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_count_end_with_their_token_and_with_their_reader() {
    let server = TestServer::start_with(|options| {
        options.live.connections = 3;
        options.live.connections_per_viewer = 2;
        options.live.keep_alive = Duration::from_millis(50);
    });
    let token = server.token();
    let silence = json!({"query": "subscription { silence }"});
    let mut one = follow(&server, "subscription { silence }").await;
    let two = follow(&server, "subscription { silence }").await;
    let third = Answer::of(ask(&server, STREAM, &silence, Some(&token)).await).await;
    third.refused(429, "RATE_LIMITED");
    let _anonymous = Reader::new(ask(&server, STREAM, &silence, None).await);
    let fourth = Answer::of(ask(&server, STREAM, &silence, None).await).await;
    fourth.refused(503, "RATE_LIMITED");
    let mut open = server.open.clone();
    open.wait_for(|count| *count == 3).await.unwrap();
    drop(two);
    open.wait_for(|count| *count == 2).await.unwrap();
    let start = Instant::now();
    while one.comments < 3 && start.elapsed() < Duration::from_secs(20) {
        let _ = timeout(Duration::from_millis(100), one.next()).await;
    }
    assert!(one.comments >= 3, "{}", one.comments);
    server.clock.advance(TimeDelta::hours(2));
    assert_eq!(one.code().await, "UNAUTHENTICATED");
    assert_eq!(one.next().await, Some(Event::Complete));
    assert_eq!(one.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_service_ends_its_streams_without_completing_them() {
    let server = TestServer::start();
    let mut reader = follow(&server, "subscription { silence }").await;
    let start = Instant::now();
    let stopping = tokio::spawn(server.running.stop());
    assert_eq!(reader.next().await, None);
    stopping.await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
