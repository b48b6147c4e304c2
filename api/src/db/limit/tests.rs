//! Statements that take too long, on readers, on the writer, and in transactions.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tempfile::TempDir;

use crate::db::{Database, DatabaseOptions, Trouble, trouble};

const LIMIT: Duration = Duration::from_millis(400);

/// Counts for so long that nobody would wait for the end.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT max(i) AS i FROM n";

/// Takes some hundred milliseconds, in steps that are looked at.
fn counting(to: u32) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT max(i) AS i FROM n")
}

async fn database(limit: Option<Duration>) -> (TempDir, Database) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    let options = DatabaseOptions {
        statement_timeout: limit,
        sqlite_readers: 2,
        ..DatabaseOptions::new(url)
    };
    let db = Database::connect(&options).await.unwrap();
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)";
    db.writer().execute_unprepared(table).await.unwrap();
    (dir, db)
}

async fn number(db: &impl ConnectionTrait, sql: &str) -> Result<i64, DbErr> {
    let row = db.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    row.ok_or(DbErr::RecordNotInserted)?.try_get_by_index(0)
}

/// Asserts that it is stopped, in about the time that it had.
async fn stopped(db: &impl ConnectionTrait, sql: &str) {
    let start = Instant::now();
    let error = number(db, sql).await.unwrap_err();
    assert_eq!(trouble(&error), Some(Trouble::Slow), "{error}");
    let took = start.elapsed();
    assert!(took >= LIMIT && took < LIMIT * 25, "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_too_long_is_stopped_and_usable_afterwards() {
    let (_dir, db) = database(Some(LIMIT)).await;
    for _ in 0..3 {
        tokio::join!(stopped(db.reader(), ENDLESS), stopped(db.reader(), ENDLESS));
        for _ in 0..4 {
            assert_eq!(number(db.reader(), "SELECT 7").await.unwrap(), 7);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_use_of_a_reader_has_its_whole_time() {
    let (_dir, db) = database(Some(LIMIT)).await;
    // Long enough to be timed, short enough to be fine; together far beyond the limit.
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < LIMIT * 5 {
        let (a, b) = (counting(20_000), counting(20_000));
        let (first, second) = tokio::join!(number(db.reader(), &a), number(db.reader(), &b));
        assert_eq!((first.unwrap(), second.unwrap()), (20_000, 20_000));
        rounds += 1;
    }
    assert!(rounds > 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_whose_user_left_is_clean_for_the_next_one() {
    let (_dir, db) = database(Some(LIMIT)).await;
    for _ in 0..4 {
        let left = tokio::time::timeout(LIMIT / 4, number(db.reader(), ENDLESS)).await;
        assert!(left.is_err());
    }
    for _ in 0..4 {
        assert_eq!(number(db.reader(), &counting(20_000)).await.unwrap(), 20_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_may_take_long_but_none_of_its_statements() {
    let (_dir, db) = database(Some(LIMIT)).await;
    let tx = db.begin().await.unwrap();
    let start = Instant::now();
    let mut rows = 0;
    while start.elapsed() < LIMIT * 4 {
        number(&tx, &counting(20_000)).await.unwrap();
        tx.execute_unprepared("INSERT INTO t (n) VALUES (1)").await.unwrap();
        rows += 1;
    }
    // Idling is no work either.
    tokio::time::sleep(LIMIT * 2).await;
    number(&tx, &counting(20_000)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(number(db.reader(), "SELECT count(*) FROM t").await.unwrap(), rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_stopped_undoes_its_transaction_and_leaves_a_writer() {
    let (_dir, db) = database(Some(LIMIT)).await;
    for endless in [ENDLESS.to_owned(), format!("INSERT INTO t (n) {ENDLESS}")] {
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("INSERT INTO t (n) VALUES (1)").await.unwrap();
        let error = tx.execute_unprepared(&endless).await.unwrap_err();
        assert_eq!(trouble(&error), Some(Trouble::Slow), "{error}");
        // SQLite may have rolled back already, and then says so.
        let _ = tx.rollback().await;
        assert_eq!(number(db.reader(), "SELECT count(*) FROM t").await.unwrap(), 0);
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("INSERT INTO t (n) VALUES (1)").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(number(db.reader(), "SELECT count(*) FROM t").await.unwrap(), 1);
        db.writer().execute_unprepared("DELETE FROM t").await.unwrap();
    }
    stopped(db.writer(), ENDLESS).await;
    assert_eq!(number(db.writer(), "SELECT 7").await.unwrap(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_limit_and_where_it_is_lifted_statements_take_their_time() {
    let long = counting(500_000);
    let (_dir, db) = database(None).await;
    assert_eq!(number(db.reader(), &long).await.unwrap(), 500_000);
    assert_eq!(number(db.writer(), &long).await.unwrap(), 500_000);
    let (_dir, db) = database(Some(Duration::from_millis(20))).await;
    let tx = db.begin_raw().await.unwrap();
    db.lift_limit();
    assert_eq!(number(&tx, &long).await.unwrap(), 500_000);
    tx.rollback().await.unwrap();
    assert_eq!(
        trouble(&number(db.writer(), &long).await.unwrap_err()),
        Some(Trouble::Slow)
    );
}
