//! `availability.csv`: the days on which peers can serve.
//!
//! Rows have no key of their own: the file is the whole list for every peer that it names. Invariants: days in
//! order; the windows of one person neither repeat nor overlap. Neighbours: `peers`, `store::availability`.

use chrono::NaiveDate;

use super::{
    Claim, FileSpec, Sourced,
    known::Known,
    needed_peer, no_overlaps,
    problems::Problems,
    table::{Table, required},
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "availability.csv",
    columns: &[required("peer"), required("starts_on"), required("ends_on")],
};

/// A window of availability as the file says.
#[derive(Clone, Debug)]
pub struct AvailabilityRow {
    /// Reference of the peer.
    pub peer: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<AvailabilityRow>> {
    let rows = super::rows(table, problems, |fields| {
        let peer = needed_peer(fields, known);
        let starts_on = fields.needed_date("starts_on");
        let ends_on = fields.needed_date("ends_on");
        fields.in_order(starts_on, ends_on);
        Some(AvailabilityRow {
            peer: peer?,
            starts_on: starts_on?,
            ends_on: ends_on?,
        })
    });
    let claims = rows.iter().map(|row| Claim {
        owner: &row.record.peer,
        starts_on: row.record.starts_on,
        ends_on: row.record.ends_on,
        line: row.line,
    });
    no_overlaps(table, claims.collect(), "windows", problems);
    rows
}
