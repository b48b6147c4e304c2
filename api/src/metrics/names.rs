//! Every figure this service offers: its name, kind, labels and meaning.
//!
//! A new one: a row here and in docs/OPERATIONS.md (`peer-challenge config metrics` prints the table); tests hold both.

/// What kind of figure it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution of durations in seconds.
    Histogram,
}

impl Kind {
    /// Prometheus' word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name in the exposition.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Names of its labels; every label's values are bounded.
    pub labels: &'static [&'static str],
    /// What it says, with the values that labels take.
    pub help: &'static str,
}

const fn metric(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric {
        name,
        kind,
        labels,
        help,
    }
}

/// Every figure, by name.
pub const METRICS: &[Metric] = &[
    metric(
        "peer_challenge_build_info",
        Kind::Gauge,
        &["version"],
        "Always 1; the label tells which version runs.",
    ),
    metric(
        "peer_challenge_database_begin_duration_seconds",
        Kind::Histogram,
        &[],
        "Wait for a connection and the start of a writing transaction; on SQLite the queue for the one writer.",
    ),
    metric(
        "peer_challenge_database_connections",
        Kind::Gauge,
        &["pool", "state"],
        "Open connections; pool is reader, writer (SQLite) or all (PostgreSQL), state is in_use or idle.",
    ),
    metric(
        "peer_challenge_database_connections_max",
        Kind::Gauge,
        &["pool"],
        "How many connections the pool may open.",
    ),
    metric(
        "peer_challenge_database_errors_total",
        Kind::Counter,
        &["kind"],
        "Database errors that ended a request: no_connection (none free in time, or unreachable), deadlock, other.",
    ),
    metric(
        "peer_challenge_database_statement_duration_seconds",
        Kind::Histogram,
        &["outcome"],
        "Time of each SQL statement without waiting for a connection; outcome is ok or failed. Its count is the number of statements.",
    ),
    metric(
        "peer_challenge_database_transactions_total",
        Kind::Counter,
        &["outcome"],
        "Writing transactions: committed, rolled_back (refused or failed work), failed (a COMMIT that did not succeed).",
    ),
    metric(
        "peer_challenge_feed_changes_total",
        Kind::Counter,
        &[],
        "Changes read from the feed and told to subscribers of this process.",
    ),
    metric(
        "peer_challenge_feed_failures_total",
        Kind::Counter,
        &[],
        "Failed attempts to read the feed of changes.",
    ),
    metric(
        "peer_challenge_http_requests_in_flight",
        Kind::Gauge,
        &[],
        "Requests that have begun and are not answered yet.",
    ),
    metric(
        "peer_challenge_http_responses_total",
        Kind::Counter,
        &["route", "status"],
        "Answers by route (a path of this service, or other) and HTTP status.",
    ),
    metric(
        "peer_challenge_job_duration_seconds",
        Kind::Histogram,
        &["kind"],
        "Time of each attempt at a background job.",
    ),
    metric(
        "peer_challenge_jobs_dead",
        Kind::Gauge,
        &[],
        "Background jobs that were given up, in the whole database; counted every 15 seconds.",
    ),
    metric(
        "peer_challenge_jobs_due",
        Kind::Gauge,
        &[],
        "Background jobs that are due and that nobody runs, in the whole database; counted every 15 seconds.",
    ),
    metric(
        "peer_challenge_jobs_oldest_due_seconds",
        Kind::Gauge,
        &[],
        "For how long the oldest of the due jobs has been due; counted every 15 seconds.",
    ),
    metric(
        "peer_challenge_jobs_total",
        Kind::Counter,
        &["kind", "outcome"],
        "Attempts of this process at background jobs; outcome is done, again (failed, will be tried again), dead (given up), lost (the lease ran \
         out) or released (the process stopped).",
    ),
    metric(
        "peer_challenge_limits_total",
        Kind::Counter,
        &["limit"],
        "Requests refused by a limit, by the limit's name (docs/OPERATIONS.md, Limits).",
    ),
    metric(
        "peer_challenge_live_closed_total",
        Kind::Counter,
        &["code"],
        "WebSockets closed by this service, by close code.",
    ),
    metric(
        "peer_challenge_live_connections",
        Kind::Gauge,
        &["transport"],
        "Open WebSockets and event streams.",
    ),
    metric(
        "peer_challenge_live_results_total",
        Kind::Counter,
        &[],
        "Results sent over WebSockets and event streams.",
    ),
    metric(
        "peer_challenge_operation_duration_seconds",
        Kind::Histogram,
        &["operation", "type"],
        "Time from the arrival of a GraphQL request (over WebSocket: of its message) to its answer, for queries and mutations that were understood.",
    ),
    metric(
        "peer_challenge_operations_total",
        Kind::Counter,
        &["operation", "outcome", "type"],
        "GraphQL requests over HTTP, event streams and WebSockets, counted when they end; type is query, mutation, subscription or none (never \
         understood), operation a bounded name (anonymous, other), outcome OK, CANCELLED (the client went away, or ended a subscription) or the most \
         severe error code.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_follow_the_rules() {
        assert!(METRICS.is_sorted_by(|a, b| a.name < b.name), "sorted and unique");
        for metric in METRICS {
            assert!(metric.name.starts_with("peer_challenge_"), "{}", metric.name);
            assert_eq!(
                metric.kind == Kind::Counter,
                metric.name.ends_with("_total"),
                "{}",
                metric.name
            );
            assert!(
                metric.kind != Kind::Histogram || metric.name.ends_with("_seconds"),
                "{}",
                metric.name
            );
            assert!(
                metric.labels.is_sorted() && metric.help.ends_with('.'),
                "{}",
                metric.name
            );
        }
    }
}
