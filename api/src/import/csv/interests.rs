//! `interests.csv`: what peers declared about councils.
//!
//! The note is personal data: it is stored for the programme and the person, never shown to a host, and never
//! repeated in the audit record. Invariants: days in order, a withdrawal is not in the future. Neighbours: `peers`.

use chrono::NaiveDate;
use entity::enums::InterestKind;
use uuid::Uuid;

use super::{
    FileSpec, Sourced,
    known::Known,
    needed_council, needed_peer,
    problems::Problems,
    table::{Table, optional, required},
    unique_rows,
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "interests.csv",
    columns: &[
        required("reference"),
        required("peer"),
        required("kind"),
        required("council"),
        required("note"),
        optional("starts_on"),
        optional("ends_on"),
        optional("withdrawn_on"),
    ],
};

/// A declared interest as the file says.
#[derive(Clone, Debug)]
pub struct InterestRow {
    /// The region's own key for the declaration.
    pub reference: String,
    /// Reference of the peer.
    pub peer: String,
    /// What kind of tie.
    pub kind: InterestKind,
    /// The council that it concerns.
    pub council: Uuid,
    /// In the person's words.
    pub note: String,
    /// First day, if known.
    pub starts_on: Option<NaiveDate>,
    /// Last day, if it ended.
    pub ends_on: Option<NaiveDate>,
    /// Day on which it was taken back.
    pub withdrawn_on: Option<NaiveDate>,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<InterestRow>> {
    unique_rows(table, "reference", problems, |fields| {
        let reference = fields.needed("reference");
        let peer = needed_peer(fields, known);
        let kind = fields.needed_choice("kind");
        let council = needed_council(fields, "council", known);
        let note = fields.needed("note");
        let starts_on = fields.date("starts_on");
        let ends_on = fields.date("ends_on");
        fields.in_order(starts_on, ends_on);
        let withdrawn_on = fields.past_date("withdrawn_on", known.today);
        Some(InterestRow {
            reference: reference?.to_owned(),
            peer: peer?,
            kind: kind?,
            council: council?.id,
            note: note?.to_owned(),
            starts_on,
            ends_on,
            withdrawn_on,
        })
    })
}
