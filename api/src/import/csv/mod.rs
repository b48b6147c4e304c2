//! The spreadsheets of a region as CSV: reading and checking, without a database.
//!
//! Each file has a module with its columns and its record; `docs/IMPORT.md` describes them for the people who fill
//! them in. A parser returns the good rows and notes every fault in [`problems::Problems`]; the importer goes on
//! only when there is none. References to councils, themes and the like are looked up in [`known::Known`].
//! Neighbours: `import::folder` calls the parsers, `import::store` writes the records.

pub mod affiliations;
pub mod availability;
pub mod decode;
pub mod delivery_bodies;
pub mod engagements;
pub mod fields;
pub mod interests;
pub mod known;
pub mod leadership_changes;
pub mod peers;
pub mod political_control;
pub mod problems;
pub mod requests;
pub mod seasons;
pub mod table;

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use fields::Fields;
use known::{Known, KnownCouncil};
use problems::{Problem, Problems};
use table::{ColumnSpec, Table};

/// A file that the importer knows.
#[derive(Clone, Copy, Debug)]
pub struct FileSpec {
    /// Its name inside the folder.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [ColumnSpec],
}

/// Every file that the importer knows, in the order in which they are read.
pub const FILES: [FileSpec; 10] = [
    seasons::FILE,
    political_control::FILE,
    leadership_changes::FILE,
    delivery_bodies::FILE,
    peers::FILE,
    affiliations::FILE,
    interests::FILE,
    availability::FILE,
    engagements::FILE,
    requests::FILE,
];

/// A parsed row with the line that it came from.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// Line in the file, from 1.
    pub line: u64,
    /// What the row says.
    pub record: T,
}

/// Reads every row with `parse` and reports those whose key (`column`) occurs twice.
fn unique_rows<T>(
    table: &Table,
    column: &str,
    problems: &mut Problems,
    mut parse: impl FnMut(&mut Fields<'_>) -> Option<T>,
) -> Vec<Sourced<T>> {
    let mut first: HashMap<&str, u64> = HashMap::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let key = table.cell(row, column);
        let mut fields = Fields::new(table, row, problems);
        if !key.is_empty() {
            if let Some(line) = first.get(key) {
                fields.wrong(
                    column,
                    format!("expected each {column} once; it stands in line {line} already"),
                );
            } else {
                first.insert(key, row.line);
            }
        }
        let record = parse(&mut fields);
        rows.extend(fields.finish(record).map(|record| Sourced { line: row.line, record }));
    }
    rows
}

/// Reads every row with `parse`.
fn rows<T>(
    table: &Table,
    problems: &mut Problems,
    mut parse: impl FnMut(&mut Fields<'_>) -> Option<T>,
) -> Vec<Sourced<T>> {
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut fields = Fields::new(table, row, problems);
        let record = parse(&mut fields);
        rows.extend(fields.finish(record).map(|record| Sourced { line: row.line, record }));
    }
    rows
}

/// Notes at `column` when `key` stood in an earlier row. `None` is no key.
fn each_once<K: std::hash::Hash + Eq>(
    fields: &mut Fields<'_>,
    column: &str,
    key: Option<K>,
    first: &mut HashMap<K, u64>,
) {
    let Some(key) = key else { return };
    let line = fields.line();
    let other = *first.entry(key).or_insert(line);
    if other != line {
        fields.wrong(column, format!("expected this once; it stands in line {other} already"));
    }
}

/// A council by code or name, or `None` when empty or unknown (which is noted).
fn council<'k>(fields: &mut Fields<'_>, column: &str, known: &'k Known) -> Option<&'k KnownCouncil> {
    match known.councils.find(fields.text(column)?) {
        Ok(council) => Some(council),
        Err(expected) => {
            fields.wrong(column, expected);
            None
        }
    }
}

/// A council that must be there.
fn needed_council<'k>(fields: &mut Fields<'_>, column: &str, known: &'k Known) -> Option<&'k KnownCouncil> {
    fields.needed(column)?;
    council(fields, column, known)
}

/// The reference of a peer who is in the database or in peers.csv.
fn needed_peer(fields: &mut Fields<'_>, known: &Known) -> Option<String> {
    let reference = fields.needed("peer")?;
    if known.peers.contains(reference) {
        return Some(reference.to_owned());
    }
    fields.wrong(
        "peer",
        "expected the reference of a peer in peers.csv or in the database",
    );
    None
}

/// One of `names`, or `None` when empty or unknown (which is noted).
fn named(fields: &mut Fields<'_>, column: &str, names: &known::Names) -> Option<Uuid> {
    match names.find(fields.text(column)?) {
        Ok(id) => Some(id),
        Err(expected) => {
            fields.wrong(column, expected);
            None
        }
    }
}

/// A period of one owner that must not overlap another of the same.
struct Claim<'a> {
    owner: &'a str,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    line: u64,
}

/// Reports every claim that overlaps an earlier-starting one of the same owner, naming both lines.
fn no_overlaps(table: &Table, mut claims: Vec<Claim<'_>>, what: &str, problems: &mut Problems) {
    claims.sort_by_key(|claim| (claim.owner, claim.starts_on, claim.line));
    let mut last: Option<&Claim<'_>> = None;
    for claim in &claims {
        match last {
            Some(earlier) if earlier.owner == claim.owner && claim.starts_on <= earlier.ends_on => {
                let (later, other) = if claim.line > earlier.line {
                    (claim, earlier)
                } else {
                    (earlier, claim)
                };
                problems.error(Problem {
                    file: table.file,
                    line: Some(later.line),
                    column: table.column("starts_on"),
                    value: Some(format!("{} to {}", later.starts_on, later.ends_on)),
                    expected: format!(
                        "expected {what} of {} that do not overlap; line {} says {} to {}",
                        claim.owner, other.line, other.starts_on, other.ends_on
                    ),
                });
                if claim.ends_on > earlier.ends_on {
                    last = Some(claim);
                }
            }
            _ => last = Some(claim),
        }
    }
}
