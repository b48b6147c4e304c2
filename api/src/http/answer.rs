//! The JSON of a GraphQL response, the same on every transport.

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::errors::{self, Phase};

/// Errors first, so that a reader of a log sees them; neither member without content.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<&'a Value>,
}

impl<'a> Body<'a> {
    /// A document that never ran has no `data`; one whose failure climbed to the top has `null`.
    pub(super) fn of(response: &'a Response) -> Self {
        let ran = response.errors.is_empty() || errors::phase(response) == Phase::Execution;
        Self {
            errors: &response.errors,
            data: ran.then_some(&response.data),
        }
    }

    /// The text.
    pub(super) fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}
