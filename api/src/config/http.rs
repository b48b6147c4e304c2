//! How requests come in: address, browsers, GraphiQL, the end.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    time::Duration,
};

use clap::Args;

use super::{ConfigError, ConnectionArgs, DocumentArgs, LimitArgs, LiveArgs};
use crate::http::HttpOptions;

/// How requests come in.
#[derive(Debug, Clone, Args)]
pub struct HttpArgs {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "PEER_CHALLENGE_BIND",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    pub bind: String,
    /// Do not serve GraphiQL at `/`.
    #[arg(long, env = "PEER_CHALLENGE_NO_GRAPHIQL", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_graphiql: bool,
    /// Origin whose pages may call the API from a browser; may be repeated. None by default.
    #[arg(
        long,
        env = "PEER_CHALLENGE_CORS_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGIN"
    )]
    pub cors_origin: Vec<String>,
    /// Address and port of their own for /metrics, /healthz and /readyz.
    ///
    /// Without it /metrics is served on the main port, but only to connections from this machine that no proxy passed on;
    /// set it when a proxy on this machine makes everybody look local.
    #[arg(long, env = "PEER_CHALLENGE_METRICS_BIND", value_name = "ADDRESS:PORT")]
    pub metrics_bind: Option<String>,
    /// How many operation names the figures tell apart; later ones are counted as "other".
    #[arg(
        long,
        env = "PEER_CHALLENGE_METRICS_OPERATIONS",
        default_value_t = 100,
        value_name = "N"
    )]
    pub metrics_operations: usize,
    /// Seconds to report "not ready" before the socket closes on shutdown.
    #[arg(long, env = "PEER_CHALLENGE_DRAIN_SECONDS", default_value_t = 0, value_name = "N")]
    pub drain_seconds: u64,
    /// Connections that stay open.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Upper bounds for what comes in.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Bounds for connections and callers.
    #[command(flatten)]
    pub connections: ConnectionArgs,
    /// Documents that clients name instead of sending.
    #[command(flatten)]
    pub documents: DocumentArgs,
}

impl HttpArgs {
    /// The HTTP settings that these flags describe.
    pub fn options(&self) -> Result<HttpOptions, ConfigError> {
        let mut options = HttpOptions::on(address("--bind", &self.bind)?);
        options.metrics_bind = match &self.metrics_bind {
            Some(text) => Some(address("--metrics-bind", text)?),
            None => None,
        };
        options.metrics_operations = self.metrics_operations;
        options.graphiql = !self.no_graphiql;
        options.live = self.live.options();
        options.drain = Duration::from_secs(self.drain_seconds);
        self.limits.apply(&mut options);
        self.connections.apply(&mut options);
        options.documents = self.documents.options()?;
        options.workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        for origin in &self.cors_origin {
            if !is_origin(origin) {
                return Err(ConfigError::Origin { value: origin.clone() });
            }
            options.cors_origins.push(origin.clone());
        }
        Ok(options)
    }
}

fn address(flag: &'static str, text: &str) -> Result<SocketAddr, ConfigError> {
    let invalid = || ConfigError::Bind {
        flag,
        value: text.to_owned(),
    };
    text.to_socket_addrs()
        .map_err(|_| invalid())?
        .next()
        .ok_or_else(invalid)
}

/// Exactly what a browser sends in `Origin`: scheme and authority. `*` is not an origin.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, authority)| {
        matches!(scheme, "http" | "https")
            && !authority.is_empty()
            && authority
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        http: HttpArgs,
    }

    #[test]
    fn origins_and_addresses_are_checked() {
        for good in ["https://example.org", "http://localhost:3000", "http://[::1]:80"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "example.org",
            "https://",
            "https://example.org/",
            "ftp://x",
            "null",
            "https://a b",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
        let http = |bind: &str| Command::try_parse_from(["serve", "--bind", bind]).unwrap().http;
        assert!(http("127.0.0.1:0").options().is_ok());
        for bad in ["8080", "127.0.0.1", "127.0.0.1:99999", "no such host:1"] {
            assert!(matches!(http(bad).options(), Err(ConfigError::Bind { .. })), "{bad}");
        }
    }
}
