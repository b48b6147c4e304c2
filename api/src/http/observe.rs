//! Counts and times GraphQL requests (`crate::metrics`), and answers scrapes at `/metrics`.
//!
//! Who may scrape: with an address of their own ([`super::server`]) whoever reaches it; on the main port only connections
//! from this machine that no proxy passed on. To everybody else `/metrics` is an address that does not exist.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use async_graphql::parser::types::OperationType;
use metrics::SharedString;

use super::{errors, errors::Refusal, middleware};

/// One GraphQL request of any transport under way; clones are the same request. It is counted when the last one is dropped;
/// without an outcome as cancelled: its client went away, or ended it.
///
/// Each transport begins one ([`Observed::new`]) and notes its own refusals; everything else is noted by `pipeline`.
#[derive(Clone)]
pub(super) struct Observed(Arc<Noted>);

struct Noted {
    start: Instant,
    operation: OnceLock<(OperationType, SharedString)>,
    outcome: OnceLock<&'static str>,
}

impl Observed {
    /// Starts the clock.
    pub(super) fn new() -> Self {
        Self(Arc::new(Noted {
            start: Instant::now(),
            operation: OnceLock::new(),
            outcome: OnceLock::new(),
        }))
    }

    /// Notes which operation it is, by its label.
    pub(super) fn operation(&self, kind: OperationType, label: SharedString) {
        // Each request has one operation, so there is none yet.
        let _ = self.0.operation.set((kind, label));
    }

    /// Notes how it ended: `OK` or an error code. What is noted first holds.
    pub(super) fn outcome(&self, outcome: &'static str) {
        let _ = self.0.outcome.set(outcome);
    }

    /// Notes that it was refused.
    pub(super) fn refused(&self, refusal: &Refusal) {
        self.outcome(errors::outcome(refusal.errors()));
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let (kind, operation) = match self.operation.take() {
            Some((OperationType::Query, label)) => ("query", label),
            Some((OperationType::Mutation, label)) => ("mutation", label),
            Some((OperationType::Subscription, label)) => ("subscription", label),
            None => ("none", SharedString::const_str("other")),
        };
        let outcome = self.outcome.get().copied().unwrap_or("CANCELLED");
        metrics::counter!("peer_challenge_operations_total",
            "type" => kind, "operation" => operation.clone(), "outcome" => outcome)
        .increment(1);
        // How long somebody listened is no latency.
        if matches!(kind, "query" | "mutation") {
            metrics::histogram!("peer_challenge_operation_duration_seconds",
                "type" => kind, "operation" => operation)
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
