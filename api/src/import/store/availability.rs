//! Writing `availability.csv`: the file is the whole list for every peer that it names.
//!
//! Windows that are not in the file are removed, unless they are over: the past stays as it was said. A window has
//! no key, so one that moved counts as removed and created. Neighbours: `csv::availability`.

use std::collections::{BTreeSet, HashSet};

use entity::availability_window;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, delete, fetch, upsert},
};
use crate::import::csv::{Sourced, availability::AvailabilityRow};

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
    let mut wanted = HashSet::with_capacity(rows.len());
    for Sourced { record, .. } in rows {
        if let Some(peer_id) = planning.peers.get(&record.peer) {
            wanted.insert((*peer_id, record.starts_on, record.ends_on));
        }
    }
    let peers: BTreeSet<Uuid> = wanted.iter().map(|(peer, ..)| *peer).collect();
    for row in fetch::<availability_window::Entity>(tx, availability_window::Column::PeerId, peers).await? {
        if wanted.remove(&(row.peer_id, row.starts_on, row.ends_on)) {
            plan.counts.unchanged += 1;
        } else if row.ends_on >= planning.today {
            plan.counts.removed += 1;
            plan.gone.push(row.id);
            planning.touched.insert(row.peer_id);
        }
    }
    // In the file's order, so that the keys and the run are the same every time.
    for Sourced { record, .. } in rows {
        let Some(peer_id) = planning.peers.get(&record.peer).copied() else {
            continue;
        };
        if wanted.remove(&(peer_id, record.starts_on, record.ends_on)) {
            plan.counts.created += 1;
            planning.touched.insert(peer_id);
            plan.rows.push(availability_window::Model {
                id: planning.ids.next_id(),
                peer_id,
                starts_on: record.starts_on,
                ends_on: record.ends_on,
                created_at: planning.now,
            });
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
