//! Writing `political-control.csv`. The key is the council.
//!
//! Only the latest change is kept, so a file that says an older one is refused rather than turning time back. Control
//! decides which members fit, so the council's challenges are touched. Neighbours: `csv::political_control`,
//! `council::rules`.

use std::collections::HashMap;

use entity::council;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    Planning,
    bulk::{Counts, Progress, fetch, settle, upsert},
};
use crate::{
    council::rules,
    import::csv::{Sourced, political_control::ControlRow},
};

const FILE: &str = crate::import::csv::political_control::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    rows: Vec<council::Model>,
}

/// Compares the file with the database.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<ControlRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let councils: HashMap<Uuid, council::Model> =
        fetch::<council::Entity>(tx, council::Column::Id, rows.iter().map(|row| row.record.council))
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
    let mut plan = Plan {
        counts: Counts::default(),
        rows: Vec::new(),
    };
    for Sourced { line, record } in rows {
        let Some(old) = councils.get(&record.council) else {
            continue;
        };
        let row = council::Model {
            political_control: Some(record.control),
            control_changed_on: Some(record.changed_on),
            ..old.clone()
        };
        let now = planning.now;
        let changed = settle(Some(old), row, true, &mut plan.rows, &mut plan.counts, |row| {
            row.version += 1;
            row.updated_at = now;
        });
        if !changed {
            continue;
        }
        planning.touch_host(record.council, record.council);
        for fault in rules::control(old, record.control, record.changed_on, planning.today) {
            planning.refuse(FILE, *line, "changed_on", fault.message);
        }
    }
    Ok(plan)
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<council::Entity>(tx, self.rows, progress).await
    }
}
