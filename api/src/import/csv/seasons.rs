//! `seasons.csv`: the seasons that requests and past engagements belong to.
//!
//! Not a spreadsheet of a region but a short list that makes a folder complete in itself. Invariants: a season's
//! name is unique, its days are in order. Neighbours: `requests` and `engagements` refer to a season by name.

use chrono::NaiveDate;

use super::{
    FileSpec, Sourced,
    problems::Problems,
    table::{Table, required},
    unique_rows,
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "seasons.csv",
    columns: &[required("name"), required("starts_on"), required("ends_on")],
};

/// A season as the file says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeasonRow {
    /// Its name, the key.
    pub name: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// Reads the rows.
pub fn parse(table: &Table, problems: &mut Problems) -> Vec<Sourced<SeasonRow>> {
    unique_rows(table, "name", problems, |fields| {
        let name = fields.needed("name");
        let starts_on = fields.needed_date("starts_on");
        let ends_on = fields.needed_date("ends_on");
        fields.in_order(starts_on, ends_on);
        Some(SeasonRow {
            name: name?.to_owned(),
            starts_on: starts_on?,
            ends_on: ends_on?,
        })
    })
}
