//! `requests.csv`: councils asking for a challenge.
//!
//! Invariants: the host is a current council; a submitted request says when it was submitted, a draft does not; at
//! least one window, each with its days in order; one request per programme, host and season. Everything else that a
//! request must hold is for the challenge's own rules, which need the policy: `store::judge`.
//! Neighbours: `seasons`, `store::requests`.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::enums::{Stage, SupportStrand};
use uuid::Uuid;

use super::{
    FileSpec, Sourced,
    fields::{DATE_FORM, Fields, parse_date},
    known::Known,
    named, needed_council,
    problems::{Problem, Problems},
    table::{Table, optional, required},
    unique_rows,
};
use crate::challenge::rules;

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "requests.csv",
    columns: &[
        required("reference"),
        required("host"),
        required("programme"),
        required("season"),
        optional("stage"),
        required("strand"),
        required("reason"),
        optional("themes"),
        required("windows"),
        required("requested_by"),
        optional("sponsor_name"),
        optional("sponsor_role"),
        optional("submitted_on"),
    ],
};

/// A window that a host offers.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct WindowRow {
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
    /// How much the host likes it, 0–100.
    pub preference: i32,
}

/// A request as the file says.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// The challenge's reference.
    pub reference: String,
    /// The council that asks.
    pub host: Uuid,
    /// What it asks for.
    pub programme: Uuid,
    /// Name of the season.
    pub season: String,
    /// Its first and last day.
    pub season_days: (NaiveDate, NaiveDate),
    /// DRAFT or SUBMITTED.
    pub stage: Stage,
    /// Kind of support.
    pub strand: SupportStrand,
    /// Why.
    pub reason: String,
    /// Themes with weights.
    pub themes: Vec<(Uuid, i32)>,
    /// Windows, earliest first.
    pub windows: Vec<WindowRow>,
    /// Who asked.
    pub requested_by: String,
    /// The sponsor's name.
    pub sponsor_name: Option<String>,
    /// The sponsor's post.
    pub sponsor_role: Option<String>,
    /// Day of submission, on submitted ones.
    pub submitted_on: Option<NaiveDate>,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<RequestRow>> {
    let rows = unique_rows(table, "reference", problems, |fields| {
        let reference = fields.needed("reference");
        let host = needed_council(fields, "host", known);
        if let Some(fault) = host.and_then(|host| rules::host("host", &host.name, host.ends_on, known.today)) {
            fields.wrong("host", fault.message);
        }
        fields.needed("programme");
        let programme = named(fields, "programme", &known.programmes);
        let season = fields.needed("season").and_then(|text| match known.season(text) {
            Ok(season) => Some(season),
            Err(expected) => {
                fields.wrong("season", expected);
                None
            }
        });
        let (stage, submitted_on) = stage(fields, known.today);
        let strand = fields.needed_choice("strand");
        let reason = fields.needed("reason");
        let themes = themes(fields, known);
        let windows = windows(fields);
        let requested_by = fields.needed("requested_by");
        let sponsor_name = fields.text("sponsor_name").map(str::to_owned);
        let sponsor_role = fields.text("sponsor_role").map(str::to_owned);
        Some(RequestRow {
            reference: reference?.to_owned(),
            host: host?.id,
            programme: programme?,
            season: season?.name.clone(),
            season_days: (season?.starts_on, season?.ends_on),
            stage,
            strand: strand?,
            reason: reason?.to_owned(),
            themes,
            windows,
            requested_by: requested_by?.to_owned(),
            sponsor_name,
            sponsor_role,
            submitted_on,
        })
    });
    one_of_a_kind(table, &rows, problems);
    rows
}

fn stage(fields: &mut Fields<'_>, today: NaiveDate) -> (Stage, Option<NaiveDate>) {
    let stage = match fields.text("stage").map(str::to_uppercase).as_deref() {
        None | Some("SUBMITTED") => Stage::Submitted,
        Some("DRAFT") => Stage::Draft,
        Some(_) => {
            fields.wrong(
                "stage",
                "expected DRAFT or SUBMITTED: later stages are reached in the service only",
            );
            return (Stage::Draft, None);
        }
    };
    let submitted_on = fields.past_date("submitted_on", today);
    match (&stage, fields.text("submitted_on")) {
        (Stage::Submitted, None) => fields.wrong("submitted_on", "expected the day on which it was submitted"),
        (Stage::Draft, Some(_)) => fields.wrong("submitted_on", "expected nothing, since the stage is DRAFT"),
        _ => {}
    }
    (stage, submitted_on)
}

/// `NEGLECT=3|SEND`: codes with weights, 1 where none is given.
fn themes(fields: &mut Fields<'_>, known: &Known) -> Vec<(Uuid, i32)> {
    let mut themes: Vec<(Uuid, i32)> = Vec::new();
    for item in fields.list("themes") {
        let (code, weight) = item.split_once('=').unwrap_or((item, "1"));
        match (known.themes.find(code.trim()), weight.trim().parse().ok()) {
            (Ok(theme), Some(weight)) => themes.push((theme, weight)),
            (Ok(_), None) => fields.wrong("themes", format!("expected a whole weight after {code}=")),
            (Err(expected), _) => fields.wrong("themes", expected),
        }
    }
    themes.sort_unstable();
    themes
}

/// `2027-03-01 to 2027-03-04 = 100 | 12/04/2027 to 15/04/2027`: windows with preference, 100 where none is given.
fn windows(fields: &mut Fields<'_>) -> Vec<WindowRow> {
    let mut windows = Vec::new();
    if fields.needed("windows").is_none() {
        return windows;
    }
    for item in fields.list("windows") {
        let (days, preference) = item.split_once('=').unwrap_or((item, "100"));
        let days = days
            .split_once(" to ")
            .map(|(start, end)| (parse_date(start.trim()), parse_date(end.trim())));
        let preference = preference.trim().parse().ok();
        let (Some((Some(starts_on), Some(ends_on))), Some(preference)) = (days, preference) else {
            fields.wrong(
                "windows",
                format!("expected windows as 2027-03-01 to 2027-03-04 = 80 (each end {DATE_FORM}; a whole preference may follow =); {item:?} is none"),
            );
            continue;
        };
        if ends_on < starts_on {
            fields.wrong(
                "windows",
                format!("expected windows that end after they start; {item:?} does not"),
            );
            continue;
        }
        windows.push(WindowRow {
            starts_on,
            ends_on,
            preference,
        });
    }
    windows.sort();
    windows
}

/// A host may ask only once for a programme in a season (drafts aside).
fn one_of_a_kind(table: &Table, rows: &[Sourced<RequestRow>], problems: &mut Problems) {
    let mut first = HashMap::new();
    for Sourced { line, record } in rows.iter().filter(|row| row.record.stage != Stage::Draft) {
        let key = (record.programme, record.host, &record.season);
        if let Some(other) = first.insert(key, *line) {
            problems.error(Problem {
                file: table.file,
                line: Some(*line),
                column: table.column("host"),
                value: Some(record.reference.clone()),
                expected: format!(
                    "expected one request per programme, host and season; line {other} asks for the same"
                ),
            });
        }
    }
}
