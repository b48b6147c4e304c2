//! A statement that takes too long is stopped and told alike on both engines, and what it ran on serves the next one.

use std::time::{Duration, Instant};

use peer_challenge::{
    db::{DatabaseOptions, Engine, Trouble, trouble},
    graphql::errors::ApiError,
};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use support::{TestDb, on_both};

/// Counts for longer than anybody waits.
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
    SELECT count(*) AS i FROM n";

async fn ask(db: &impl ConnectionTrait, sql: &str) -> Result<(), DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.map(drop)
}

on_both!(
    async fn a_slow_statement_is_stopped_and_the_next_one_is_served(db: &TestDb) {
        let limit = Duration::from_millis(300);
        let hasty = TestDb::at(DatabaseOptions {
            statement_timeout: Some(limit),
            sqlite_readers: 1,
            postgres_connections: 2,
            ..DatabaseOptions::new(db.url())
        })
        .await?;
        let database = hasty.database();
        for _ in 0..2 {
            let start = Instant::now();
            let error = ask(database.reader(), ENDLESS).await.unwrap_err();
            assert_eq!(trouble(&error), Some(Trouble::Slow), "{error}");
            let told = async_graphql::Error::from(ApiError::from(error)).extensions.unwrap();
            assert_eq!(told.get("code"), Some(&"REQUEST_TIMEOUT".into()));
            assert!(start.elapsed() >= limit && start.elapsed() < Duration::from_secs(10));
            ask(database.reader(), "SELECT 1").await?;
        }
        let tx = database.begin().await?;
        assert!(ask(&tx, ENDLESS).await.is_err());
        let _ = tx.rollback().await;
        let tx = database.begin().await?;
        if database.engine() == Engine::Sqlite {
            // The write itself is stopped, and its transaction ends with it.
            let write = "CREATE TABLE counted AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                WHERE i < 1000000000) SELECT max(i) AS i FROM n";
            assert!(tx.execute_unprepared(write).await.is_err());
        }
        let _ = tx.rollback().await;
        let tx = database.begin().await?;
        ask(&tx, "SELECT 1").await?;
        tx.commit().await?;
        Ok(())
    }
);
