//! Up, down and up again: nothing stays behind, and the second schema is the first one.

use migration::{Migrator, MigratorTrait as _};
use peer_challenge::db::{Engine, migrate};
use sea_orm::{ConnectionTrait as _, DbErr, FromQueryResult, Statement};
use support::{TestDb, on_both};

use super::world::{World, insert, key, october};

#[derive(FromQueryResult)]
struct Object {
    name: String,
    definition: String,
}

/// Everything in the schema that the migrations made, with its definition.
async fn objects(db: &TestDb) -> Result<Vec<(String, String)>, DbErr> {
    let sql = match db.engine() {
        Engine::Sqlite => {
            "SELECT type || ' ' || name AS name, coalesce(sql, '') AS definition FROM sqlite_master
             WHERE tbl_name <> 'seaql_migrations' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
        }
        Engine::Postgres => {
            "SELECT * FROM (
                 SELECT 'column ' || table_name || '.' || column_name AS name, data_type || is_nullable AS definition
                 FROM information_schema.columns WHERE table_schema = 'public'
                 UNION ALL
                 SELECT 'constraint ' || conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                 FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                 UNION ALL SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
                 UNION ALL SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
                 UNION ALL
                 SELECT 'function ' || p.oid::regprocedure, prosrc FROM pg_proc p
                 WHERE pronamespace = 'public'::regnamespace
                 UNION ALL SELECT 'extension ' || extname, extversion FROM pg_extension WHERE extname <> 'plpgsql'
             ) AS all_objects WHERE name NOT LIKE '%seaql_migrations%' ORDER BY 1"
        }
    };
    let statement = Statement::from_string(db.conn().get_database_backend(), sql);
    let rows = Object::find_by_statement(statement).all(db.conn()).await?;
    Ok(rows.into_iter().map(|row| (row.name, row.definition)).collect())
}

on_both!(empty async fn up_down_up_leaves_the_same_schema(db: &TestDb) {
    assert_eq!(objects(db).await?, []);
    assert_eq!(migrate::up::<Migrator>(db.database(), None).await?, migration::names());
    let first = objects(db).await?;
    assert!(first.len() > 100, "{first:?}");
    migrate::down::<Migrator>(db.database(), None).await?;
    assert_eq!(objects(db).await?, []);
    migrate::up::<Migrator>(db.database(), None).await?;
    assert_eq!(objects(db).await?, first);
    Ok(())
});

on_both!(empty async fn each_step_takes_back_exactly_what_it_made(db: &TestDb) {
    let mut before = Vec::new();
    for _ in Migrator::migrations() {
        before.push(objects(db).await?);
        Migrator::up(db.conn(), Some(1)).await?;
    }
    while let Some(expected) = before.pop() {
        Migrator::down(db.conn(), Some(1)).await?;
        assert_eq!(objects(db).await?, expected, "after taking back step {}", before.len() + 1);
    }
    Ok(())
});

on_both!(
    async fn a_database_with_rows_goes_down_too(db: &TestDb) {
        let world = World::plant(db.conn()).await?;
        let window = entity::challenge_window::Model {
            id: key(60),
            challenge_id: world.challenge,
            starts_on: october(12),
            ends_on: october(15),
            preference: 100,
        };
        insert(db.conn(), window).await?;
        insert(
            db.conn(),
            world.assignment(1, 12, 15, entity::enums::AssignmentStatus::Invited),
        )
        .await?;
        let chosen = "UPDATE challenge SET window_id = (SELECT id FROM challenge_window), first_challenge_id = id";
        db.conn().execute_unprepared(chosen).await?;
        migrate::down::<Migrator>(db.database(), None).await?;
        assert_eq!(objects(db).await?, []);
        Ok(())
    }
);

on_both!(empty async fn an_extension_that_was_there_before_stays(db: &TestDb) {
    if db.engine() == Engine::Postgres {
        db.conn().execute_unprepared("CREATE EXTENSION btree_gist").await?;
    }
    let before = objects(db).await?;
    Migrator::up(db.conn(), None).await?;
    Migrator::down(db.conn(), None).await?;
    assert_eq!(objects(db).await?, before);
    Ok(())
});
