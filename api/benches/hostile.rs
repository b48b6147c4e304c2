//! What hostile requests cost a running service, over a socket: `cargo bench -p peer-challenge --bench hostile`.
//!
//! Every request must be refused with its status; the process's memory is printed before and after.
#![allow(missing_docs, reason = "a benchmark has no interface")]

use std::{sync::Arc, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use migration::Migrator;
use peer_challenge::{
    auth::{Keys, LocalKey, Verifier, VerifierSettings},
    clock::{Clock, SystemClock},
    db::{Database, DatabaseOptions, migrate},
    feed::{Feed, FeedOptions},
    graphql::schema::Executor,
    http::{self, DatabaseProbe, HttpOptions, Introspection, Service},
    ids::SystemIds,
};
use serde_json::json;

/// Name, body and the status that refuses it.
fn requests() -> Vec<(&'static str, String, u16)> {
    let query = |document: String| json!({ "query": document }).to_string();
    let chain = |levels: usize| {
        let mut document = "{ ...F0 }".to_owned();
        for level in 0..levels {
            let next = level + 1;
            document.push_str(&[" fragment F", &level.to_string(), " on Query { ...F"].concat());
            document.push_str(&[&next.to_string(), " ...F", &next.to_string(), " }"].concat());
        }
        document + &format!(" fragment F{levels} on Query {{ __typename }}")
    };
    let aliases = |count: usize| {
        let fields: Vec<_> = (0..count).map(|n| ["a", &n.to_string(), ":a"].concat()).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    let pages = "first: 100) { nodes { assignments(first: 100) { nodes { challenge { assignments(first: 100) { nodes { id } } } } } } } }";
    vec![
        ("32 doubling fragments", query(chain(32)), 400),
        ("30 doubling fragments", query(chain(30)), 400),
        (
            "10,000 brackets",
            query(format!("{{ node(id: {}", "[".repeat(10_000))),
            400,
        ),
        (
            "900 brackets, closed",
            query(format!(
                "{{ node(id: {}1{}) {{ id }} }}",
                "[".repeat(900),
                "]".repeat(900)
            )),
            400,
        ),
        ("10,000 aliases", query(aliases(10_000)), 413),
        ("1,000 aliases", query(aliases(1_000)), 400),
        (
            "1,000 directives on one field",
            query(format!("{{ __typename {} }}", "@a ".repeat(900))),
            400,
        ),
        (
            "cyclic fragments",
            query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned()),
            400,
        ),
        ("100 × 100 × 100 rows", query(format!("{{ peers({pages}")), 400),
        (
            "the schema through itself",
            query(
                "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
                    .to_owned(),
            ),
            400,
        ),
        (
            "variables 50,000 deep",
            format!(
                "{{\"query\":\"{{ a }}\",\"variables\":{{\"v\":{}{}}}}}",
                "[".repeat(50_000),
                "]".repeat(50_000)
            ),
            400,
        ),
        (
            "a string of 200 KB",
            query(format!("{{ node(id: \"{}\") {{ id }} }}", "x".repeat(200_000))),
            413,
        ),
        (
            "a member named twice",
            "{\"query\":\"{ a }\",\"query\":\"{ b }\"}".to_owned(),
            400,
        ),
        ("a body of 2 MB", query("x".repeat(2_000_000)), 413),
        (
            "1,900 tokens of nonsense, validated",
            query(format!("{{ {} }}", "zz ".repeat(900))),
            400,
        ),
    ]
}

async fn serve(directory: &std::path::Path) -> anyhow::Result<http::Running> {
    let database = Database::connect(&DatabaseOptions::new(format!(
        "sqlite://{}/bench.db",
        directory.display()
    )))
    .await?;
    migrate::up::<Migrator>(&database, None).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let key = LocalKey::load_or_create(directory)?;
    let settings = VerifierSettings::new("bench", "bench", jsonwebtoken::Algorithm::EdDSA);
    let mut options = HttpOptions::on(([127, 0, 0, 1], 0).into());
    options.introspection = Introspection::All;
    let feed = Feed::start(&database, FeedOptions::default()).await?;
    Ok(http::start(Service {
        executor: Arc::new(Executor::new(database.clone(), feed)),
        verifier: Arc::new(Verifier::new(settings, Keys::Fixed(key.key_set()?), Arc::clone(&clock))),
        probe: Arc::new(DatabaseProbe::<Migrator>::new(database)),
        pages: Vec::new(),
        ids: Arc::new(SystemIds::new(Arc::clone(&clock))),
        clock,
        options,
    })?)
}

/// Resident memory in MiB, where the system says.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: Option<f64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or_default() / 1024.0
}

fn hostile(criterion: &mut Criterion) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let directory = tempfile::tempdir()?;
    let running = runtime.block_on(serve(directory.path()))?;
    let url = format!("http://{}/graphql", running.address());
    let client = reqwest::Client::builder().no_proxy().build()?;
    let send = async |body: String| {
        let request = client
            .post(&url)
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json");
        request.body(body).send().await.map(|answer| answer.status().as_u16())
    };
    let before = resident();
    let mut group = criterion.benchmark_group("hostile");
    group.sample_size(30).measurement_time(Duration::from_secs(2));
    for (name, body, status) in requests() {
        let answered = runtime.block_on(send(body.clone()))?;
        anyhow::ensure!(answered == status, "{name}: {answered} instead of {status}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(send(body.clone())).unwrap_or_default());
        });
    }
    group.finish();
    println!("resident memory: {before:.0} MiB before, {:.0} MiB after", resident());
    runtime.block_on(running.stop())?;
    Ok(())
}

fn run(criterion: &mut Criterion) {
    if let Err(error) = hostile(criterion) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}

criterion_group!(benches, run);
criterion_main!(benches);
