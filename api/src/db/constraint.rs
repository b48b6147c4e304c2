//! Names the rule of the database that a statement broke.
//!
//! Services turn a broken constraint into a typed answer ("this peer is already away on these days"), so they need
//! its *name*, the same on both engines. PostgreSQL reports the constraint's or index's name. SQLite reports a name
//! for CHECK constraints and for index expressions, our triggers raise the name themselves, but for a plain unique
//! index it lists the columns: `SQLITE_UNIQUE` is the one table that maps those back.
//!
//! Invariant: the text of a database error stays in the log; only the name travels on.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// Unique indexes as SQLite describes them (`table.column, …` in index order) and their names.
///
/// Only the rules that a service answers for need an entry; any other violation is reported by its columns.
const SQLITE_UNIQUE: &[(&str, &str)] = &[];

/// The constraint, index or trigger that refused a statement, or `None` when the error is something else.
///
/// SQLite's unique indexes without an entry in the table come back as their column list, foreign keys on SQLite
/// (which names none) as `"foreign_key"`.
pub fn violated(error: &DbErr) -> Option<String> {
    let database = database_error(error)?;
    if let Some(name) = database.constraint() {
        return Some(name.to_owned());
    }
    let message = database.message();
    for prefix in [
        "UNIQUE constraint failed: ",
        "CHECK constraint failed: ",
        "NOT NULL constraint failed: ",
    ] {
        if let Some(rest) = message.strip_prefix(prefix) {
            let rest = rest.strip_prefix("index ").unwrap_or(rest).trim_matches('\'');
            let known = SQLITE_UNIQUE.iter().find(|(columns, _)| *columns == rest);
            return Some(known.map_or(rest, |(_, name)| name).to_owned());
        }
    }
    if message == "FOREIGN KEY constraint failed" {
        return Some("foreign_key".to_owned());
    }
    // SQLITE_CONSTRAINT_TRIGGER: RAISE(ABORT, 'name') arrives as the bare text.
    (database.code().as_deref() == Some("1811")).then(|| leading_name(message).to_owned())
}

/// Whether the database gave up a transaction only because of others, so that repeating it as a whole is safe:
/// PostgreSQL's deadlock (40P01) and serialisation failure (40001).
pub fn is_transient(error: &DbErr) -> bool {
    database_error(error)
        .and_then(sea_orm::sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}

fn database_error(error: &DbErr) -> Option<&dyn sea_orm::sqlx::error::DatabaseError> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => match error.as_ref() {
            SqlxError::Database(error) => Some(error.as_ref()),
            _ => None,
        },
        _ => None,
    }
}

/// A trigger's message may go on after its name ("ex_assignment_peer_days: …").
fn leading_name(message: &str) -> &str {
    message.split([':', ' ']).next().unwrap_or(message)
}
