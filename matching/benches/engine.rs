//! Bars of the engine: eligibility of 10,000 peers for one challenge in 20 ms, a proposal over 10,000 peers, six slots
//! and six windows in 250 ms. Run with `cargo bench -p matching`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use matching::testkit::national;
use matching::{SlotIx, eligibility, team};

fn engine(criterion: &mut Criterion) {
    let instance = national(1, 10_000);
    let world = instance.world().unwrap();
    let (policy, challenge) = (&instance.policy, &instance.challenge);
    let window = challenge.windows[2].span;
    criterion.bench_function("eligibility pool, 10,000 peers", |bencher| {
        bencher.iter(|| eligibility::pool(&world, policy, challenge, Some(SlotIx(3)), black_box(window)).unwrap());
    });
    criterion.bench_function("world, 10,000 peers", |bencher| {
        bencher.iter(|| instance.world().unwrap());
    });
    let mut group = criterion.benchmark_group("propose, 10,000 peers, 6 slots, 6 windows");
    group.sample_size(20);
    for seed in 1..=4 {
        let instance = national(seed, 10_000);
        let world = instance.world().unwrap();
        let options = team::Options::default();
        let proposal = team::propose(&world, &instance.policy, &instance.challenge, &options).unwrap();
        assert!(proposal.proven);
        group.bench_function(format!("seed {seed}"), |bencher| {
            bencher.iter(|| team::propose(&world, &instance.policy, &instance.challenge, black_box(&options)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
