//! `engagements.csv`: challenges of the past that a peer served on.
//!
//! They feed the rules on repeat visits, reciprocity and experience. Invariants: days in order and over by today; the
//! host is not the peer's own council. Neighbours: `peers`, `seasons`.

use chrono::NaiveDate;
use entity::enums::PeerRole;
use uuid::Uuid;

use super::{
    FileSpec, Sourced,
    known::Known,
    named, needed_council, needed_peer,
    problems::Problems,
    table::{Table, optional, required},
    unique_rows,
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "engagements.csv",
    columns: &[
        required("reference"),
        required("peer"),
        required("home_council"),
        required("host_council"),
        optional("programme"),
        optional("season"),
        optional("role"),
        required("starts_on"),
        required("ends_on"),
    ],
};

/// A past engagement as the file says.
#[derive(Clone, Debug)]
pub struct EngagementRow {
    /// The region's own key for it.
    pub reference: String,
    /// Reference of the peer.
    pub peer: String,
    /// The council that the peer came from, then.
    pub home: Uuid,
    /// The council that was visited.
    pub host: Uuid,
    /// The programme, if known.
    pub programme: Option<Uuid>,
    /// Name of the season, if known.
    pub season: Option<String>,
    /// What the peer served as, if known.
    pub role: Option<PeerRole>,
    /// First day on site.
    pub starts_on: NaiveDate,
    /// Last day on site.
    pub ends_on: NaiveDate,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<EngagementRow>> {
    unique_rows(table, "reference", problems, |fields| {
        let reference = fields.needed("reference");
        let peer = needed_peer(fields, known);
        let home = needed_council(fields, "home_council", known).map(|council| council.id);
        let host = needed_council(fields, "host_council", known).map(|council| council.id);
        if home.is_some() && home == host {
            fields.wrong("host_council", "expected another council than home_council");
        }
        let programme = named(fields, "programme", &known.programmes);
        let season = fields.text("season").and_then(|text| match known.season(text) {
            Ok(season) => Some(season.name.clone()),
            Err(expected) => {
                fields.wrong("season", expected);
                None
            }
        });
        let role = fields.choice("role");
        let starts_on = fields.needed_date("starts_on");
        fields.needed("ends_on");
        let ends_on = fields.past_date("ends_on", known.today);
        fields.in_order(starts_on, ends_on);
        Some(EngagementRow {
            reference: reference?.to_owned(),
            peer: peer?,
            home: home?,
            host: host?,
            programme,
            season,
            role,
            starts_on: starts_on?,
            ends_on: ends_on?,
        })
    })
}
