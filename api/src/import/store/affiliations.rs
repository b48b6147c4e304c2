//! Writing `affiliations.csv`. The key is the reference, which stays with its person.
//!
//! A new or changed tie may conflict with a team that is already confirmed, so its peer is touched.
//! Neighbours: `csv::affiliations`.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{affiliation, enums::DecisionCause};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, fetch, settle, upsert},
};
use crate::import::csv::{Sourced, affiliations::AffiliationRow};

const FILE: &str = crate::import::csv::affiliations::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    rows: Vec<affiliation::Model>,
}

/// Compares the file with the database; refuses a reference that belongs to somebody else and a second primary tie.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<AffiliationRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let references = rows.iter().map(|row| row.record.reference.as_str());
    let existing: HashMap<String, affiliation::Model> =
        fetch::<affiliation::Entity>(tx, affiliation::Column::Reference, references)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.reference.clone()?, row)))
            .collect();
    let others = other_primaries(tx, rows, &existing, planning).await?;
    let mut plan = Plan {
        counts: Counts::default(),
        rows: Vec::new(),
    };
    for Sourced { line, record } in rows {
        let Some(peer_id) = planning.peers.get(&record.peer).copied() else {
            continue;
        };
        let old = existing.get(&record.reference);
        if old.is_some_and(|old| old.peer_id != peer_id) {
            let expected = "expected a reference of its own; this one belongs to another peer's affiliation".to_owned();
            planning.refuse(FILE, *line, "reference", expected);
            continue;
        }
        if record.primary {
            let days = (record.starts_on, record.ends_on);
            if let Some(other) = others
                .get(&peer_id)
                .and_then(|list| list.iter().find(|other| overlap(days, other.1)))
            {
                let expected = format!(
                    "expected no, since affiliation {} in the database is primary on the same days",
                    other.0
                );
                planning.refuse(FILE, *line, "primary", expected);
            }
        }
        let id = old.map_or_else(|| planning.ids.next_id(), |old| old.id);
        let row = affiliation::Model {
            id,
            peer_id,
            kind: record.kind,
            council_id: record.council,
            delivery_body_id: record.body,
            post: record.post.clone(),
            is_primary: record.primary,
            starts_on: record.starts_on,
            ends_on: record.ends_on,
            reference: Some(record.reference.clone()),
            version: old.map_or(1, |old| old.version),
            created_at: old.map_or(planning.now, |old| old.created_at),
            updated_at: old.map_or(planning.now, |old| old.updated_at),
        };
        let now = planning.now;
        if settle(old, row, true, &mut plan.rows, &mut plan.counts, |row| {
            row.version += 1;
            row.updated_at = now;
        }) {
            planning.touch(peer_id, DecisionCause::Affiliation, Some(id));
        }
    }
    Ok(plan)
}

type Days = (Option<NaiveDate>, Option<NaiveDate>);

fn overlap(a: Days, b: Days) -> bool {
    let open = |days: Days| (days.0.unwrap_or(NaiveDate::MIN), days.1.unwrap_or(NaiveDate::MAX));
    let ((a_from, a_to), (b_from, b_to)) = (open(a), open(b));
    a_from <= b_to && b_from <= a_to
}

/// Primary ties of the file's peers that the file itself does not speak of: their name and days.
async fn other_primaries(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<AffiliationRow>],
    existing: &HashMap<String, affiliation::Model>,
    planning: &Planning<'_>,
) -> Result<HashMap<Uuid, Vec<(String, Days)>>, DbErr> {
    let peers = rows
        .iter()
        .filter(|row| row.record.primary)
        .filter_map(|row| planning.peers.get(&row.record.peer));
    let mut others: HashMap<Uuid, Vec<(String, Days)>> = HashMap::new();
    for row in fetch::<affiliation::Entity>(tx, affiliation::Column::PeerId, peers.copied()).await? {
        let spoken_of = row
            .reference
            .as_ref()
            .is_some_and(|reference| existing.contains_key(reference));
        if row.is_primary && !spoken_of {
            let name = row.reference.unwrap_or_else(|| row.id.to_string());
            others
                .entry(row.peer_id)
                .or_default()
                .push((name, (row.starts_on, row.ends_on)));
        }
    }
    Ok(others)
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<affiliation::Entity>(tx, self.rows, progress).await
    }
}
