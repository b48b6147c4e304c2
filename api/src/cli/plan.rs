//! `peer-challenge plan SEASON`: windows and teams for a whole season, from a file.

use std::{
    io::IsTerminal as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use matching::season::{Certificate, Options, Phase, PlanFile, Problem, Progress, Season, plan};

use crate::planning::{files, report, watch::Watch};

/// Plan a whole season from a file: a window and a team for every challenge, with a proven bound.
///
/// Reads the format peer-season/1 (docs/PLANNING.md), plain or gzip. Ctrl-C ends the search; the best plan so far is then
/// given as after a time limit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge plan season.json.gz\n  \
    peer-challenge plan season.json.gz --out plan.json --certificate proof.json --time-limit 60\n  \
    peer-challenge plan season.json --format csv > plan.csv")]
pub(super) struct Plan {
    /// The season, as JSON or gzip of it (`.gz`).
    #[arg(value_name = "SEASON")]
    season: PathBuf,
    /// Write the plan to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the prices that prove the bound to this file; `verify` checks them.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// End after so many seconds with the best plan so far. Without a limit the result depends on nothing but season and seed.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// End when bound and plan differ by no more than this share of the plan's points, for instance 0.0005.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    gap: f64,
    /// Decides where the search looks, and between plans that are worth the same.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads to use; of no consequence for the plan. [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Rounds of improvement after the plan was made from prices.
    #[arg(long, value_name = "N", default_value_t = Options::default().rounds)]
    rounds: u64,
    /// Cases looked at, in seasons of up to 100 challenges, once little is open: what is left is proven or found case by case.
    #[arg(long, value_name = "N", default_value_t = Options::default().cases)]
    cases: u64,
    /// What is printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
enum Format {
    /// What the plan is worth, and a calendar by week and region.
    #[default]
    Table,
    /// The plan as in `--out`.
    Json,
    /// A line for each slot.
    Csv,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected seconds, more than 0, for instance 10 or 0.5".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "expected a share from 0 to 1, for instance 0.0005".to_owned())
}

impl Plan {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let began = Instant::now();
        let season = files::season(&self.season)?;
        let end = Arc::new(AtomicBool::new(false));
        let wish = Arc::clone(&end);
        let ctrl_c = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                wish.store(true, Ordering::Relaxed);
            }
        });
        let (season, plan, certificate) = {
            let options = self.options();
            let limit = self.time_limit;
            tokio::task::spawn_blocking(move || run(season, options, limit, began, &end))
                .await
                .context("the planner broke off")??
        };
        ctrl_c.abort();
        if let Some(path) = &self.out {
            files::write(path, &plan)?;
        }
        if let Some(path) = &self.certificate {
            files::write(path, &certificate)?;
        }
        match self.format {
            Format::Table => match report::text(&season, &plan, |challenge| format!("#{challenge}")) {
                Ok(text) => print!("{text}"),
                Err(broken) => bail!("the plan breaks rules: {broken}"),
            },
            Format::Json => println!("{}", serde_json::to_string(&plan)?),
            Format::Csv => print!("{}", report::csv(&season, &plan)?),
        }
        Ok(())
    }

    fn options(&self) -> Options {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        #[allow(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
        let gap_millionths = (self.gap * 1e6) as i64;
        Options {
            seed: self.seed,
            threads: self.threads.map_or(processors, usize::from),
            rounds: self.rounds,
            cases: self.cases,
            gap_millionths,
        }
    }
}

const NOTHING: &str = "the run was ended before anything was planned";

fn run(
    season: Season,
    options: Options,
    limit: Option<Duration>,
    began: Instant,
    end: &AtomicBool,
) -> anyhow::Result<(Season, PlanFile, Certificate)> {
    let line = line();
    let watch = Watch::new(began, limit, end, |progress, elapsed| {
        line.set_message(words(progress, elapsed));
    });
    let problem = Problem::unless_stopped(&season, options.seed, &watch).context(NOTHING)?;
    let planned = plan(&problem, options, &watch);
    line.finish_and_clear();
    if planned.came_to_nothing() {
        bail!(NOTHING);
    }
    let mut file = PlanFile::of(&season, &problem, &planned, options.seed)?;
    file.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let certificate = Certificate::of(&problem, &planned);
    Ok((season, file, certificate))
}

/// The line on a terminal; elsewhere it draws nothing.
fn line() -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let line = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        line.set_style(style);
    }
    line
}

fn words(progress: &Progress, elapsed: Duration) -> String {
    let doing = match progress.phase {
        Phase::Building => "first plan",
        Phase::Pricing => "pricing",
        Phase::Diving => "diving",
        Phase::Improving => "improving",
        Phase::Proving => "proving case by case",
    };
    let gap = progress.bound.map_or_else(String::new, |bound| {
        #[allow(clippy::cast_precision_loss, reason = "points are bounded far below 2^52")]
        let gap = (bound - progress.value) as f64 / progress.value.abs().max(1) as f64 * 100.0;
        format!(", bound {bound}, gap {gap:.4} %")
    });
    format!(
        "{:.1} s {doing}: {} points, {} slots{gap}",
        elapsed.as_secs_f64(),
        progress.value,
        progress.filled
    )
}
