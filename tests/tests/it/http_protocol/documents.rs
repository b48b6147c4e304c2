//! Documents by name: automatic persisted queries, the operator's list, and a list that does not fit the schema.

use std::sync::Arc;

use peer_challenge::http::{DocumentsError, KnownDocuments, Limits};
use serde_json::{Value, json};

use super::server::{GRAPHQL, JSON, TestServer};

const OK: &str = "{ ok }";
/// `printf '{ ok }' | sha256sum`
const OK_HASH: &str = "991699baaf03398aa334a75f133c0f259a70906e7405484c2c5218cf9fb61def";

fn persisted(hash: &str, query: Option<&str>) -> Value {
    let mut body = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
    if let Some(query) = query {
        body["query"] = query.into();
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_sent_once_and_then_named() {
    let server = TestServer::start();
    let ask = persisted(OK_HASH, None);
    let answer = server.post(GRAPHQL, &ask).await;
    answer.refused(404, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(answer.json()["errors"][0]["message"], "PersistedQueryNotFound");
    server.post(JSON, &ask).await.refused(200, "PERSISTED_QUERY_NOT_FOUND");
    let sent = server.post(GRAPHQL, &persisted(OK_HASH, Some(OK))).await;
    assert_eq!(sent.json(), json!({"data": {"ok": true}}));
    assert_eq!(server.post(GRAPHQL, &ask).await.json(), json!({"data": {"ok": true}}));
    let path = format!(
        "/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22{OK_HASH}%22%7D%7D"
    );
    assert_eq!(server.get(&path).await.json(), json!({"data": {"ok": true}}));
    // Another document cannot be left under this hash.
    let forged = server.post(GRAPHQL, &persisted(OK_HASH, Some("{ leak }"))).await;
    forged.refused(400, "BAD_USER_INPUT");
    assert_eq!(server.post(GRAPHQL, &ask).await.json(), json!({"data": {"ok": true}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_not_kept_and_a_named_mutation_is_still_one() {
    let server = TestServer::start();
    let aliases: Vec<_> = (0..40).map(|n| format!("a{n}: ok")).collect();
    let costly = format!("{{ {} }}", aliases.join(" "));
    let hash = KnownDocuments::hash(&costly);
    server
        .post(GRAPHQL, &persisted(&hash, Some(&costly)))
        .await
        .refused(400, "QUERY_TOO_COMPLEX");
    server
        .post(GRAPHQL, &persisted(&hash, None))
        .await
        .refused(404, "PERSISTED_QUERY_NOT_FOUND");
    let mutation = "mutation { run }";
    let hash = KnownDocuments::hash(mutation);
    assert_eq!(
        server.post(GRAPHQL, &persisted(&hash, Some(mutation))).await.status,
        200
    );
    let path = format!(
        "/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22{hash}%22%7D%7D"
    );
    server.get(&path).await.refused(405, "BAD_USER_INPUT");
    assert_eq!(*server.runs.borrow(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_they_are_not_supported() {
    let server = TestServer::start_with(|options| options.documents.cache_bytes = 0);
    let answer = server.post(GRAPHQL, &persisted(OK_HASH, None)).await;
    answer.refused(400, "PERSISTED_QUERY_NOT_SUPPORTED");
    assert_eq!(server.post(GRAPHQL, &persisted(OK_HASH, Some(OK))).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_documents_are_executed_when_so_set() {
    let known = || KnownDocuments::of([OK.to_owned(), "query Q($t: String!) { echo(text: $t) }".to_owned()]);
    let server = TestServer::start_with(|options| {
        options.documents.known = Arc::new(known());
        options.documents.only_known = true;
    });
    let echo = KnownDocuments::hash("query Q($t: String!) { echo(text: $t) }");
    for allowed in [
        json!({"query": OK}),
        json!({"documentId": OK_HASH}),
        json!({"documentId": format!("sha256:{OK_HASH}")}),
        persisted(OK_HASH, None),
        json!({"documentId": echo, "variables": {"t": "x"}}),
    ] {
        assert_eq!(server.post(GRAPHQL, &allowed).await.status, 200, "{allowed}");
    }
    for refused in [
        json!({"query": "{ ok }  "}),
        json!({"query": "{ __typename }"}),
        json!({"documentId": "latest"}),
        json!({"documentId": "0".repeat(64)}),
        persisted(&"0".repeat(64), None),
        persisted(&KnownDocuments::hash("{ leak }"), Some("{ leak }")),
    ] {
        server.post(GRAPHQL, &refused).await.refused(400, "DOCUMENT_NOT_KNOWN");
        server.post(JSON, &refused).await.refused(200, "DOCUMENT_NOT_KNOWN");
    }
    assert_eq!(server.get(&format!("/graphql?documentId={OK_HASH}")).await.status, 200);
    // Without the restriction a list is a convenience.
    let open = TestServer::start_with(|options| options.documents.known = Arc::new(known()));
    assert_eq!(open.post(GRAPHQL, &json!({"documentId": OK_HASH})).await.status, 200);
    assert_eq!(open.query("{ __typename }").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_does_not_fit_is_found_before_the_start() {
    let server = TestServer::start();
    let check = async |document: &str| {
        let known = KnownDocuments::of([OK.to_owned(), document.to_owned()]);
        known.check(&Limits::default(), &*server.executor).await
    };
    for good in [
        "query Q($t: String!, $again: String! = \"x\") { echo(text: $t) b: echo(text: $again) }",
        "query A { ok } mutation B { run } fragment F on Query { ok } query C { ...F }",
    ] {
        check(good).await.unwrap();
    }
    for (bad, reason) in [
        ("{ nothing }", "nothing"),
        ("{ ok", "expected"),
        ("{ echo }", "text"),
        ("query Q($t: Nothing!) { echo(text: $t) }", "Nothing"),
        ("{ echo(text: $t) }", "$t"),
        ("query Q($t: Int!) { echo(text: $t) }", "position expecting type"),
        ("{ ...F }", "F"),
        (
            "{ a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a } } } } } } } } } } } } } } } }",
            "levels of fields",
        ),
    ] {
        let Err(error) = check(bad).await else {
            panic!("{bad} was not refused")
        };
        let DocumentsError::Invalid { reason: said, hash, .. } = &error else {
            panic!("{error}")
        };
        assert!(said.contains(reason), "{said}");
        assert_eq!(hash, &KnownDocuments::hash(bad));
    }
}
