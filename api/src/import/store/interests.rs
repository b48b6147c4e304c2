//! Writing `interests.csv`. The key is the reference, which stays with its person.
//!
//! A late declaration touches its peer: confirmed teams are checked again. Neighbours: `csv::interests`.

use std::collections::HashMap;

use entity::{declared_interest, enums::DecisionCause};
use sea_orm::{ConnectionTrait, DbErr};

use super::{
    Planning,
    bulk::{Counts, Progress, fetch, settle, upsert},
    start_of,
};
use crate::import::csv::{Sourced, interests::InterestRow};

const FILE: &str = crate::import::csv::interests::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    rows: Vec<declared_interest::Model>,
}

/// Compares the file with the database; refuses a reference that belongs to somebody else.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<InterestRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let references = rows.iter().map(|row| row.record.reference.as_str());
    let existing: HashMap<String, declared_interest::Model> =
        fetch::<declared_interest::Entity>(tx, declared_interest::Column::Reference, references)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.reference.clone()?, row)))
            .collect();
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
            let expected = "expected a reference of its own; this one belongs to another peer's interest".to_owned();
            planning.refuse(FILE, *line, "reference", expected);
            continue;
        }
        // A withdrawal made in the service has an hour; the file only knows its day.
        let withdrawn_at = match (record.withdrawn_on, old.and_then(|old| old.withdrawn_at)) {
            (Some(day), Some(at)) if crate::clock::civil_date(at) == day => Some(at),
            (day, _) => day.map(start_of),
        };
        let id = old.map_or_else(|| planning.ids.next_id(), |old| old.id);
        let row = declared_interest::Model {
            id,
            peer_id,
            kind: record.kind,
            council_id: record.council,
            note: record.note.clone(),
            starts_on: record.starts_on,
            ends_on: record.ends_on,
            withdrawn_at,
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
            planning.touch(peer_id, DecisionCause::DeclaredInterest, Some(id));
        }
    }
    Ok(plan)
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<declared_interest::Entity>(tx, self.rows, progress).await
    }
}
