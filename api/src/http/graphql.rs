//! The `/graphql` endpoint: GraphQL over HTTP, written against the draft's requirements.
//!
//! | situation | status |
//! |---|---|
//! | method other than GET, POST (OPTIONS belongs to CORS) | 405 with `Allow` |
//! | `Accept` allows neither media type, nor a stream of events | 406 |
//! | POST body not declared `application/json`, or content-encoded | 415 |
//! | body or document too large | 413 |
//! | body slower than its time limit | 408 |
//! | bad token (a missing one is an anonymous request) | 401 |
//! | too many requests | 429 with `Retry-After` |
//! | not JSON, a batch, a wrong member | 400 |
//! | over the document budget | 400 |
//! | syntax, validation, unknown operation, variables | 400, or 200 under `application/json` |
//! | mutation by GET | 405 with `Allow: POST` |
//! | anything but introspection without a token, where the schema wants one | 401, before variables are looked at |
//! | executed, some data | 200 |
//! | executed, no data | status of the most severe error; 200 under `application/json` unless it is 401 or 5xx |
//! | time limit | 504 |
//! | the database or the keys of tokens are not to be had | 503 with `Retry-After` |
//! | panic in a resolver | 500 |
//! | subscription, and `Accept` names no stream of events | 400, or 200 under `application/json` |
//! | stream of events, WebSocket | see `live` |
//!
//! The draft's 422 and 294 are not used: 400 and 200 are what its audits and today's proxies expect.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use async_graphql::{Response, Value, parser::types::OperationType};

use super::{
    RequestId,
    answer::Body,
    body, client,
    errors::{self, ErrorCode, Phase, Refusal, Scope},
    hints::Hints,
    idempotency,
    live::{self, Holder},
    negotiation::{self, Accepted, Media},
    observe::Observed,
    params, pipeline,
    rate::Caller,
    server::Shared,
};
use crate::auth::AuthError;

/// After how many seconds it is worth trying again when something was not to be had.
const RETRY_AFTER_SECONDS: u64 = 1;

/// Handles one request of any method.
pub(super) async fn handle(request: HttpRequest, payload: web::Payload, shared: web::Data<Shared>) -> HttpResponse {
    let id = request_id(&request);
    let accepted = negotiation::accept(request.headers());
    let media = accepted.media.unwrap_or(Media::Json);
    if request.method() == Method::GET && live::is_upgrade(request.headers()) {
        let socket = live::upgrade(&request, payload, &shared, id.clone());
        return socket.unwrap_or_else(|refusal| refuse(refusal, media, &id));
    }
    let observed = Observed::new();
    let answer = if accepted.media.is_none() && !accepted.stream {
        Err(Refusal::http(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::BadUserInput,
            "Only application/graphql-response+json, application/json and text/event-stream can be answered.",
        ))
    } else {
        serve(&request, payload, &shared, &id, accepted, &observed).await
    };
    answer.unwrap_or_else(|refusal| {
        observed.refused(&refusal);
        refuse(refusal, media, &id)
    })
}

/// The id that the middleware gave this request.
pub(super) fn request_id(request: &HttpRequest) -> RequestId {
    request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_else(|| RequestId(String::new()))
}

async fn serve(
    request: &HttpRequest,
    payload: web::Payload,
    shared: &web::Data<Shared>,
    id: &RequestId,
    accepted: Accepted,
    observed: &Observed,
) -> Result<HttpResponse, Refusal> {
    let by_get = match *request.method() {
        Method::GET => true,
        Method::POST => false,
        _ => return Err(not_allowed("GET, POST", "Only GET and POST are answered.")),
    };
    let body = if by_get {
        None
    } else {
        let limits = &shared.options;
        Some(body::read(request, payload, limits.limits.body_bytes, limits.body_timeout).await?)
    };
    let holder = holder(request, shared, id).await;
    // A refused token counts too, and as an anonymous request: whoever guesses tokens shall not guess for free.
    let known = holder.as_ref().ok().and_then(Option::as_ref).map(Holder::viewer);
    let caller = Caller::of(known, client::address(request, &shared.options.trusted_proxies));
    shared.rate.request(&caller)?;
    let holder = holder?;
    let params = match body {
        Some(body) => params::from_body(&body)?,
        None => params::from_query_string(request.query_string())?,
    };
    idempotency::not_in_extensions(&params)?;
    let viewer = holder.as_ref().map(|holder| holder.viewer().clone());
    let prepared = pipeline::prepare(shared, params, viewer, &caller, id, observed);
    let kind = prepared.as_ref().ok().map(|prepared| prepared.kind);
    if by_get && kind == Some(OperationType::Mutation) {
        return Err(not_allowed("POST", "A GET request only reads; send mutations by POST."));
    }
    let prepared = match prepared {
        Ok(prepared) if prepared.kind == OperationType::Mutation => {
            Ok(prepared.once(idempotency::of_header(request.headers())?))
        }
        // A stream tells what is wrong with the document; who may not ask at all reads it from the status.
        Err(refusal) if !refusal.is_about_the_document() => return Err(refusal),
        other => other,
    };
    let subscribes = kind == Some(OperationType::Subscription);
    if accepted.prefers_stream || accepted.stream && subscribes {
        return live::stream(shared, prepared, holder, id);
    }
    if subscribes {
        let message = "Subscriptions are answered over WebSocket (graphql-transport-ws), or as text/event-stream.";
        return Err(Refusal::document(ErrorCode::GraphqlValidationFailed, message));
    }
    let response = prepared?.run(shared).await?;
    Ok(respond(&response, accepted.media.unwrap_or(Media::Json)))
}

fn not_allowed(allow: &'static str, message: &str) -> Refusal {
    Refusal::http(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, message).allowing(allow)
}

/// Who asks: nobody without an Authorization header, an error with a bad one.
async fn holder(request: &HttpRequest, shared: &Shared, id: &RequestId) -> Result<Option<Holder>, Refusal> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let result = match value.to_str() {
        Ok(value) => Holder::judge_header(value, shared).await,
        Err(_) => Err(AuthError::Header),
    };
    match result {
        Ok(holder) => Ok(Some(holder)),
        Err(error) if error.is_outage() => {
            tracing::error!(request_id = %id.0, %error, "tokens cannot be verified");
            let message = "Tokens cannot be verified at the moment.";
            let code = ErrorCode::ServiceUnavailable;
            Err(Refusal::http(code.status(), code, message))
        }
        Err(error) => {
            tracing::info!(request_id = %id.0, reason = %error, "a token was refused");
            Err(Refusal::http(
                StatusCode::UNAUTHORIZED,
                ErrorCode::Unauthenticated,
                "The bearer token is not valid.",
            ))
        }
    }
}

fn respond(response: &Response, media: Media) -> HttpResponse {
    let phase = errors::phase(response);
    let nothing = response.data == Value::Null && !response.errors.is_empty();
    let status = if !nothing {
        StatusCode::OK
    } else if phase == Phase::Request {
        // A coded error before execution is a refused document, whatever else its code may say.
        soften(errors::worst(&response.errors).status(), Scope::Document, media)
    } else {
        let status = errors::worst(&response.errors).status();
        let insist = status == StatusCode::UNAUTHORIZED || status.is_server_error();
        soften(status, if insist { Scope::Http } else { Scope::Document }, media)
    };
    write(status, media, &Body::of(response), None)
}

fn refuse(refusal: Refusal, media: Media, id: &RequestId) -> HttpResponse {
    // A failure that is none of GraphQL's must not look like a GraphQL response to generic clients.
    let about_http = matches!(
        refusal.status(),
        StatusCode::NOT_ACCEPTABLE | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::PAYLOAD_TOO_LARGE
    );
    let media = if about_http { Media::Json } else { media };
    let status = soften(refusal.status(), refusal.scope(), media);
    let (allow, retry_after) = (refusal.allow(), refusal.retry_after_seconds());
    let mut errors = refusal.into_errors();
    errors::finish(&mut errors, Phase::Request, Hints::TakenOut, id);
    let body = Body {
        errors: &errors,
        data: None,
    };
    let mut response = write(status, media, &body, allow);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The older media type answers 200 to every well-formed request, whatever became of its document.
fn soften(status: StatusCode, scope: Scope, media: Media) -> StatusCode {
    if scope == Scope::Document && media == Media::Json {
        StatusCode::OK
    } else {
        status
    }
}

fn write(status: StatusCode, media: Media, body: &Body<'_>, allow: Option<&'static str>) -> HttpResponse {
    let Ok(body) = body.json() else {
        return HttpResponse::InternalServerError().finish();
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, media.content_type()));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, RETRY_AFTER_SECONDS));
    }
    if let Some(allow) = allow {
        response.insert_header((header::ALLOW, allow));
    }
    response.body(body)
}
