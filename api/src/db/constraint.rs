//! Tells apart the ways in which the database refuses: a broken rule by its name, or mere bad luck.
//!
//! Services turn a broken rule into a typed answer ("this peer is already away on these days"). Its name is the same on
//! both engines; `entity::constraint` lists the names and reads them.
//!
//! Invariant: the text of a database error stays in the log; only the name travels on.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

pub use entity::constraint::violated;

/// Whether the database gave up a transaction only because of others, so that repeating it as a whole is safe:
/// PostgreSQL's deadlock (40P01) and serialisation failure (40001).
pub fn is_transient(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    let SqlxError::Database(error) = error.as_ref() else {
        return false;
    };
    error
        .code()
        .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}
