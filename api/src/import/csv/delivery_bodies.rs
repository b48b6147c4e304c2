//! `delivery-bodies.csv`: trusts, companies and partnerships, one row for each council that they serve.
//!
//! Invariants: the rows of one body agree on what it is; it names each council once. The file is the whole list of
//! councils for every body that it names. Everything else that a body must hold is for the council's own rules:
//! `store::delivery_bodies`. Neighbours: `affiliations` refers to a body by name.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::enums::DeliveryBodyKind;
use uuid::Uuid;

use super::{
    FileSpec, Sourced, each_once,
    known::Known,
    needed_council,
    problems::Problems,
    table::{Table, optional, required},
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "delivery-bodies.csv",
    columns: &[
        required("name"),
        required("kind"),
        required("council"),
        optional("starts_on"),
        optional("ends_on"),
        optional("body_starts_on"),
        optional("body_ends_on"),
    ],
};

/// What a row says of the body itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body {
    /// Name.
    pub name: String,
    /// Legal form.
    pub kind: DeliveryBodyKind,
    /// First day of the body.
    pub starts_on: Option<NaiveDate>,
    /// Last day of the body.
    pub ends_on: Option<NaiveDate>,
}

/// A delivery body's service for a council as the file says.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// The body.
    pub body: Body,
    /// The council served.
    pub council: Uuid,
    /// First day of the service.
    pub starts_on: Option<NaiveDate>,
    /// Last day of the service.
    pub ends_on: Option<NaiveDate>,
}

/// What a body is found again by: its name in any case.
pub fn key(name: &str) -> String {
    name.to_uppercase()
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<ServiceRow>> {
    let mut first = HashMap::new();
    let mut bodies: HashMap<String, (u64, Body)> = HashMap::new();
    super::rows(table, problems, |fields| {
        let name = fields.needed("name");
        let kind = fields.needed_choice("kind");
        let council = needed_council(fields, "council", known).map(|council| council.id);
        let starts_on = fields.date("starts_on");
        let ends_on = fields.date("ends_on");
        fields.in_order(starts_on, ends_on);
        let body_starts_on = fields.date("body_starts_on");
        let body_ends_on = fields.date("body_ends_on");
        each_once(fields, "council", name.map(key).zip(council), &mut first);
        let body = Body {
            name: name?.to_owned(),
            kind: kind?,
            starts_on: body_starts_on,
            ends_on: body_ends_on,
        };
        let line = fields.line();
        let (other, known_body) = bodies.entry(key(&body.name)).or_insert_with(|| (line, body.clone()));
        let other = *other;
        if known_body.name != body.name {
            fields.wrong("name", format!("expected {:?}, as in line {other}", known_body.name));
        }
        if known_body.kind != body.kind {
            fields.wrong("kind", format!("expected {}, as in line {other}", known_body.kind));
        }
        for (column, same) in [
            ("body_starts_on", known_body.starts_on == body.starts_on),
            ("body_ends_on", known_body.ends_on == body.ends_on),
        ] {
            if !same {
                fields.wrong(column, format!("expected the same day as in line {other}"));
            }
        }
        Some(ServiceRow {
            body,
            council: council?,
            starts_on,
            ends_on,
        })
    })
}
