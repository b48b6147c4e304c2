//! From a well-formed request to its answer, the same for every transport: budget → operation → positions of variables →
//! execution under a time limit → completion → codes and masking.
//!
//! [`prepare`] refuses what must not run; the transport looks at [`Prepared::kind`] (HTTP refuses mutations by GET) and
//! then either runs it once ([`Prepared::run`]) or follows its events ([`Prepared::follow`]). Whatever comes out has
//! passed `errors::finish`, and is noted for the figures (`observe`) here and nowhere else.
//!
//! Neighbours: `graphql` (HTTP), `live` (WebSocket and event streams), `budget`, `completion`, `errors`, `observe`.

use std::{sync::Arc, time::Duration};

use async_graphql::{
    Request, Response, Variables,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection},
};
use futures::{StreamExt, stream::BoxStream};
use tracing::Instrument as _;

use super::{
    IdempotencyKey, Pulse, RequestId, budget,
    completion::Plan,
    errors::{self, ErrorCode, Phase, Refusal},
    hints::Hints,
    observe::Observed,
    params::Params,
    positions,
    rate::Caller,
    server::Shared,
};
use crate::auth::{Access, Viewer};

/// An operation that may run.
pub(super) struct Prepared {
    /// Query, mutation or subscription.
    pub(super) kind: OperationType,
    request: Request,
    answering: Answering,
    id: RequestId,
    observed: Observed,
}

/// How results become what leaves the service.
struct Answering {
    plan: Plan,
    hints: Hints,
}

/// Checks a request up to the point where it could run.
pub(super) fn prepare(
    shared: &Shared,
    params: Params,
    viewer: Option<Viewer>,
    caller: &Caller,
    id: &RequestId,
    observed: &Observed,
) -> Result<Prepared, Refusal> {
    check(shared, params, viewer, caller, id, observed).inspect_err(|refusal| observed.refused(refusal))
}

fn check(
    shared: &Shared,
    params: Params,
    viewer: Option<Viewer>,
    caller: &Caller,
    id: &RequestId,
    observed: &Observed,
) -> Result<Prepared, Refusal> {
    let limits = &shared.options.limits;
    let source = shared.documents.resolve(&params.source)?;
    let document = budget::parse(&source.text, limits)?;
    let operation = select(&document, params.operation_name.as_deref())?;
    let weight = budget::weigh(&shared.shape, &document, operation, &params.variables, limits)?;
    shared.rate.operation(caller, &weight)?;
    shared.documents.keep(&source);
    shared.options.introspection.permit(viewer.as_ref(), &weight)?;
    let kind = operation.ty;
    if kind == OperationType::Mutation {
        may_change(viewer.as_ref())?;
    }
    if kind == OperationType::Subscription {
        one_root_field(&document, operation)?;
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
    positions::check(&shared.shape, &document)?;
    check_variables(operation, &params)?;
    // Only a signed-in viewer's names for operations are taken up in the figures.
    let name = operation_name(&document, &params);
    let label = shared.operation_names.label(name.as_deref(), viewer.is_some());
    observed.operation(kind, label);
    let hints = shared.options.introspection.hints(viewer.as_ref());
    Ok(Prepared {
        kind,
        request: assemble(&source.text, params, document, viewer, shared, id),
        answering: Answering { plan, hints },
        id: id.clone(),
        observed: observed.clone(),
    })
}

impl Prepared {
    /// The request that it belongs to, for the figures.
    pub(super) fn observed(&self) -> Observed {
        self.observed.clone()
    }

    /// Carries the client's name for this change, if it gave one.
    pub(super) fn once(mut self, key: Option<IdempotencyKey>) -> Self {
        if let Some(key) = key {
            self.request = self.request.data(key);
        }
        self
    }

    /// Runs a query or mutation as a task of the main runtime, so that neither a busy resolver nor a panic takes the
    /// transport with it. When the client goes away or the time is up, the task is aborted and its transaction rolls
    /// back, unless its commit is on the way already.
    pub(super) async fn run(self, shared: &Shared) -> Result<Response, Refusal> {
        let observed = self.observed();
        let answer = self.execute(shared).await;
        match &answer {
            Ok(response) => observed.outcome(errors::outcome(&response.errors)),
            Err(refusal) => observed.refused(refusal),
        }
        answer
    }

    async fn execute(self, shared: &Shared) -> Result<Response, Refusal> {
        let limit = match self.kind {
            OperationType::Mutation => shared.options.mutation_timeout,
            OperationType::Query | OperationType::Subscription => shared.options.query_timeout,
        };
        let executor = Arc::clone(&shared.executor);
        let span = tracing::info_span!("operation", request_id = %self.id.0, kind = %self.kind);
        let task = shared
            .runtime
            .spawn(async move { executor.execute(self.request).await }.instrument(span));
        let _abort = AbortOnDrop(task.abort_handle());
        match tokio::time::timeout(limit, task).await {
            Ok(Ok(response)) => Ok(self.answering.finish(response, &self.id)),
            Ok(Err(error)) => Err(broken_off(error.is_panic(), &self.id)),
            Err(_) => Err(too_slow(limit, self.kind, &self.id)),
        }
    }

    /// The events of a subscription, or the one answer of any other operation, each completed and masked. It must be
    /// polled on the main runtime. Preparing an event may take as long as a query; waiting for one may take for ever.
    pub(super) fn follow(self, shared: &Shared) -> BoxStream<'static, Result<Response, Refusal>> {
        let Self {
            request,
            answering,
            id,
            observed,
            ..
        } = self;
        let pulse = Pulse::default();
        let limit = shared.options.query_timeout;
        let events = shared.executor.subscribe(request.data(pulse.clone()));
        let state = Some((events, answering, pulse, id, observed));
        futures::stream::unfold(state, move |state| async move {
            let (mut events, answering, pulse, id, observed) = state?;
            let next = tokio::select! {
                biased;
                next = events.next() => next,
                () = pulse.overdue(limit) => {
                    let refusal = too_slow(limit, OperationType::Subscription, &id);
                    observed.refused(&refusal);
                    return Some((Err(refusal), None));
                }
            };
            let Some(next) = next else {
                observed.outcome("OK");
                return None;
            };
            pulse.rest();
            let response = answering.finish(next, &id);
            // The first event that fails is what became of the subscription, even if others follow.
            if !response.errors.is_empty() {
                observed.outcome(errors::outcome(&response.errors));
            }
            Some((Ok(response), Some((events, answering, pulse, id, observed))))
        })
        .boxed()
    }
}

impl Answering {
    fn finish(&self, mut response: Response, id: &RequestId) -> Response {
        let phase = errors::phase(&response);
        if phase == Phase::Execution {
            response.data = self.plan.complete(response.data, &response.errors);
        }
        errors::finish(&mut response.errors, phase, self.hints, id);
        response
    }
}

/// What a task that ended without an answer becomes: the cause is logged, the client learns nothing of it.
pub(super) fn broken_off(panicked: bool, id: &RequestId) -> Refusal {
    tracing::error!(request_id = %id.0, panicked, "a resolver broke off");
    Refusal::internal()
}

fn too_slow(limit: Duration, kind: OperationType, id: &RequestId) -> Refusal {
    tracing::warn!(request_id = %id.0, seconds = limit.as_secs_f32(), "a request exceeded its time");
    let seconds = limit.as_secs_f32();
    let mut message = format!("The request took longer than {seconds} s and was stopped.");
    if kind == OperationType::Mutation {
        // The stop may have come between the commit and its answer.
        message.push_str(" It may have been carried out: send it again with the same idempotency key.");
    }
    Refusal::http(ErrorCode::RequestTimeout.status(), ErrorCode::RequestTimeout, message)
}

/// Ends a task with its owner.
pub(super) struct AbortOnDrop(pub(super) tokio::task::AbortHandle);

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

/// The name of the operation that [`select`] chose.
fn operation_name(document: &ExecutableDocument, params: &Params) -> Option<String> {
    match &document.operations {
        DocumentOperations::Single(_) => None,
        DocumentOperations::Multiple(operations) => params
            .operation_name
            .clone()
            .or_else(|| operations.keys().next().map(ToString::to_string)),
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
    text: &str,
    params: Params,
    document: ExecutableDocument,
    viewer: Option<Viewer>,
    shared: &Shared,
    id: &RequestId,
) -> Request {
    let variables = Variables::from_json(serde_json::Value::Object(params.variables));
    let mut request = Request::new(text).variables(variables);
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

/// A subscription follows one thing (the specification's rule, and what lets events share what they load).
fn one_root_field(document: &ExecutableDocument, operation: &OperationDefinition) -> Result<(), Refusal> {
    let mut set = &operation.selection_set.node;
    // Fragments may wrap the field; the budget has refused cycles.
    loop {
        let refuse = |message: &str| Err(Refusal::document(ErrorCode::GraphqlValidationFailed, message));
        let [only] = set.items.as_slice() else {
            return refuse("A subscription selects exactly one root field.");
        };
        set = match &only.node {
            Selection::Field(field) if field.node.name.node.starts_with("__") => {
                return refuse("A subscription cannot follow introspection.");
            }
            Selection::Field(_) => return Ok(()),
            Selection::InlineFragment(fragment) => &fragment.node.selection_set.node,
            Selection::FragmentSpread(spread) => match document.fragments.get(&spread.node.fragment_name.node) {
                Some(fragment) => &fragment.node.selection_set.node,
                None => return refuse("The subscription spreads an unknown fragment."),
            },
        };
    }
}
