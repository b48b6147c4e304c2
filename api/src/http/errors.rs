//! The shape of every failure that leaves this service, and the last look at each one.
//!
//! Invariants, held by [`finish`] for every response:
//! - each error has `extensions.code` from the closed list [`ErrorCode`] and `extensions.requestId`;
//! - an error of a resolver that carries no code is a bug: its text goes to the log, the client reads "Internal error";
//! - nobody reads "Did you mean …" who may not read the schema ([`Hints`]).
//!
//! A [`Refusal`] is a request that ends before execution. Whether its status applies to both media types or only to
//! the new one is decided by its [`Scope`]; see `graphql` for the table.

use actix_web::http::StatusCode;
use async_graphql::{ErrorExtensionValues, Response, ServerError, Value, parser};

use super::{RequestId, hints::Hints};

/// The closed list of codes in `extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The document is no GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The request or an argument makes no sense.
    BadUserInput,
    /// No credentials, or none that are valid.
    Unauthenticated,
    /// The viewer may not do this.
    Forbidden,
    /// Not there, or not there for this viewer.
    NotFound,
    /// The state changed under the request.
    Conflict,
    /// Too many requests.
    RateLimited,
    /// The hash of a persisted query is not in the cache: send the document with it.
    PersistedQueryNotFound,
    /// Automatic persisted queries are switched off, or not in the version that was asked for.
    PersistedQueryNotSupported,
    /// Not one of the documents that are executed here.
    DocumentNotKnown,
    /// The document exceeds a limit.
    QueryTooComplex,
    /// Execution took too long.
    RequestTimeout,
    /// A subscription fell behind and missed events: read again, then subscribe again.
    EventsLost,
    /// Something that this service needs (its database, the identity provider's keys) is not to be had: try again.
    ServiceUnavailable,
    /// Anything else; the log has the cause under the request's id.
    InternalServerError,
}

impl ErrorCode {
    /// The list.
    pub const ALL: [Self; 16] = [
        Self::GraphqlParseFailed,
        Self::GraphqlValidationFailed,
        Self::BadUserInput,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::RateLimited,
        Self::PersistedQueryNotFound,
        Self::PersistedQueryNotSupported,
        Self::DocumentNotKnown,
        Self::QueryTooComplex,
        Self::RequestTimeout,
        Self::EventsLost,
        Self::ServiceUnavailable,
        Self::InternalServerError,
    ];

    /// The text in `extensions.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::DocumentNotKnown => "DOCUMENT_NOT_KNOWN",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::EventsLost => "EVENTS_LOST",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }

    /// The code of an error, when it carries one of the list.
    pub fn of(error: &ServerError) -> Option<Self> {
        let Some(Value::String(text)) = error.extensions.as_ref().and_then(|values| values.get("code")) else {
            return None;
        };
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// The HTTP status of a response that has nothing but this error.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::GraphqlParseFailed
            | Self::GraphqlValidationFailed
            | Self::BadUserInput
            | Self::QueryTooComplex
            | Self::PersistedQueryNotSupported
            | Self::DocumentNotKnown => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            // Clients give up persisted queries for good on 400.
            Self::NotFound | Self::PersistedQueryNotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::RequestTimeout => StatusCode::GATEWAY_TIMEOUT,
            // Only ever an event of a stream; a request of its own could be repeated.
            Self::EventsLost | Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What a refusal is about, which decides its status under `application/json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The HTTP request itself, a limit, the credentials: the status stands for every media type.
    Http,
    /// The document of a well-formed request: clients that accept only `application/json` read 200 (the convention of
    /// the draft's section on that media type, and what the `graphql-http` audits ask for).
    Document,
}

/// A request that ends before execution.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    scope: Scope,
    errors: Vec<ServerError>,
    /// Value of the `Allow` header, with 405.
    allow: Option<&'static str>,
    /// Value of the `Retry-After` header, in seconds.
    retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal of the HTTP request.
    pub(super) fn http(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status,
            scope: Scope::Http,
            errors: vec![error(code, message)],
            allow: None,
            retry_after: None,
        }
    }

    /// A request body or query string that is not a well-formed GraphQL request.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::http(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, message)
    }

    /// A well-formed request whose document is refused.
    pub(super) fn document(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            scope: Scope::Document,
            ..Self::http(code.status(), code, message)
        }
    }

    /// Too many bytes.
    pub(super) fn too_large(what: &str, maximum: usize) -> Self {
        let message = format!("The {what} is too large; at most {maximum} bytes are accepted.");
        Self::http(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::QueryTooComplex, message)
    }

    /// A document beyond a limit.
    pub(super) fn too_complex(what: &str, measured: u64, maximum: u64) -> Self {
        let measured = if measured == u64::MAX {
            "far too many".to_owned()
        } else {
            measured.to_string()
        };
        let message = format!("The document has {measured} {what}; at most {maximum} are accepted.");
        Self::http(StatusCode::BAD_REQUEST, ErrorCode::QueryTooComplex, message)
    }

    /// What the library refused before execution.
    pub(super) fn of(errors: Vec<ServerError>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            scope: Scope::Document,
            errors,
            allow: None,
            retry_after: None,
        }
    }

    /// A failure of ours; whoever calls this has logged its cause.
    pub(super) fn internal() -> Self {
        let code = ErrorCode::InternalServerError;
        Self::http(code.status(), code, "Internal error")
    }

    /// A document that the parser refuses.
    pub(super) fn syntax(error: parser::Error) -> Self {
        let code = match error {
            parser::Error::OperationDuplicated { .. } | parser::Error::FragmentDuplicated { .. } => {
                ErrorCode::GraphqlValidationFailed
            }
            _ => ErrorCode::GraphqlParseFailed,
        };
        let mut error = ServerError::from(error);
        set_code(&mut error, code);
        Self {
            status: StatusCode::BAD_REQUEST,
            scope: Scope::Document,
            errors: vec![error],
            allow: None,
            retry_after: None,
        }
    }

    /// Names the methods that would be answered.
    pub(super) fn allowing(self, methods: &'static str) -> Self {
        Self {
            allow: Some(methods),
            ..self
        }
    }

    /// Says in how many seconds it is worth trying again.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    pub(super) fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after
    }

    pub(super) fn allow(&self) -> Option<&'static str> {
        self.allow
    }

    /// The status for the new media type, and for `application/json` where [`Scope`] does not soften it.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn scope(&self) -> Scope {
        self.scope
    }

    pub(super) fn errors(&self) -> &[ServerError] {
        &self.errors
    }

    pub(super) fn into_errors(self) -> Vec<ServerError> {
        self.errors
    }

    /// Whether it is about the document: over a limit, or not fit for the schema. Otherwise it is about the HTTP request or
    /// about whoever sent it.
    pub(super) fn is_about_the_document(&self) -> bool {
        self.scope == Scope::Document || matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE)
    }

    #[cfg(test)]
    pub(super) fn code(&self) -> ErrorCode {
        self.errors.first().and_then(ErrorCode::of).unwrap()
    }

    /// The first reason, in words.
    pub(super) fn first_message(&self) -> &str {
        self.errors.first().map_or("", |error| &error.message)
    }

    #[cfg(test)]
    pub(super) fn message(&self) -> &str {
        self.first_message()
    }
}

/// An error with a code.
pub(super) fn error(code: ErrorCode, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

fn set_code(error: &mut ServerError, code: ErrorCode) {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code.as_str());
}

/// Where in its life a response met its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The library refused the document before running it.
    Request,
    /// Resolvers ran.
    Execution,
}

/// Tells whether a response with errors ever began to execute: execution errors carry the path of their field.
pub(super) fn phase(response: &Response) -> Phase {
    let before = response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
    if before { Phase::Request } else { Phase::Execution }
}

/// Gives every error a code and the request's id, and hides what has no business outside. What is finished already stays so.
pub(super) fn finish(errors: &mut [ServerError], phase: Phase, hints: Hints, request: &RequestId) {
    for error in errors {
        if ErrorCode::of(error).is_none() {
            let code = match phase {
                // These texts speak of the document and the schema, nothing else.
                Phase::Request => {
                    hints.apply(&mut error.message);
                    ErrorCode::GraphqlValidationFailed
                }
                Phase::Execution if is_input_error(error) => ErrorCode::BadUserInput,
                Phase::Execution => {
                    tracing::error!(request_id = %request.0, path = ?error.path, cause = %error.message,
                        "a resolver failed without a code");
                    "Internal error".clone_into(&mut error.message);
                    error.extensions = None;
                    ErrorCode::InternalServerError
                }
            };
            set_code(error, code);
        }
        error.source = None;
        error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default)
            .set("requestId", request.0.as_str());
    }
}

/// Whether the library itself refused an argument while a field ran: custom scalars and validators are only looked at
/// then. Such errors come without a source, and begin with one of the library's own phrases.
fn is_input_error(error: &ServerError) -> bool {
    const PHRASES: [&str; 5] = [
        "Failed to parse \"",
        "Expected input type \"",
        "Invalid value for argument",
        "Variable ",
        "Oneof input objects",
    ];
    error.source.is_none() && PHRASES.iter().any(|phrase| error.message.starts_with(phrase))
}

/// What became of a request, for the figures: `OK`, or the most severe code.
pub(super) fn outcome(errors: &[ServerError]) -> &'static str {
    if errors.is_empty() {
        "OK"
    } else {
        worst(errors).as_str()
    }
}

/// The most severe code among errors: what the status of a response without data follows.
pub(super) fn worst(errors: &[ServerError]) -> ErrorCode {
    errors
        .iter()
        .filter_map(ErrorCode::of)
        .max_by_key(|code| code.status().as_u16() / 100 * 100 + u16::from(*code == ErrorCode::Unauthenticated))
        .unwrap_or(ErrorCode::InternalServerError)
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;

    use super::*;

    fn finished(mut error: ServerError, phase: Phase) -> serde_json::Value {
        let id = RequestId("r1".to_owned());
        finish(std::slice::from_mut(&mut error), phase, Hints::TakenOut, &id);
        serde_json::to_value(error).unwrap()
    }

    fn at_field(message: &str) -> ServerError {
        ServerError::new(message, None).with_path(vec![PathSegment::Field("a".to_owned())])
    }

    #[test]
    fn an_error_without_a_code_is_masked() {
        let secret = finished(at_field("no such table: peer in /srv/data.db"), Phase::Execution);
        assert_eq!(secret["message"], "Internal error");
        assert_eq!(secret["extensions"]["code"], "INTERNAL_SERVER_ERROR");
        assert_eq!(secret["extensions"]["requestId"], "r1");
        assert_eq!(secret["path"], serde_json::json!(["a"]));
    }

    #[test]
    fn an_unknown_code_counts_as_none_and_loses_its_extensions() {
        let mut unknown = at_field("text");
        unknown.extensions.get_or_insert_default().set("code", "TEAPOT");
        unknown.extensions.get_or_insert_default().set("sql", "SELECT");
        let unknown = finished(unknown, Phase::Execution);
        assert_eq!(
            unknown["extensions"],
            serde_json::json!({"code": "INTERNAL_SERVER_ERROR", "requestId": "r1"})
        );
    }

    #[test]
    fn known_codes_and_the_library_s_words_on_input_stay() {
        let mut known = at_field("Not yours");
        set_code(&mut known, ErrorCode::Forbidden);
        let known = finished(known, Phase::Execution);
        assert_eq!(
            (known["message"].as_str(), known["extensions"]["code"].as_str()),
            (Some("Not yours"), Some("FORBIDDEN"))
        );
        let input = finished(
            at_field("Failed to parse \"Date\": input is out of range"),
            Phase::Execution,
        );
        assert_eq!(input["extensions"]["code"], "BAD_USER_INPUT");
        let invalid = finished(ServerError::new("Unknown field \"x\"", None), Phase::Request);
        assert_eq!(invalid["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    }

    #[test]
    fn the_status_follows_the_most_severe_error() {
        let codes = |codes: &[ErrorCode]| worst(&codes.iter().map(|code| error(*code, "x")).collect::<Vec<_>>());
        assert_eq!(
            codes(&[ErrorCode::NotFound, ErrorCode::InternalServerError]),
            ErrorCode::InternalServerError
        );
        assert_eq!(
            codes(&[ErrorCode::NotFound, ErrorCode::Unauthenticated]),
            ErrorCode::Unauthenticated
        );
        assert_eq!(codes(&[]), ErrorCode::InternalServerError);
    }
}
