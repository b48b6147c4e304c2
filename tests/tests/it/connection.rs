//! The handle on the database, on both engines: migrating replicas, foreign versions, transactions that collide,
//! readiness, and addresses that lead nowhere.

use migration::Migrator;
use peer_challenge::{
    db::{ConnectError, Database, DatabaseOptions, Engine, migrate},
    http::{DatabaseProbe, NotReady, Probe},
};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use support::{
    TestDb,
    cluster::{Server, say_skipped},
    on_both,
};

on_both!(empty
    async fn replicas_that_start_together_migrate_once(db: &TestDb) {
        let mut replicas = Vec::new();
        for _ in 0..4 {
            let database = db.another().await?;
            replicas.push(tokio::spawn(async move { migrate::up::<Migrator>(&database, None).await }));
        }
        let mut applied = Vec::new();
        for replica in replicas {
            applied.extend(replica.await??);
        }
        // Each step once, whoever did it.
        assert_eq!(applied, migration::names());
        migrate::require_current::<Migrator>(db.database().reader()).await?;
        Ok(())
    }
);

on_both!(
    async fn a_newer_database_is_refused_before_anything_is_touched(db: &TestDb) {
        let probe = DatabaseProbe::<Migrator>::new(db.database().clone());
        assert_eq!(probe.probe().await, Ok(()));
        db.conn()
            .execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_tomorrow', 0)")
            .await?;
        for refused in [
            migrate::up::<Migrator>(db.database(), None).await.map(drop),
            migrate::down::<Migrator>(db.database(), Some(1)).await.map(drop),
            migrate::status::<Migrator>(db.database().reader()).await.map(drop),
        ] {
            let error = refused.unwrap_err();
            assert!(
                matches!(&error, migrate::MigrateError::NewerDatabase { unknown } if unknown == &["m9999_tomorrow"])
            );
            assert!(error.to_string().contains("newer version"), "{error}");
        }
        assert_eq!(probe.probe().await, Err(NotReady::DatabaseNewer));
        Ok(())
    }
);

on_both!(
    async fn readiness_notices_missing_steps_and_a_lost_database(db: &TestDb) {
        let probe = DatabaseProbe::<Migrator>::new(db.database().clone());
        migrate::down::<Migrator>(db.database(), Some(1)).await?;
        assert_eq!(probe.probe().await, Err(NotReady::MigrationsPending));
        migrate::up::<Migrator>(db.database(), None).await?;
        assert_eq!(probe.probe().await, Ok(()));
        db.database().clone().close().await?;
        assert_eq!(probe.probe().await, Err(NotReady::DatabaseUnreachable));
        Ok(())
    }
);

on_both!(empty
    async fn transactions_that_cross_both_succeed(db: &TestDb) {
        // Two rows, locked by two tasks in opposite order: PostgreSQL breaks the deadlock, the loser runs again.
        db.conn().execute_unprepared("CREATE TABLE row (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)").await?;
        db.conn().execute_unprepared("INSERT INTO row VALUES (1, 0), (2, 0)").await?;
        if db.engine() == Engine::Postgres {
            // The server looks for deadlocks only after a second; sooner here. It needs a superuser and is no condition.
            let sooner = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 50', current_database()); END $$";
            if let Err(error) = db.conn().execute_unprepared(sooner).await {
                eprintln!("deadlocks are looked for slowly: {error}");
            }
        }
        let database = db.another().await?;
        let cross = async |first: i32, second: i32| {
            for _ in 0..3 {
                database
                    .write(|tx| async move {
                        for id in [first, second] {
                            tx.execute_unprepared(&format!("UPDATE row SET n = n + 1 WHERE id = {id}")).await?;
                            tokio::task::yield_now().await;
                        }
                        Ok::<_, DbErr>(())
                    })
                    .await?;
            }
            Ok::<_, DbErr>(())
        };
        let (one, two) = tokio::join!(cross(1, 2), cross(2, 1));
        one?;
        two?;
        let sum = Statement::from_string(db.conn().get_database_backend(), "SELECT CAST(sum(n) AS INTEGER) AS n FROM row");
        let sum: i32 = db.conn().query_one_raw(sum).await?.unwrap().try_get("", "n")?;
        assert_eq!(sum, 12);
        Ok(())
    }
);

#[tokio::test]
async fn a_missing_postgres_database_is_named() -> anyhow::Result<()> {
    let Some(server) = Server::get().await? else {
        say_skipped("a_missing_postgres_database_is_named");
        return Ok(());
    };
    let url = server.url_of("no_such_database");
    let error = Database::connect(&DatabaseOptions::new(url)).await.unwrap_err();
    assert!(
        matches!(&error, ConnectError::MissingDatabase { name, .. } if name == "no_such_database"),
        "{error}"
    );
    assert!(error.to_string().contains("createdb no_such_database"), "{error}");
    Ok(())
}
