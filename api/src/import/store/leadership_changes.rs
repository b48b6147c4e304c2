//! Writing `leadership-changes.csv`. Council, post and day together are the key: rows are added, never changed.
//!
//! A change that the file no longer says stays; one recorded by mistake is taken back in the service.
//! Neighbours: `csv::leadership_changes`, `council::rules`.

use std::collections::{HashMap, HashSet};

use entity::{council, leadership_change};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, fetch, upsert},
};
use crate::{
    council::rules,
    import::csv::{Sourced, leadership_changes::ChangeRow},
};

const FILE: &str = crate::import::csv::leadership_changes::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    rows: Vec<leadership_change::Model>,
}

/// Compares the file with the database.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<ChangeRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let keys: HashSet<Uuid> = rows.iter().map(|row| row.record.council).collect();
    let councils: HashMap<Uuid, council::Model> =
        fetch::<council::Entity>(tx, council::Column::Id, keys.iter().copied())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
    let known: HashSet<_> = fetch::<leadership_change::Entity>(tx, leadership_change::Column::CouncilId, keys)
        .await?
        .into_iter()
        .map(|row| (row.council_id, row.post.as_str(), row.changed_on))
        .collect();
    let mut plan = Plan {
        counts: Counts::default(),
        rows: Vec::new(),
    };
    for Sourced { line, record } in rows {
        if known.contains(&(record.council, record.post.as_str(), record.changed_on)) {
            plan.counts.unchanged += 1;
            continue;
        }
        let fault = councils
            .get(&record.council)
            .and_then(|council| rules::changed_on("changed_on", council, record.changed_on, planning.today));
        if let Some(fault) = fault {
            planning.refuse(FILE, *line, "changed_on", fault.message);
        }
        plan.counts.created += 1;
        plan.rows.push(leadership_change::Model {
            council_id: record.council,
            post: record.post,
            changed_on: record.changed_on,
            recorded_at: planning.now,
        });
    }
    Ok(plan)
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<leadership_change::Entity>(tx, self.rows, progress).await
    }
}
