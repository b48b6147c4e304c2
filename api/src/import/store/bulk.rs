//! Many rows in few statements.
//!
//! Rows are written as one multi-row `INSERT … ON CONFLICT DO UPDATE` per chunk, so that new and changed rows take
//! the same way; a chunk stays under both engines' limits of bound values. Rows are fetched by key lists in chunks
//! too: no query per row anywhere. Neighbours: `reference::load` and every module of this folder.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable, PrimaryKeyToColumn,
    QueryFilter, Value, sea_query::OnConflict,
};

/// Told how far a long import is. Implemented by the command's progress bar.
pub trait Progress: Send + Sync {
    /// About so many rows are about to be written.
    fn start(&self, rows: usize);
    /// So many more rows are written.
    fn advance(&self, rows: usize);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _: usize) {}
    fn advance(&self, _: usize) {}
}

/// Rows or keys in one statement; with the widest table (20 columns) far below SQLite's 32,766 bound values.
pub const CHUNK: usize = 500;

/// Inserts the rows, or overwrites those whose primary key exists.
///
/// # Errors
/// The database's.
pub async fn upsert<E>(tx: &impl ConnectionTrait, rows: Vec<E::Model>, progress: &dyn Progress) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let names: Vec<&str> = keys.iter().map(sea_orm::IdenStatic::as_str).collect();
    let others: Vec<E::Column> = E::Column::iter()
        .filter(|column| !names.contains(&sea_orm::IdenStatic::as_str(column)))
        .collect();
    let mut conflict = OnConflict::columns(keys);
    if others.is_empty() {
        conflict.do_nothing();
    } else {
        conflict.update_columns(others);
    }
    let mut rows = rows
        .into_iter()
        .map(|row| row.into_active_model().reset_all())
        .peekable();
    while rows.peek().is_some() {
        let chunk: Vec<E::ActiveModel> = rows.by_ref().take(CHUNK).collect();
        let written = chunk.len();
        E::insert_many(chunk)
            .on_conflict(conflict.clone())
            .exec_without_returning(tx)
            .await?;
        progress.advance(written);
    }
    Ok(())
}

/// The rows whose `column` is among `keys`.
///
/// # Errors
/// The database's.
pub async fn fetch<E>(
    tx: &impl ConnectionTrait,
    column: E::Column,
    keys: impl IntoIterator<Item = impl Into<Value>>,
) -> Result<Vec<E::Model>, DbErr>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let keys: Vec<Value> = keys.into_iter().map(Into::into).collect();
    let mut rows = Vec::new();
    for chunk in keys.chunks(CHUNK) {
        rows.extend(E::find().filter(column.is_in(chunk.iter().cloned())).all(tx).await?);
    }
    Ok(rows)
}

/// Deletes the rows whose `column` is among `keys`.
///
/// # Errors
/// The database's.
pub async fn delete<E: EntityTrait>(
    tx: &impl ConnectionTrait,
    column: E::Column,
    keys: impl IntoIterator<Item = impl Into<Value>>,
) -> Result<(), DbErr> {
    let keys: Vec<Value> = keys.into_iter().map(Into::into).collect();
    for chunk in keys.chunks(CHUNK) {
        E::delete_many()
            .filter(column.is_in(chunk.iter().cloned()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// What happened to the rows of one file or table.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Counts {
    /// New ones.
    pub created: usize,
    /// Those that said something else before.
    pub updated: usize,
    /// Those that stood there already.
    pub unchanged: usize,
    /// Those that were there and are no longer.
    pub removed: usize,
}

impl Counts {
    /// Whether anything was written.
    pub fn changed(&self) -> bool {
        self.created + self.updated + self.removed > 0
    }
}

/// Compares the rows as they are with the rows as they should be, by `key`.
///
/// Returns the rows to write, those that are no longer wanted, and the counts (`removed` counts the latter).
pub fn compare<M: PartialEq, K: Ord>(
    existing: Vec<M>,
    wanted: Vec<M>,
    key: impl Fn(&M) -> K,
) -> (Vec<M>, Vec<M>, Counts) {
    let mut stale: BTreeMap<K, M> = existing.into_iter().map(|row| (key(&row), row)).collect();
    let mut counts = Counts::default();
    let mut write = Vec::new();
    for row in wanted {
        match stale.remove(&key(&row)) {
            Some(old) if old == row => counts.unchanged += 1,
            Some(_) => {
                counts.updated += 1;
                write.push(row);
            }
            None => {
                counts.created += 1;
                write.push(row);
            }
        }
    }
    counts.removed = stale.len();
    (write, stale.into_values().collect(), counts)
}

/// Counts one row and keeps it for writing where it differs from the `old` one; `bump` marks the change.
///
/// `parts_same` says whether what belongs to the row in other tables is as it was. Returns whether it is to be written.
pub fn settle<M: PartialEq>(
    old: Option<&M>,
    mut new: M,
    parts_same: bool,
    write: &mut Vec<M>,
    counts: &mut Counts,
    bump: impl FnOnce(&mut M),
) -> bool {
    match old {
        Some(old) if parts_same && *old == new => {
            counts.unchanged += 1;
            return false;
        }
        Some(_) => {
            counts.updated += 1;
            bump(&mut new);
        }
        None => counts.created += 1,
    }
    write.push(new);
    true
}
