//! `peer-challenge import reference` and `peer-challenge import DIR`.
//!
//! The summary goes to standard output; every fault of the files to standard error, one line each, and then the exit
//! code is 1 and nothing was written. A progress bar appears on a terminal only. Neighbours: `import` does the work.

use std::{
    io::{ErrorKind, IsTerminal, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use clap::Args;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use migration::Migrator;
use sea_orm::{EntityTrait, PaginatorTrait};

use super::act;
use crate::{
    clock::{Clock, SystemClock},
    config::DatabaseArgs,
    db::{Database, Tx, migrate},
    ids::{IdGenerator, SystemIds},
    import::{
        ImportError, audit,
        csv::decode::Encoding,
        folder::{self, Outcome},
        reference,
        store::bulk::{Counts, Progress},
    },
    programme,
    team::late::{self, Fact, Touched},
};

/// Load the reference facts, or a folder of spreadsheets saved as CSV.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge import reference\n  \
    peer-challenge import spreadsheets/ --dry-run\n  \
    peer-challenge import spreadsheets/ --database-url postgres://peer@db.example.org/peer\n\n\
    Files of a folder: seasons.csv, political-control.csv, leadership-changes.csv, delivery-bodies.csv,\n\
    peers.csv, affiliations.csv, interests.csv, availability.csv, engagements.csv, requests.csv; docs/IMPORT.md has their columns.\n\
    An import happens whole or not at all; doing it again changes nothing.\n\
    (For a folder that is called reference, write ./reference.)")]
pub(super) struct Import {
    /// The word reference (councils, neighbours, sister councils, inspection outcomes, themes, programmes), or a folder.
    #[arg(value_name = "reference|DIR")]
    source: PathBuf,
    /// Check everything and say what would happen, but write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(clock.clone()));
        let facts = self.source == Path::new("reference");
        // The facts may come first of all; spreadsheets need a database that somebody has set up.
        let options = if facts {
            self.database.options()
        } else {
            self.database.existing()
        };
        let database = Database::connect(&options).await?;
        migrate::up::<Migrator>(&database, None).await?;
        let tx = database.begin().await?;
        let done = if facts {
            load_reference(&tx, &clock, &ids).await?
        } else {
            load_folder(&tx, &self.source, &clock, &ids).await?
        };
        // Nobody must read of a success that is then lost, or lose one because nobody reads.
        let end = if self.dry_run {
            tx.rollback().await?;
            "\ndry run: nothing was written"
        } else {
            tx.commit().await?;
            ""
        };
        match writeln!(std::io::stdout(), "{done}{end}") {
            Err(failure) if failure.kind() != ErrorKind::BrokenPipe => Err(failure.into()),
            _ => Ok(()),
        }
    }
}

async fn load_reference(tx: &Tx, clock: &Arc<dyn Clock>, ids: &Arc<dyn IdGenerator>) -> anyhow::Result<String> {
    let summary = reference::load(tx, &**clock, &**ids).await?;
    let created = programme::seed::load(tx, &act(&**clock, ids.clone()), clock.today()).await;
    let created = created.map_err(|_| anyhow::anyhow!("the shipped programmes cannot be loaded"))?;
    let all = usize::try_from(entity::programme::Entity::find().count(tx).await?)?;
    let programmes = Counts {
        created,
        unchanged: all - created,
        ..Counts::default()
    };
    let mut table = counts_table("what");
    for (name, counts) in &summary.tables {
        add(&mut table, name, "", *counts);
    }
    add(&mut table, "programmes", "", programmes);
    Ok(format!("{table}\n\n{}", reference::ATTRIBUTION.trim_end()))
}

async fn load_folder(
    tx: &Tx,
    folder: &Path,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdGenerator>,
) -> anyhow::Result<String> {
    let bar = Bar::new();
    let outcome = folder::run(tx, folder, &**clock, &**ids, &bar).await;
    bar.0.finish_and_clear();
    let (errors, warnings) = match &outcome {
        Ok(outcome) => (&[][..], &outcome.warnings),
        Err(ImportError::Faults { errors, warnings }) => (errors.as_slice(), warnings),
        Err(_) => (&[][..], &Vec::new()),
    };
    for problem in warnings {
        eprintln!("note: {problem}");
    }
    for problem in errors {
        eprintln!("{problem}");
    }
    match outcome {
        Ok(outcome) => {
            // A fact that comes by spreadsheet is as late as one that comes through the API.
            let mut act = act(&**clock, ids.clone());
            act.request_id = Some(audit::trace(outcome.import));
            let open = late::recheck_touched(tx, &act, &Touched::from(&outcome)).await;
            let open =
                open.map_err(|_| anyhow::anyhow!("the live places that these files concern cannot be checked"))?;
            let report = report(&outcome);
            Ok(match open {
                0 => report,
                _ => format!("{report}\n\n{open} live place(s) on teams now need a decision about a conflict"),
            })
        }
        Err(ImportError::Faults { errors, .. }) => {
            bail!(
                "{} fault(s) in {}; nothing was imported",
                errors.len(),
                folder.display()
            )
        }
        Err(other) => Err(other).context("nothing was imported"),
    }
}

impl From<&Outcome> for Touched {
    fn from(outcome: &Outcome) -> Self {
        let mut touched = Self::default();
        for (peer, facts) in &outcome.touched_peers {
            for (cause, id) in facts {
                touched.person(*peer, Fact::new(*cause, *id));
            }
        }
        for (host, facts) in &outcome.touched_hosts {
            for (cause, id) in facts {
                touched.host(*host, Fact::new(*cause, *id));
            }
        }
        touched
    }
}

fn report(outcome: &Outcome) -> String {
    let mut table = counts_table("file");
    for file in &outcome.files {
        let encoding = match file.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Windows1252 => "Windows-1252",
        };
        add(&mut table, file.file, encoding, file.counts);
    }
    table.to_string()
}

fn counts_table(first: &str) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header([first, "created", "updated", "unchanged", "removed", ""]);
    table
}

fn add(table: &mut Table, name: &str, remark: &str, counts: Counts) {
    let Counts {
        created,
        updated,
        unchanged,
        removed,
    } = counts;
    let cells = [created, updated, unchanged, removed].map(|count| count.to_string());
    table.add_row([&[name.to_owned()], cells.as_slice(), &[remark.to_owned()]].concat());
}

/// The bar on a terminal; elsewhere it draws nothing.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {elapsed}") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn start(&self, rows: usize) {
        self.0.set_length(rows as u64);
    }

    fn advance(&self, rows: usize) {
        self.0.inc(rows as u64);
    }
}
