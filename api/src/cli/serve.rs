//! `peer-challenge serve`: runs the service until it is told to stop.

use std::sync::Arc;

use clap::Args;
use migration::Migrator;

use crate::{
    apikey::store::Store,
    chores,
    clock::{Clock, SystemClock},
    config::{AuthArgs, DataDirArgs, DatabaseArgs, HttpArgs, JobArgs},
    db::{Database, migrate},
    feed::Feed,
    graphql::schema::Executor,
    http::{self, DatabaseProbe, Service},
    ids::{IdGenerator, SystemIds},
    jobs::Worker,
    programme,
};

/// Run the service: GraphQL at /graphql, GraphiQL at /, /healthz and /readyz.
///
/// Brings the database to this version first. Stops on SIGTERM or Ctrl-C after finishing running requests.
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
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let options = self.http.options()?;
        let database = Database::connect(&self.database.options()).await?;
        for step in migrate::up::<Migrator>(&database, None).await? {
            tracing::info!(step, "migrated");
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        programme::seed::ensure(&database, &*clock, &ids).await?;
        let verifier = self.auth.verifier(&self.data_dir, Arc::clone(&clock)).await?;
        let verifier = Arc::new(verifier.with_machines(self.auth.machines(Store::new(database.clone()))));
        let graphiql = options.graphiql;
        let feed = Feed::start(&database, self.jobs.feed()).await?;
        let registry = chores::registry(self.jobs.retention());
        let worker = Worker::new(
            &database,
            Arc::clone(&clock),
            Arc::clone(&ids),
            registry,
            self.jobs.worker(),
        );
        let executor = Arc::new(Executor::new(database.clone(), feed.clone()));
        options.documents.known.check(&options.limits, &*executor).await?;
        let server = http::start(Service {
            executor,
            verifier,
            probe: Arc::new(DatabaseProbe::<Migrator>::new(database.clone())),
            clock,
            ids,
            options,
        })?;
        let working = worker.start();
        tracing::info!(address = %format!("http://{}", server.address()), graphiql, "serving");
        server.until_signal().await?;
        // A second signal ends the jobs too.
        tokio::select! {
            () = working.stop() => {}
            () = http::signal() => {}
        }
        feed.stop();
        database.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}
