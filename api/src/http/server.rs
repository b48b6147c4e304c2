//! Binds the socket, runs the workers, and stops without losing a request.
//!
//! On SIGTERM or SIGINT the service first reports "not ready", waits the drain time (so that load balancers notice),
//! then stops accepting, lets running requests end and returns. A second signal ends it at once.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    http::header,
    middleware::{Compress, Condition, from_fn},
    rt::net::TcpStream,
    web,
};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};

use super::{
    ConnectionOptions, DocumentOptions, Execute, Introspection, Limits, LiveOptions, Probe, RateOptions,
    budget::Shape,
    completion::Types,
    documents::Documents,
    graphiql, graphql, head, health, idempotency, link, listen,
    live::Admission,
    middleware, observe,
    rate::Rate,
    signals::Signals,
    waiting::{self, Listener},
};
use crate::{
    auth::Verifier, clock::Clock, ids::IdGenerator, links::page::AnswerByLink, metrics::operations::OperationNames,
};

/// Settings of the HTTP side.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Address and port; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Whether GraphiQL is served at `/`.
    pub graphiql: bool,
    /// Origins that browsers may call from (`https://example.org`); none by default.
    pub cors_origins: Vec<String>,
    /// Upper bounds for one request.
    pub limits: Limits,
    /// Connections that stay open.
    pub live: LiveOptions,
    /// When a query is stopped.
    pub query_timeout: Duration,
    /// When a mutation is stopped; its commit may have been under way.
    pub mutation_timeout: Duration,
    /// When a body that is still arriving is given up.
    pub body_timeout: Duration,
    /// Who may read the schema through the API.
    pub introspection: Introspection,
    /// Bounds for connections and for what comes before a body.
    pub connections: ConnectionOptions,
    /// How many requests one caller may make.
    pub rate: RateOptions,
    /// Proxies whose `X-Forwarded-For` is believed; none by default.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Documents that clients name instead of sending.
    pub documents: DocumentOptions,
    /// How long "not ready" is reported before the socket closes.
    pub drain: Duration,
    /// Where `/metrics` is served; on the main port, to this machine only, when there is no address.
    pub metrics_bind: Option<SocketAddr>,
    /// How many operation names the figures tell apart.
    pub metrics_operations: usize,
    /// Threads that read and write sockets; requests execute on the main runtime.
    pub workers: usize,
}

impl HttpOptions {
    /// The defaults, on an address.
    pub fn on(bind: SocketAddr) -> Self {
        Self {
            bind,
            graphiql: true,
            cors_origins: Vec::new(),
            limits: Limits::default(),
            live: LiveOptions::default(),
            query_timeout: Duration::from_secs(10),
            mutation_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(15),
            introspection: Introspection::Authenticated,
            connections: ConnectionOptions::default(),
            rate: RateOptions::default(),
            trusted_proxies: Vec::new(),
            documents: DocumentOptions::default(),
            drain: Duration::ZERO,
            metrics_bind: None,
            metrics_operations: 100,
            workers: 2,
        }
    }
}

/// Everything a running server needs.
pub struct Service {
    /// Runs GraphQL requests.
    pub executor: Arc<dyn Execute>,
    /// Verifies tokens.
    pub verifier: Arc<Verifier>,
    /// Says whether requests can be taken.
    pub probe: Arc<dyn Probe>,
    /// The pages behind signed links; none where the service makes no links.
    pub pages: Vec<Arc<dyn AnswerByLink>>,
    /// Tells the time; also put into each request's data.
    pub clock: Arc<dyn Clock>,
    /// Makes ids; also put into each request's data.
    pub ids: Arc<dyn IdGenerator>,
    /// Settings.
    pub options: HttpOptions,
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {}", bind_reason(.cause))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        cause: io::Error,
    },
    /// The schema's own definition cannot be read: a bug.
    #[error("the schema's definition cannot be read: {0}")]
    Schema(String),
    /// The server broke off.
    #[error("the server stopped unexpectedly: {0}")]
    Run(io::Error),
}

fn bind_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use by another process; choose another one with --bind".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission; ports below 1024 need privileges".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}

/// What the workers share.
pub(super) struct Shared {
    pub(super) executor: Arc<dyn Execute>,
    pub(super) verifier: Arc<Verifier>,
    pub(super) probe: Arc<dyn Probe>,
    pub(super) types: Types,
    pub(super) shape: Shape,
    pub(super) documents: Documents,
    pub(super) rate: Rate,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) operation_names: OperationNames,
    pub(super) options: HttpOptions,
    pub(super) runtime: Handle,
    pub(super) admission: Arc<Admission>,
    draining: watch::Receiver<bool>,
}

impl Shared {
    pub(super) fn draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Becomes true when the service begins to stop.
    pub(super) fn drained(&self) -> watch::Receiver<bool> {
        self.draining.clone()
    }
}

/// How serving ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// Every running request was answered.
    Complete,
    /// A second signal asked to stop at once.
    CutShort,
}

/// A server that accepts requests.
pub struct Running {
    address: SocketAddr,
    metrics: Option<(SocketAddr, ServerHandle)>,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    draining: watch::Sender<bool>,
    drain: Duration,
}

/// Binds and begins to serve. Must be called on the main tokio runtime, where requests will execute.
pub fn start(service: Service) -> Result<Running, ServeError> {
    let listener = waiting::bind(service.options.bind, service.options.connections.backlog)?;
    start_on(listener, service)
}

/// Begins to serve on a socket that is bound already.
pub fn start_on(listener: Listener, service: Service) -> Result<Running, ServeError> {
    let Listener { socket, address } = listener;
    let pages = service.pages;
    let (drain, workers) = (service.options.drain, service.options.workers.max(1));
    let patience = service.options.mutation_timeout + Duration::from_secs(5);
    let connections = service.options.connections.clone();
    let silence = service.options.live.idle_timeout;
    let (draining, drained) = watch::channel(false);
    let unreadable = |error: async_graphql::parser::Error| ServeError::Schema(error.to_string());
    let sdl = service.executor.sdl();
    let types = Types::from_sdl(&sdl).map_err(unreadable)?;
    let shape = Shape::from_sdl(&sdl, service.executor.pages()).map_err(unreadable)?;
    let shared = web::Data::new(Shared {
        executor: service.executor,
        verifier: service.verifier,
        probe: service.probe,
        types,
        shape,
        documents: Documents::new(&service.options.documents),
        rate: Rate::new(&service.options.rate),
        clock: service.clock,
        ids: service.ids,
        admission: Admission::new(&service.options.live),
        operation_names: OperationNames::new(service.options.metrics_operations),
        options: service.options,
        runtime: Handle::current(),
        draining: drained,
    });
    let metrics = shared
        .options
        .metrics_bind
        .map(|address| serve_metrics(shared.clone(), address));
    let metrics = metrics.transpose()?;
    let app = move || {
        let origins = &shared.options.cors_origins;
        App::new()
            .app_data(shared.clone())
            .wrap(Compress::default())
            .wrap(Condition::new(!origins.is_empty(), cors(origins)))
            .wrap(from_fn(head::check))
            .wrap(from_fn(middleware::around))
            .configure(|config| routes(config, &shared.options, &pages))
            .default_service(web::to(middleware::not_found))
    };
    let opened = move |stream: &TcpStream| give_up_after(silence, stream);
    let server = listen::listen(socket, address, &connections, workers, patience, opened, app)
        .map_err(|cause| ServeError::Bind { address, cause })?;
    let handle = server.handle();
    let task = tokio::spawn(server);
    Ok(Running {
        address,
        metrics,
        handle,
        task,
        draining,
        drain,
    })
}

/// Lets the system cut a connection whose peer has acknowledged nothing for so long, although there was something to send:
/// whoever does not read would otherwise hold on to it for ever.
fn give_up_after(silence: Duration, stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(silence)) {
        tracing::warn!(%error, "a connection has no time limit of the system");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (silence, stream);
}

/// The second listener: figures and health for machines that must not reach the API.
fn serve_metrics(shared: web::Data<Shared>, bind: SocketAddr) -> Result<(SocketAddr, ServerHandle), ServeError> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .route("/metrics", web::get().to(observe::scrape))
            .configure(health::routes)
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .bind(bind)
    .map_err(|cause| ServeError::Bind { address: bind, cause })?;
    let address = server.addrs().first().copied().unwrap_or(bind);
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok((address, handle))
}

fn routes(config: &mut web::ServiceConfig, options: &HttpOptions, pages: &[Arc<dyn AnswerByLink>]) {
    config
        .route("/graphql", web::to(graphql::handle))
        .configure(|config| link::routes(config, pages))
        .configure(health::routes);
    if options.metrics_bind.is_none() {
        observe::routes(config);
    }
    if options.graphiql {
        graphiql::routes(config);
    }
}

/// Only named origins, only what GraphQL needs, no cookies.
fn cors(origins: &[String]) -> Cors {
    origins
        .iter()
        .fold(Cors::default(), |cors, origin| cors.allowed_origin(origin))
        .allowed_methods(["GET", "POST"])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            idempotency::IDEMPOTENCY_KEY,
        ])
        .expose_headers([middleware::REQUEST_ID])
        .max_age(3600)
}

impl Running {
    /// Where the server listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the figures are served, when they have an address of their own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(address, _)| *address)
    }

    /// Serves until SIGTERM or SIGINT, then ends every running request and returns.
    pub async fn until_signal(mut self, signals: &mut Signals) -> Result<Ending, ServeError> {
        tokio::select! {
            result = &mut self.task => return joined(result).map(|()| Ending::Complete),
            () = signals.next() => {}
        }
        tracing::info!("shutting down; a second signal ends at once");
        let handle = self.handle.clone();
        tokio::select! {
            result = self.stop() => result.map(|()| Ending::Complete),
            () = signals.next() => {
                // Not awaited: the caller ends the process, and with it whatever still runs.
                drop(handle.stop(false));
                Ok(Ending::CutShort)
            }
        }
    }

    /// Reports "not ready" for the drain time, then ends every running request and returns. Connections that stay open
    /// are closed at once, so that their clients find another replica.
    pub async fn stop(self) -> Result<(), ServeError> {
        self.draining.send_replace(true);
        tokio::time::sleep(self.drain).await;
        self.handle.stop(true).await;
        let outcome = joined(self.task.await);
        // The figures end last: they tell how the shutdown goes.
        if let Some((_, metrics)) = self.metrics {
            metrics.stop(false).await;
        }
        outcome
    }
}

fn joined(result: Result<io::Result<()>, tokio::task::JoinError>) -> Result<(), ServeError> {
    result.map_err(io::Error::other).flatten().map_err(ServeError::Run)
}
