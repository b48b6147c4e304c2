//! Repairs against the clock: in the seasons named on the command line (JSON), planned and settled, somebody of each challenge drops
//! out: `cargo bench -p matching --bench repair -- FILE …`.
//!
//! Once as it mostly is, where somebody else may be free; once with nobody free for the slot but those who have a place somewhere at
//! that time, so that people have to be moved. Settings: `SECONDS` for the plan (10), `THREADS` (2), `STEPS` of a repair (1,000,000).
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement, not a part of the engine"
)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use matching::season::format::Pinned;
use matching::season::{
    Control, Options, PlanFile, Problem, Repair, RepairOptions, Season, Seat, ToTheEnd, plan, repair,
};

struct Until(Instant);

impl Control for Until {
    fn stop(&self) -> bool {
        Instant::now() >= self.0
    }

    fn left(&self) -> Option<Duration> {
        Some(self.0.saturating_duration_since(Instant::now()))
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// The season with a plan of it settled.
fn settled(mut season: Season) -> Season {
    let options = Options {
        threads: usize::try_from(number("THREADS", 2)).unwrap(),
        ..Options::default()
    };
    let problem = Problem::of(&season, options.seed);
    let until = Until(Instant::now() + Duration::from_secs(number("SECONDS", 10)));
    let planned = plan(&problem, options, &until);
    let file = PlanFile::of(&season, &problem, &planned, options.seed).unwrap();
    for one in file.assignments {
        let team = one.team;
        season.challenges[one.challenge].pinned = one.window.map(|window| Pinned { window, team });
    }
    season
}

/// Somebody leaves their slot; with `scarce`, whoever has no place is not free then.
fn dropped(season: &Season, challenge: usize, gone: &Seat, scarce: bool) -> Season {
    let mut season = season.clone();
    let pinned = season.challenges[challenge].pinned.as_mut().unwrap();
    pinned.team.retain(|seat| seat != gone);
    let window = pinned.window;
    let days = season.challenges[challenge].windows[window];
    let busy: BTreeSet<usize> = season
        .challenges
        .iter()
        .flat_map(|one| one.pinned.iter())
        .flat_map(|pinned| pinned.team.iter().map(|seat| seat.peer))
        .collect();
    for peer in &mut season.peers {
        if peer.id == gone.peer || scarce && !busy.contains(&peer.id) {
            peer.unavailable.push((days.start, days.end));
        }
        if scarce && busy.contains(&peer.id) {
            peer.capacity = peer.capacity.min(1);
        }
    }
    season
}

fn row(name: &str, mut runs: Vec<(Duration, Repair)>) {
    runs.sort_by_key(|(took, _)| *took);
    let count = |is: &dyn Fn(&Repair) -> bool| runs.iter().filter(|(_, repair)| is(repair)).count();
    let (Some(middle), Some(last)) = (runs.get(runs.len() / 2), runs.last()) else {
        return;
    };
    println!(
        "| {name} | {} | {:.0?} | {:.0?} | {} | {} | {} | {} | {} |",
        runs.len(),
        middle.0,
        last.0,
        count(&|repair| repair.vacant == 0 && repair.moved.is_empty()),
        count(&|repair| repair.moved.len() == 1),
        count(&|repair| repair.moved.len() == 2),
        count(&|repair| repair.proven),
        runs.iter().map(|(_, repair)| repair.steps).max().unwrap_or(0),
    );
}

fn main() {
    println!("| season | repairs | middle | slowest | in peace | one moved | two moved | proven | most steps |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        let season: Season = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        season.check().unwrap();
        let season = settled(season);
        for scarce in [false, true] {
            let mut runs = Vec::new();
            for challenge in &season.challenges {
                let team = challenge.pinned.as_ref().map_or(&[][..], |pinned| &pinned.team);
                let Some(gone) = team.get(challenge.id % team.len().max(1)) else {
                    continue;
                };
                let hurt = dropped(&season, challenge.id, gone, scarce);
                let options = RepairOptions {
                    moves: 2,
                    steps: number("STEPS", 1_000_000),
                };
                let started = Instant::now();
                let found = repair(&hurt, challenge.id, options, &|_, _| true, &ToTheEnd).unwrap();
                runs.push((started.elapsed(), found));
            }
            let kind = if scarce { "nobody free" } else { "usual" };
            row(&format!("{path}, {kind}"), runs);
        }
    }
}
