//! Bounds for what comes before a request's body: the address and the header fields.
//!
//! The HTTP library bounds the whole head (128 KiB, 96 fields) and answers beyond that without a body; these bounds are
//! tighter, are settings, and say what is wrong.

use actix_web::{
    HttpMessage, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
    web,
};

use super::{ConnectionOptions, RequestId, budget, errors::ErrorCode, middleware, server::Shared};

/// Refuses a head beyond its bounds.
pub(super) async fn check<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let refusal = request
        .app_data::<web::Data<Shared>>()
        .and_then(|shared| beyond(&request, &shared.options.connections));
    if let Some((status, message)) = refusal {
        let id = request.extensions().get::<RequestId>().cloned();
        let response: HttpResponse = middleware::error(status, ErrorCode::QueryTooComplex, &message, id);
        return Ok(request.into_response(response).map_into_right_body());
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

fn beyond(request: &ServiceRequest, options: &ConnectionOptions) -> Option<(StatusCode, String)> {
    let address = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if address > options.uri_bytes {
        budget::count("uri_bytes");
        let message = format!(
            "The address is too long; at most {} bytes are accepted.",
            options.uri_bytes
        );
        return Some((StatusCode::URI_TOO_LONG, message));
    }
    let headers = request.headers();
    if headers.len() > options.headers {
        budget::count("headers");
        let message = format!(
            "There are too many header fields; at most {} are accepted.",
            options.headers
        );
        return Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    (bytes > options.header_bytes).then(|| {
        budget::count("header_bytes");
        let message = format!(
            "The header is too large; at most {} bytes are accepted.",
            options.header_bytes
        );
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message)
    })
}
