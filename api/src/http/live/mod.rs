//! Connections that stay open: WebSockets that speak `graphql-transport-ws`, and streams of server-sent events.
//!
//! Both run operations through the same `pipeline` as plain HTTP, on the main runtime, and hand results over through a
//! short queue, so that a slow reader holds up nobody and costs a bounded amount of memory. Both count against the same
//! limits ([`LiveOptions`], kept by `admission`), end when their token does (`holder`), and when the service stops.
//!
//! `protocol` is the WebSocket protocol without a socket, `socket` its glue; `sse` the event streams; `operation` what
//! they share.

mod admission;
mod holder;
mod operation;
mod origin;
mod protocol;
mod socket;
mod sse;

use std::time::Duration;

pub(super) use admission::Admission;
pub(super) use holder::Holder;
pub(super) use socket::{is_upgrade, upgrade};
pub(super) use sse::stream;

/// Settings of connections that stay open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LiveOptions {
    /// Most sockets and streams open at a time, of everybody together.
    pub connections: usize,
    /// Most sockets and streams open at a time of one viewer.
    pub connections_per_viewer: usize,
    /// Most operations that run at a time on one socket.
    pub operations_per_socket: usize,
    /// How long a socket may stay without `connection_init`.
    pub init_timeout: Duration,
    /// How often a sign of life is sent when nothing else is.
    pub keep_alive: Duration,
    /// After how long without any frame from the client a socket is closed. Also how long bytes of any connection may stay
    /// unacknowledged.
    pub idle_timeout: Duration,
    /// How long a client may leave unread what is sent to it.
    pub send_timeout: Duration,
    /// How often credentials are judged again while a connection is open: keys may be revoked.
    pub recheck: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_viewer: 50,
            operations_per_socket: 50,
            init_timeout: Duration::from_secs(3),
            keep_alive: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(45),
            send_timeout: Duration::from_secs(10),
            recheck: Duration::from_mins(1),
        }
    }
}
