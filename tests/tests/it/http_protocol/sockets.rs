//! `graphql-transport-ws` over real sockets: every close code, limits, operations, the end of a token and of the service.

use std::time::Duration;

use chrono::TimeDelta;
use peer_challenge::http::HttpOptions;
use serde_json::json;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{
    Bytes, Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use super::{
    server::TestServer,
    wire::{PROTOCOL, Wire},
};

const SHORT: Duration = Duration::from_millis(100);

/// Looks often, waits little.
fn hasty(options: &mut HttpOptions) {
    options.live.keep_alive = Duration::from_millis(50);
    options.live.init_timeout = Duration::from_secs(1);
    options.live.send_timeout = Duration::from_millis(300);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_the_protocol_does_not_know_close_with_4400() {
    let server = TestServer::start();
    for text in [
        "{}",
        "hello",
        r#"{"type":"start"}"#,
        r#"{"type":"connection_init","payload":1}"#,
    ] {
        let mut wire = Wire::open(&server.base).await;
        wire.raw(Message::text(text)).await;
        let (code, reason) = wire.closed().await;
        assert_eq!(code, 4400, "{text}");
        assert!(!reason.is_empty());
    }
    let mut wire = Wire::open(&server.base).await;
    wire.raw(Message::binary(br#"{"type":"ping"}"#.to_vec())).await;
    assert_eq!(wire.closed().await.0, 4400);
    // Bytes beyond the limit, in one frame and in several; text that is none; a frame that must not be.
    let mut wire = Wire::open(&server.base).await;
    wire.raw(Message::text("x".repeat(300_000))).await;
    assert_eq!(wire.closed().await.0, 1009);
    let frame =
        |opcode, last, bytes: usize| Message::Frame(Frame::message(vec![b'x'; bytes], OpCode::Data(opcode), last));
    let mut wire = Wire::open(&server.base).await;
    wire.raw(frame(Data::Text, false, 200_000)).await;
    wire.raw(frame(Data::Continue, true, 200_000)).await;
    assert_eq!(wire.closed().await.0, 1009);
    let mut wire = Wire::open(&server.base).await;
    let garbage = Frame::message(Bytes::from_static(b"\xff\xfe"), OpCode::Data(Data::Text), true);
    wire.raw(Message::Frame(garbage)).await;
    assert_eq!(wire.closed().await.0, 1007);
    let mut wire = Wire::open(&server.base).await;
    wire.raw(frame(Data::Continue, true, 1)).await;
    assert_eq!(wire.closed().await.0, 1002);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_served_before_the_greeting() {
    let server = TestServer::start_with(hasty);
    let mut wire = Wire::open(&server.base).await;
    wire.subscribe("1", "{ ok }").await;
    assert_eq!(wire.closed().await, (4401, "Unauthorized".to_owned()));

    let mut wire = Wire::open(&server.base).await;
    wire.send(&json!({"type": "connection_init"})).await;
    assert_eq!(wire.closed().await.0, 4401);

    let mut wire = Wire::open(&server.base).await;
    let start = Instant::now();
    assert_eq!(
        wire.closed().await,
        (4408, "Connection initialisation timeout".to_owned())
    );
    assert!(start.elapsed() >= Duration::from_millis(800), "{:?}", start.elapsed());

    let token = server.token();
    let mut wire = Wire::ready(&server.base, &token).await;
    wire.init(&token).await;
    assert_eq!(
        wire.closed().await,
        (4429, "Too many initialisation requests".to_owned())
    );

    // Greeted in time: nothing happens at the end of that time.
    let mut wire = Wire::ready(&server.base, &token).await;
    assert!(wire.is_silent(Duration::from_millis(1_500)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_valid_token_opens_a_socket() {
    let server = TestServer::start();
    for payload in [
        json!({"Authorization": "Bearer nonsense"}),
        json!({"Authorization": format!("Basic {}", server.token())}),
        json!({"authorization": server.token()}),
        json!({"token": "nonsense"}),
        json!({"token": 7}),
        json!({"Authorization": "", "token": server.token()}),
    ] {
        let mut wire = Wire::open(&server.base).await;
        wire.send(&json!({"type": "connection_init", "payload": payload})).await;
        let (code, reason) = wire.closed().await;
        assert_eq!(code, 4403, "{payload}");
        assert_eq!(reason, "The bearer token is not valid.");
    }
    let mut wire = Wire::open(&server.base).await;
    wire.send(&json!({"type": "connection_init", "payload": {"token": server.token()}}))
        .await;
    assert_eq!(wire.next().await, json!({"type": "connection_ack"}));
    wire.subscribe("1", "{ who }").await;
    assert_eq!(wire.result("1").await, json!({"data": {"who": "COUNCIL sponsor"}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_looks_at_protocol_and_origin() {
    let server = TestServer::start_with(|options| options.cors_origins = vec!["https://hub.example.org".to_owned()]);
    let status = async |headers: &[(&'static str, &str)]| Wire::connect(&server.base, headers).await.err();
    assert_eq!(status(&[]).await, Some(400));
    assert_eq!(status(&[("sec-websocket-protocol", "graphql-ws")]).await, Some(400));
    let offered = ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws");
    assert_eq!(status(&[offered]).await, None);
    let spoken = ("sec-websocket-protocol", PROTOCOL);
    assert_eq!(
        status(&[spoken, ("origin", "https://evil.example.org")]).await,
        Some(403)
    );
    assert_eq!(status(&[spoken, ("origin", "null")]).await, Some(403));
    assert_eq!(status(&[spoken, ("origin", "https://hub.example.org")]).await, None);
    assert_eq!(status(&[spoken, ("origin", &server.base)]).await, None);
    // A handshake is a GET with the right headers; anything else of that kind is an ordinary request.
    let answer = server.get("/graphql?query=%7Bok%7D").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_operations_run_as_over_http() {
    let server = TestServer::start_with(|options| options.query_timeout = Duration::from_secs(2));
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    wire.subscribe_with("q", "query ($t: String!) { echo(text: $t) }", json!({"t": "a"}))
        .await;
    assert_eq!(wire.result("q").await, json!({"data": {"echo": "a0"}}));
    wire.completed("q").await;
    wire.subscribe("m", "mutation { run }").await;
    assert_eq!(wire.result("m").await, json!({"data": {"run": 1}}));
    wire.completed("m").await;
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { ticks(count: 1, milliseconds: 1) silence }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { ...F } fragment F on Subscription { silence a: silence }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("query ($t: String!) { echo(text: $t) }", "BAD_USER_INPUT"),
        ("{ slow(milliseconds: 60000) }", "REQUEST_TIMEOUT"),
        ("{ panics }", "INTERNAL_SERVER_ERROR"),
    ] {
        wire.subscribe("1", document).await;
        assert_eq!(wire.failed("1").await, code, "{document}");
    }
    let deep = format!("{{ {}ok{} }}", "self { ".repeat(20), " }".repeat(20));
    wire.subscribe("1", &deep).await;
    assert_eq!(wire.failed("1").await, "QUERY_TOO_COMPLEX");
    // Failures of fields are results; what has no business outside is masked.
    wire.subscribe("1", "{ ok leak }").await;
    let result = wire.result("1").await;
    assert_eq!(result["data"], json!({"ok": true, "leak": null}));
    assert_eq!(result["errors"][0]["message"], "Internal error");
    wire.completed("1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_tell_until_they_end_or_are_stopped() {
    let server = TestServer::start_with(|options| options.query_timeout = Duration::from_secs(2));
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    wire.subscribe("1", "subscription { n: ticks(count: 3, milliseconds: 5) }")
        .await;
    for number in 1..=3 {
        assert_eq!(wire.result("1").await, json!({"data": {"n": number}}));
    }
    wire.completed("1").await;

    // Longer than the time of a query: waiting is no work. The same id is free again, but not twice.
    wire.subscribe("1", "subscription { silence }").await;
    assert!(wire.is_silent(Duration::from_secs(3)).await);
    wire.subscribe("2", "{ ok }").await;
    wire.result("2").await;
    wire.completed("2").await;
    wire.send(&json!({"id": "1", "type": "complete"})).await;
    let mut open = server.open.clone();
    open.wait_for(|count| *count == 0).await.unwrap();
    wire.subscribe("1", "subscription { ticks(count: 1, milliseconds: 1) }")
        .await;
    wire.result("1").await;
    wire.completed("1").await;

    for (field, code) in [
        ("event(milliseconds: 5000) { slow }", "REQUEST_TIMEOUT"),
        ("event(milliseconds: 1) { panics }", "INTERNAL_SERVER_ERROR"),
    ] {
        wire.subscribe("1", &format!("subscription {{ {field} }}")).await;
        assert_eq!(wire.failed("1").await, code, "{field}");
    }
    wire.subscribe("1", "subscription { event(milliseconds: 1) { slow leak } }")
        .await;
    let result = wire.result("1").await;
    assert_eq!(result["data"], json!({"event": {"slow": true, "leak": null}}));
    assert_eq!(result["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    wire.completed("1").await;
    wire.subscribe("1", r#"subscription { breaks(code: "EVENTS_LOST") }"#)
        .await;
    assert_eq!(wire.result("1").await, json!({"data": {"breaks": 1}}));
    let lost = wire.result("1").await;
    assert_eq!(lost["errors"][0]["extensions"]["code"], "EVENTS_LOST");
    wire.completed("1").await;
    wire.subscribe("1", r#"subscription { never(code: "NOT_FOUND") }"#)
        .await;
    assert_eq!(wire.result("1").await["errors"][0]["extensions"]["code"], "NOT_FOUND");
    wire.completed("1").await;

    wire.subscribe("1", "subscription { silence }").await;
    wire.subscribe("1", "{ ok }").await;
    assert_eq!(
        wire.closed().await,
        (4409, "Subscriber for 1 already exists".to_owned())
    );
    // The socket takes its operations along.
    open.wait_for(|count| *count == 0).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_s_end_is_the_socket_s_end() {
    let server = TestServer::start_with(hasty);
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    wire.subscribe("1", "subscription { silence }").await;
    server.clock.advance(TimeDelta::minutes(59));
    assert!(wire.is_silent(SHORT * 2).await);
    // With the leeway of 30 s.
    server.clock.advance(TimeDelta::seconds(91));
    assert_eq!(wire.closed().await, (4403, "The token has expired".to_owned()));
    let mut wire = Wire::open(&server.base).await;
    wire.init(&server.token()).await;
    assert_eq!(wire.closed().await.0, 4403);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_after_the_token_s_end() {
    // No look at the credentials in between: the event itself finds out.
    let server = TestServer::start_with(|options| options.live.keep_alive = Duration::from_mins(10));
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    wire.subscribe("1", "subscription { ticks(count: 1, milliseconds: 300) }")
        .await;
    let mut open = server.open.clone();
    open.wait_for(|count| *count == 1).await.unwrap();
    server.clock.advance(TimeDelta::hours(2));
    assert_eq!(wire.frame().await.map(|frame| frame.is_close()), Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_operations_are_limited() {
    let server = TestServer::start_with(|options| {
        options.live.connections = 3;
        options.live.connections_per_viewer = 2;
        options.live.operations_per_socket = 2;
    });
    let token = server.token();
    let mut first = Wire::ready(&server.base, &token).await;
    let second = Wire::ready(&server.base, &token).await;
    let mut third = Wire::open(&server.base).await;
    let spoken = [("sec-websocket-protocol", PROTOCOL)];
    assert_eq!(Wire::connect(&server.base, &spoken).await.err(), Some(503));
    third.init(&token).await;
    let (code, reason) = third.closed().await;
    assert_eq!(
        (code, reason.as_str()),
        (1013, "Too many connections of this viewer are open.")
    );
    for id in ["1", "2"] {
        first.subscribe(id, "subscription { silence }").await;
    }
    first.subscribe("3", "{ ok }").await;
    assert_eq!(first.failed("3").await, "RATE_LIMITED");
    first.send(&json!({"id": "1", "type": "complete"})).await;
    first.subscribe("3", "{ ok }").await;
    first.result("3").await;
    // Whoever leaves makes room.
    drop((first, second, third));
    let mut open = server.open.clone();
    open.wait_for(|count| *count == 0).await.unwrap();
    tokio::time::sleep(SHORT).await;
    let _one = Wire::ready(&server.base, &token).await;
    let _two = Wire::ready(&server.base, &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_ask_for_signs_of_life() {
    let server = TestServer::start_with(|options| {
        // One ping only goes unread before the end: a pong to a socket that is gone would cut off what it said last.
        options.live.keep_alive = Duration::from_secs(3);
        options.live.idle_timeout = Duration::from_secs(5);
    });
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    wire.send(&json!({"type": "ping", "payload": {"n": 1}})).await;
    assert_eq!(wire.next().await, json!({"type": "pong", "payload": {"n": 1}}));
    wire.send(&json!({"type": "pong"})).await;
    wire.raw(Message::Ping(Bytes::from_static(b"x"))).await;
    loop {
        match wire.frame().await {
            Some(Message::Pong(bytes)) => break assert_eq!(&bytes[..], b"x"),
            Some(Message::Ping(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    // Reading answers the server's pings.
    assert!(wire.is_silent(Duration::from_secs(8)).await);
    // Not reading does not.
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(wire.closed().await, (1001, "The client went silent".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_let_go() {
    let server = TestServer::start_with(|options| {
        hasty(options);
        options.live.connections = 1;
    });
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    wire.subscribe("1", "subscription { flood(bytes: 200000) }").await;
    let mut open = server.open.clone();
    open.wait_for(|count| *count == 1).await.unwrap();
    let start = Instant::now();
    open.wait_for(|count| *count == 0).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    // Its place is free, although it still holds on to its end.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let _next = Wire::ready(&server.base, &server.token()).await;
    drop(wire);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_service_says_goodbye() {
    let server = TestServer::start_with(|options| options.drain = Duration::from_secs(2));
    let mut wire = Wire::ready(&server.base, &server.token()).await;
    wire.subscribe("1", "subscription { silence }").await;
    let base = server.base.clone();
    let start = Instant::now();
    let stopping = tokio::spawn(server.running.stop());
    assert_eq!(wire.closed().await, (1001, "The service is stopping".to_owned()));
    let spoken = [("sec-websocket-protocol", PROTOCOL)];
    assert_eq!(Wire::connect(&base, &spoken).await.err(), Some(503));
    drop(wire);
    stopping.await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
