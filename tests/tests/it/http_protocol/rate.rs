//! How many requests one caller may make: by subject, by address, and who says which address that is.

use serde_json::json;

use super::server::{Answer, GRAPHQL, TestServer, client};

fn limited(burst: u32, change: impl FnOnce(&mut peer_challenge::http::HttpOptions)) -> TestServer {
    TestServer::start_with(|options| {
        options.rate.per_minute = 1;
        options.rate.burst = burst;
        change(options);
    })
}

async fn ask(server: &TestServer, headers: &[(&str, &str)]) -> Answer {
    let mut request = client().post(server.url("/graphql")).header("accept", GRAPHQL);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.json(&json!({"query": "{ ok }"})).send().await.unwrap()).await
}

fn too_many(answer: &Answer) {
    answer.refused(429, "RATE_LIMITED");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_a_subject_or_an_address() {
    let server = limited(3, |_| {});
    let bearer = format!("Bearer {}", server.token());
    for _ in 0..3 {
        assert_eq!(ask(&server, &[]).await.status, 200);
    }
    too_many(&ask(&server, &[]).await);
    // Somebody known has a bucket of their own, wherever they come from.
    for _ in 0..3 {
        assert_eq!(ask(&server, &[("authorization", &bearer)]).await.status, 200);
    }
    too_many(&ask(&server, &[("authorization", &bearer)]).await);
    // Whether the service lives is for everybody.
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_becomes_of_a_request_it_counts() {
    let server = limited(2, |_| {});
    ask(&server, &[("authorization", "Bearer forged")])
        .await
        .refused(401, "UNAUTHENTICATED");
    server.query("{ nonsense").await.refused(400, "GRAPHQL_PARSE_FAILED");
    too_many(&server.query("{ ok }").await);
    too_many(&ask(&server, &[("authorization", "Bearer forged")]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn costly_operations_take_more() {
    let server = limited(10, |options| options.rate.complexity_per_unit = 2);
    // One for the request and four for its eight fields.
    let eight = "{ self { self { self { self { self { self { self { ok } } } } } } } }";
    assert_eq!(server.query(eight).await.status, 200);
    assert_eq!(server.query(eight).await.status, 200);
    too_many(&server.query("{ ok }").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_proxies_say_where_a_request_comes_from() {
    let server = limited(1, |_| {});
    assert_eq!(ask(&server, &[("x-forwarded-for", "198.51.100.1")]).await.status, 200);
    too_many(&ask(&server, &[("x-forwarded-for", "198.51.100.2")]).await);
    let proxied = limited(1, |options| {
        options.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    assert_eq!(ask(&proxied, &[("x-forwarded-for", "198.51.100.1")]).await.status, 200);
    assert_eq!(ask(&proxied, &[("x-forwarded-for", "198.51.100.2")]).await.status, 200);
    // What the client itself wrote in front changes nothing.
    too_many(&ask(&proxied, &[("x-forwarded-for", "203.0.113.5, 198.51.100.2")]).await);
}
