//! Bounds for connections and for what comes before a request's body, and how many requests one caller may make.

use std::time::Duration;

use clap::Args;
use ipnet::IpNet;

use crate::http::{ConnectionOptions, HttpOptions, RateOptions};

/// Bounds for connections and callers.
#[derive(Debug, Clone, Args)]
pub struct ConnectionArgs {
    /// Connections that are served at once; further ones wait in the queue.
    #[arg(long, env = "PEER_CHALLENGE_MAX_CONNECTIONS", default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// Length of the queue of connections that wait to be served.
    #[arg(long, env = "PEER_CHALLENGE_BACKLOG", default_value_t = 1_024, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_535))]
    pub backlog: u32,
    /// How long a connection may idle between two requests.
    #[arg(long, env = "PEER_CHALLENGE_KEEP_ALIVE_SECONDS", default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub keep_alive_seconds: u32,
    /// How long the head of a request (address and header) may take to arrive: the connection is closed.
    #[arg(long, env = "PEER_CHALLENGE_HEAD_TIMEOUT_SECONDS", default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub head_timeout_seconds: u32,
    /// How long a client may take nothing of its answer: the connection is closed.
    #[arg(long, env = "PEER_CHALLENGE_WRITE_TIMEOUT_SECONDS", default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub write_timeout_seconds: u32,
    /// Most header fields of a request. Beyond them: 431.
    #[arg(long, env = "PEER_CHALLENGE_MAX_HEADERS", default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=96))]
    pub max_headers: u32,
    /// Most bytes of all header names and values. Beyond them: 431.
    #[arg(long, env = "PEER_CHALLENGE_MAX_HEADER_BYTES", default_value_t = 32 * 1024, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1_024..=126_976))]
    pub max_header_bytes: u32,
    /// Longest address (path and query string). Beyond it: 414.
    #[arg(long, env = "PEER_CHALLENGE_MAX_URI_BYTES", default_value_t = 60_000, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(256..=65_000))]
    pub max_uri_bytes: u32,
    /// Units that each caller regains in a minute; 0 for no limit. Beyond them: 429 with `Retry-After`.
    ///
    /// A caller is a token's subject, or an address without one. A request takes one unit, and an operation one more for
    /// every `--rate-complexity` of its complexity.
    #[arg(long, env = "PEER_CHALLENGE_RATE_PER_MINUTE", default_value_t = 0, value_name = "UNITS", value_parser = clap::value_parser!(u32).range(..))]
    pub rate_per_minute: u32,
    /// Units that a caller may save up.
    #[arg(long, env = "PEER_CHALLENGE_RATE_BURST", default_value_t = 100, value_name = "UNITS", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_burst: u32,
    /// Complexity of an operation that takes one unit more.
    #[arg(long, env = "PEER_CHALLENGE_RATE_COMPLEXITY", default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_complexity: u32,
    /// Callers that are remembered; the ones not seen for longest are forgotten first.
    #[arg(long, env = "PEER_CHALLENGE_RATE_CALLERS", default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub rate_callers: u64,
    /// Proxy or network of proxies whose `X-Forwarded-For` is believed (`10.0.0.0/8`); may be repeated. None by default.
    #[arg(long, env = "PEER_CHALLENGE_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORK", value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
}

/// A network, or the network of one address.
fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(|_| one())
        .map_err(|_| "expected an address or ADDRESS/BITS, for example 10.0.0.0/8".to_owned())
}

impl ConnectionArgs {
    /// Sets these bounds.
    pub(super) fn apply(&self, options: &mut HttpOptions) {
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let seconds = |count: u32| Duration::from_secs(count.into());
        options.connections = ConnectionOptions {
            connections: size(self.max_connections),
            backlog: self.backlog,
            keep_alive: seconds(self.keep_alive_seconds),
            head_timeout: seconds(self.head_timeout_seconds),
            write_timeout: seconds(self.write_timeout_seconds),
            headers: size(self.max_headers),
            header_bytes: size(self.max_header_bytes),
            uri_bytes: size(self.max_uri_bytes),
        };
        options.rate = RateOptions {
            per_minute: self.rate_per_minute,
            burst: self.rate_burst,
            complexity_per_unit: self.rate_complexity,
            callers: self.rate_callers,
        };
        options.trusted_proxies.clone_from(&self.trusted_proxies);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        connections: ConnectionArgs,
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_library() {
        let plain = HttpOptions::on(([127, 0, 0, 1], 0).into());
        let mut parsed = plain.clone();
        Line::parse_from(["line"]).connections.apply(&mut parsed);
        assert_eq!(format!("{parsed:?}"), format!("{plain:?}"));
    }

    #[test]
    fn proxies_are_networks_or_addresses() {
        let parse = |text: &str| Line::try_parse_from(["line", "--trusted-proxies", text]).map(|line| line.connections);
        let given = parse("10.0.0.0/8,192.0.2.7,2001:db8::/32").unwrap().trusted_proxies;
        assert_eq!(given.len(), 3);
        assert_eq!(given[1].to_string(), "192.0.2.7/32");
        assert!(parse("proxy.example.org").is_err());
    }
}
