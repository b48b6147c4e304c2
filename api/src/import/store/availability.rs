//! Writing `availability.csv`: the file is the whole list for every peer that it names, from today on.
//!
//! Days before today stay as they were said. Windows that overlap or touch become one, as when somebody offers days
//! through the API (`peer::rules::merged`), so that an enquiry for days across the seam finds the person. A window has
//! no key, so one that moved counts as removed and created. Neighbours: `csv::availability`.

use std::collections::BTreeMap;

use entity::{availability_window, enums::DecisionCause};
use matching::Span;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, delete, fetch, upsert},
};
use crate::{
    import::csv::{Sourced, availability::AvailabilityRow},
    peer::rules::merged,
};

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    gone: Vec<Uuid>,
    rows: Vec<availability_window::Model>,
}

/// Compares the file with the database.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<AvailabilityRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let mut plan = Plan {
        counts: Counts::default(),
        gone: Vec::new(),
        rows: Vec::new(),
    };
    // Ordered by key, so that the keys and the run are the same every time.
    let mut wanted: BTreeMap<Uuid, Vec<Span>> = BTreeMap::new();
    for Sourced { record, .. } in rows {
        if let Some(peer_id) = planning.peers.get(&record.peer) {
            wanted.entry(*peer_id).or_default().push(Span {
                from: record.starts_on,
                until: record.ends_on,
            });
        }
    }
    let mut stored: BTreeMap<Uuid, Vec<availability_window::Model>> = BTreeMap::new();
    let peers = wanted.keys().copied();
    for row in fetch::<availability_window::Entity>(tx, availability_window::Column::PeerId, peers).await? {
        stored.entry(row.peer_id).or_default().push(row);
    }
    let yesterday = planning.today.pred_opt().unwrap_or(planning.today);
    for (peer_id, mut days) in wanted {
        let rows = stored.remove(&peer_id).unwrap_or_default();
        days.extend(
            rows.iter()
                .filter_map(|row| Span::new(row.starts_on, row.ends_on.min(yesterday))),
        );
        let mut days = merged(days);
        let before = plan.counts;
        for row in rows {
            let span = Span {
                from: row.starts_on,
                until: row.ends_on,
            };
            // Taken out once, so that a second row with the same days goes.
            if let Ok(place) = days.binary_search(&span) {
                days.remove(place);
                plan.counts.unchanged += 1;
            } else {
                plan.counts.removed += 1;
                plan.gone.push(row.id);
            }
        }
        plan.counts.created += days.len();
        plan.rows
            .extend(days.into_iter().map(|span| availability_window::Model {
                id: planning.ids.next_id(),
                peer_id,
                starts_on: span.from,
                ends_on: span.until,
                created_at: planning.now,
            }));
        if (before.created, before.removed) != (plan.counts.created, plan.counts.removed) {
            planning.touch(peer_id, DecisionCause::Availability, None);
        }
    }
    Ok(plan)
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        delete::<availability_window::Entity>(tx, availability_window::Column::Id, self.gone).await?;
        upsert::<availability_window::Entity>(tx, self.rows, progress).await
    }
}
