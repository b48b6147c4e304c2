//! The `/graphql` endpoint: GraphQL over HTTP, written against the draft's requirements.
//!
//! | situation | status |
//! |---|---|
//! | method other than GET, POST (OPTIONS belongs to CORS) | 405 with `Allow` |
//! | `Accept` allows neither media type | 406 |
//! | POST body not declared `application/json`, or content-encoded | 415 |
//! | body or document too large | 413 |
//! | bad token (a missing one is an anonymous request) | 401 |
//! | not JSON, a batch, a wrong member | 400 |
//! | over the document budget | 400 |
//! | syntax, validation, unknown operation, variables | 400, or 200 under `application/json` |
//! | mutation by GET | 405 with `Allow: POST` |
//! | executed, some data | 200 |
//! | executed, no data | status of the most severe error; 200 under `application/json` unless it is 401 or 5xx |
//! | time limit | 504 |
//! | panic in a resolver | 500 |
//!
//! The draft's 422 and 294 are not used: 400 and 200 are what its audits and today's proxies expect.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};
use async_graphql::{
    Request, Response, ServerError, Value, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use futures::StreamExt;
use serde::Serialize;

use super::{
    RequestId, budget,
    completion::Plan,
    errors::{self, ErrorCode, Phase, Refusal, Scope},
    negotiation::{self, Media},
    params::{self, Params},
    server::Shared,
};
use crate::auth::{AuthError, Viewer};

/// Handles one request of any method.
pub(super) async fn handle(request: HttpRequest, payload: web::Payload, shared: web::Data<Shared>) -> HttpResponse {
    let id = request_id(&request);
    let media = negotiation::accept(request.headers());
    let answer = match media {
        Some(_) => serve(&request, payload, &shared, &id).await,
        None => Err(Refusal::http(
            StatusCode::NOT_ACCEPTABLE,
            ErrorCode::BadUserInput,
            "Only application/graphql-response+json and application/json can be answered.",
        )),
    };
    match answer {
        Ok(response) => respond(response, media.unwrap_or(Media::Json), &id),
        Err(refusal) => refuse(refusal, media.unwrap_or(Media::Json), &id),
    }
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
    shared: &Shared,
    id: &RequestId,
) -> Result<Response, Refusal> {
    let by_get = match *request.method() {
        Method::GET => true,
        Method::POST => false,
        _ => return Err(not_allowed("GET, POST", "Only GET and POST are answered.")),
    };
    let (viewer, params) = if by_get {
        (
            viewer(request, shared, id).await?,
            params::from_query_string(request.query_string())?,
        )
    } else {
        let body = read_body(request, payload, shared.options.limits.body_bytes).await?;
        (viewer(request, shared, id).await?, params::from_body(&body)?)
    };
    let document = budget::parse(&params.query, &shared.options.limits)?;
    let operation = select(&document, params.operation_name.as_deref())?;
    check_variables(operation, &params)?;
    let kind = operation.ty;
    let plan = Plan::of(&shared.types, &document, operation);
    let limit = match kind {
        OperationType::Query => shared.options.query_timeout,
        OperationType::Mutation if by_get => {
            return Err(not_allowed("POST", "A GET request only reads; send mutations by POST."));
        }
        OperationType::Mutation => shared.options.mutation_timeout,
        OperationType::Subscription => {
            return Err(Refusal::document(
                ErrorCode::GraphqlValidationFailed,
                "Subscriptions are not supported.",
            ));
        }
    };
    let mut response = execute(shared, assemble(params, document, viewer, shared, id), limit, id).await?;
    if errors::phase(&response) == Phase::Execution {
        response.data = plan.complete(response.data, &response.errors);
    }
    Ok(response)
}

fn not_allowed(allow: &'static str, message: &str) -> Refusal {
    Refusal::http(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, message).allowing(allow)
}

/// Takes the body, if it is declared as JSON and small enough.
async fn read_body(request: &HttpRequest, mut payload: web::Payload, limit: usize) -> Result<web::Bytes, Refusal> {
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
    let mut body = web::BytesMut::new();
    let mut too_large = false;
    // What is refused is read on for a while, so that the client can finish sending and hear why.
    let mut patience = limit.saturating_mul(16);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::malformed("The body ended early."))?;
        too_large |= body.len().saturating_add(chunk.len()) > limit;
        if !too_large {
            body.extend_from_slice(&chunk);
        }
        patience = patience.saturating_sub(chunk.len());
        if patience == 0 {
            break;
        }
    }
    match refusal {
        Some(refusal) => Err(refusal),
        None if too_large => Err(Refusal::too_large("body", limit)),
        None => Ok(body.freeze()),
    }
}

/// Who asks: nobody without an Authorization header, an error with a bad one.
async fn viewer(request: &HttpRequest, shared: &Shared, id: &RequestId) -> Result<Option<Viewer>, Refusal> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let result = match value.to_str() {
        Ok(value) => shared.verifier.verify_header(value).await,
        Err(_) => Err(AuthError::Header),
    };
    match result {
        Ok(viewer) => Ok(Some(viewer)),
        Err(AuthError::KeysUnavailable(error)) => {
            tracing::error!(request_id = %id.0, %error, "tokens cannot be verified");
            let message = "Tokens cannot be verified at the moment.";
            Err(Refusal::http(
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorCode::InternalServerError,
                message,
            ))
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

/// The operation that is meant.
fn select<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, Refusal> {
    let refuse = |message: String| Refusal::document(ErrorCode::GraphqlValidationFailed, message);
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        (DocumentOperations::Multiple(operations), Some(name)) => operations
            .get(name)
            .map(|operation| &operation.node)
            .ok_or_else(|| refuse(format!("Unknown operation named \"{name}\"."))),
        (DocumentOperations::Single(_), Some(name)) => Err(refuse(format!("Unknown operation named \"{name}\"."))),
        (DocumentOperations::Multiple(operations), None) => match operations.values().next() {
            Some(only) if operations.len() == 1 => Ok(&only.node),
            _ => Err(refuse(
                "The document has several operations; \"operationName\" must name one.".to_owned(),
            )),
        },
    }
}

/// Required variables must have a value. The library looks at variables only where they are used, so a missing one
/// could otherwise surface in the middle of execution, or not at all.
fn check_variables(operation: &OperationDefinition, params: &Params) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.as_str();
        let required = !definition.node.var_type.node.nullable;
        let given = params.variables.get(name);
        let missing = given.is_none() && definition.node.default_value.is_none();
        if required && (missing || given.is_some_and(serde_json::Value::is_null)) {
            let kind = &definition.node.var_type.node;
            let message = format!("Variable \"${name}\" of the required type \"{kind}\" was not given a value.");
            return Err(Refusal::document(ErrorCode::BadUserInput, message));
        }
    }
    Ok(())
}

fn assemble(
    params: Params,
    document: ExecutableDocument,
    viewer: Option<Viewer>,
    shared: &Shared,
    id: &RequestId,
) -> Request {
    let variables = Variables::from_json(serde_json::Value::Object(params.variables));
    let mut request = Request::new(params.query).variables(variables);
    request.operation_name = params.operation_name;
    request.set_parsed_query(document);
    if let Some(viewer) = viewer.clone() {
        request = request.data(viewer);
    }
    request
        .data(viewer)
        .data(id.clone())
        .data(Arc::clone(&shared.clock))
        .data(Arc::clone(&shared.ids))
}

/// Runs the operation as a task of the main runtime, so that neither a busy resolver nor a panic takes the HTTP
/// worker with it. When the client goes away or the time is up, the task is aborted and its transaction rolls back.
async fn execute(shared: &Shared, request: Request, limit: Duration, id: &RequestId) -> Result<Response, Refusal> {
    let executor = Arc::clone(&shared.executor);
    let task = shared.runtime.spawn(async move { executor.execute(request).await });
    let _abort = AbortOnDrop(task.abort_handle());
    match tokio::time::timeout(limit, task).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => {
            tracing::error!(request_id = %id.0, panicked = error.is_panic(), "a resolver broke off");
            let code = ErrorCode::InternalServerError;
            Err(Refusal::http(code.status(), code, "Internal error"))
        }
        Err(_) => {
            tracing::warn!(request_id = %id.0, seconds = limit.as_secs_f32(), "a request exceeded its time");
            let message = format!(
                "The request took longer than {} s and was stopped.",
                limit.as_secs_f32()
            );
            Err(Refusal::http(
                ErrorCode::RequestTimeout.status(),
                ErrorCode::RequestTimeout,
                message,
            ))
        }
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn respond(mut response: Response, media: Media, id: &RequestId) -> HttpResponse {
    let phase = errors::phase(&response);
    errors::finish(&mut response.errors, phase, id);
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
    let data = (!nothing || phase == Phase::Execution).then_some(&response.data);
    write(status, media, data, &response.errors, None)
}

fn refuse(refusal: Refusal, media: Media, id: &RequestId) -> HttpResponse {
    // A failure that is none of GraphQL's must not look like a GraphQL response to generic clients.
    let about_http = matches!(
        refusal.status(),
        StatusCode::NOT_ACCEPTABLE | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::PAYLOAD_TOO_LARGE
    );
    let media = if about_http { Media::Json } else { media };
    let status = soften(refusal.status(), refusal.scope(), media);
    let allow = refusal.allow();
    let mut errors = refusal.into_errors();
    errors::finish(&mut errors, Phase::Request, id);
    write(status, media, None, &errors, allow)
}

/// The older media type answers 200 to every well-formed request, whatever became of its document.
fn soften(status: StatusCode, scope: Scope, media: Media) -> StatusCode {
    if scope == Scope::Document && media == Media::Json {
        StatusCode::OK
    } else {
        status
    }
}

fn write(
    status: StatusCode,
    media: Media,
    data: Option<&Value>,
    errors: &[ServerError],
    allow: Option<&'static str>,
) -> HttpResponse {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        errors: &'a [ServerError],
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a Value>,
    }
    let Ok(body) = serde_json::to_vec(&Body { errors, data }) else {
        return HttpResponse::InternalServerError().finish();
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, media.content_type()));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if let Some(allow) = allow {
        response.insert_header((header::ALLOW, allow));
    }
    response.body(body)
}
