//! Reads the feed so that nothing is passed over.
//!
//! SQLite has one writer at a time: positions are in the order of commits, and everything after the last position read
//! is new. PostgreSQL hands positions out before the commit, so a row may become visible *below* the last one read. It is
//! therefore read in the order of (transaction, position), and only rows of transactions below the oldest one that is
//! still running: those have all ended, so no row can ever appear among them again. What is above stays **withheld**
//! until that transaction ends. The price: one long writing transaction anywhere on the server (an import, another
//! database's index) holds the feed back for as long as it runs; nothing is lost by it. Readers (`pg_dump`) do not.
//!
//! Transaction ids belong to a server. Rows that a restored backup brought along may carry ids that this server will
//! only hand out in years; [`end`] removes them, otherwise they would be told then.
//!
//! A database may be put in the place of another one while we run: a restored backup, a standby that lagged behind the
//! server that it replaces. [`is_behind`] finds out, because the last event that was told is not in its record (events are
//! never deleted), or because its transactions have not come as far.

use chrono::{DateTime, Utc};
use entity::{audit_event, change_feed};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    Statement, Value,
};
use uuid::Uuid;

use super::Change;
use crate::db::{Database, Engine};

/// Rows that one read takes.
pub(super) const BATCH: usize = 500;

/// Up to where the feed has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    transaction: i64,
    position: i64,
    /// The last audit event before it, if there was any.
    event: Option<Uuid>,
}

/// What one read found.
#[derive(Debug)]
pub(super) struct Batch {
    /// Changes to pass on, in order.
    pub(super) changes: Vec<Change>,
    /// Where the next read begins.
    pub(super) cursor: Cursor,
    /// Whether there may be more to read at once.
    pub(super) more: bool,
    /// Whether there are committed changes that wait for a running transaction.
    pub(super) withheld: bool,
}

#[derive(FromQueryResult)]
struct Row {
    transaction_id: i64,
    settled: bool,
    #[sea_orm(nested)]
    change: Change,
}

/// Where the feed ends now.
pub(super) async fn end(database: &Database) -> Result<Cursor, DbErr> {
    let (transaction, position) = match database.engine() {
        Engine::Sqlite => {
            let sql = "SELECT coalesce(max(position), 0) AS position FROM change_feed";
            (0, number(database, sql, "position").await?)
        }
        Engine::Postgres => {
            let foreign =
                "DELETE FROM change_feed WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
            database.writer().execute_unprepared(foreign).await?;
            let sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS transaction_id";
            (number(database, sql, "transaction_id").await?, 0)
        }
    };
    let last = change_feed::Entity::find()
        .order_by_desc(change_feed::Column::TransactionId)
        .order_by_desc(change_feed::Column::Position)
        .one(database.reader())
        .await?;
    Ok(Cursor {
        transaction,
        position,
        event: last.map(|row| row.audit_event_id),
    })
}

/// Whether the database has never been where `cursor` is: it is another one than the cursor was made from.
pub(super) async fn is_behind(database: &Database, cursor: Cursor) -> Result<bool, DbErr> {
    if let Some(event) = cursor.event
        && audit_event::Entity::find_by_id(event).count(database.reader()).await? == 0
    {
        return Ok(true);
    }
    match database.engine() {
        Engine::Sqlite => Ok(false),
        Engine::Postgres => {
            let sql = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next";
            Ok(number(database, sql, "next").await? < cursor.transaction)
        }
    }
}

async fn number(database: &Database, sql: &str, column: &str) -> Result<i64, DbErr> {
    let reader = database.reader();
    let statement = Statement::from_string(reader.get_database_backend(), sql);
    let row = reader.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::RecordNotFound(column.to_owned()))?
        .try_get("", column)
}

/// The next changes after `cursor`.
pub(super) async fn after(database: &Database, cursor: Cursor) -> Result<Batch, DbErr> {
    // The snapshot that decides what is visible is also the one whose oldest running transaction is asked for.
    let (settled, horizon) = match database.engine() {
        Engine::Sqlite => ("1", ""),
        Engine::Postgres => (
            "f.transaction_id < horizon.oldest",
            "CROSS JOIN (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest) AS horizon",
        ),
    };
    let sql = format!(
        "SELECT f.transaction_id, f.position, f.audit_event_id AS audit_event, f.at, e.action, e.entity_kind,
             e.entity_id AS entity, e.challenge_id AS challenge, e.council_id AS council, e.peer_id AS peer,
             {settled} AS settled
         FROM change_feed AS f JOIN audit_event AS e ON e.id = f.audit_event_id {horizon}
         WHERE (f.transaction_id, f.position) > ($1, $2)
         ORDER BY f.transaction_id, f.position LIMIT {BATCH}"
    );
    let reader = database.reader();
    let values: [Value; 2] = [cursor.transaction.into(), cursor.position.into()];
    let statement = Statement::from_sql_and_values(reader.get_database_backend(), sql, values);
    let rows = Row::find_by_statement(statement).all(reader).await?;
    let found = rows.len();
    let mut batch = Batch {
        changes: Vec::with_capacity(found),
        cursor,
        more: found == BATCH,
        withheld: false,
    };
    // The settled ones come first, because they are the ones of lower transactions.
    for row in rows {
        if !row.settled {
            batch.withheld = true;
            batch.more = false;
            break;
        }
        batch.cursor = Cursor {
            transaction: row.transaction_id,
            position: row.change.position,
            event: Some(row.change.audit_event),
        };
        batch.changes.push(row.change);
    }
    Ok(batch)
}

/// Deletes rows of changes that happened before `before`. Gives their number.
///
/// # Errors
/// The database's.
pub async fn prune(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let old = change_feed::Entity::delete_many().filter(change_feed::Column::At.lt(before));
    Ok(old.exec(db).await?.rows_affected)
}
