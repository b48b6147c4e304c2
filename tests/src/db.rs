//! A database per test, on either engine, migrated or empty; gone when the value is dropped.
//!
//! SQLite: a file of its own, copied from bytes migrated once per run. PostgreSQL: a copy of the template database of
//! [`crate::cluster`]. [`crate::on_both`] expands one test into a case per engine.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use peer_challenge::db::{Database, DatabaseOptions, Engine};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::cluster::{self, Server};

static SQLITE_TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A database that only one test uses.
#[derive(Debug)]
pub struct TestDb {
    database: Database,
    url: String,
    _home: Home,
}

/// Where it lives; dropping it removes it.
#[derive(Debug)]
enum Home {
    Directory { _dir: TempDir },
    OnServer { _database: ServerDatabase },
    Elsewhere,
}

impl TestDb {
    /// A migrated database; `None` when there is no server for PostgreSQL and none is required.
    pub async fn migrated(engine: Engine) -> anyhow::Result<Option<Self>> {
        Self::make(engine, true).await
    }

    /// A database without any table; `None` as for [`TestDb::migrated`].
    pub async fn empty(engine: Engine) -> anyhow::Result<Option<Self>> {
        Self::make(engine, false).await
    }

    /// A database that `fill` puts into an empty place (a URL); `None` as for [`TestDb::migrated`].
    pub async fn filled<F>(engine: Engine, fill: F) -> anyhow::Result<Option<Self>>
    where
        F: AsyncFnOnce(&str) -> anyhow::Result<()>,
    {
        let Some((url, home)) = Self::place(engine, false).await? else {
            return Ok(None);
        };
        fill(&url).await?;
        Self::open(url, home).await.map(Some)
    }

    async fn make(engine: Engine, migrated: bool) -> anyhow::Result<Option<Self>> {
        match Self::place(engine, migrated).await? {
            Some((url, home)) => Self::open(url, home).await.map(Some),
            None => Ok(None),
        }
    }

    async fn open(url: String, home: Home) -> anyhow::Result<Self> {
        let database = Database::connect(&DatabaseOptions::new(url.clone())).await?;
        Ok(Self {
            database,
            url,
            _home: home,
        })
    }

    /// Where a database can be, and what removes it again.
    async fn place(engine: Engine, migrated: bool) -> anyhow::Result<Option<(String, Home)>> {
        Ok(Some(match engine {
            Engine::Sqlite => {
                let dir = tempfile::Builder::new().prefix("peer-challenge-db-").tempdir()?;
                let file = dir.path().join("test.db");
                if migrated {
                    std::fs::write(&file, sqlite_template().await?)?;
                }
                (sqlite_url(&file)?, Home::Directory { _dir: dir })
            }
            Engine::Postgres => {
                let Some(server) = Server::get().await? else {
                    return Ok(None);
                };
                let name = unique_name()?;
                if migrated {
                    server.create_migrated(&name).await?;
                } else {
                    server.create(&name).await?;
                }
                (
                    server.url_of(&name),
                    Home::OnServer {
                        _database: ServerDatabase { server, name },
                    },
                )
            }
        }))
    }

    /// A migrated database that somebody else keeps, opened with settings of one's own.
    pub async fn at(options: DatabaseOptions) -> anyhow::Result<Self> {
        let url = options.url.clone();
        Ok(Self {
            database: Database::connect(&options).await?,
            url,
            _home: Home::Elsewhere,
        })
    }

    /// The handle that the service would use.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A connection that may write, by-passing the service.
    pub fn conn(&self) -> &DatabaseConnection {
        self.database.writer()
    }

    /// A second handle with connections of its own, as another process would have.
    pub async fn another(&self) -> anyhow::Result<Database> {
        Ok(Database::connect(&DatabaseOptions::new(self.url.clone())).await?)
    }

    /// How many statements of the service `attempt` costs: the least of 25 tries, because loaders gather their batches by time
    /// and a busy machine may cut one in two; the first number that is not above `enough` ends it.
    pub async fn cost(&self, enough: u64, attempt: impl AsyncFnMut() -> anyhow::Result<()>) -> anyhow::Result<u64> {
        self.least(25, enough, attempt).await
    }

    /// Fails unless `attempt` costs at most `limit` statements, as [`TestDb::cost`] counts them; tried until it does.
    pub async fn costs_at_most(
        &self,
        limit: u64,
        attempt: impl AsyncFnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let least = self.least(400, limit, attempt).await?;
        anyhow::ensure!(least <= limit, "{least} statements instead of {limit}");
        Ok(())
    }

    async fn least(
        &self,
        tries: u32,
        enough: u64,
        mut attempt: impl AsyncFnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let mut least = u64::MAX;
        for _ in 0..tries {
            let before = self.database.statements();
            attempt().await?;
            least = least.min(self.database.statements() - before);
            if least <= enough {
                break;
            }
        }
        Ok(least)
    }

    /// URL for `--database-url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which engine.
    pub fn engine(&self) -> Engine {
        self.database.engine()
    }
}

fn sqlite_url(file: &std::path::Path) -> anyhow::Result<String> {
    let path = file
        .to_str()
        .context("the temporary directory has a name that is no UTF-8")?;
    Ok(format!("sqlite://{path}"))
}

async fn sqlite_template() -> anyhow::Result<&'static [u8]> {
    let bytes = SQLITE_TEMPLATE.get_or_try_init(|| async {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("template.db");
        let url = sqlite_url(&file)?;
        cluster::migrate(&url).await?;
        let database = Database::connect(&DatabaseOptions::new(url)).await?;
        // The bytes of the file are the whole database only when nothing is left in the write-ahead log.
        database.reader().clone().close().await?;
        database
            .writer()
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await?;
        database.writer().clone().close().await?;
        anyhow::Ok(std::fs::read(&file)?)
    });
    Ok(bytes.await?)
}

/// Unique on the server, also when several runs share it.
fn unique_name() -> anyhow::Result<String> {
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    Ok(format!("peer_challenge_test_{}_{nanos}_{count}", std::process::id()))
}

#[derive(Debug)]
struct ServerDatabase {
    server: &'static Server,
    name: String,
}

impl Drop for ServerDatabase {
    /// On a thread of its own, because the test's runtime may be the one that is being left (or unwinding).
    fn drop(&mut self) {
        let (server, name) = (self.server, std::mem::take(&mut self.name));
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(server.drop(&name))
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("dropping a test database: {error:#}");
        }
    }
}

/// Expands a test into a module of its name with the cases `sqlite` and `postgres`, each on a fresh migrated database
/// (or, after `on_both!(empty …)`, one without tables). The body gets a `&TestDb` and returns `anyhow::Result<()>`.
///
/// ```ignore
/// on_both!(async fn a_region_is_kept(db: &TestDb) {
///     …
///     Ok(())
/// });
/// ```
#[macro_export]
macro_rules! on_both {
    (empty $($rest:tt)*) => { $crate::on_both!(@expand empty, $($rest)*); };
    (@expand $make:ident, $(#[$meta:meta])* async fn $name:ident($db:ident: $handle:ty) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn case($db: $handle) -> anyhow::Result<()> $body

            #[tokio::test]
            async fn sqlite() -> anyhow::Result<()> {
                let made = $crate::TestDb::$make(peer_challenge::db::Engine::Sqlite).await?;
                case(&made.ok_or_else(|| anyhow::anyhow!("SQLite is always there"))?).await
            }

            #[tokio::test]
            async fn postgres() -> anyhow::Result<()> {
                match $crate::TestDb::$make(peer_challenge::db::Engine::Postgres).await? {
                    Some(made) => case(&made).await,
                    None => {
                        $crate::cluster::say_skipped(concat!(module_path!(), "::postgres"));
                        Ok(())
                    }
                }
            }
        }
    };
    ($($rest:tt)*) => { $crate::on_both!(@expand migrated, $($rest)*); };
}
