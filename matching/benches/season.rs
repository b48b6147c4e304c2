//! Whole seasons against the clock: first full plan, value, bound and gaps, for synthetic seasons of five sizes, or for the files
//! named on the command line (JSON): `cargo bench -p matching --bench season [-- FILE …]`.
//!
//! Settings: `SECONDS` for each season (10; 60 for the largest), `THREADS` (2), `SEED` of the synthetic ones (1), `ONLY` a name.
//! Every plan is counted again from the season itself; the run fails if one breaks a rule or is worth more than its bound.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a measurement, not a part of the engine"
)]

use std::sync::Mutex;
use std::time::{Duration, Instant};

use matching::season::{Control, Options, PlanFile, Planned, Problem, Progress, Season, plan, worth};
use matching::testkit::synthetic;

struct Clock {
    started: Instant,
    limit: Duration,
    first: Mutex<Option<Duration>>,
}

impl Control for Clock {
    fn stop(&self) -> bool {
        self.started.elapsed() >= self.limit
    }

    fn left(&self) -> Option<Duration> {
        Some(self.limit.saturating_sub(self.started.elapsed()))
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn report(&self, progress: &Progress, _: &dyn Fn() -> Planned) {
        let mut first = self.first.lock().unwrap();
        if first.is_none() && progress.filled > 0 {
            *first = Some(self.started.elapsed());
        }
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

fn run(name: &str, season: &Season, seconds: u64) {
    let started = Instant::now();
    let clock = Clock {
        started,
        limit: Duration::from_secs(seconds),
        first: Mutex::new(None),
    };
    let options = Options {
        threads: usize::try_from(number("THREADS", 2)).unwrap(),
        rounds: 1_000_000,
        ..Options::default()
    };
    let problem = Problem::of(season, options.seed);
    let posed = started.elapsed().as_secs_f64();
    let planned = plan(&problem, options, &clock);
    let took = started.elapsed().as_secs_f64();
    let file = PlanFile::of(season, &problem, &planned, options.seed).unwrap();
    let counted = worth(season, &file.assignments).unwrap();
    assert!(file.objective <= file.bound && counted.objective == file.objective);
    let first = clock.first.lock().unwrap().map_or(0.0, |first| first.as_secs_f64());
    println!(
        "| {name} ({} / {}) | {posed:.3} s | {first:.2} s | {} | {} | {:.4} % | {:.2} % | {} | {} of {} | {took:.1} s | {} MB |",
        season.challenges.len(),
        season.peers.len(),
        file.objective,
        file.bound,
        100.0 * file.gap,
        100.0 * file.soft_gap,
        file.slot_gap,
        file.filled,
        file.slots,
        peak_megabytes(),
    );
}

fn main() {
    let files: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    println!(
        "| season | posed | first plan | value | bound | gap | soft gap | slots more | filled | took | memory (peak so far) |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    if !files.is_empty() {
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let season: Season = serde_json::from_str(&text).unwrap();
            season.check().unwrap();
            let usual = if season.challenges.len() > 500 { 60 } else { 10 };
            run(&path, &season, number("SECONDS", usual));
        }
        return;
    }
    let only = std::env::var("ONLY").ok();
    for (name, challenges, peers, councils, usual) in [
        ("small", 20, 150, 60, 10),
        ("region", 50, 500, 120, 10),
        ("national", 153, 1_500, 317, 10),
        ("season", 317, 3_000, 317, 10),
        ("huge", 1_000, 10_000, 317, 60),
    ] {
        if only.as_deref().is_none_or(|only| only == name) {
            let season = synthetic(number("SEED", 1), challenges, peers, councils);
            run(name, &season, number("SECONDS", usual));
        }
    }
}
