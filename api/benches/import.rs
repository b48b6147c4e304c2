//! How long a large region takes: 10,000 peers with 100,000 availability windows into SQLite (the bar is 10 s), and
//! the reference facts.
//!
//! Each round starts from a copy of a fresh, migrated database in a temporary folder. `cargo bench -p peer-challenge
//! --bench import` repeats it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark may stop at the first fault"
)]

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{Days, NaiveDate};
use criterion::{Criterion, criterion_group, criterion_main};
use migration::Migrator;
use peer_challenge::{
    clock::ManualClock,
    db::{Database, DatabaseOptions, migrate},
    ids::SeededIds,
    import::{folder, reference, store::bulk::Silent},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const PEERS: u32 = 10_000;
const WINDOWS: u32 = 10;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

/// The region's spreadsheets.
fn spreadsheets() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut peers = "reference,name,roles,themes,post,email,status,trained_on,declared_on,capacity\n".to_owned();
    let mut availability = "peer,starts_on,ends_on\n".to_owned();
    for peer in 0..PEERS {
        let role = if peer % 3 == 0 {
            "CASE_AUDITOR|OPERATIONAL_MANAGER"
        } else {
            "ASSISTANT_DIRECTOR"
        };
        writeln!(
            peers,
            "P-{peer},Synthetic Person {peer},{role},NEGLECT|SEND,Post {peer},p{peer}@example.org,ACTIVE,2026-01-15,2026-05-01,2"
        )
        .unwrap();
        for window in 0..WINDOWS {
            let start = today() + Days::new(u64::from(window * 30 + peer % 20));
            writeln!(availability, "P-{peer},{start},{}", start + Days::new(7)).unwrap();
        }
    }
    fs::write(dir.path().join("peers.csv"), peers).unwrap();
    fs::write(dir.path().join("availability.csv"), availability).unwrap();
    dir
}

async fn open(file: &Path) -> Database {
    let url = format!("sqlite://{}", file.to_str().unwrap());
    let database = Database::connect(&DatabaseOptions::new(url)).await.unwrap();
    migrate::up::<Migrator>(&database, None).await.unwrap();
    database
}

async fn close(database: Database) {
    database.reader().clone().close().await.unwrap();
    database.writer().clone().close().await.unwrap();
}

async fn load(database: &Database) {
    let clock = Arc::new(ManualClock::on(today()));
    let ids = SeededIds::new(clock.clone(), 1);
    let tx = database.begin().await.unwrap();
    reference::load(&tx, &*clock, &ids).await.unwrap();
    tx.commit().await.unwrap();
}

async fn import(database: &Database, folder: &Path) {
    let clock = Arc::new(ManualClock::on(today()));
    let ids = SeededIds::new(clock.clone(), 2);
    let tx = database.begin().await.unwrap();
    folder::run(&tx, folder, &*clock, &ids, &Silent).await.unwrap();
    tx.commit().await.unwrap();
}

fn benchmark(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let home = tempfile::tempdir().unwrap();
    let source = spreadsheets();
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10).measurement_time(Duration::from_secs(30));

    // A round that starts from an empty (or loaded, or imported) database and only counts the work itself.
    let mut number = 0;
    let mut rounds = |rounds: u64, loaded: bool, imported: bool| {
        let mut total = Duration::ZERO;
        for _ in 0..rounds {
            number += 1;
            let file = home.path().join(format!("{number}.db"));
            total += runtime.block_on(async {
                let database = open(&file).await;
                if loaded {
                    load(&database).await;
                }
                if imported {
                    import(&database, source.path()).await;
                }
                let start = Instant::now();
                if loaded {
                    import(&database, source.path()).await;
                } else {
                    load(&database).await;
                }
                let spent = start.elapsed();
                close(database).await;
                spent
            });
            fs::remove_file(file).unwrap();
        }
        total
    };
    group.bench_function("reference facts", |bencher| {
        bencher.iter_custom(|n| rounds(n, false, false));
    });
    group.bench_function("10,000 peers and 100,000 windows", |bencher| {
        bencher.iter_custom(|n| rounds(n, true, false));
    });
    group.bench_function("the same again", |bencher| {
        bencher.iter_custom(|n| rounds(n, true, true));
    });
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
