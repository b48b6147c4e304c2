//! Tells trouble with the database from faults of ours: what a client may simply try again later.
//!
//! The one place where errors of drivers, pools and servers are judged so; `graphql::errors` makes `SERVICE_UNAVAILABLE` and
//! `REQUEST_TIMEOUT` of it. Everything that is not listed here counts as a fault.
//!
//! Sources: appendix A of PostgreSQL's manual (SQLSTATE), SQLite's "Result and Error Codes".

use sea_orm::{DbErr, RuntimeErr, SqlxError, SqlxPostgresError, SqlxSqliteError};

/// Why the database did not do what it was asked, though the request was fine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// It cannot be reached, is starting or stopping, or cannot write at present.
    Away,
    /// Others hold what is needed: a connection, a lock; or it broke a deadlock.
    Busy,
    /// The statement took longer than a statement may.
    Slow,
}

impl Trouble {
    /// Its name in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Slow => "slow",
        }
    }
}

/// The trouble behind `error`; `None` when it is none.
pub fn trouble(error: &DbErr) -> Option<Trouble> {
    match error {
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout) => Some(Trouble::Busy),
        DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::Internal(_)) => Some(Trouble::Away),
        // Whatever else keeps a connection from being made, the next attempt may succeed.
        DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(of_driver(error).unwrap_or(Trouble::Away)),
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => of_driver(error),
        _ => None,
    }
}

fn of_driver(error: &SqlxError) -> Option<Trouble> {
    match error {
        SqlxError::PoolTimedOut => Some(Trouble::Busy),
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed
        | SqlxError::BeginFailed
        // A server that stops in the middle of a message.
        | SqlxError::Protocol(_) => Some(Trouble::Away),
        SqlxError::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<SqlxPostgresError>() {
                of_postgres(error.code())
            } else {
                let sqlite = error.try_downcast_ref::<SqlxSqliteError>()?;
                let code = sea_orm::sqlx::error::DatabaseError::code(sqlite)?;
                of_sqlite(code.parse().ok()?)
            }
        }
        _ => None,
    }
}

fn of_postgres(state: &str) -> Option<Trouble> {
    match state {
        // Serialisation failure, deadlock, lock not available (also `lock_timeout`), too many connections.
        "40001" | "40P01" | "55P03" | "53300" => Some(Trouble::Busy),
        // Cancelled by `statement_timeout`.
        "57014" => Some(Trouble::Slow),
        // A standby since a failover.
        "25006" => Some(Trouble::Away),
        // Connection exceptions, insufficient resources, operator intervention (shutdown, start, a killed server
        // process), errors of the system (disk).
        _ if ["08", "53", "57P", "58"].iter().any(|class| state.starts_with(class)) => Some(Trouble::Away),
        _ => None,
    }
}

/// By the primary code in the lower eight bits.
fn of_sqlite(extended: i32) -> Option<Trouble> {
    match extended & 0xff {
        // BUSY, LOCKED: another process or connection holds the lock; PROTOCOL: a race for it that was lost too often.
        5 | 6 | 15 => Some(Trouble::Busy),
        // READONLY, IOERR, FULL, CANTOPEN.
        8 | 10 | 13 | 14 => Some(Trouble::Away),
        // INTERRUPT: stopped by the time limit (`limit`); nothing else interrupts.
        9 => Some(Trouble::Slow),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use super::*;

    #[test]
    fn states_of_postgresql_are_told_apart() {
        for (state, expected) in [
            ("08006", Some(Trouble::Away)),
            ("57P01", Some(Trouble::Away)),
            ("57P03", Some(Trouble::Away)),
            ("53100", Some(Trouble::Away)),
            ("25006", Some(Trouble::Away)),
            ("53300", Some(Trouble::Busy)),
            ("40P01", Some(Trouble::Busy)),
            ("55P03", Some(Trouble::Busy)),
            ("57014", Some(Trouble::Slow)),
            ("23505", None),
            ("42P01", None),
            ("22P02", None),
        ] {
            assert_eq!(of_postgres(state), expected, "{state}");
        }
    }

    #[test]
    fn extended_codes_of_sqlite_count_as_their_primary_ones() {
        for (code, expected) in [
            (5, Some(Trouble::Busy)),
            (517, Some(Trouble::Busy)),
            (6, Some(Trouble::Busy)),
            (13, Some(Trouble::Away)),
            (778, Some(Trouble::Away)),
            (9, Some(Trouble::Slow)),
            (1, None),
            (19, None),
            (2067, None),
        ] {
            assert_eq!(of_sqlite(code), expected, "{code}");
        }
    }

    #[test]
    fn a_lost_connection_is_trouble_wherever_it_shows() {
        let lost = || RuntimeErr::SqlxError(Arc::new(SqlxError::Io(io::ErrorKind::ConnectionReset.into())));
        for error in [DbErr::Conn(lost()), DbErr::Exec(lost()), DbErr::Query(lost())] {
            assert_eq!(trouble(&error), Some(Trouble::Away), "{error}");
        }
        let acquire = |error| trouble(&DbErr::ConnectionAcquire(error));
        assert_eq!(acquire(sea_orm::ConnAcquireErr::Timeout), Some(Trouble::Busy));
        assert_eq!(acquire(sea_orm::ConnAcquireErr::ConnectionClosed), Some(Trouble::Away));
        for fault in [
            DbErr::RecordNotInserted,
            DbErr::Custom("x".to_owned()),
            DbErr::Query(RuntimeErr::SqlxError(Arc::new(SqlxError::RowNotFound))),
        ] {
            assert_eq!(trouble(&fault), None, "{fault}");
        }
    }
}
