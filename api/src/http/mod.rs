//! GraphQL over HTTP.

/// Names one request in responses, logs and the audit trail (a UUID v7 as text).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);
