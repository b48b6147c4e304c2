//! Connections that stay open: WebSockets and event streams.

use std::time::Duration;

use clap::Args;

use crate::http::LiveOptions;

/// Connections that stay open.
#[derive(Debug, Clone, Args)]
pub struct LiveArgs {
    /// Most WebSockets and event streams open at a time, of everybody together; further ones are answered 503.
    #[arg(
        long,
        env = "PEER_CHALLENGE_LIVE_CONNECTIONS",
        default_value_t = 10_000,
        value_name = "N"
    )]
    pub live_connections: usize,
    /// Most WebSockets and event streams open at a time of one subject; further ones are closed with 1013 or answered 429.
    #[arg(
        long,
        env = "PEER_CHALLENGE_LIVE_CONNECTIONS_PER_VIEWER",
        default_value_t = 50,
        value_name = "N"
    )]
    pub live_connections_per_viewer: usize,
    /// Most operations that run at a time on one WebSocket; further ones fail with RATE_LIMITED.
    #[arg(
        long,
        env = "PEER_CHALLENGE_LIVE_OPERATIONS_PER_SOCKET",
        default_value_t = 50,
        value_name = "N"
    )]
    pub live_operations_per_socket: usize,
    /// Seconds that a WebSocket may stay without connection_init; then it is closed with 4408.
    #[arg(long, env = "PEER_CHALLENGE_LIVE_INIT_SECONDS", default_value_t = 3, value_name = "N", value_parser = seconds())]
    pub live_init_seconds: u64,
    /// Seconds between signs of life on open connections.
    #[arg(long, env = "PEER_CHALLENGE_LIVE_KEEP_ALIVE_SECONDS", default_value_t = 15, value_name = "N", value_parser = seconds())]
    pub live_keep_alive_seconds: u64,
    /// Seconds without any frame from the client after which a WebSocket is closed; more than the seconds between signs of
    /// life, which clients answer.
    #[arg(long, env = "PEER_CHALLENGE_LIVE_IDLE_SECONDS", default_value_t = 45, value_name = "N", value_parser = seconds())]
    pub live_idle_seconds: u64,
    /// Seconds that a client may leave unread what is sent to it; then its WebSocket is closed.
    #[arg(long, env = "PEER_CHALLENGE_LIVE_SEND_SECONDS", default_value_t = 10, value_name = "N", value_parser = seconds())]
    pub live_send_seconds: u64,
    /// Seconds after which the credentials of an open connection are judged again: keys may be revoked.
    #[arg(long, env = "PEER_CHALLENGE_LIVE_RECHECK_SECONDS", default_value_t = 60, value_name = "N", value_parser = seconds())]
    pub live_recheck_seconds: u64,
}

/// From a second to a day.
fn seconds() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=86_400)
}

impl LiveArgs {
    /// The typed settings.
    pub fn options(&self) -> LiveOptions {
        LiveOptions {
            connections: self.live_connections,
            connections_per_viewer: self.live_connections_per_viewer,
            operations_per_socket: self.live_operations_per_socket,
            init_timeout: Duration::from_secs(self.live_init_seconds),
            keep_alive: Duration::from_secs(self.live_keep_alive_seconds),
            idle_timeout: Duration::from_secs(self.live_idle_seconds),
            send_timeout: Duration::from_secs(self.live_send_seconds),
            recheck: Duration::from_secs(self.live_recheck_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        live: LiveArgs,
    }

    #[test]
    fn without_flags_the_options_are_the_defaults() {
        let command = Command::try_parse_from(["serve"]).unwrap();
        assert_eq!(command.live.options(), LiveOptions::default());
        assert!(Command::try_parse_from(["serve", "--live-idle-seconds", "0"]).is_err());
    }
}
