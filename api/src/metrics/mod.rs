//! Figures about the running process, in Prometheus' text format.
//!
//! Any part may count with the macros of the crate `metrics` and needs no wiring:
//! `metrics::counter!("peer_challenge_limits_total", "limit" => "tokens").increment(1)`. Before [`start`] (commands that do
//! not serve) that costs nothing and goes nowhere.
//!
//! Invariants: every name stands in [`names::METRICS`] with its labels (tests compare it with the code and with
//! docs/OPERATIONS.md); a label's values come from a closed or bounded set, never from a client ([`operations`]); no
//! figure holds personal data. Figures that are looked up rather than counted are set by what [`before_scrape`] was given.

pub mod names;
pub mod operations;
mod process;

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use names::{Kind, METRICS};

/// Upper bounds of the histograms, in seconds: from a cached lookup to the longest mutation.
const SECONDS: [f64; 14] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 30.0,
];

/// How often the histograms' raw samples are folded when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
static LOOKUPS: Mutex<Vec<Box<dyn Fn() + Send>>> = Mutex::new(Vec::new());

/// Begins to count, for the whole process; a second call changes nothing.
///
/// # Errors
/// Another recorder than ours is installed: a bug.
pub fn start() -> Result<(), BuildError> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram => metrics::describe_histogram!(metric.name, metric.help),
        }
    }
    metrics::gauge!("peer_challenge_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    // Two tests of one process may get here together; the first handle is the installed one.
    let _ = HANDLE.set(handle);
    Ok(())
}

/// Runs `lookup` before each scrape, so that it can set gauges to the state of the moment. Must not block.
pub fn before_scrape(lookup: impl Fn() + Send + 'static) {
    let mut lookups = LOOKUPS.lock().unwrap_or_else(PoisonError::into_inner);
    lookups.push(Box::new(lookup));
}

/// All figures as text; empty before [`start`].
pub fn render() -> String {
    let Some(handle) = HANDLE.get() else {
        return String::new();
    };
    for lookup in &*LOOKUPS.lock().unwrap_or_else(PoisonError::into_inner) {
        lookup();
    }
    let mut text = handle.render();
    process::append(&mut text);
    text
}

/// Keeps memory flat while nobody scrapes. Runs until it is aborted.
pub async fn upkeep() {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        if let Some(handle) = HANDLE.get() {
            handle.run_upkeep();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered_with_its_help_and_type() {
        start().unwrap();
        start().unwrap();
        metrics::counter!("peer_challenge_limits_total", "limit" => "a test").increment(2);
        metrics::histogram!("peer_challenge_database_begin_duration_seconds").record(0.004);
        before_scrape(|| metrics::gauge!("peer_challenge_database_connections_max", "pool" => "a test").set(7.0));
        let text = render();
        for line in [
            "# TYPE peer_challenge_limits_total counter",
            "peer_challenge_limits_total{limit=\"a test\"} 2",
            "peer_challenge_database_connections_max{pool=\"a test\"} 7",
            "peer_challenge_build_info{version=\"0.1.0\"} 1",
            "# TYPE peer_challenge_database_begin_duration_seconds histogram",
            "peer_challenge_database_begin_duration_seconds_bucket{le=\"0.005\"} 1",
            "peer_challenge_database_begin_duration_seconds_bucket{le=\"0.0025\"} 0",
            "# TYPE process_cpu_seconds_total counter",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
