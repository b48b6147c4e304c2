//! GraphQL over HTTP, WebSocket and event streams, health, GraphiQL: everything between a socket and the schema.
//!
//! The way of a request: `listen`, `socket` (connections, slow clients) → `server`, `middleware`, `head` (workers, names,
//! bounded heads) → `graphql` (method, media types, token), `body` (size, time), `client` and `rate` (who, how often) →
//! `params` (well-formed request) → `pipeline`: `budget` (scan, parse, cost), `positions` (a rule that the library lacks) → the schema, under a time limit, on the
//! main runtime → `completion` (nulls and order) → `errors` (codes, masking) → the answer.
//!
//! This layer is generic over what it executes ([`Execute`]) and over what "ready" means ([`Probe`]); it knows no
//! aggregate. Into each request's data it puts [`RequestId`], [`IdempotencyKey`] when given, `Option<Viewer>` and, when there is one, the
//! [`Viewer`](crate::auth::Viewer) itself, `Arc<dyn Clock>` and `Arc<dyn IdGenerator>`.

mod answer;
mod body;
mod budget;
mod client;
mod completion;
mod documents;
mod errors;
mod graphiql;
mod graphql;
mod head;
mod health;
mod hints;
mod idempotency;
mod introspection;
mod json;
mod link;
mod listen;
mod live;
mod middleware;
mod negotiation;
mod observe;
mod params;
mod pipeline;
mod positions;
mod pulse;
mod rate;
mod server;
mod signals;
mod socket;
mod waiting;

use async_graphql::{
    ObjectType, Request, Response, Schema, ServerError, SubscriptionType, parser::types::ExecutableDocument,
};
use futures::stream::BoxStream;

pub use budget::{Limits, Pages};
pub use documents::{DocumentOptions, DocumentsError, KnownDocuments};
pub use errors::ErrorCode;
pub use health::{DatabaseProbe, NotReady, Probe};
pub use introspection::Introspection;
pub use listen::ConnectionOptions;
pub use live::LiveOptions;
pub use pulse::Pulse;
pub use rate::RateOptions;
pub use server::{Ending, HttpOptions, Running, ServeError, Service, start, start_on};
pub use signals::Signals;
pub use waiting::{Listener, bind};

/// Names one request in responses, logs and the audit trail (a UUID v7 as text).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// The client's name for one intended change (header `Idempotency-Key`, or `extensions.idempotencyKey` on a WebSocket): 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// What runs GraphQL requests. The parsed document and the request data are already in the request.
///
/// A plain schema is one; wrap it to add data per request, such as loaders.
#[async_trait::async_trait]
pub trait Execute: Send + Sync + 'static {
    /// Runs one operation.
    async fn execute(&self, request: Request) -> Response;

    /// The events of a subscription. The request's data hold a [`Pulse`]: whoever hands out an event calls
    /// [`Pulse::beat`] first, so that the time limit counts only while the event is prepared.
    fn subscribe(&self, request: Request) -> BoxStream<'static, Response>;

    /// The schema's definition; answers are completed by its types.
    fn sdl(&self) -> String;

    /// Whether everything but the schema's own description is for requests with a token. Others are then refused before
    /// anything is said about their input.
    fn needs_viewer(&self) -> bool {
        false
    }

    /// What validation says against a document, without running it.
    async fn validate(&self, document: ExecutableDocument) -> Vec<ServerError> {
        // Validation comes before the choice of the operation, and no operation can be called this.
        const NO_NAME: &str = "!";
        let mut request = Request::new(String::new()).operation_name(NO_NAME);
        request.set_parsed_query(document);
        let mut errors = self.execute(request).await.errors;
        errors.retain(|error| error.message != format!("Unknown operation named \"{NO_NAME}\""));
        errors
    }

    /// How long the pages of its connections are.
    fn pages(&self) -> Pages {
        Pages::default()
    }
}

#[async_trait::async_trait]
impl<Q, M, S> Execute for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn execute(&self, request: Request) -> Response {
        Schema::execute(self, request).await
    }

    fn subscribe(&self, request: Request) -> BoxStream<'static, Response> {
        Schema::execute_stream(self, request)
    }

    fn sdl(&self) -> String {
        Schema::sdl(self)
    }
}
