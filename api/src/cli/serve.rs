//! `peer-challenge serve`: runs the service until it is told to stop.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use migration::Migrator;

use crate::{
    apikey::store::Store,
    chores,
    clock::{Clock, SystemClock},
    config::{AuthArgs, DataDirArgs, DatabaseArgs, HttpArgs, JobArgs, MailArgs},
    db::{Database, migrate},
    feed::Feed,
    graphql::schema::Executor,
    http::{self, DatabaseProbe, Ending, Listener, Service, Signals},
    ids::{IdGenerator, SystemIds},
    jobs::Worker,
    links::Desk,
    metrics,
    notice::mail::SendMail,
    pages, programme,
};

/// Run the service: GraphQL at /graphql, GraphiQL at /, /healthz, /readyz and /metrics.
///
/// Brings the database to this version first. Stops on SIGTERM or Ctrl-C after finishing running requests; a second signal
/// stops at once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge serve\n  \
    peer-challenge serve --bind 0.0.0.0:8080 --database-url postgres://peer@db.example.org/peer\n  \
    DATABASE_URL=sqlite:///var/lib/peer/data.db peer-challenge serve --no-graphiql \\\n    \
      --jwks-url https://id.example.org/jwks.json --jwt-issuer https://id.example.org \\\n    \
      --jwt-audience peer-challenge --jwt-algorithm ES256")]
pub(super) struct Serve {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    auth: AuthArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
    #[command(flatten)]
    jobs: JobArgs,
    #[command(flatten)]
    mail: MailArgs,
}

impl Serve {
    /// Whether the settings fit together, without touching the network or the database.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.http.options()?;
        self.database.check()?;
        self.auth.check()?;
        self.mail.mailer()?;
        self.mail.links()?;
        Ok(())
    }

    pub(super) async fn run(self) -> anyhow::Result<()> {
        let options = self.http.options()?;
        let mut signals = Signals::listen()?;
        metrics::start()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        let database = Database::connect(&self.database.options()).await?;
        let verifier = self.auth.verifier(&self.data_dir, Arc::clone(&clock)).await?;
        let verifier = Arc::new(verifier.with_machines(self.auth.machines(Store::new(database.clone()))));
        let listener = http::bind(options.bind, options.connections.backlog)?;
        bring_up(&listener, &database).await?;
        programme::seed::ensure(&database, &*clock, &ids).await?;
        let graphiql = options.graphiql;
        let pools = database.clone();
        metrics::before_scrape(move || pools.record_pools());
        let upkeep = tokio::spawn(metrics::upkeep());
        let feed = Feed::start(&database, self.jobs.feed()).await?;
        let links = self.mail.links()?;
        let mail = self.mail.mailer()?.map(|mailer| SendMail {
            mailer,
            links: links.clone(),
        });
        let registry = chores::registry(self.jobs.retention(), mail);
        let worker = Worker::new(
            &database,
            Arc::clone(&clock),
            Arc::clone(&ids),
            registry,
            self.jobs.worker(),
        );
        let desk = links.clone().map(|links| Desk {
            links,
            database: database.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
        });
        let executor = Arc::new(Executor::new(database.clone(), feed.clone()).with_links(links));
        options.documents.known.check(&options.limits, &*executor).await?;
        let service = Service {
            executor,
            verifier,
            probe: Arc::new(DatabaseProbe::<Migrator>::new(database.clone())),
            pages: desk.map(pages::all).unwrap_or_default(),
            clock,
            ids,
            options,
        };
        let server = http::start_on(listener, service)?;
        let working = worker.start();
        tracing::info!(address = %format!("http://{}", server.address()), graphiql, "serving");
        if let Some(address) = server.metrics_address() {
            tracing::info!(address = %format!("http://{address}/metrics"), "figures");
        }
        let mut ending = server.until_signal(&mut signals).await?;
        if ending == Ending::Complete {
            // A second signal ends the jobs too.
            ending = tokio::select! {
                () = working.stop() => Ending::Complete,
                () = signals.next() => Ending::CutShort,
            };
        }
        feed.stop();
        upkeep.abort();
        if ending == Ending::CutShort {
            bail!("stopped at once by a second signal; requests that were running got no answer");
        }
        database.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Brings the schema to this version. While that takes its time, whoever asks hears "not ready".
async fn bring_up(listener: &Listener, database: &Database) -> anyhow::Result<()> {
    let steps = migrate::status::<Migrator>(database.reader()).await?;
    if steps.iter().all(|step| step.applied) {
        return Ok(());
    }
    tracing::info!(address = %format!("http://{}", listener.address()), "listening; bringing the database to this version");
    let waiting = listener.wait()?;
    for step in migrate::up::<Migrator>(database, None).await? {
        tracing::info!(step, "migrated");
    }
    waiting.end().await;
    Ok(())
}
