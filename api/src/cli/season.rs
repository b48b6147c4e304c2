//! `peer-challenge season`: a season of the database as a file that `plan` reads.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::Args;
use entity::{enums::Stage, programme, season};
use matching::season::ToTheEnd;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    challenge::repo::reached,
    clock::{Clock as _, SystemClock},
    config::DatabaseArgs,
    db::Database,
    planning::{
        files,
        season::{
            facts::{Material, MaterialError, challenges, nothing_moves, plannable},
            settings::Settings,
        },
    },
};

/// Write a season of the database to a file, as the planner sees it.
///
/// Every challenge of the programme's season that is SCOPED or in TEAM_BUILDING (with --all: whose scope was agreed and that was not
/// given up), with what is settled of it, and everybody who
/// could serve, judged by the rules as of today. The file holds days and conflicts of people, who are named by id: keep it
/// as carefully as the database.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge season --programme CSPC --season 2026/27 --out season.json\n  \
    peer-challenge plan season.json --out plan.json")]
pub(super) struct ExportSeason {
    /// Code of the programme.
    #[arg(long, value_name = "CODE")]
    programme: String,
    /// Name of the season.
    #[arg(long, value_name = "NAME")]
    season: String,
    /// Where to write it, as JSON.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Points lost by planning somebody who needs a waiver; without it nobody is who does.
    #[arg(long, value_name = "POINTS")]
    waiver_points: Option<u32>,
    /// Also the challenges whose teams are confirmed or whose visits are over: the season as it came about, with what was decided as
    /// settled.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl ExportSeason {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let database = Database::connect(&self.database.existing()).await?;
        let reader = database.reader();
        let programme = programme::Entity::find()
            .filter(programme::Column::Code.eq(self.programme.as_str()))
            .one(reader)
            .await?
            .with_context(|| format!("there is no programme {}", self.programme))?;
        let season = season::Entity::find()
            .filter(season::Column::Name.eq(self.season.as_str()))
            .one(reader)
            .await?
            .with_context(|| format!("there is no season {}", self.season))?;
        let settings = Settings {
            waiver_points: self.waiver_points,
            ..Settings::usual()
        };
        let today = SystemClock.today();
        let wanted = if self.all { reached(Stage::Scoped) } else { plannable() };
        let rows = challenges([programme.id, season.id], wanted, reader)
            .await
            .map_err(|error| anyhow!("{error:?}"))?;
        let material = Material::of(programme.id, rows, &settings, today, reader).await;
        let failed = |error: MaterialError| match error {
            MaterialError::Failed(error) => anyhow!("{error:?}"),
            MaterialError::Compose(error) => anyhow!(error),
            other => anyhow!("the season cannot be planned: {}", other.code()),
        };
        let mut material = material.map_err(failed)?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let composed = material
            .compose(&settings, (&season.name, &nothing_moves), threads, &ToTheEnd)
            .map_err(failed)?;
        files::write(&self.out, &composed.season)?;
        println!(
            "{}: {} challenges, {} people ({} more could not be used)",
            self.out.display(),
            composed.season.challenges.len(),
            composed.season.peers.len(),
            composed.set_aside.len()
        );
        database.close().await?;
        Ok(())
    }
}
