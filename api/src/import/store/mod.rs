//! From checked rows to the database.
//!
//! Each file has a module with a `plan` that reads what is there, adds the checks that need it, and decides what is
//! to be written, and a `write`. All plans are made before the first write, so that every fault is told at once.
//! Facts that matter to teams already put together are reported as touched peers; the caller re-checks those.
//! Neighbours: `csv` gives the rows, `bulk` the statements, `folder` calls in order.

pub mod affiliations;
pub mod availability;
pub mod bulk;
pub mod challenges;
pub mod delivery_bodies;
pub mod engagements;
pub mod interests;
pub mod judge;
pub mod known;
pub mod leadership_changes;
pub mod peers;
pub mod political_control;
pub mod requests;
pub mod seasons;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entity::enums::DecisionCause;
use uuid::Uuid;

use super::csv::{
    problems::{Problem, Problems},
    table::Table,
};
use crate::ids::IdGenerator;

/// New facts, each with its kind and its record if there is one, by what they are about.
pub type Facts = BTreeMap<Uuid, Vec<(DecisionCause, Option<Uuid>)>>;

/// What every plan needs.
pub struct Planning<'a> {
    /// The instant of the import.
    pub now: DateTime<Utc>,
    /// Today in England.
    pub today: NaiveDate,
    /// Source of keys.
    pub ids: &'a dyn IdGenerator,
    /// Keys of peers by reference, those of peers.csv included.
    pub peers: HashMap<String, Uuid>,
    /// Keys of delivery bodies by name in upper case, those of delivery-bodies.csv included.
    pub bodies: HashMap<String, Uuid>,
    /// Keys of seasons by name, those of seasons.csv included.
    pub seasons: HashMap<String, Uuid>,
    /// What changes about peers.
    pub touched: Facts,
    /// What changes about councils that matters to who may serve there.
    pub touched_hosts: Facts,
    /// The files as read, to say where something is wrong.
    pub tables: &'a BTreeMap<&'static str, Table>,
    /// What is wrong.
    pub problems: Problems,
}

impl Planning<'_> {
    /// Notes that something changes about a peer.
    fn touch(&mut self, peer: Uuid, cause: DecisionCause, record: Option<Uuid>) {
        self.touched.entry(peer).or_default().push((cause, record));
    }

    /// Notes that something changes about a council that matters to who may serve there.
    fn touch_host(&mut self, council: Uuid, record: Uuid) {
        let facts = self.touched_hosts.entry(council).or_default();
        facts.push((DecisionCause::Council, Some(record)));
    }

    /// Notes that a row cannot be stored because of what the database holds.
    fn refuse(&mut self, file: &'static str, line: u64, column: &str, expected: String) {
        let table = self.tables.get(file);
        let value = table.and_then(|table| table.value(line, column)).map(str::to_owned);
        let column = table.and_then(|table| table.column(column));
        self.problems.error(Problem {
            file,
            line: Some(line),
            column,
            value,
            expected,
        });
    }
}

/// The instant that stands for a day of which no hour is known; its date in England is that day.
fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
