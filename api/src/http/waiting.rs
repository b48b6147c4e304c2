//! Answers while the service cannot: the socket is open, the database is being brought to this version.
//!
//! Load balancers see an alive process that is not ready, and clients get 503 instead of a refused connection. The
//! listening socket is shared with the service that comes after, so no connection is lost at the change.

use std::{io, net::SocketAddr};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, http::header, web};
use serde_json::json;
use tokio::net::TcpSocket;

use super::{NotReady, ServeError, health};

/// A bound socket that nobody accepts from yet.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: std::net::TcpListener,
    pub(super) address: SocketAddr,
}

/// Binds; from now on up to `backlog` connections wait to be accepted.
///
/// # Errors
/// The address is taken or not ours.
pub fn bind(address: SocketAddr, backlog: u32) -> Result<Listener, ServeError> {
    let failed = |cause| ServeError::Bind { address, cause };
    let listen = || -> io::Result<Listener> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // A restarted service must not wait for the connections of the one before it.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let socket = socket.listen(backlog)?.into_std()?;
        let address = socket.local_addr()?;
        Ok(Listener { socket, address })
    };
    listen().map_err(failed)
}

/// A stand-in for the service.
pub struct Waiting(ServerHandle);

impl Listener {
    /// Where it listens, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets a stand-in answer until [`Waiting::end`].
    ///
    /// # Errors
    /// The operating system's.
    pub fn wait(&self) -> Result<Waiting, ServeError> {
        let failed = |cause| ServeError::Bind {
            address: self.address,
            cause,
        };
        let socket = self.socket.try_clone().map_err(failed)?;
        let server = HttpServer::new(|| {
            App::new()
                .route("/healthz", web::get().to(health::live))
                .route("/healthz", web::head().to(health::live))
                .default_service(web::to(not_yet))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(socket)
        .map_err(failed)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Waiting(handle))
    }
}

impl Waiting {
    /// Finishes the answers under way and lets go of the socket.
    pub async fn end(self) {
        self.0.stop(true).await;
    }
}

async fn not_yet() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::RETRY_AFTER, "5"))
        // The connection must not outlive the stand-in.
        .force_close()
        .json(json!({"status": "unavailable", "reason": NotReady::Migrating.code()}))
}
