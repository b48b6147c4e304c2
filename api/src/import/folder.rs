//! Importing a folder of spreadsheets, all or nothing.
//!
//! Order: read and parse every file, plan every file against the database, and only when nothing at all is wrong
//! write, in the order in which files refer to each other, and note one audit event. The caller owns the
//! transaction: dropping it is a dry run. Neighbours: `csv` (parsing), `store` (database), `cli::import`.

use std::{collections::BTreeMap, path::Path};

use sea_orm::ConnectionTrait;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    audit,
    csv::{
        FILES, affiliations, availability,
        decode::{Encoding, decode},
        delivery_bodies, engagements, interests,
        known::{Known, KnownSeason},
        leadership_changes, peers, political_control,
        problems::{Problem, Problems, nearest},
        requests, seasons,
        table::Table,
    },
    error::ImportError,
    store::{
        self, Facts, Planning,
        bulk::{Counts, Progress},
    },
};
use crate::{clock::Clock, ids::IdGenerator};

/// What happened to one file.
#[derive(Clone, Debug)]
pub struct FileOutcome {
    /// Its name.
    pub file: &'static str,
    /// How it was written.
    pub encoding: Encoding,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    /// What happened to its rows.
    pub counts: Counts,
}

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The files that were there, in the order of reading.
    pub files: Vec<FileOutcome>,
    /// What the reader should know.
    pub warnings: Vec<Problem>,
    /// The import itself, as the audit record names it.
    pub import: Uuid,
    /// What changed about peers; live assignments of these need a fresh check.
    pub touched_peers: Facts,
    /// What changed about councils that matters to who may serve there; likewise.
    pub touched_hosts: Facts,
}

/// A file as read.
struct Source {
    table: Option<Table>,
    encoding: Encoding,
    digest: String,
}

/// Imports `folder` in the caller's transaction.
///
/// # Errors
/// [`ImportError::Faults`] with everything that is wrong with the files; then nothing was written.
pub async fn run(
    tx: &impl ConnectionTrait,
    folder: &Path,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
    progress: &dyn Progress,
) -> Result<Outcome, ImportError> {
    let mut problems = Problems::default();
    let mut sources = read(folder, &mut problems)?;
    let (mut known, peer_keys) = store::known::snapshot(tx, clock.today()).await?;
    if known.councils.is_empty() {
        return Err(ImportError::NoCouncils);
    }

    let mut tables = BTreeMap::new();
    for (file, source) in &mut sources {
        if let Some(table) = source.table.take() {
            tables.insert(*file, table);
        }
    }
    let table = |file: &str| tables.get(file);
    let season_rows = table(seasons::FILE.name)
        .map(|table| seasons::parse(table, &mut problems))
        .unwrap_or_default();
    for row in &season_rows {
        known.seasons.retain(|season| season.name != row.record.name);
        let seasons::SeasonRow {
            name,
            starts_on,
            ends_on,
        } = row.record.clone();
        known.seasons.push(KnownSeason {
            id: None,
            name,
            starts_on,
            ends_on,
        });
    }
    // Also those of faulty rows: one fault must not look like many.
    let mut planning = Planning {
        now: clock.now(),
        today: known.today,
        ids,
        peers: peer_keys,
        bodies: std::collections::HashMap::new(),
        seasons: std::collections::HashMap::new(),
        touched: Facts::new(),
        touched_hosts: Facts::new(),
        tables: &tables,
        problems: Problems::default(),
    };
    if let Some(table) = table(peers::FILE.name) {
        for row in &table.rows {
            let reference = table.cell(row, "reference");
            if !reference.is_empty() && known.peers.insert(reference.to_owned()) {
                planning.peers.insert(reference.to_owned(), ids.next_id());
            }
        }
    }
    if let Some(table) = table(delivery_bodies::FILE.name) {
        for row in &table.rows {
            let name = table.cell(row, "name");
            if !name.is_empty() {
                known.bodies.add(name, ids.next_id());
            }
        }
    }
    planning.bodies.clone_from(known.bodies.keys());
    let known: &Known = &known;
    let control_rows = table(political_control::FILE.name)
        .map(|t| political_control::parse(t, known, &mut problems))
        .unwrap_or_default();
    let change_rows = table(leadership_changes::FILE.name)
        .map(|t| leadership_changes::parse(t, known, &mut problems))
        .unwrap_or_default();
    let body_rows = table(delivery_bodies::FILE.name)
        .map(|t| delivery_bodies::parse(t, known, &mut problems))
        .unwrap_or_default();
    let peer_rows = table(peers::FILE.name)
        .map(|t| peers::parse(t, known, &mut problems))
        .unwrap_or_default();
    let affiliation_rows = table(affiliations::FILE.name)
        .map(|t| affiliations::parse(t, known, &mut problems))
        .unwrap_or_default();
    let interest_rows = table(interests::FILE.name)
        .map(|t| interests::parse(t, known, &mut problems))
        .unwrap_or_default();
    let availability_rows = table(availability::FILE.name)
        .map(|t| availability::parse(t, known, &mut problems))
        .unwrap_or_default();
    let engagement_rows = table(engagements::FILE.name)
        .map(|t| engagements::parse(t, known, &mut problems))
        .unwrap_or_default();
    let request_rows = table(requests::FILE.name)
        .map(|t| requests::parse(t, known, &mut problems))
        .unwrap_or_default();

    planning.problems = problems;
    let seasons_plan = store::seasons::plan(tx, &season_rows, &mut planning).await?;
    let control_plan = store::political_control::plan(tx, &control_rows, &mut planning).await?;
    let changes_plan = store::leadership_changes::plan(tx, &change_rows, &mut planning).await?;
    let bodies_plan = store::delivery_bodies::plan(tx, &body_rows, &mut planning).await?;
    let peers_plan = store::peers::plan(tx, &peer_rows, &mut planning).await?;
    let affiliations_plan = store::affiliations::plan(tx, &affiliation_rows, &mut planning).await?;
    let interests_plan = store::interests::plan(tx, &interest_rows, &mut planning).await?;
    let availability_plan = store::availability::plan(tx, &availability_rows, &mut planning).await?;
    let engagements_plan = store::engagements::plan(tx, &engagement_rows, &mut planning).await?;
    let requests_plan = store::requests::plan(tx, &request_rows, &mut planning).await?;
    let clean = planning.problems.is_clean();
    let (errors, warnings) = planning.problems.into_parts();
    if !clean {
        return Err(ImportError::Faults { errors, warnings });
    }

    let mut outcome = Outcome {
        files: Vec::new(),
        warnings,
        import: ids.next_id(),
        touched_peers: planning.touched,
        touched_hosts: planning.touched_hosts,
    };
    let plans = [
        (seasons::FILE.name, seasons_plan.counts),
        (political_control::FILE.name, control_plan.counts),
        (leadership_changes::FILE.name, changes_plan.counts),
        (delivery_bodies::FILE.name, bodies_plan.counts),
        (peers::FILE.name, peers_plan.counts),
        (affiliations::FILE.name, affiliations_plan.counts),
        (interests::FILE.name, interests_plan.counts),
        (availability::FILE.name, availability_plan.counts),
        (engagements::FILE.name, engagements_plan.counts),
        (requests::FILE.name, requests_plan.counts),
    ];
    for (file, counts) in plans {
        if let Some(Source { encoding, digest, .. }) = sources.remove(file) {
            outcome.files.push(FileOutcome {
                file,
                encoding,
                digest,
                counts,
            });
        }
    }
    progress.start(
        outcome
            .files
            .iter()
            .map(|file| file.counts.created + file.counts.updated)
            .sum(),
    );
    seasons_plan.write(tx, progress).await?;
    control_plan.write(tx, progress).await?;
    changes_plan.write(tx, progress).await?;
    bodies_plan.write(tx, progress).await?;
    peers_plan.write(tx, progress).await?;
    affiliations_plan.write(tx, progress).await?;
    interests_plan.write(tx, progress).await?;
    availability_plan.write(tx, progress).await?;
    engagements_plan.write(tx, progress).await?;
    let happened = requests_plan.write(tx, progress).await?;
    audit::record_challenges(tx, clock, ids, outcome.import, happened).await?;
    let files: Vec<_> = outcome
        .files
        .iter()
        .map(|file| json!({ "file": file.file, "sha256": file.digest, "rows": file.counts }))
        .collect();
    let details = json!({ "files": files });
    audit::record(tx, clock, ids, outcome.import, "FOLDER_IMPORTED", details).await?;
    Ok(outcome)
}

/// Reads the folder's known files; others are warned about.
fn read(folder: &Path, problems: &mut Problems) -> Result<BTreeMap<&'static str, Source>, ImportError> {
    let unreadable = |path: &Path, source| ImportError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut sources = BTreeMap::new();
    let known = || FILES.iter().map(|file| file.name);
    for entry in std::fs::read_dir(folder).map_err(|failure| unreadable(folder, failure))? {
        let entry = entry.map_err(|failure| unreadable(folder, failure))?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Some(spec) = FILES.iter().find(|file| file.name == name) else {
            if !name.starts_with('.') {
                let hint = nearest(&name, known()).map_or_else(String::new, |near| format!("; did you mean {near}?"));
                let expected = format!(
                    "is not read; the files are {}{hint}",
                    known().collect::<Vec<_>>().join(", ")
                );
                problems.warning(Problem {
                    file: "(folder)",
                    line: None,
                    column: None,
                    value: Some(name.into_owned()),
                    expected,
                });
            }
            continue;
        };
        let bytes = std::fs::read(&path).map_err(|failure| unreadable(&path, failure))?;
        let digest = format!("{:x}", Sha256::digest(&bytes));
        let (table, encoding) = match decode(&bytes) {
            Ok((text, encoding)) => (Table::read(spec.name, spec.columns, &text, problems), encoding),
            Err(failure) => {
                problems.file(spec.name, failure.to_string());
                (None, Encoding::Utf8)
            }
        };
        sources.insert(
            spec.name,
            Source {
                table,
                encoding,
                digest,
            },
        );
    }
    if sources.is_empty() {
        let expected = known().collect::<Vec<_>>().join(", ");
        return Err(ImportError::Nothing {
            path: folder.to_owned(),
            expected,
        });
    }
    Ok(sources)
}
