//! Brings the schema to the version of this program, and tells where it stands.
//!
//! Going up is one transaction on both engines: either every missing step is there afterwards or none. It starts
//! with a lock (SQLite's write lock, an advisory lock on PostgreSQL), so that several replicas may start at once:
//! the first one migrates, the others wait and then find nothing to do.
//!
//! A database that holds steps unknown to this program was written by a newer version. It is refused before
//! anything is touched, because an old program could break the newer rules unknowingly.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryOrder, Statement};
use sea_orm_migration::{MigrationStatus, MigratorTrait, seaql_migrations};

use super::{Database, Engine};

/// Number of the advisory lock that guards migrations on PostgreSQL ("peerchal" in ASCII).
const ADVISORY_LOCK: i64 = 0x7065_6572_6368_616c;

/// Why the schema cannot be brought to (or is not at) this program's version.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database holds steps that this program does not know.
    #[error(
        "the database was written by a newer version of peer-challenge (unknown migration {}); \
         use that version, or another database", .unknown.join(", ")
    )]
    NewerDatabase {
        /// Names of the unknown steps.
        unknown: Vec<String>,
    },
    /// Steps of this program are missing in the database.
    #[error("the database lacks {} migration(s) of this version; run `peer-challenge migrate up`", .pending.len())]
    Behind {
        /// Names of the missing steps, oldest first.
        pending: Vec<String>,
    },
    /// The database itself failed.
    #[error("migrating the database failed: {0}")]
    Database(#[from] DbErr),
}

/// One step and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The step's name, which sorts by age.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// Applies every missing step (or the next `steps`); returns the names of those applied now.
pub async fn up<M: MigratorTrait>(db: &Database, steps: Option<u32>) -> Result<Vec<String>, MigrateError> {
    // The common start finds nothing to do; it must not wait for a lock or need the right to create tables.
    if status::<M>(db.reader()).await?.iter().all(|step| step.applied) {
        return Ok(Vec::new());
    }
    change::<M>(db, Direction::Up, steps).await
}

/// Takes back the latest `steps` steps (all with `None`); returns the names of those taken back.
pub async fn down<M: MigratorTrait>(db: &Database, steps: Option<u32>) -> Result<Vec<String>, MigrateError> {
    change::<M>(db, Direction::Down, steps).await
}

/// Every step of this program with its state, oldest first; never writes.
pub async fn status<M: MigratorTrait>(db: &impl ConnectionTrait) -> Result<Vec<Step>, MigrateError> {
    refuse_newer::<M>(db).await?;
    let steps = M::get_migration_with_status_read_only(db).await?;
    Ok(steps
        .iter()
        .map(|step| Step {
            name: step.name().to_owned(),
            applied: step.status() == MigrationStatus::Applied,
        })
        .collect())
}

/// Succeeds when the schema is exactly this program's.
pub async fn require_current<M: MigratorTrait>(db: &impl ConnectionTrait) -> Result<(), MigrateError> {
    let pending: Vec<_> = status::<M>(db)
        .await?
        .into_iter()
        .filter(|step| !step.applied)
        .map(|step| step.name)
        .collect();
    if pending.is_empty() {
        Ok(())
    } else {
        Err(MigrateError::Behind { pending })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

async fn change<M: MigratorTrait>(
    db: &Database,
    direction: Direction,
    steps: Option<u32>,
) -> Result<Vec<String>, MigrateError> {
    let tx = db.begin_raw().await?;
    // Building an index may take longer than any request may.
    db.lift_limit();
    if db.engine() == Engine::Postgres {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        // And another replica may be at it.
        tx.execute_unprepared("SET LOCAL lock_timeout = 0").await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            .await?;
    }
    let before = applied(&status::<M>(&tx).await?);
    match direction {
        Direction::Up => M::up(&tx, steps).await?,
        Direction::Down => M::down(&tx, steps).await?,
    }
    let after = applied(&status::<M>(&tx).await?);
    tx.commit().await?;
    let mut changed: Vec<String> = before.symmetric_difference(&after).cloned().collect();
    changed.sort();
    Ok(changed)
}

fn applied(steps: &[Step]) -> HashSet<String> {
    steps
        .iter()
        .filter(|step| step.applied)
        .map(|step| step.name.clone())
        .collect()
}

/// Every step recorded in the database must be one of this program's.
async fn refuse_newer<M: MigratorTrait>(db: &impl ConnectionTrait) -> Result<(), MigrateError> {
    if !has_history(db).await? {
        return Ok(());
    }
    let known: HashSet<String> = M::migrations().iter().map(|step| step.name().to_owned()).collect();
    let recorded = seaql_migrations::Entity::find()
        .order_by_asc(seaql_migrations::Column::Version)
        .all(db)
        .await?;
    let unknown: Vec<String> = recorded
        .into_iter()
        .map(|model| model.version)
        .filter(|name| !known.contains(name))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(MigrateError::NewerDatabase { unknown })
    }
}

/// Whether any migration has ever been recorded; asks the catalogue, so that a fresh database stays untouched.
async fn has_history(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'"
    } else {
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
    };
    Ok(db.query_one_raw(Statement::from_string(backend, sql)).await?.is_some())
}
