//! Bars of the engine: eligibility of 10,000 peers for one challenge in 20 ms, a proposal over 10,000 peers, six slots
//! and six windows in 250 ms. Run with `cargo bench -p matching`.
//!
//! Proposals are measured on eight challenges of each kind; before that a line for each says how far it was proven.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use matching::testkit::{Instance, dozen, hung, many_themes, national};
use matching::{SlotIx, eligibility, team};

const PEERS: u32 = 10_000;
const SEEDS: u64 = 8;

/// Makes a challenge of a kind from a seed and a number of peers.
type Make = fn(u64, u32) -> Instance;

fn facts(criterion: &mut Criterion) {
    let instance = national(1, PEERS);
    let world = instance.world().unwrap();
    let (policy, challenge) = (&instance.policy, &instance.challenge);
    let window = challenge.windows[2].span;
    criterion.bench_function("eligibility pool, 10,000 peers", |bencher| {
        bencher.iter(|| eligibility::pool(&world, policy, challenge, Some(SlotIx(3)), black_box(window)).unwrap());
    });
    criterion.bench_function("world, 10,000 peers", |bencher| {
        bencher.iter(|| instance.world().unwrap());
    });
}

fn proposals(criterion: &mut Criterion) {
    let kinds: [(&str, Make); 4] = [
        ("6 slots", national),
        ("6 slots, no overall control, 2 member slots", hung),
        ("6 slots, 12 themes", many_themes),
        ("12 slots", dozen),
    ];
    for (kind, make) in kinds {
        let mut group = criterion.benchmark_group(format!("propose, 10,000 peers, 6 windows, {kind}"));
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(1));
        for seed in 1..=SEEDS {
            let instance = make(seed, PEERS);
            let world = instance.world().unwrap();
            let options = team::Options::default();
            let proposal = team::propose(&world, &instance.policy, &instance.challenge, &options).unwrap();
            println!(
                "{kind}, seed {seed}: {:?}, no team above {:?}, {} steps",
                proposal.value, proposal.bound, proposal.nodes
            );
            assert!(proposal.proven, "{kind}, seed {seed}");
            group.bench_function(format!("seed {seed}"), |bencher| {
                bencher.iter(|| {
                    team::propose(&world, &instance.policy, &instance.challenge, black_box(&options)).unwrap()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, facts, proposals);
criterion_main!(benches);
