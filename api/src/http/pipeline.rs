//! From a well-formed request to its answer, the same for every transport: budget → operation → execution under a time
//! limit → completion → codes and masking.
//!
//! [`prepare`] refuses what must not run; the transport looks at [`Prepared::kind`] (HTTP refuses mutations by GET) and
//! then runs it ([`Prepared::run`]). Whatever comes out has passed `errors::finish`.
//!
//! Neighbours: `graphql` (HTTP), `budget`, `completion`, `errors`.

use std::{sync::Arc, time::Duration};

use async_graphql::{
    Request, Response, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};
use tokio::task::JoinError;

use super::{
    IdempotencyKey, RequestId, budget,
    completion::Plan,
    errors::{self, ErrorCode, Phase, Refusal},
    params::Params,
    server::Shared,
};
use crate::auth::{Access, Viewer};

/// An operation that may run.
pub(super) struct Prepared {
    /// Query, mutation or subscription.
    pub(super) kind: OperationType,
    request: Request,
    plan: Plan,
    id: RequestId,
}

/// Checks a request up to the point where it could run.
pub(super) fn prepare(
    shared: &Shared,
    params: Params,
    viewer: Option<Viewer>,
    id: &RequestId,
) -> Result<Prepared, Refusal> {
    let document = budget::parse(&params.query, &shared.options.limits)?;
    let operation = select(&document, params.operation_name.as_deref())?;
    let kind = operation.ty;
    if kind == OperationType::Mutation {
        may_change(viewer.as_ref())?;
    }
    let plan = Plan::of(&shared.types, &document, operation);
    if viewer.is_none() && shared.executor.needs_viewer() && plan.asks() {
        // Before anything is said about the input: nobody in particular has no business with it.
        let code = ErrorCode::Unauthenticated;
        return Err(Refusal::http(
            code.status(),
            code,
            "A valid bearer token is needed. See docs/AUTH.md.",
        ));
    }
    check_variables(operation, &params)?;
    Ok(Prepared {
        kind,
        request: assemble(params, document, viewer, shared, id),
        plan,
        id: id.clone(),
    })
}

impl Prepared {
    /// Carries the client's name for this change, if it gave one.
    pub(super) fn once(mut self, key: Option<IdempotencyKey>) -> Self {
        if let Some(key) = key {
            self.request = self.request.data(key);
        }
        self
    }

    /// Runs a query or mutation as a task of the main runtime, so that neither a busy resolver nor a panic takes the
    /// transport with it. When the client goes away or the time is up, the task is aborted and its transaction rolls
    /// back.
    pub(super) async fn run(self, shared: &Shared) -> Result<Response, Refusal> {
        let limit = match self.kind {
            OperationType::Mutation => shared.options.mutation_timeout,
            OperationType::Query | OperationType::Subscription => shared.options.query_timeout,
        };
        let executor = Arc::clone(&shared.executor);
        let task = shared
            .runtime
            .spawn(async move { executor.execute(self.request).await });
        let _abort = AbortOnDrop(task.abort_handle());
        match tokio::time::timeout(limit, task).await {
            Ok(Ok(response)) => Ok(complete(&self.plan, response, &self.id)),
            Ok(Err(error)) => Err(broken_off(&error, &self.id)),
            Err(_) => Err(too_slow(limit, &self.id)),
        }
    }
}

fn complete(plan: &Plan, mut response: Response, id: &RequestId) -> Response {
    let phase = errors::phase(&response);
    if phase == Phase::Execution {
        response.data = plan.complete(response.data, &response.errors);
    }
    errors::finish(&mut response.errors, phase, id);
    response
}

/// What a task that ended without an answer becomes: the cause is logged, the client learns nothing of it.
fn broken_off(error: &JoinError, id: &RequestId) -> Refusal {
    tracing::error!(request_id = %id.0, panicked = error.is_panic(), "a resolver broke off");
    let code = ErrorCode::InternalServerError;
    Refusal::http(code.status(), code, "Internal error")
}

fn too_slow(limit: Duration, id: &RequestId) -> Refusal {
    tracing::warn!(request_id = %id.0, seconds = limit.as_secs_f32(), "a request exceeded its time");
    let seconds = limit.as_secs_f32();
    let message = format!("The request took longer than {seconds} s and was stopped.");
    Refusal::http(ErrorCode::RequestTimeout.status(), ErrorCode::RequestTimeout, message)
}

/// Ends a task with its owner.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Refuses mutations of viewers who only read, before anything runs.
fn may_change(viewer: Option<&Viewer>) -> Result<(), Refusal> {
    match viewer {
        Some(viewer) if viewer.access == Access::Read => Err(Refusal::document(
            ErrorCode::Forbidden,
            "This key may only read. Ask the national programme for one that may write.",
        )),
        _ => Ok(()),
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
