//! `peers.csv`: the people in the pool.
//!
//! Invariants: one row per reference; a party only on member peers; a retirement date exactly on the retired; nothing
//! dated in the future. Two rows with one e-mail address are a warning, not an error: the service itself shows
//! possible duplicates and keeps them from deployment until somebody has decided.
//! Neighbours: every other file refers to a peer by `reference`.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::enums::{Party, PeerRole, PeerStatus};
use uuid::Uuid;

use super::{
    FileSpec, Sourced,
    fields::{Fields, parse_choice},
    known::Known,
    problems::Problems,
    table::{Table, optional, required},
    unique_rows,
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "peers.csv",
    columns: &[
        required("reference"),
        required("name"),
        required("roles"),
        optional("themes"),
        optional("post"),
        optional("email"),
        optional("party"),
        optional("status"),
        optional("trained_on"),
        optional("declared_on"),
        optional("retired_on"),
        optional("capacity"),
    ],
};

/// A peer as the file says.
#[derive(Clone, Debug)]
pub struct PeerRow {
    /// The region's own key for the person.
    pub reference: String,
    /// Full name.
    pub name: String,
    /// What they can serve as, at least one.
    pub roles: Vec<PeerRole>,
    /// What they know.
    pub themes: BTreeSet<Uuid>,
    /// Current job title.
    pub post: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Political group, on member peers only.
    pub party: Option<Party>,
    /// Standing with the pool.
    pub status: PeerStatus,
    /// Day of the latest training.
    pub trained_on: Option<NaiveDate>,
    /// Day of the latest declaration of interests.
    pub declared_on: Option<NaiveDate>,
    /// Day of retirement from the post.
    pub retired_on: Option<NaiveDate>,
    /// Engagements a season that they offer, where it differs from the programme's limit.
    pub capacity: Option<i32>,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<PeerRow>> {
    let mut addresses: HashMap<String, u64> = HashMap::new();
    unique_rows(table, "reference", problems, |fields| {
        let reference = fields.needed("reference");
        let name = fields.needed("name");
        let roles = roles(fields);
        let mut themes = BTreeSet::new();
        for code in fields.list("themes") {
            match known.themes.find(code) {
                Ok(theme) => {
                    themes.insert(theme);
                }
                Err(expected) => fields.wrong("themes", expected),
            }
        }
        let post = fields.text("post").map(str::to_owned);
        let email = email(fields, &mut addresses);
        let party = fields.choice("party");
        if party.is_some() && !roles.is_empty() && !roles.contains(&PeerRole::MemberPeer) {
            fields.wrong(
                "party",
                "expected no party: only those with the role MEMBER_PEER serve for one",
            );
        }
        let status = fields.choice("status");
        let trained_on = fields.past_date("trained_on", known.today);
        let declared_on = fields.past_date("declared_on", known.today);
        let retired_on = fields.past_date("retired_on", known.today);
        match (&status, fields.text("retired_on")) {
            (Some(PeerStatus::Retired), None) => {
                fields.wrong(
                    "retired_on",
                    "expected the date of retirement, since the status is RETIRED",
                );
            }
            (Some(PeerStatus::Retired), Some(_)) | (_, None) => {}
            (_, Some(_)) => fields.wrong(
                "retired_on",
                "expected no date of retirement, since the status is not RETIRED",
            ),
        }
        let capacity = fields.number("capacity", 1, 50);
        Some(PeerRow {
            reference: reference?.to_owned(),
            name: name?.to_owned(),
            roles,
            themes,
            post,
            email,
            party,
            status: status.unwrap_or(PeerStatus::Active),
            trained_on,
            declared_on,
            retired_on,
            capacity,
        })
    })
}

fn roles(fields: &mut Fields<'_>) -> Vec<PeerRole> {
    let mut roles = Vec::new();
    if fields.needed("roles").is_none() {
        return roles;
    }
    for item in fields.list("roles") {
        match parse_choice::<PeerRole>(item) {
            Ok(role) if roles.contains(&role) => fields.wrong("roles", format!("expected {item} only once")),
            Ok(role) => roles.push(role),
            Err(expected) => fields.wrong("roles", expected),
        }
    }
    roles
}

/// An address of the form `name@host`; nothing more can be known without writing to it.
fn email(fields: &mut Fields<'_>, addresses: &mut HashMap<String, u64>) -> Option<String> {
    let text = fields.text("email")?;
    let well_formed = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@')
    });
    if !well_formed || text.chars().any(char::is_whitespace) {
        fields.wrong("email", "expected an e-mail address as name@example.org");
        return None;
    }
    let line = fields.line();
    if let Some(other) = addresses.insert(text.to_lowercase(), line) {
        fields.odd(
            "email",
            format!("is also the address in line {other}: possibly one person twice"),
        );
    }
    Some(text.to_owned())
}
