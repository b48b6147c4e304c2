//! A statement that is put together from texts and values, for both engines.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use crate::graphql::errors::Result;

/// A statement being written. Values become numbered places, which both engines read.
#[derive(Clone, Debug)]
pub struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// An empty one for the engine of `connection`.
    pub fn new(connection: &impl ConnectionTrait) -> Self {
        Self {
            backend: connection.get_database_backend(),
            text: String::new(),
            values: Vec::new(),
        }
    }

    /// Adds text: never anything that a client wrote.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub fn value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds a day. SQLite keeps days as texts and compares them so.
    pub fn day(&mut self, day: NaiveDate) -> &mut Self {
        self.value(day)
    }

    /// Adds `(v1, v2, …)`.
    pub fn list(&mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> &mut Self {
        self.text("(");
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.value(value);
        }
        self.text(")")
    }

    /// Adds the whole days from one expression to another.
    pub fn days(&mut self, from: &str, to: &str) -> &mut Self {
        let text = match self.backend {
            DbBackend::Sqlite => format!("CAST(julianday({to}) - julianday({from}) AS INTEGER)"),
            _ => format!("({to} - {from})"),
        };
        self.text(&text)
    }

    /// The rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn all<T: FromQueryResult>(self, connection: &impl ConnectionTrait) -> Result<Vec<T>> {
        let statement = Statement::from_sql_and_values(self.backend, self.text, self.values);
        Ok(T::find_by_statement(statement).all(connection).await?)
    }
}
