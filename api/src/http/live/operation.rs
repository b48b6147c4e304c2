//! One operation on a connection that stays open: runs on the main runtime, hands its results over through the
//! connection's queue, and is stopped with its handle.

use std::panic::AssertUnwindSafe;

use actix_web::web;
use async_graphql::{ServerError, parser::types::OperationType};
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc;

use super::super::{
    RequestId,
    answer::Body,
    errors::{self, Phase, Refusal},
    hints::Hints,
    pipeline::{self, AbortOnDrop, Prepared},
    server::Shared,
};

/// What an operation hands over.
#[derive(Debug)]
pub(super) enum Delivery {
    /// A result, as JSON.
    Next(String),
    /// The operation failed before it ran, or broke off; nothing follows.
    Failed(Vec<ServerError>),
    /// Nothing follows.
    Done,
}

/// Starts what was prepared; its results go to `queue` under `key`. Dropping the handle stops it.
pub(super) fn start<K: Clone + Send + Sync + 'static>(
    shared: &web::Data<Shared>,
    prepared: Result<Prepared, Refusal>,
    id: RequestId,
    key: K,
    queue: mpsc::Sender<(K, Delivery)>,
) -> AbortOnDrop {
    let owned = shared.clone();
    // Kept here too, because what breaks off takes its own along.
    let observed = prepared.as_ref().ok().map(Prepared::observed);
    let task = shared.runtime.spawn(async move {
        let work = AssertUnwindSafe(deliver(&owned, prepared, &id, &key, &queue));
        let last = match work.catch_unwind().await {
            Ok(Ok(())) => Delivery::Done,
            Ok(Err(refusal)) => Delivery::Failed(finished(refusal, &id)),
            Err(_) => {
                let refusal = pipeline::broken_off(true, &id);
                if let Some(observed) = &observed {
                    observed.refused(&refusal);
                }
                Delivery::Failed(finished(refusal, &id))
            }
        };
        // Counted before the client learns of the end.
        drop(observed);
        // The connection may be gone; then nobody waits for the end.
        let _ = queue.send((key, last)).await;
    });
    AbortOnDrop(task.abort_handle())
}

async fn deliver<K: Clone>(
    shared: &Shared,
    prepared: Result<Prepared, Refusal>,
    id: &RequestId,
    key: &K,
    queue: &mpsc::Sender<(K, Delivery)>,
) -> Result<(), Refusal> {
    let prepared = prepared?;
    let mut results = if prepared.kind == OperationType::Subscription {
        prepared.follow(shared)
    } else {
        futures::stream::once(prepared.run(shared)).boxed()
    };
    while let Some(result) = results.next().await {
        let response = result?;
        if errors::phase(&response) == Phase::Request {
            return Err(Refusal::of(response.errors));
        }
        let json = Body::of(&response).json().map_err(|error| {
            tracing::error!(request_id = %id.0, %error, "a result cannot be written");
            Refusal::internal()
        })?;
        metrics::counter!("peer_challenge_live_results_total").increment(1);
        if queue.send((key.clone(), Delivery::Next(json))).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// The errors of a refusal, as they leave the service.
pub(super) fn finished(refusal: Refusal, id: &RequestId) -> Vec<ServerError> {
    let mut errors = refusal.into_errors();
    errors::finish(&mut errors, Phase::Request, Hints::TakenOut, id);
    errors
}
