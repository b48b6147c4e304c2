//! The two kinds of failure a client can see, and the one place where internal causes are hidden.
//!
//! * [`ApiError`] becomes a top-level GraphQL error with `extensions.code` from the closed list [`ErrorCode`]. It has no
//!   `Display` on purpose: `?` cannot turn a foreign error's text into a client's message. Internal causes are logged
//!   here, once, and answered as "Internal error".
//! * [`UserError`] is an expected outcome of a mutation and travels in the payload's `userErrors`.
//!
//! Services return [`Outcome`]; mutations split it with [`settle`].

use async_graphql::{Enum, ErrorExtensions, SimpleObject};
use sea_orm::DbErr;

use crate::{
    db::{Trouble, is_transient, trouble},
    faults::{Fault, FaultKind},
    http::ErrorCode,
};

/// A failure that ends a field with a top-level error.
#[derive(Debug)]
pub enum ApiError {
    /// No valid token.
    Unauthenticated,
    /// Visible, but not allowed; says what is.
    Forbidden(String),
    /// Unknown or hidden.
    NotFound(String),
    /// A senseless argument; says which and why.
    BadInput(String),
    /// Lost a race; the client should read again.
    Conflict(String),
    /// A subscription missed events; the client should read again and subscribe again.
    EventsLost,
    /// The database is away, busy or too slow: the same request may succeed later. The cause is never shown.
    Database(Trouble, anyhow::Error),
    /// A bug or a broken dependency. Never shown.
    Internal(anyhow::Error),
}

/// What a client may do about trouble.
const AGAIN: &str = "Send the same request again later, a change with the same idempotency key.";

/// Result of everything that answers a query.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

impl ApiError {
    /// An internal failure with a text for the log.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::Internal(anyhow::anyhow!("{message}"))
    }
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        let found = trouble(&error);
        let kind = match found {
            _ if is_transient(&error) => "deadlock",
            Some(_) => "unavailable",
            None => "other",
        };
        metrics::counter!("peer_challenge_database_errors_total", "kind" => kind).increment(1);
        match found {
            Some(trouble) => Self::Database(trouble, error.into()),
            None => Self::Internal(error.into()),
        }
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// Batch loaders hand one failure to every waiting field.
#[derive(Clone)]
pub struct Shared(std::sync::Arc<ApiError>);

impl From<DbErr> for Shared {
    fn from(error: DbErr) -> Self {
        Self(std::sync::Arc::new(error.into()))
    }
}

impl From<ApiError> for Shared {
    fn from(error: ApiError) -> Self {
        Self(std::sync::Arc::new(error))
    }
}

impl From<Shared> for ApiError {
    fn from(shared: Shared) -> Self {
        match &*shared.0 {
            Self::Internal(cause) => Self::internal(format_args!("{cause:#}")),
            Self::Database(trouble, cause) => Self::Database(*trouble, anyhow::anyhow!("{cause:#}")),
            other => Self::internal(format_args!("{other:?}")),
        }
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let (code, message) = match error {
            ApiError::Unauthenticated => (
                ErrorCode::Unauthenticated,
                "A valid bearer token is needed. See docs/AUTH.md.".to_owned(),
            ),
            ApiError::Forbidden(message) => (ErrorCode::Forbidden, message),
            ApiError::NotFound(message) => (ErrorCode::NotFound, message),
            ApiError::BadInput(message) => (ErrorCode::BadUserInput, message),
            ApiError::Conflict(message) => (ErrorCode::Conflict, message),
            ApiError::EventsLost => (
                ErrorCode::EventsLost,
                "Events were lost. Read again what you follow, then subscribe again.".to_owned(),
            ),
            ApiError::Database(trouble, cause) => {
                tracing::warn!(
                    trouble = trouble.as_str(),
                    cause = format!("{cause:#}"),
                    "the database is in trouble"
                );
                let (code, what) = match trouble {
                    Trouble::Away => (ErrorCode::ServiceUnavailable, "cannot be reached"),
                    Trouble::Busy => (ErrorCode::ServiceUnavailable, "is too busy"),
                    Trouble::Slow => (ErrorCode::RequestTimeout, "took too long"),
                };
                (code, format!("The database {what} at the moment. {AGAIN}"))
            }
            ApiError::Internal(cause) => {
                tracing::error!(cause = format!("{cause:#}"), "a field failed");
                (ErrorCode::InternalServerError, "Internal error".to_owned())
            }
        };
        Self::new(message).extend_with(|_, extensions| extensions.set("code", code.as_str()))
    }
}

/// What kind of expected refusal a `UserError` is. A list that may grow: clients need a default branch.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum UserErrorCode {
    /// The value is not acceptable; the message says what would be.
    Invalid,
    /// A value is needed here.
    Required,
    /// No such thing, or not for this viewer.
    NotFound,
    /// Somebody else already has it (a name, a reference, a slot).
    Taken,
    /// The thing changed since it was read (`currentVersion` says to what): read it again and repeat.
    Conflict,
    /// The lifecycle does not allow this move now; `allowed` lists the stages that can be reached.
    IllegalStage,
    /// A last day lies before its first day.
    DatesReversed,
    /// Two periods that must not overlap do.
    Overlapping,
    /// More entries than the stated maximum.
    TooMany,
    /// A rule of severity BLOCK speaks against the person.
    NotEligible,
    /// Only WARN findings speak against the person: waive them first, or choose somebody else.
    NeedsWaiver,
    /// The rule cannot be waived, or not by this viewer.
    NotWaivable,
    /// The team as a whole breaks a rule.
    TeamRule,
    /// A live challenge of the same programme for the same host and season exists already.
    AlreadyLive,
    /// An open decision about a late conflict stands in the way.
    DecisionOpen,
    /// The person has a live place on a team.
    Serving,
    /// The person was erased; that cannot be undone.
    Erased,
    /// The viewer may see this, but not do it.
    Forbidden,
}

/// Why a mutation did nothing. Expected outcomes only; everything else is a top-level error.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The kind of refusal, for programs.
    pub code: UserErrorCode,
    /// The reason in a sentence, for people. Its wording may change.
    pub message: String,
    /// Path of the offending value inside `input`, outermost first; null when no single field is at fault.
    pub field: Option<Vec<String>>,
    /// The values or moves that would have been accepted here, where they can be listed (at most 20); else empty.
    pub allowed: Vec<String>,
    /// With CONFLICT on a version: the version that the thing has now; else null.
    pub current_version: Option<i32>,
}

impl UserError {
    /// A refusal that no single input field caused.
    pub fn new(code: UserErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            allowed: Vec::new(),
            current_version: None,
        }
    }

    /// A refusal caused by the field at `path` (dots separate levels: `windows.0.startsOn`).
    pub fn at(code: UserErrorCode, path: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(path.split('.').map(str::to_owned).collect()),
            ..Self::new(code, message)
        }
    }

    /// Something that is not there, or not for this viewer: `what` names it in the sentence ("challenge").
    pub fn not_found(path: &str, what: &str) -> Self {
        Self::at(UserErrorCode::NotFound, path, format!("There is no such {what}."))
    }

    /// Refuses an `expectedVersion` that is not the thing's (a sentence's beginning names it: "PC-2027-001", "This").
    pub fn stale(what: &str, expected: i32, current: i32) -> Self {
        let message = format!("{what} is at version {current}, not {expected}. Read it again and repeat your change.");
        Self {
            current_version: Some(current),
            ..Self::at(UserErrorCode::Conflict, "expectedVersion", message)
        }
    }

    /// Refuses an `expected` version that is not the `current` one.
    ///
    /// # Errors
    /// [`Self::stale`].
    pub fn unless_fresh(what: &str, expected: i32, current: i32) -> std::result::Result<(), Self> {
        if expected == current {
            return Ok(());
        }
        Err(Self::stale(what, expected, current))
    }

    /// The same refusal with the list of what would have been accepted.
    #[must_use]
    pub fn allowing(self, allowed: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            allowed: allowed.into_iter().map(Into::into).collect(),
            ..self
        }
    }
}

/// Faults as refusals: with their path when they concern this input, without when they concern what is stored.
pub fn refusals(faults: impl IntoIterator<Item = Fault>, in_input: bool) -> Vec<UserError> {
    let code = |kind| match kind {
        FaultKind::Invalid => UserErrorCode::Invalid,
        FaultKind::Required => UserErrorCode::Required,
        FaultKind::DatesReversed => UserErrorCode::DatesReversed,
        FaultKind::Overlapping => UserErrorCode::Overlapping,
        FaultKind::TooMany => UserErrorCode::TooMany,
        FaultKind::NotFound => UserErrorCode::NotFound,
        FaultKind::Taken => UserErrorCode::Taken,
    };
    faults
        .into_iter()
        .map(|fault| {
            if in_input {
                UserError::at(code(fault.kind), &fault.path, fault.message)
            } else {
                UserError::new(code(fault.kind), fault.message)
            }
        })
        .collect()
}

/// Why a service did not do what it was asked.
#[derive(Debug)]
pub enum ServiceError {
    /// Expected refusals, all of them; nothing was written.
    Refused(Vec<UserError>),
    /// The request cannot be answered.
    Failed(ApiError),
}

impl ServiceError {
    /// What happened, in words for the log: codes and internal causes, never what somebody wrote.
    pub fn for_log(&self) -> String {
        match self {
            Self::Refused(errors) => {
                let codes: Vec<_> = errors.iter().map(|error| format!("{:?}", error.code)).collect();
                format!("refused: {}", codes.join(", "))
            }
            // A debug text would hold the database's details, and those the values of rows.
            Self::Failed(ApiError::Internal(cause)) => format!("{cause:#}"),
            Self::Failed(_) => "refused at the top".to_owned(),
        }
    }
}

/// Result of everything that changes state.
pub type Outcome<T> = std::result::Result<T, ServiceError>;

impl<E: Into<ApiError>> From<E> for ServiceError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<UserError> for ServiceError {
    fn from(error: UserError) -> Self {
        Self::Refused(vec![error])
    }
}

/// Fails with all of `errors`, if there are any.
pub fn refuse_if_any(errors: Vec<UserError>) -> Outcome<()> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Refused(errors))
    }
}

/// Splits a service's outcome into the payload's nullable entity and its `userErrors`.
pub fn settle<T>(outcome: Outcome<T>) -> Result<(Option<T>, Vec<UserError>)> {
    match outcome {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(ServiceError::Refused(errors)) => Ok((None, errors)),
        Err(ServiceError::Failed(error)) => Err(error),
    }
}
