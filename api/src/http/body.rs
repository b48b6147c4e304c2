//! Reads the body of a POST: declared as JSON, not compressed, not too large, not too slow.
//!
//! The time limit is on the whole body, not on the gap between two chunks: a client that sends a byte now and then is
//! cut off as well. What is refused for its type or size is read on for a while, so that the client can finish sending
//! and hear why; that while has the same two bounds.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web,
};
use futures::StreamExt;

use super::{
    budget,
    errors::{ErrorCode, Refusal},
    negotiation,
};

/// How many times the largest body is read before the connection is given up.
const PATIENCE: usize = 16;

/// Takes the body.
pub(super) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    patience: Duration,
) -> Result<web::Bytes, Refusal> {
    let unsupported = |message| Refusal::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::BadUserInput, message);
    // Anything a browser may send across origins without asking first is refused here: that is the CSRF defence.
    let refusal = if !negotiation::is_json(request.headers()) {
        Some(unsupported("Send the request as application/json in UTF-8."))
    } else if request
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| value != "identity")
    {
        // Compressed bodies could unfold to any size.
        Some(unsupported("Compressed bodies are not accepted."))
    } else {
        None
    };
    let taken = tokio::time::timeout(patience, take(payload, limit)).await;
    match (refusal, taken) {
        (Some(refusal), _) | (None, Ok(Err(refusal))) => Err(refusal),
        (None, Ok(Ok(Some(body)))) => Ok(body),
        (None, Ok(Ok(None))) => {
            budget::count("body_bytes");
            Err(Refusal::too_large("body", limit))
        }
        (None, Err(_)) => {
            budget::count("body_time");
            let message = format!("The body did not arrive within {} s.", patience.as_secs_f32());
            Err(Refusal::http(
                StatusCode::REQUEST_TIMEOUT,
                ErrorCode::RequestTimeout,
                message,
            ))
        }
    }
}

/// The whole body, or nothing when it is too large.
async fn take(mut payload: web::Payload, limit: usize) -> Result<Option<web::Bytes>, Refusal> {
    let mut body = web::BytesMut::new();
    let mut too_large = false;
    let mut patience = limit.saturating_mul(PATIENCE);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::malformed("The body ended early."))?;
        too_large |= body.len().saturating_add(chunk.len()) > limit;
        if too_large {
            // What was taken so far is of no use any more.
            body = web::BytesMut::new();
        } else {
            body.extend_from_slice(&chunk);
        }
        patience = patience.saturating_sub(chunk.len());
        if patience == 0 {
            break;
        }
    }
    Ok((!too_large).then(|| body.freeze()))
}
