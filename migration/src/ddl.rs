//! Runs DDL that is written once, in PostgreSQL's types, on both engines.
//!
//! On SQLite every table is STRICT, so that a value of a wrong type is refused there too, and the types become what
//! sqlx writes: a UUID is a 16-byte BLOB, dates and instants are ISO text (instants always in UTC, so that the order
//! of the text is the order of time), JSON is text.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs `statements` in order, translated for the engine.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for statement in statements {
        match manager.get_database_backend() {
            DbBackend::Sqlite => connection.execute_unprepared(&for_sqlite(statement)).await?,
            _ => connection.execute_unprepared(statement).await?,
        };
    }
    Ok(())
}

fn for_sqlite(statement: &str) -> String {
    let mut translated = String::with_capacity(statement.len());
    for part in statement.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        translated.push_str(match word {
            "UUID" | "BYTEA" => "BLOB",
            "DATE" | "TIMESTAMPTZ" | "JSONB" => "TEXT",
            "BOOLEAN" | "BIGINT" => "INTEGER",
            "FLOAT8" => "REAL",
            other => other,
        });
        translated.push_str(&part[word.len()..]);
    }
    if translated.starts_with("CREATE TABLE") {
        translated.push_str(" STRICT");
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::for_sqlite;

    #[test]
    fn types_are_translated_as_whole_words_and_tables_are_strict() {
        let statement = "CREATE TABLE x (id UUID NOT NULL, on_date DATE, at TIMESTAMPTZ, UUIDX JSONB, f FLOAT8)";
        let expected = "CREATE TABLE x (id BLOB NOT NULL, on_date TEXT, at TEXT, UUIDX TEXT, f REAL) STRICT";
        assert_eq!(for_sqlite(statement), expected);
        assert_eq!(for_sqlite("DROP TABLE x"), "DROP TABLE x");
    }
}
