//! What every answer gets: a request id, the security headers, one line in the log.
//!
//! The log line holds method, route, status and time; never a query string, a document, a variable or a token, and of an
//! address that does not exist not even the path (clients put names and keys into addresses, too).

use std::time::Instant;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use serde_json::json;

use super::{
    RequestId,
    errors::ErrorCode,
    graphql,
    server::Shared,
    socket::{Activity, HeldBody},
};

/// The response header that names the request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, runs it, and completes its answer.
pub(super) async fn around<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<HeldBody<B>>, actix_web::Error> {
    // The connection counts as busy until the last byte of the answer is sent.
    let held = request.conn_data::<Activity>().map(Activity::begin);
    let start = Instant::now();
    // Always a name of our own: a client must not choose what stands in the audit trail.
    let id = request.app_data::<web::Data<Shared>>().map_or_else(
        || RequestId(String::new()),
        |shared| RequestId(shared.ids.next_id().to_string()),
    );
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let route = request.match_pattern().unwrap_or_else(|| "other".to_owned());
    let in_flight = InFlight::begin();
    let mut response = next.call(request).await?;
    drop(in_flight);
    metrics::counter!("peer_challenge_http_responses_total",
        "route" => route.clone(), "status" => response.status().as_str().to_owned())
    .increment(1);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Answers are data unless a page says otherwise; as a document they may do nothing at all.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(header::CONTENT_SECURITY_POLICY, nothing);
    }
    tracing::info!(
        request_id = %id.0,
        %method,
        path = route,
        status = response.status().as_u16(),
        milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    Ok(response.map_body(|_, body| HeldBody::new(body, held)))
}

/// A request that is not answered yet; also one whose client goes away ends.
struct InFlight(metrics::Gauge);

impl InFlight {
    fn begin() -> Self {
        let gauge = metrics::gauge!("peer_challenge_http_requests_in_flight");
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// The answer to an address that does not exist.
pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    let message = "There is nothing at this address; the API is at /graphql.";
    error(
        StatusCode::NOT_FOUND,
        ErrorCode::NotFound,
        message,
        Some(graphql::request_id(&request)),
    )
}

/// An answer outside `/graphql`, in the shape that errors have inside it.
pub(super) fn error(status: StatusCode, code: ErrorCode, message: &str, id: Option<RequestId>) -> HttpResponse {
    let id = id.map_or_else(String::new, |id| id.0);
    let error = json!({"message": message, "extensions": {"code": code.as_str(), "requestId": id}});
    HttpResponse::build(status).json(json!({"errors": [error]}))
}
