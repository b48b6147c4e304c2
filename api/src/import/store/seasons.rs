//! Writing `seasons.csv`. The key is the name; no day belongs to two seasons. Neighbours: `csv::seasons`.

use chrono::NaiveDate;
use entity::season;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use super::{
    Planning,
    bulk::{Counts, Progress, settle, upsert},
};
use crate::import::csv::{Sourced, seasons::SeasonRow};

const FILE: &str = crate::import::csv::seasons::FILE.name;

/// What is to be written.
pub struct Plan {
    /// What will happen to the rows.
    pub counts: Counts,
    rows: Vec<season::Model>,
}

/// Compares the file with the database.
pub async fn plan(
    tx: &impl ConnectionTrait,
    rows: &[Sourced<SeasonRow>],
    planning: &mut Planning<'_>,
) -> Result<Plan, DbErr> {
    let existing = season::Entity::find().all(tx).await?;
    let mut plan = Plan {
        counts: Counts::default(),
        rows: Vec::new(),
    };
    // How it will be: the file's seasons in the place of those of the same names.
    let mut days: Vec<(&str, NaiveDate, NaiveDate)> = existing
        .iter()
        .filter(|row| !rows.iter().any(|Sourced { record, .. }| record.name == row.name))
        .map(|row| (row.name.as_str(), row.starts_on, row.ends_on))
        .collect();
    planning.seasons = existing.iter().map(|row| (row.name.clone(), row.id)).collect();
    for Sourced { line, record } in rows {
        let clash = days
            .iter()
            .find(|(_, from, until)| *from <= record.ends_on && *until >= record.starts_on);
        if let Some((other, from, until)) = clash {
            let expected = format!("expected days of its own; season {other} has {from} to {until}");
            planning.refuse(FILE, *line, "starts_on", expected);
        }
        days.push((&record.name, record.starts_on, record.ends_on));
        let old = existing.iter().find(|row| row.name == record.name);
        let row = season::Model {
            id: old.map_or_else(|| planning.ids.next_id(), |old| old.id),
            name: record.name.clone(),
            starts_on: record.starts_on,
            ends_on: record.ends_on,
            version: old.map_or(1, |old| old.version),
            created_at: old.map_or(planning.now, |old| old.created_at),
            updated_at: old.map_or(planning.now, |old| old.updated_at),
        };
        planning.seasons.insert(row.name.clone(), row.id);
        settle(old, row, true, &mut plan.rows, &mut plan.counts, |row| {
            row.version += 1;
            row.updated_at = planning.now;
        });
    }
    Ok(plan)
}

impl Plan {
    /// Writes it.
    pub async fn write(self, tx: &impl ConnectionTrait, progress: &dyn Progress) -> Result<(), DbErr> {
        upsert::<season::Entity>(tx, self.rows, progress).await
    }
}
