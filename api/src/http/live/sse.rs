//! Server-sent events, "distinct connections mode" of the public protocol `graphql-sse`: one operation for each request,
//! its results as `next` events, then `complete`.
//!
//! A well-formed request is always answered with 200 and a stream: what is wrong with its document comes as a `next` event
//! with errors, because a client in a browser could not read any other answer. What is wrong with the HTTP request, its
//! credentials or its method keeps its status.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures::stream;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use super::{
    Holder,
    admission::Seat,
    operation::{self, Delivery, finished},
};
use crate::http::{
    RequestId,
    answer::Body,
    errors::{ErrorCode, Refusal},
    pipeline::{AbortOnDrop, Prepared},
    server::Shared,
};

/// Results that wait for the client to read.
const QUEUE: usize = 4;

/// Answers with a stream of the operation's results.
pub(in super::super) fn stream(
    shared: &web::Data<Shared>,
    prepared: Result<Prepared, Refusal>,
    holder: Option<Holder>,
    id: &RequestId,
) -> Result<HttpResponse, Refusal> {
    let refuse = |status, message: &str| Refusal::http(status, ErrorCode::RateLimited, message);
    let mut seat = shared.admission.enter("sse").ok_or_else(|| {
        let message = "Too many connections are open; try again later.";
        refuse(StatusCode::SERVICE_UNAVAILABLE, message)
    })?;
    if let Some(holder) = &holder
        && !seat.claim(holder.viewer())
    {
        let message = "Too many connections of this viewer are open.";
        return Err(refuse(StatusCode::TOO_MANY_REQUESTS, message));
    }
    let (queue, results) = mpsc::channel(QUEUE);
    let operation = operation::start(shared, prepared, id.clone(), (), queue);
    let events = Events {
        draining: shared.drained(),
        shared: shared.clone(),
        id: id.clone(),
        holder,
        results,
        due: Instant::now(),
        over: false,
        _seat: seat,
        _operation: operation,
    };
    let body = stream::unfold(events, |mut events| async move {
        let text = events.next().await?;
        Some((Ok::<_, actix_web::Error>(web::Bytes::from(text)), events))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A compressor would hold events back until it has enough of them.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        // So would proxies that know this header.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(body)))
}

struct Events {
    shared: web::Data<Shared>,
    id: RequestId,
    holder: Option<Holder>,
    results: mpsc::Receiver<((), Delivery)>,
    draining: watch::Receiver<bool>,
    /// When the next sign of life is due; the first one opens the stream at once.
    due: Instant,
    over: bool,
    _seat: Seat,
    _operation: AbortOnDrop,
}

/// Why the stream goes on, or not.
enum Woken {
    Draining,
    Due,
    Delivered(Option<Delivery>),
}

impl Events {
    /// The next piece of the stream.
    async fn next(&mut self) -> Option<String> {
        if self.over {
            return None;
        }
        let woken = tokio::select! {
            biased;
            _ = self.draining.wait_for(|draining| *draining) => Woken::Draining,
            () = sleep_until(self.due) => Woken::Due,
            delivery = self.results.recv() => Woken::Delivered(delivery.map(|((), delivery)| delivery)),
        };
        Some(match woken {
            // Without `complete`, so that the client connects again, to another replica.
            Woken::Draining => return None,
            Woken::Due => self.sign_of_life().await,
            Woken::Delivered(_) if self.has_expired() => self.expired("The token has expired"),
            Woken::Delivered(Some(Delivery::Next(json))) => next(&json),
            Woken::Delivered(Some(Delivery::Failed(errors))) => {
                self.over = true;
                failed(&errors)
            }
            Woken::Delivered(Some(Delivery::Done) | None) => {
                self.over = true;
                complete().to_owned()
            }
        })
    }

    async fn sign_of_life(&mut self) -> String {
        let mut pause = self.shared.options.live.keep_alive;
        if let Some(holder) = &mut self.holder {
            if let Err(lost) = holder.check(&self.shared, &self.id).await {
                return self.expired(lost.reason());
            }
            pause = holder.quiet_for(pause, &self.shared).max(Duration::from_millis(10));
        }
        self.due = Instant::now() + pause;
        ":\n\n".to_owned()
    }

    fn has_expired(&self) -> bool {
        let holder = self.holder.as_ref();
        holder.is_some_and(|holder| holder.check_time(&self.shared).is_err())
    }

    fn expired(&mut self, reason: &str) -> String {
        self.over = true;
        let refusal = Refusal::http(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, reason);
        failed(&finished(refusal, &self.id))
    }
}

fn next(json: &str) -> String {
    format!("event: next\ndata: {json}\n\n")
}

/// An empty `data`: the browser's own client ignores events without one.
const fn complete() -> &'static str {
    "event: complete\ndata:\n\n"
}

fn failed(errors: &[async_graphql::ServerError]) -> String {
    let body = Body { errors, data: None };
    let json = body.json().unwrap_or_else(|_| "{\"errors\":[]}".to_owned());
    next(&json) + complete()
}
