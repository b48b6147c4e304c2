//! A schedule page of 50 challenges, ours beside the same statements by hand with sqlx and serialised by serde, in the same
//! process: `cargo bench -p peer-challenge-tests --bench schedule_page`. Ours must be at most twice as slow.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a measurement, not a part of the service"
)]

mod by_hand;
mod world;

use std::{hint::black_box, sync::Arc};

use async_graphql::{Request, Variables};
use criterion::Criterion;
use peer_challenge::{
    auth::{Viewer, ViewerRole},
    clock::{Clock, ManualClock},
    db::Engine,
    feed::{Feed, FeedOptions},
    graphql::schema::Executor,
    http::Execute as _,
    ids::{IdGenerator, SeededIds},
};
use serde_json::json;
use support::{TestDb, app};

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(8 * 1024 * 1024)
        .build()
        .unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(db) = runtime.block_on(async {
            let db = TestDb::migrated(engine).await.unwrap()?;
            black_box(world::fill(&db).await.unwrap().main_challenge);
            Some(db)
        }) else {
            eprintln!("no PostgreSQL here: only SQLite was measured");
            continue;
        };
        let database = db.database().clone();
        let feed = runtime
            .block_on(Feed::start(&database, FeedOptions::default()))
            .unwrap();
        let executor = {
            let _on = runtime.enter();
            Executor::new(database.clone(), feed.clone())
        };
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::on(app::TODAY.parse().unwrap()));
        let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(Arc::clone(&clock), 9));
        let ours = || async {
            let viewer = Viewer::new("bench", ViewerRole::Programme);
            let request = Request::new(world::SCHEDULE)
                .variables(Variables::from_json(json!({ "first": 50 })))
                .data(viewer.clone())
                .data(Some(viewer))
                .data(Arc::clone(&clock))
                .data(Arc::clone(&ids));
            let response = executor.execute(request).await;
            assert!(response.errors.is_empty(), "{:?}", response.errors);
            serde_json::to_vec(&response).unwrap()
        };
        let (one, other) = runtime.block_on(async { (ours().await, by_hand::page(&database).await.unwrap()) });
        let count = |body: &[u8]| String::from_utf8_lossy(body).matches("homeCouncil").count();
        assert_eq!(count(&one), count(&other), "both answer the same page");
        assert!(count(&one) >= 50, "there are teams on it");
        let mut group = criterion.benchmark_group(format!("schedule page of 50, {engine:?}"));
        group.bench_function("ours", |bencher| bencher.iter(|| black_box(runtime.block_on(ours()))));
        group.bench_function("by hand", |bencher| {
            bencher.iter(|| black_box(runtime.block_on(by_hand::page(&database)).unwrap()));
        });
        group.finish();
        feed.stop();
    }
    criterion.final_summary();
}
