//! `affiliations.csv`: the dated ties of peers to councils and delivery bodies.
//!
//! Invariants: exactly one of council and body; days in order; a person has at most one primary tie on any day.
//! An empty end means that the tie still holds as far as anybody knows. Neighbours: `peers`, `known`.

use chrono::NaiveDate;
use entity::enums::AffiliationKind;
use uuid::Uuid;

use super::{
    Claim, FileSpec, Sourced, council,
    known::Known,
    named, needed_peer, no_overlaps,
    problems::Problems,
    table::{Table, optional, required},
    unique_rows,
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "affiliations.csv",
    columns: &[
        required("reference"),
        required("peer"),
        required("kind"),
        required("council"),
        optional("body"),
        optional("post"),
        optional("primary"),
        optional("starts_on"),
        optional("ends_on"),
    ],
};

/// An affiliation as the file says.
#[derive(Clone, Debug)]
pub struct AffiliationRow {
    /// The region's own key for the tie.
    pub reference: String,
    /// Reference of the peer.
    pub peer: String,
    /// What ties.
    pub kind: AffiliationKind,
    /// The council, or else `body`.
    pub council: Option<Uuid>,
    /// The delivery body, or else `council`.
    pub body: Option<Uuid>,
    /// The post held.
    pub post: Option<String>,
    /// Whether this is the person's main post.
    pub primary: bool,
    /// First day, if known.
    pub starts_on: Option<NaiveDate>,
    /// Last day, if it ended.
    pub ends_on: Option<NaiveDate>,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<AffiliationRow>> {
    let rows = unique_rows(table, "reference", problems, |fields| {
        let reference = fields.needed("reference");
        let peer = needed_peer(fields, known);
        let kind = fields.needed_choice("kind");
        match (fields.text("council"), fields.text("body")) {
            (None, None) => fields.wrong("council", "expected a council, or a delivery body in the column body"),
            (Some(_), Some(_)) => {
                fields.wrong("body", "expected no body beside a council: one row ties to one of them");
            }
            _ => {}
        }
        let council = council(fields, "council", known).map(|council| council.id);
        let body = named(fields, "body", &known.bodies);
        let post = fields.text("post").map(str::to_owned);
        let primary = fields.flag("primary");
        let starts_on = fields.date("starts_on");
        let ends_on = fields.date("ends_on");
        fields.in_order(starts_on, ends_on);
        Some(AffiliationRow {
            reference: reference?.to_owned(),
            peer: peer?,
            kind: kind?,
            council,
            body,
            post,
            primary,
            starts_on,
            ends_on,
        })
    });
    let primaries = rows.iter().filter(|row| row.record.primary).map(|row| Claim {
        owner: &row.record.peer,
        starts_on: row.record.starts_on.unwrap_or(NaiveDate::MIN),
        ends_on: row.record.ends_on.unwrap_or(NaiveDate::MAX),
        line: row.line,
    });
    no_overlaps(table, primaries.collect(), "primary affiliations", problems);
    rows
}
