//! Logging: one subscriber for the process, on standard error.
//!
//! Text for people, JSON (one object per line) for machines. `RUST_LOG` narrows or widens it in the usual syntax.
//! A panic becomes a log event instead of raw text, so that it is found with the request's other lines.
//! Lines within a request carry its span: request id, type of operation, field of the change.
//! Standard output belongs to the commands' results (tokens, schema, tables).

#[cfg(feature = "otel")]
mod otel;

use std::io::IsTerminal as _;

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object per line.
    Json,
}

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info,sqlx=warn,sea_orm_migration=warn,actix_server=warn";

/// Starts logging; a second call changes nothing.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let registry = tracing_subscriber::registry().with(filter);
    #[cfg(feature = "otel")]
    let registry = registry.with(otel::layer());
    let colours = std::io::stderr().is_terminal();
    let started = match format {
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_target(false)
                    .with_ansi(colours),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let text = panic.payload_as_str().unwrap_or("(no text)");
            tracing::error!(place, text, "panic");
        }));
    }
}

/// Ends what logging began, before the process does.
pub fn end() {
    #[cfg(feature = "otel")]
    otel::end();
}
