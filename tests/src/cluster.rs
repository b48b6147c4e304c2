//! A PostgreSQL server for one run of the tests.
//!
//! `TEST_POSTGRES_URL` names a running server; otherwise `initdb` and `postgres` (from PATH or Debian's directory) make
//! a temporary one on a Unix socket. PostgreSQL refuses to run as root, so as root it runs as `postgres` or `nobody`.
//! Without the binaries the cases for PostgreSQL are skipped with a message; `REQUIRE_POSTGRES=1` makes that an error.
//!
//! No server survives its run, however that ends: a shell in a process group of its own waits for the end of its
//! standard input, whose other end this process holds, then stops the server and removes the directory.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use peer_challenge::db::{Database, DatabaseOptions};
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection};
use tokio::sync::OnceCell;

/// How long the server may take to answer for the first time.
const PATIENCE: Duration = Duration::from_mins(1);
/// The migrated database that every test of a temporary server gets a copy of.
const TEMPLATE: &str = "peer_challenge_template";
/// Waits until the run is over, then leaves nothing behind; a line with the name of a signal only stops the server.
/// Arguments: postgres, directory, address and port to listen on besides the socket in the directory, `synchronous_commit`.
const WATCHDOG: &str = r#"
"$1" -D "$2/data" -k "$2" -c listen_addresses="$3" -p "$4" -c fsync=off -c synchronous_commit="$5" -c full_page_writes=off \
    -c autovacuum=off -c max_connections=200 -c shared_buffers=64MB </dev/null &
server=$!
if read -r signal; then
    kill -"$signal" "$server"
    wait "$server"
    exit 0
fi
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$2"
"#;

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

/// A server to make databases on.
#[derive(Debug)]
pub struct Server {
    /// URL up to the name of the database, and what follows the name.
    url: (String, String),
    admin_url: String,
    template: Option<&'static str>,
    /// Its standard input must stay open as long as this process runs.
    _watchdog: Option<Child>,
}

impl Server {
    /// The server of this run, started at the first call; `None` when there is none and none is required.
    pub async fn get() -> anyhow::Result<Option<&'static Self>> {
        Ok(SERVER.get_or_try_init(Self::start).await?.as_ref())
    }

    async fn start() -> anyhow::Result<Option<Self>> {
        if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
            return Self::existing(url).map(Some);
        }
        let Some(binaries) = binaries() else {
            ensure!(
                std::env::var("REQUIRE_POSTGRES").as_deref() != Ok("1"),
                "REQUIRE_POSTGRES=1, but there is no initdb and postgres in PATH or /usr/lib/postgresql/*/bin"
            );
            return Ok(None);
        };
        let root = tempfile::Builder::new().prefix("peer-challenge-pg-").tempdir()?;
        let user = unprivileged(root.path())?;
        if let Some((uid, gid)) = user {
            chown(root.path(), Some(uid), Some(gid))?;
        }
        init(&binaries, root.path(), user)?;
        let watchdog = spawn(&binaries, root.path(), user, ("", 5432), "off")?;
        // From here on the watchdog removes the directory.
        let root = root.keep();
        let socket = root
            .to_str()
            .context("the temporary directory has a name that is no UTF-8")?;
        let mut server = Self {
            url: ("postgres://postgres@localhost/".to_owned(), format!("?host={socket}")),
            admin_url: format!("postgres://postgres@localhost/postgres?host={socket}"),
            template: None,
            _watchdog: Some(watchdog),
        };
        wait(&server.admin_url, &root.join("log")).await?;
        server.create(TEMPLATE).await?;
        migrate(&server.url_of(TEMPLATE)).await?;
        server.template = Some(TEMPLATE);
        Ok(Some(server))
    }

    /// A server that somebody else runs. Nothing is left on it: no template, every database is migrated by itself.
    fn existing(url: String) -> anyhow::Result<Self> {
        let scheme = url.find("://").context("TEST_POSTGRES_URL has no scheme")? + 3;
        let query = url.find('?').unwrap_or(url.len());
        let slash = url[scheme..query].find('/').map_or(query, |at| scheme + at);
        Ok(Self {
            url: (format!("{}/", &url[..slash]), url[query..].to_owned()),
            admin_url: url,
            template: None,
            _watchdog: None,
        })
    }

    /// URL of a database on this server.
    pub fn url_of(&self, name: &str) -> String {
        format!("{}{name}{}", self.url.0, self.url.1)
    }

    async fn admin(&self) -> anyhow::Result<DatabaseConnection> {
        connect(&self.admin_url).await
    }

    async fn administer(&self, statement: &str) -> anyhow::Result<()> {
        let connection = self.admin().await?;
        connection
            .execute_unprepared(statement)
            .await
            .with_context(|| statement.to_owned())?;
        Ok(connection.close().await?)
    }

    /// Makes an empty database.
    pub async fn create(&self, name: &str) -> anyhow::Result<()> {
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE template0"))
            .await
    }

    /// Makes a migrated database.
    pub async fn create_migrated(&self, name: &str) -> anyhow::Result<()> {
        if let Some(template) = self.template {
            self.administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
                .await
        } else {
            self.create(name).await?;
            migrate(&self.url_of(name)).await
        }
    }

    /// Drops a database, whoever is connected to it.
    pub async fn drop(&self, name: &str) -> anyhow::Result<()> {
        self.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
    }
}

/// A server of one test's own, on a TCP port, that can be stopped and started.
#[derive(Debug)]
pub struct PrivateServer {
    root: tempfile::TempDir,
    binaries: Binaries,
    user: Option<(u32, u32)>,
    port: u16,
    watchdog: Option<Child>,
}

impl PrivateServer {
    /// Starts one; `None` when PostgreSQL is not installed and not required.
    pub async fn start() -> anyhow::Result<Option<Self>> {
        let Some(binaries) = binaries() else {
            ensure!(std::env::var("REQUIRE_POSTGRES").as_deref() != Ok("1"), "no PostgreSQL");
            return Ok(None);
        };
        let root = tempfile::Builder::new().prefix("peer-challenge-pg-").tempdir()?;
        let user = unprivileged(root.path())?;
        if let Some((uid, gid)) = user {
            chown(root.path(), Some(uid), Some(gid))?;
        }
        init(&binaries, root.path(), user)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Self {
            root,
            binaries,
            user,
            port,
            watchdog: None,
        };
        server.resume().await?;
        migrate(&server.url()).await?;
        Ok(Some(server))
    }

    /// URL of its one database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it and waits until it answers.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let listen = ("127.0.0.1", self.port);
        // What it acknowledged must outlive it: it is stopped in every way, and only the machine never fails.
        self.watchdog = Some(spawn(&self.binaries, self.root.path(), self.user, listen, "on")?);
        wait(&self.url(), &self.root.path().join("log")).await
    }

    /// Sets a copy of its files aside, as a backup of the disk would; it must be stopped.
    pub fn set_aside(&self) -> anyhow::Result<()> {
        self.copy_files("data", "aside")
    }

    /// Puts what was [set aside](Self::set_aside) in the place of its files; it must be stopped.
    pub fn put_back(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(self.root.path().join("data"))?;
        self.copy_files("aside", "data")
    }

    fn copy_files(&self, from: &str, to: &str) -> anyhow::Result<()> {
        ensure!(self.watchdog.is_none(), "it runs");
        let copied = command(Path::new("cp"), self.root.path(), self.user)
            .args(["-a", from, to])
            .status()?;
        ensure!(copied.success(), "cp: {copied}");
        Ok(())
    }

    /// Stops it by a signal: `INT` ends its connections in good order, `QUIT` does not.
    pub fn stop(&mut self, signal: &str) -> anyhow::Result<()> {
        if let Some(mut watchdog) = self.watchdog.take() {
            let input = watchdog.stdin.as_mut().context("a watchdog has an input")?;
            writeln!(input, "{signal}")?;
            watchdog.wait()?;
        }
        Ok(())
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // The directory goes with its server; a failing test has said more already.
        self.stop("QUIT").ok();
    }
}

async fn connect(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(1)
        .sqlx_logging(false)
        .connect_timeout(Duration::from_secs(5));
    Ok(sea_orm::Database::connect(options).await?)
}

async fn wait(url: &str, log: &Path) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        match connect(url).await {
            Ok(connection) => return Ok(connection.close().await?),
            Err(error) if started.elapsed() > PATIENCE => {
                let log = fs::read_to_string(log).unwrap_or_default();
                bail!("the temporary PostgreSQL server does not answer: {error:#}\n{log}");
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Migrates the database behind `url` and lets go of it.
pub(crate) async fn migrate(url: &str) -> anyhow::Result<()> {
    let database = Database::connect(&DatabaseOptions::new(url)).await?;
    peer_challenge::db::migrate::up::<migration::Migrator>(&database, None).await?;
    database.reader().clone().close().await?;
    database.writer().clone().close().await?;
    Ok(())
}

#[derive(Debug)]
struct Binaries {
    initdb: PathBuf,
    postgres: PathBuf,
}

/// Both programs from one directory.
fn binaries() -> Option<Binaries> {
    folders()
        .map(|dir| Binaries {
            initdb: dir.join("initdb"),
            postgres: dir.join("postgres"),
        })
        .find(|found| found.initdb.is_file() && found.postgres.is_file())
}

/// A program of PostgreSQL, such as `pg_dump`.
pub fn program(name: &str) -> Option<PathBuf> {
    folders().map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// Where programs of PostgreSQL may be: PATH first, then the newest version that Debian's packages installed.
fn folders() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path()).collect())
        .unwrap_or_default();
    let number = |dir: &PathBuf| dir.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    debian.sort_by_key(|dir| std::cmp::Reverse(number(dir)));
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    path.into_iter().chain(debian.into_iter().map(|dir| dir.join("bin")))
}

/// User and group to drop to, when this process (the owner of `made`) is root.
fn unprivileged(made: &Path) -> anyhow::Result<Option<(u32, u32)>> {
    if fs::metadata(made)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let fields: Vec<&str> = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let user = ids("postgres").or_else(|| ids("nobody"));
    Ok(Some(user.context(
        "running as root, and there is neither a user postgres nor nobody to run PostgreSQL as",
    )?))
}

fn command(program: &Path, dir: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).env("TZ", "UTC").env("LC_ALL", "C");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

fn init(binaries: &Binaries, root: &Path, user: Option<(u32, u32)>) -> anyhow::Result<()> {
    let made = command(&binaries.initdb, root, user)
        .arg("-D")
        .arg(root.join("data"))
        .args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ])
        .output()
        .with_context(|| format!("running {}", binaries.initdb.display()))?;
    ensure!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    Ok(())
}

fn spawn(
    binaries: &Binaries,
    root: &Path,
    user: Option<(u32, u32)>,
    (address, port): (&str, u16),
    synchronous_commit: &str,
) -> anyhow::Result<Child> {
    let log = fs::File::options().create(true).append(true).open(root.join("log"))?;
    command(Path::new("/bin/sh"), root, user)
        .args(["-c", WATCHDOG, "watchdog"])
        .arg(&binaries.postgres)
        .arg(root)
        .args([address, &port.to_string(), synchronous_commit])
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        // Ctrl-C reaches the tests only; the watchdog then sees the pipe close.
        .process_group(0)
        .spawn()
        .context("starting PostgreSQL")
}

/// Says on the real standard error (the harness captures `eprintln!`) that a case did not run.
pub fn say_skipped(case: &str) {
    let line = format!("SKIPPED {case}: no PostgreSQL (initdb, postgres) found and no TEST_POSTGRES_URL\n");
    // Nothing is lost but a message if standard error is closed.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
