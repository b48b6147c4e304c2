//! Opens the connection pools and says clearly why that is impossible.
//!
//! SQLite: WAL, so that readers never wait for the writer; `synchronous = FULL`, because with WAL the cheaper
//! `NORMAL` may lose the last acknowledged commits when the power fails, and a team that was told "confirmed" must
//! stay confirmed; foreign keys on; five seconds of patience for a lock held by another process; a statement time-out of
//! our own (`limit`).
//! PostgreSQL: one pool; a five-second wait for a connection, a statement time-out; a connection that was idle for a while
//! is tried before use, so that nobody is handed one that died with its server.
//!
//! Messages never hold the password of a database URL.

use std::{
    path::PathBuf,
    str::FromStr,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, DatabaseConnection, DbErr, RuntimeErr, SqlxError,
    sqlx::{
        Connection,
        postgres::{PgConnectOptions, PgConnection},
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};

use tokio::sync::watch;

use super::{Database, Engine, counted, limit::StatementLimit, turns::Turns};

/// How long a connection to PostgreSQL may be idle and is still used untried. Short enough that a restarted server is only
/// noticed by requests of its first second, long enough that a busy pool never asks.
const IDLE: Duration = Duration::from_secs(1);

/// What is needed to open a database.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// `sqlite://FILE` or `postgres://USER@HOST/NAME`.
    pub url: String,
    /// Whether a missing SQLite file is created (a missing PostgreSQL database never is).
    pub create_if_missing: bool,
    /// Connections for reading on SQLite, at least 1.
    pub sqlite_readers: u32,
    /// Size of the pool on PostgreSQL, at least 1.
    pub postgres_connections: u32,
    /// How long a request waits for a free connection or, on SQLite, for another process's lock.
    pub acquire_timeout: Duration,
    /// When one statement is given up; `None` for never.
    pub statement_timeout: Option<Duration>,
    /// When PostgreSQL gives up waiting for a lock.
    pub lock_timeout: Duration,
}

impl DatabaseOptions {
    /// The usual settings for a URL; a missing SQLite file is created.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            create_if_missing: true,
            sqlite_readers: 4,
            postgres_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Some(Duration::from_secs(30)),
            lock_timeout: Duration::from_secs(15),
        }
    }

    /// The same, but a missing SQLite file is an error.
    pub fn existing(url: impl Into<String>) -> Self {
        Self {
            create_if_missing: false,
            ..Self::new(url)
        }
    }
}

/// Why a database cannot be opened. The texts are for the operator; they hold no password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL's scheme or shape is not understood.
    #[error("the database URL is not usable: {reason}; expected sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// An in-memory database was asked for.
    #[error(
        "an in-memory SQLite database cannot be used: its connections would each see a database of their own; \
         name a file, for example sqlite://peer-challenge.db"
    )]
    InMemory,
    /// The SQLite file is not there and must not be created now.
    #[error("there is no database file {}; run `peer-challenge migrate up` or `serve` to create one", .path.display())]
    MissingFile {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The SQLite file cannot be opened or created.
    #[error("cannot open or create the database file {}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system or SQLite says.
        reason: String,
    },
    /// The PostgreSQL server has no database of this name.
    #[error("PostgreSQL at {server} has no database \"{name}\"; create it first, for example with `createdb {name}`")]
    MissingDatabase {
        /// Host and port.
        server: String,
        /// The name that was asked for.
        name: String,
    },
    /// PostgreSQL cannot be reached or refuses the login.
    #[error("cannot connect to PostgreSQL at {server}: {reason}")]
    Postgres {
        /// Host and port.
        server: String,
        /// What the server or the network says.
        reason: String,
    },
}

/// Whether a URL can name a database of ours; touches nothing.
///
/// # Errors
/// [`ConnectError::Url`] or [`ConnectError::InMemory`].
pub fn check_url(url: &str) -> Result<(), ConnectError> {
    let failed = |reason: String| ConnectError::Url { reason };
    if url.starts_with("sqlite:") {
        sqlite_file(url).map(drop)
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        PgConnectOptions::from_str(url)
            .map(drop)
            .map_err(|_| failed("it is not a PostgreSQL URL".to_owned()))
    } else {
        let scheme = url.split(':').next().unwrap_or_default();
        Err(failed(format!("its scheme is \"{scheme}\"")))
    }
}

/// The file that a SQLite URL names.
fn sqlite_file(url: &str) -> Result<PathBuf, ConnectError> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(ConnectError::InMemory);
    }
    let parsed = SqliteConnectOptions::from_str(url).map_err(|error| ConnectError::Url {
        reason: SqlxError::to_string(&error),
    })?;
    let path = parsed.get_filename().to_owned();
    if path.as_os_str().is_empty() {
        return Err(ConnectError::Url {
            reason: "it names no file".to_owned(),
        });
    }
    Ok(path)
}

/// Opens the pools of a database, without touching its schema.
pub async fn open(options: &DatabaseOptions) -> Result<Database, ConnectError> {
    let url = options.url.as_str();
    check_url(url)?;
    let (reader, writer, engine, limit) = if url.starts_with("sqlite:") {
        // The pools time their statements apart.
        let limit = || options.statement_timeout.map(StatementLimit::new);
        let (of_reader, of_writer) = (limit(), limit());
        let (reader, writer) = open_sqlite(options, of_reader, of_writer.clone()).await?;
        (reader, writer, Engine::Sqlite, of_writer)
    } else {
        let pool = open_postgres(options).await?;
        (pool.clone(), pool, Engine::Postgres, None)
    };
    let statements = Arc::new(AtomicU64::new(0));
    Ok(Database {
        reader: counted(reader, &statements),
        writer: counted(writer, &statements),
        engine,
        statements,
        commits: watch::Sender::new(()),
        limit,
        turns: (engine == Engine::Postgres)
            .then(|| Turns::of_pool(options.postgres_connections, options.acquire_timeout)),
    })
}

async fn open_sqlite(
    options: &DatabaseOptions,
    of_reader: Option<StatementLimit>,
    of_writer: Option<StatementLimit>,
) -> Result<(DatabaseConnection, DatabaseConnection), ConnectError> {
    let path = sqlite_file(&options.url)?;
    if !options.create_if_missing && !path.exists() {
        return Err(ConnectError::MissingFile { path });
    }
    let create = options.create_if_missing;
    let patience = options.acquire_timeout;
    let pool = |connections: u32, writes: bool, limit: Option<StatementLimit>| {
        let mut pool = ConnectOptions::new(options.url.clone());
        pool.max_connections(connections.max(1))
            .min_connections(1)
            .acquire_timeout(patience)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| {
                let sqlite = sqlite
                    .create_if_missing(create && writes)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(patience);
                // A reader that writes would bypass the single writer; SQLite itself shall refuse it.
                if writes {
                    sqlite
                } else {
                    sqlite.pragma("query_only", "ON")
                }
            });
        if let Some(limit) = limit {
            pool.map_sqlx_sqlite_pool_opts(move |pool| limit.watch(pool, writes));
        }
        pool
    };
    let failed = |error: DbErr| ConnectError::File {
        path: path.clone(),
        reason: reason(&error),
    };
    // The writer goes first: it creates the file and switches it to WAL.
    let writer = sea_orm::Database::connect(pool(1, true, of_writer))
        .await
        .map_err(failed)?;
    let reader = sea_orm::Database::connect(pool(options.sqlite_readers, false, of_reader))
        .await
        .map_err(failed)?;
    Ok((reader, writer))
}

async fn open_postgres(options: &DatabaseOptions) -> Result<DatabaseConnection, ConnectError> {
    let parsed = PgConnectOptions::from_str(&options.url).map_err(|_| ConnectError::Url {
        reason: "it is not a PostgreSQL URL".to_owned(),
    })?;
    let server = format!("{}:{}", parsed.get_host(), parsed.get_port());
    // The pool hides a refused connection behind its time-out, so one plain connection asks for the reason first.
    match tokio::time::timeout(options.acquire_timeout, PgConnection::connect_with(&parsed)).await {
        Ok(Ok(connection)) => {
            if let Err(error) = connection.close().await {
                tracing::debug!(%error, "closing the probing connection failed");
            }
        }
        Ok(Err(SqlxError::Database(error))) if error.code().as_deref() == Some("3D000") => {
            let name = parsed
                .get_database()
                .unwrap_or_else(|| parsed.get_username())
                .to_owned();
            return Err(ConnectError::MissingDatabase { server, name });
        }
        Ok(Err(error)) => {
            return Err(ConnectError::Postgres {
                server,
                reason: sqlx_reason(&error),
            });
        }
        Err(_) => {
            let reason = format!("no answer within {} s", options.acquire_timeout.as_secs_f32());
            return Err(ConnectError::Postgres { server, reason });
        }
    }
    // sea-orm knows only one spelling of the scheme.
    let url = options.url.replacen("postgresql://", "postgres://", 1);
    let lock_timeout = options.lock_timeout.as_millis().to_string();
    let mut pool = ConnectOptions::new(url);
    pool.max_connections(options.postgres_connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        // Statements here take milliseconds; compiling one takes most of a second, and the server would do so for those whose cost it
        // overrates (recursion, tables without fresh statistics).
        .map_sqlx_postgres_opts(move |postgres| {
            postgres.options([("lock_timeout", lock_timeout.as_str()), ("jit", "off")])
        })
        .set_application_name("peer-challenge")
        .test_before_acquire_if_idle_for(IDLE)
        .sqlx_logging(false);
    if let Some(limit) = options.statement_timeout {
        pool.statement_timeout(limit);
    }
    sea_orm::Database::connect(pool)
        .await
        .map_err(|error| ConnectError::Postgres {
            server,
            reason: reason(&error),
        })
}

/// The innermost message, without the wrappers' "Connection Error: …" in front.
fn reason(error: &DbErr) -> String {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner)) => sqlx_reason(inner),
        other => other.to_string(),
    }
}

fn sqlx_reason(error: &SqlxError) -> String {
    match error {
        SqlxError::Database(error) => error.message().to_owned(),
        SqlxError::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}
