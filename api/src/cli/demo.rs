//! `peer-challenge demo`: the main job on a database of its own, and the service to play with.

use std::{sync::Arc, time::Duration};

use clap::Args;
use jsonwebtoken::Algorithm;
use migration::Migrator;

use crate::{
    apikey::store::Store,
    auth::{Keys, LocalKey, Verifier, VerifierSettings, Viewer, ViewerRole},
    chores,
    clock::{Clock, SystemClock},
    config::{AuthArgs, DataDirArgs, HttpArgs},
    db::{Database, DatabaseOptions, migrate},
    demo::{fill, report},
    feed::{Feed, FeedOptions},
    graphql::{
        context::{Act, finish},
        ids::{Kind, encode},
        schema::Executor,
    },
    http::{self, DatabaseProbe, Introspection, Service, Signals},
    ids::{IdGenerator, SeededIds},
    jobs::{Worker, WorkerOptions},
    metrics,
};

/// See the main job on a fresh embedded database: a team for a real council, and why.
///
/// Fills a temporary database with England's councils, 2,200 invented peers, two seasons of past
/// challenges and 40 requests, proposes a team for one of them, prints a token for each role and five queries, and serves GraphiQL until Ctrl-C.
/// Nothing is kept.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge demo\n  \
    peer-challenge demo --once                  print and exit\n  \
    peer-challenge demo --bind 127.0.0.1:9000 --seed 7")]
pub(super) struct Demo {
    /// Print the answer and exit instead of serving.
    #[arg(long)]
    once: bool,
    /// Decides the invented people and requests; the same seed on the same day gives the same ones.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut options = self.http.options()?;
        // Whoever looks at the demo shall see the schema in GraphiQL before pasting a token.
        if self.http.limits.introspection.is_none() {
            options.introspection = Introspection::All;
        }
        let directory = tempfile::Builder::new().prefix("peer-challenge-demo-").tempdir()?;
        let file = directory.path().join("demo.db");
        let database = Database::connect(&DatabaseOptions::new(format!("sqlite://{}", file.display()))).await?;
        migrate::up::<Migrator>(&database, None).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(Arc::clone(&clock), self.seed));
        let act = Act::new(Viewer::service(), &*clock, Arc::clone(&ids));
        let transaction = database.begin().await?;
        let outcome = fill::fill(&transaction, &act, &*clock, &*ids, self.seed).await;
        let filled = finish(transaction, outcome)
            .await
            .map_err(|error| anyhow::anyhow!("filling the demonstration failed: {error:?}"))?;
        let report = report::main_job(filled.main_challenge, act.today, database.reader())
            .await
            .map_err(|error| anyhow::anyhow!("the main job failed: {error:?}"))?;
        println!("{report}");
        let season = report::season(filled.main_challenge, act.today, database.reader())
            .await
            .map_err(|error| anyhow::anyhow!("planning the season failed: {error:?}"))?;
        println!("{season}");
        if self.once {
            database.close().await?;
            return Ok(());
        }

        let key = LocalKey::load_or_create(&self.data_dir.data_dir)?;
        // The names that `peer-challenge token` signs with, so that its tokens work here too.
        let (issuer, audience) = AuthArgs::default().local_names();
        let settings = VerifierSettings::new(issuer, audience, Algorithm::EdDSA);
        let roles = [
            ("national programme", "programme@demo", ViewerRole::Programme),
            (
                "regional hub, North East",
                "hub@demo",
                ViewerRole::Hub {
                    regions: vec!["E12000001".to_owned()],
                },
            ),
            (
                "council, Hartlepool",
                "hartlepool@demo",
                ViewerRole::Council {
                    council: fill::MAIN_HOST.to_owned(),
                },
            ),
            ("peer", "peer@demo", ViewerRole::Peer { peer: filled.some_peer }),
            ("analyst", "analyst@demo", ViewerRole::Analyst),
        ];
        let mut tokens = Vec::new();
        for (words, subject, role) in roles {
            let viewer = Viewer::new(subject, role);
            let day = Duration::from_hours(24);
            tokens.push((
                words,
                key.mint(&viewer, &settings.issuer, &settings.audience, clock.now(), day)?,
            ));
        }
        let feed = Feed::start(&database, FeedOptions::default()).await?;
        let machines = AuthArgs::default().machines(Store::new(database.clone()));
        let verifier = Verifier::new(settings, Keys::Fixed(key.key_set()?), Arc::clone(&clock)).with_machines(machines);
        metrics::start()?;
        let executor = Arc::new(Executor::new(database.clone(), feed.clone()));
        options.documents.known.check(&options.limits, &*executor).await?;
        let worker = Worker::new(
            &database,
            Arc::clone(&clock),
            Arc::clone(&ids),
            chores::registry(chores::Retention::default(), None),
            WorkerOptions::default(),
        );
        let mut signals = Signals::listen()?;
        let server = http::start(Service {
            executor,
            verifier: Arc::new(verifier),
            probe: Arc::new(DatabaseProbe::<Migrator>::new(database.clone())),
            pages: Vec::new(),
            clock,
            ids,
            options,
        })?;
        let url = format!("http://{}", server.address());
        println!("Tokens, valid for a day (paste into GraphiQL's headers as {{\"Authorization\": \"Bearer …\"}}):\n");
        for (words, token) in &tokens {
            println!("  {words}\n  {token}\n");
        }
        let challenge = encode(Kind::PeerChallenge, filled.main_challenge);
        println!("{}", queries(&challenge));
        if let Some((_, token)) = tokens.first() {
            println!("GraphiQL as the national programme:\n  {url}/#token={token}\n");
        }
        println!("Serving {url}/graphql until Ctrl-C.");
        let working = worker.start();
        server.until_signal(&mut signals).await?;
        working.stop().await;
        feed.stop();
        database.close().await?;
        Ok(())
    }
}

/// Five queries to paste, on the request that the report is about.
fn queries(challenge: &str) -> String {
    format!(
        r#"Five queries to paste:

  # 1. What is scheduled, and for whom
  {{ schedule(from: "2026-01-01", to: "2027-12-31", first: 10) {{
      nodes {{ startsOn endsOn isConfirmed challenge {{ reference stage host {{ name region {{ name }} }} }} }} }} }}

  # 2. The request above: its places and windows
  {{ node(id: "{challenge}") {{ ... on PeerChallenge {{
      reference stage host {{ name }} slots {{ id role isLead }} windows {{ id startsOn endsOn preference }} }} }} }}

  # 3. Propose a team for it (national programme)
  mutation {{ proposeTeam(input: {{ challengeId: "{challenge}" }}) {{
      proposal {{ proven value {{ filled points }} bound {{ filled points }}
        places {{ slot {{ role }} holder {{ points peer {{ name }} }} reserves {{ peer {{ name }} }} }} }}
      userErrors {{ code message }} }} }}
"#
    )
}
