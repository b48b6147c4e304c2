//! Writing `engagements.csv`. The key is the reference, which stays with its person.
//!
//! History decides on repeat visits and reciprocity, so a new or changed row touches its peer.
//! Neighbours: `csv::engagements`.

use std::collections::HashMap;

use entity::{enums::DecisionCause, past_engagement};
use sea_orm::{ConnectionTrait, DbErr};

use super::{
    Planning,
    bulk::{Counts, Progress, fetch, settle, upsert},
};
use crate::import::csv::{Sourced, engagements::EngagementRow};

const FILE: &str = crate::import::csv::engagements::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    rows: Vec<past_engagement::Model>,
}

/// Compares the file with the database; refuses a reference that belongs to somebody else.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<EngagementRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let references = rows.iter().map(|row| row.record.reference.as_str());
    let existing: HashMap<String, past_engagement::Model> =
        fetch::<past_engagement::Entity>(tx, past_engagement::Column::Reference, references)
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
            let expected = "expected a reference of its own; this one belongs to another peer's engagement".to_owned();
            planning.refuse(FILE, *line, "reference", expected);
            continue;
        }
        let id = old.map_or_else(|| planning.ids.next_id(), |old| old.id);
        let row = past_engagement::Model {
            id,
            peer_id,
            home_council_id: record.home,
            host_council_id: record.host,
            programme_id: record.programme,
            season_id: record
                .season
                .as_ref()
                .and_then(|name| planning.seasons.get(name))
                .copied(),
            role: record.role,
            starts_on: record.starts_on,
            ends_on: record.ends_on,
            reference: Some(record.reference.clone()),
        };
        if settle(old, row, true, &mut plan.rows, &mut plan.counts, |_| {}) {
            planning.touch(peer_id, DecisionCause::Assignment, Some(id));
        }
    }
    Ok(plan)
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<past_engagement::Entity>(tx, self.rows, progress).await
    }
}
