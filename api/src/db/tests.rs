//! The handle's promises on SQLite, against a file of its own per test.

use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};
use tempfile::TempDir;

use super::{ConnectError, Database, DatabaseOptions, migrate, violated};

async fn database() -> (TempDir, Database) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    let db = Database::connect(&DatabaseOptions::new(url)).await.unwrap();
    db.writer()
        .execute_unprepared(
            "CREATE TABLE child_of (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, parent INTEGER REFERENCES child_of(id), \
             CONSTRAINT ck_name CHECK (length(name) > 0)); \
             CREATE TRIGGER tr BEFORE INSERT ON child_of WHEN NEW.name = 'busy' \
             BEGIN SELECT RAISE(ABORT, 'ex_assignment_peer_days: taken'); END;",
        )
        .await
        .unwrap();
    (dir, db)
}

async fn count(db: &Database) -> i64 {
    let statement = Statement::from_string(db.reader().get_database_backend(), "SELECT count(*) AS n FROM child_of");
    db.reader()
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get("", "n")
        .unwrap()
}

#[tokio::test]
async fn work_commits_on_ok_and_leaves_nothing_on_err() {
    let (_dir, db) = database().await;
    let done: Result<(), DbErr> = db
        .write(|tx| async move {
            tx.execute_unprepared("INSERT INTO child_of (name) VALUES ('a')")
                .await?;
            Ok(())
        })
        .await;
    assert!(done.is_ok());
    assert_eq!(count(&db).await, 1);
    let refused: Result<(), DbErr> = db
        .write(|tx| async move {
            tx.execute_unprepared("INSERT INTO child_of (name) VALUES ('b')")
                .await?;
            Err(DbErr::Custom("no".to_owned()))
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_transaction_that_escapes_its_work_is_not_committed() {
    let (_dir, db) = database().await;
    let kept = std::sync::Mutex::new(None);
    let result: Result<(), DbErr> = db
        .write(|tx| {
            *kept.lock().unwrap() = Some(tx.clone());
            async move {
                tx.execute_unprepared("INSERT INTO child_of (name) VALUES ('a')")
                    .await
                    .map(drop)
            }
        })
        .await;
    assert!(result.is_err());
    kept.lock().unwrap().take();
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn sixteen_writers_queue_instead_of_failing() {
    let (_dir, db) = database().await;
    let tasks: Vec<_> = (0..16)
        .map(|writer| {
            let db = db.clone();
            tokio::spawn(async move {
                for round in 0..10 {
                    db.write(|tx| async move {
                        let sql = format!("INSERT INTO child_of (name) VALUES ('{writer}-{round}')");
                        tx.execute_unprepared(&sql).await
                    })
                    .await?;
                }
                Ok::<_, DbErr>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count(&db).await, 160);
}

#[tokio::test]
async fn the_reader_refuses_to_write_and_statements_are_counted() {
    let (_dir, db) = database().await;
    let before = db.statements();
    assert!(db.reader().execute_unprepared("DELETE FROM child_of").await.is_err());
    count(&db).await;
    count(&db).await;
    let statement = Statement::from_string(db.writer().get_database_backend(), "SELECT 1");
    db.write(|tx| {
        let statement = statement.clone();
        async move { tx.query_one_raw(statement).await }
    })
    .await
    .unwrap();
    // Unprepared statements (DDL, the refused DELETE) may go uncounted; prepared ones never do.
    assert!(db.statements() - before >= 3);
    let before = db.statements();
    count(&db).await;
    assert_eq!(db.statements() - before, 1);
}

#[tokio::test]
async fn a_broken_constraint_has_a_name() {
    let (_dir, db) = database().await;
    let broken = async |sql: &str| violated(&db.writer().execute_unprepared(sql).await.unwrap_err());
    db.writer()
        .execute_unprepared("INSERT INTO child_of (name) VALUES ('a')")
        .await
        .unwrap();
    let insert = |name: &str| format!("INSERT INTO child_of (name) VALUES ('{name}')");
    assert_eq!(broken(&insert("a")).await.as_deref(), Some("uq_child_of_name"));
    assert_eq!(broken(&insert("")).await.as_deref(), Some("ck_name"));
    assert_eq!(
        broken(&insert("busy")).await.as_deref(),
        Some("ex_assignment_peer_days")
    );
    let orphan = "INSERT INTO child_of (name, parent) VALUES ('c', 99)";
    assert_eq!(broken(orphan).await.as_deref(), Some("foreign_key"));
    assert_eq!(broken("SELECT nonsense FROM nowhere").await, None);
}

#[tokio::test]
async fn unusable_urls_say_why() {
    let open = async |options: DatabaseOptions| Database::connect(&options).await.unwrap_err();
    assert!(matches!(
        open(DatabaseOptions::new("sqlite::memory:")).await,
        ConnectError::InMemory
    ));
    assert!(matches!(
        open(DatabaseOptions::new("mysql://host/db")).await,
        ConnectError::Url { .. }
    ));
    let dir = tempfile::tempdir().unwrap();
    let missing = format!("sqlite://{}", dir.path().join("none.db").display());
    assert!(matches!(
        open(DatabaseOptions::existing(missing)).await,
        ConnectError::MissingFile { .. }
    ));
    assert!(!dir.path().join("none.db").exists());
    let nowhere = format!("sqlite://{}", dir.path().join("no/such/dir/x.db").display());
    assert!(matches!(
        open(DatabaseOptions::new(nowhere)).await,
        ConnectError::File { .. }
    ));
    let text = dir.path().join("text.db");
    std::fs::write(
        &text,
        "this is no database, only words that are long enough to look like a header of one",
    )
    .unwrap();
    let text = format!("sqlite://{}", text.display());
    assert!(matches!(
        open(DatabaseOptions::new(text)).await,
        ConnectError::File { .. }
    ));
    // Port 1 of the loopback refuses at once.
    let refused = open(DatabaseOptions::new("postgres://user:secret@127.0.0.1:1/x")).await;
    assert!(matches!(&refused, ConnectError::Postgres { .. }), "{refused}");
    assert!(!refused.to_string().contains("secret"));
}

struct Step(&'static str, &'static str);

impl sea_orm_migration::MigrationName for Step {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.1).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(&format!("DROP TABLE {}", self.0))
            .await
            .map(drop)
    }
}

struct Older;
impl MigratorTrait for Older {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Step("m1", "CREATE TABLE m1 (id INTEGER)"))]
    }
}

struct Newer;
impl MigratorTrait for Newer {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut steps = Older::migrations();
        steps.push(Box::new(Step("m2", "CREATE TABLE m2 (id INTEGER)")));
        steps
    }
}

struct Broken;
impl MigratorTrait for Broken {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut steps = Newer::migrations();
        steps.push(Box::new(Step("m3", "CREATE TABLE m1 (id INTEGER)")));
        steps
    }
}

#[tokio::test]
async fn migrations_go_up_and_down_and_refuse_a_newer_database() {
    let (_dir, db) = database().await;
    assert!(matches!(
        migrate::require_current::<Newer>(db.reader()).await.unwrap_err(),
        migrate::MigrateError::Behind { pending } if pending == ["m1", "m2"]
    ));
    assert_eq!(migrate::up::<Newer>(&db, None).await.unwrap(), ["m1", "m2"]);
    assert_eq!(migrate::up::<Newer>(&db, None).await.unwrap(), Vec::<String>::new());
    migrate::require_current::<Newer>(db.reader()).await.unwrap();
    let refused = migrate::up::<Older>(&db, None).await.unwrap_err();
    assert!(
        matches!(&refused, migrate::MigrateError::NewerDatabase { unknown } if unknown == &["m2"]),
        "{refused}"
    );
    assert_eq!(migrate::down::<Newer>(&db, Some(1)).await.unwrap(), ["m2"]);
    migrate::require_current::<Older>(db.reader()).await.unwrap();
}

#[tokio::test]
async fn a_failing_migration_leaves_nothing_behind() {
    let (_dir, db) = database().await;
    assert!(migrate::up::<Broken>(&db, None).await.is_err());
    let steps = migrate::status::<Broken>(db.reader()).await.unwrap();
    assert!(steps.iter().all(|step| !step.applied), "{steps:?}");
    assert!(db.writer().execute_unprepared("SELECT * FROM m1").await.is_err());
}

#[tokio::test]
async fn two_replicas_may_migrate_at_once() {
    let (_dir, db) = database().await;
    let (one, two) = tokio::join!(migrate::up::<Newer>(&db, None), migrate::up::<Newer>(&db, None));
    let mut applied = one.unwrap();
    applied.extend(two.unwrap());
    assert_eq!(applied, ["m1", "m2"]);
}
