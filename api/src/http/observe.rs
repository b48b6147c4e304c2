//! Counts and times GraphQL requests (`crate::metrics`), and answers scrapes at `/metrics`.
//!
//! Who may scrape: with an address of their own ([`super::server`]) whoever reaches it; on the main port only connections
//! from this machine that no proxy passed on. To everybody else `/metrics` is an address that does not exist.

use std::time::Instant;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use async_graphql::parser::types::OperationType;
use metrics::SharedString;

use super::{middleware, server::Shared};

/// One GraphQL request over HTTP under way, counted when it is dropped; without an outcome as cancelled: its client went
/// away. What WebSockets and event streams carry is counted by `live`.
pub(super) struct Observed<'a> {
    shared: &'a Shared,
    start: Instant,
    kind: &'static str,
    operation: SharedString,
    outcome: &'static str,
}

impl<'a> Observed<'a> {
    /// Starts the clock.
    pub(super) fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            start: Instant::now(),
            kind: "none",
            operation: SharedString::const_str("other"),
            outcome: "CANCELLED",
        }
    }

    /// Notes which operation it is. `trusted`: asked by a signed-in viewer, or a known document.
    pub(super) fn operation(&mut self, kind: OperationType, name: Option<&str>, trusted: bool) {
        self.kind = match kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        };
        self.operation = self.shared.operation_names.label(name, trusted);
    }

    /// Notes how it ended: `OK` or an error code.
    pub(super) fn outcome(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        let operation = self.operation.clone();
        metrics::counter!("peer_challenge_operations_total",
            "type" => self.kind, "operation" => operation.clone(), "outcome" => self.outcome)
        .increment(1);
        if self.kind != "none" {
            metrics::histogram!("peer_challenge_operation_duration_seconds",
                "type" => self.kind, "operation" => operation)
            .record(self.start.elapsed());
        }
    }
}

/// `/metrics` on the main port.
pub(super) async fn guarded(request: HttpRequest) -> HttpResponse {
    let forwarded = [
        header::FORWARDED,
        header::X_FORWARDED_FOR,
        HeaderName::from_static("x-real-ip"),
        header::VIA,
    ];
    let direct = !forwarded.iter().any(|name| request.headers().contains_key(name));
    if direct
        && request
            .peer_addr()
            .is_some_and(|peer| peer.ip().to_canonical().is_loopback())
    {
        scrape().await
    } else {
        middleware::not_found(request).await
    }
}

/// The figures.
pub(super) async fn scrape() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(crate::metrics::render())
}

/// Adds the route of the main port.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/metrics", web::get().to(guarded));
}
