//! `political-control.csv`: who runs each council, and since when.
//!
//! Invariants: one row per council. Whether the day can be is for the council's own rules: `store::political_control`.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::enums::PoliticalControl;
use uuid::Uuid;

use super::{
    FileSpec, Sourced, each_once,
    known::Known,
    needed_council,
    problems::Problems,
    table::{Table, required},
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "political-control.csv",
    columns: &[required("council"), required("control"), required("changed_on")],
};

/// Control of a council as the file says.
#[derive(Clone, Debug)]
pub struct ControlRow {
    /// The council.
    pub council: Uuid,
    /// Who runs it.
    pub control: PoliticalControl,
    /// Since when.
    pub changed_on: NaiveDate,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<ControlRow>> {
    let mut first = HashMap::new();
    super::rows(table, problems, |fields| {
        let council = needed_council(fields, "council", known).map(|council| council.id);
        let control = fields.needed_choice("control");
        let changed_on = fields.needed_date("changed_on");
        each_once(fields, "council", council, &mut first);
        Some(ControlRow {
            council: council?,
            control: control?,
            changed_on: changed_on?,
        })
    })
}
