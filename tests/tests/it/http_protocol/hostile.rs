//! Documents and bodies made to hurt: each is refused fast, and the process lives on.

use std::time::{Duration, Instant};

use serde_json::json;

use super::server::{Answer, TestServer, client};

/// Over the socket, in a debug build, on a shared machine: still far below what the attack would cost.
const FAST: Duration = Duration::from_secs(1);

async fn refused(server: &TestServer, document: &str, status: u16, code: &str) {
    // A busy machine may hold one of them up, but not each.
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        server.query(document).await.refused(status, code);
        least = least.min(start.elapsed());
        if least < FAST {
            break;
        }
    }
    assert!(least < FAST, "{least:?} for {}", &document[..document.len().min(60)]);
    assert_eq!(server.query("{ ok }").await.status, 200, "the process lives");
}

fn chain(levels: usize) -> String {
    let mut parts = vec!["{ ...A0 }".to_owned()];
    for level in 0..levels {
        parts.push(format!(
            "fragment A{level} on Query {{ ...A{next} ...A{next} }}",
            next = level + 1
        ));
    }
    parts.push(format!("fragment A{levels} on Query {{ ok }}"));
    parts.join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_documents_are_refused_fast() {
    let server = TestServer::start();
    let complex = "QUERY_TOO_COMPLEX";
    refused(&server, &chain(32), 400, complex).await;
    refused(&server, &format!("{{ echo(text: {}", "[".repeat(10_000)), 400, complex).await;
    refused(
        &server,
        &format!("{{ echo(text: {}1{}) }}", "[".repeat(900), "]".repeat(900)),
        400,
        complex,
    )
    .await;
    refused(&server, &format!("{{ echo(text: {}", "{a:".repeat(1_500)), 400, complex).await;
    let aliases = (0..1_000).map(|n| format!("a{n}:ok")).collect::<Vec<_>>().join(" ");
    refused(&server, &format!("{{ {aliases} }}"), 400, complex).await;
    refused(
        &server,
        &format!("{{ ok {} }}", "@skip(if:true)".repeat(1_000)),
        400,
        complex,
    )
    .await;
    refused(&server, &format!("{{ ok {} }}", "@a".repeat(900)), 400, complex).await;
    let cycle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    refused(&server, cycle, 400, "GRAPHQL_VALIDATION_FAILED").await;
    let deep = format!("{}{{ ok }}{}", "{ self ".repeat(15), " }".repeat(15));
    refused(&server, &deep, 400, complex).await;
    let aliases = (0..10_000).map(|n| format!("a{n}:ok")).collect::<Vec<_>>().join(" ");
    refused(&server, &format!("{{ {aliases} }}"), 413, complex).await;
    refused(
        &server,
        &format!("{{ echo(text: \"{}\") }}", "x".repeat(100_000)),
        413,
        complex,
    )
    .await;
    let inline = format!("{{ {}ok{} }}", "... on Query { ".repeat(40), " }".repeat(40));
    refused(&server, &inline, 400, complex).await;
    refused(&server, &format!("{{ ok }} #{}", "x".repeat(20_001)), 413, complex).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn depth_within_the_limit_is_served() {
    let server = TestServer::start();
    let deep = format!("{}{{ ok }}{}", "{ self ".repeat(14), " }".repeat(14));
    let answer = server.query(&deep).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_are_413_and_deep_variables_400() {
    let server = TestServer::start();
    let post = async |body: String| {
        let request = client()
            .post(server.url("/graphql"))
            .header("content-type", "application/json")
            .body(body);
        Answer::of(request.send().await.unwrap()).await
    };
    for size in [256 * 1024 + 1, 2_000_000] {
        let body = format!("{{\"query\":\"{{ ok }}\",\"x\":\"{}\"}}", "y".repeat(size));
        post(body).await.refused(413, "QUERY_TOO_COMPLEX");
    }
    let deep = format!(
        "{{\"query\":\"{{ ok }}\",\"variables\":{{\"v\":{}{}}}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    post(deep).await.refused(400, "BAD_USER_INPUT");
    let twice = r#"{"query":"{ ok }","query":"{ leak }"}"#;
    post(twice.to_owned()).await.refused(400, "BAD_USER_INPUT");
    let twice = r#"{"query":"query($v: Boolean) { ok @skip(if: $v) }","variables":{"v":false,"v":true}}"#;
    post(twice.to_owned()).await.refused(400, "BAD_USER_INPUT");
    assert_eq!(server.query("{ ok }").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_refused_as_one() {
    let server = TestServer::start();
    let entry = json!({"query": "mutation { run }"});
    server
        .post("*/*", &json!(vec![entry; 100]))
        .await
        .refused(400, "BAD_USER_INPUT");
    assert_eq!(*server.runs.borrow(), 0);
}
