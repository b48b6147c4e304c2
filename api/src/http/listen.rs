//! Puts the application behind an open port, with bounds for connections.
//!
//! This is what `actix_web::HttpServer` does for HTTP/1, with one difference: every connection is wrapped in a
//! [`Socket`](super::socket::Socket) that does not wait for ever. The port is opened by `waiting`.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_http::{HttpService, Request, Response, body::MessageBody};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{dev::AppConfig, rt::net::TcpStream};

use super::socket::{Patience, Socket};

/// Bounds for connections and for what comes before a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// Connections that are served at once, by all workers together; the rest waits in the queue.
    pub connections: usize,
    /// Length of that queue.
    pub backlog: u32,
    /// How long a connection may idle between two requests.
    pub keep_alive: Duration,
    /// How long the head of a request may take to arrive.
    pub head_timeout: Duration,
    /// How long a client may take nothing of its answer.
    pub write_timeout: Duration,
    /// Header fields of a request; 96 are the HTTP library's own limit.
    pub headers: usize,
    /// Bytes of all header names and values; 128 KiB with the request line are the HTTP library's own limit.
    pub header_bytes: usize,
    /// Bytes of the address that is asked for; 65,534 are the HTTP library's own limit.
    pub uri_bytes: usize,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            connections: 10_000,
            backlog: 1_024,
            keep_alive: Duration::from_secs(30),
            head_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            headers: 64,
            header_bytes: 32 * 1024,
            uri_bytes: 60_000,
        }
    }
}

/// Serves `app` behind an open port with `workers` threads. `opened` sees every connection before its first byte is read.
pub(super) fn listen<F, I, S, B>(
    listener: TcpListener,
    address: SocketAddr,
    options: &ConnectionOptions,
    workers: usize,
    shutdown: Duration,
    opened: impl Fn(&TcpStream) + Clone + Send + 'static,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let builder = ServerBuilder::default()
        .workers(workers)
        // The library counts for each worker.
        .max_concurrent_connections(options.connections.div_ceil(workers).max(1))
        .disable_signals()
        .shutdown_timeout(shutdown.as_secs());
    let ending = builder.graceful_shutdown_signal();
    let (keep_alive, head_timeout) = (options.keep_alive, options.head_timeout);
    let patience = Patience {
        idle: keep_alive + head_timeout,
        write: options.write_timeout,
    };
    let server = builder.listen("http", listener, move || {
        let ending = ending.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .keep_alive(keep_alive)
            .client_request_timeout(head_timeout)
            // The last frames of a WebSocket are still on their way when its answer ends.
            .client_disconnect_timeout(Duration::from_secs(1))
            .local_addr(address)
            .tcp_nodelay(true)
            .on_connect_ext(|socket: &Socket<TcpStream>, data| {
                data.insert(socket.activity());
            });
        let app = app()
            .into_factory()
            .map_err(|error: S::Error| error.into().error_response());
        let app = map_config(app, move |()| AppConfig::default());
        let opened = opened.clone();
        fn_service(move |stream: TcpStream| {
            opened(&stream);
            let peer = stream.peer_addr().ok();
            let socket = Socket::new(stream, patience);
            async move { Ok::<_, actix_http::error::DispatchError>((socket, peer)) }
        })
        .and_then(http.h1(app))
    })?;
    Ok(server.run())
}
