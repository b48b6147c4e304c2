//! `peer-challenge verify SEASON PLAN CERTIFICATE`: a plan and the proof of its bound, checked without the planner.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use matching::season::{Certificate, PlanFile, Season, proven_bound, worth};

use crate::planning::files;

/// Check a plan against its season, and the certificate of its bound.
///
/// Counts the plan's points and rules again from the season, and works out what the certificate's prices prove, by a slow
/// and simple way that shares nothing with the planner. Every figure of the plan is held against that. The exit code is 1 when a rule is broken or a claim is false.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge verify season.json.gz plan.json proof.json\n  \
    peer-challenge verify season.json.gz plan.json              rules and points only")]
pub(super) struct Verify {
    /// The season, as JSON or gzip of it (`.gz`).
    #[arg(value_name = "SEASON")]
    season: PathBuf,
    /// The plan.
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The prices that prove the bound.
    #[arg(value_name = "CERTIFICATE")]
    certificate: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let season = files::season(&self.season)?;
        let plan: PlanFile = files::json(&self.plan)?;
        let worth = match worth(&season, &plan.assignments) {
            Ok(worth) => worth,
            Err(broken) => {
                let rules: Vec<String> = broken.0.iter().map(ToString::to_string).collect();
                bail!("{} rule(s) broken:\n  {}", rules.len(), rules.join("\n  "))
            }
        };
        let proven = self
            .certificate
            .as_ref()
            .map(|path| proven(&season, path))
            .transpose()?;
        if let Some(bound) = proven.filter(|bound| *bound > plan.bound) {
            bail!(
                "the certificate proves that no plan is worth more than {bound}, not {} as the plan says",
                plan.bound
            );
        }
        let wrong = plan.false_claims(&season, &worth);
        if !wrong.is_empty() {
            let wrong: Vec<String> = wrong
                .iter()
                .map(|(name, right)| format!("{name}: it is {right}"))
                .collect();
            bail!("what the plan says of itself is not so:\n  {}", wrong.join("\n  "))
        }
        println!(
            "the plan keeps every rule, fills {} of {} slots and is worth {} points as it says",
            worth.filled, worth.wanted, worth.objective
        );
        if let Some(bound) = proven {
            println!(
                "the certificate proves that no plan is worth more than {bound} points (the plan says {})",
                plan.bound
            );
        }
        Ok(())
    }
}

/// What a certificate proves, in points.
fn proven(season: &Season, path: &Path) -> anyhow::Result<i64> {
    let certificate: Certificate = files::json(path)?;
    proven_bound(season, &certificate).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}
