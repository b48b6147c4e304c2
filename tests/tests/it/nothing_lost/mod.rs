//! Nothing lost, nothing doubled: many clients at once, a process that is killed, a database that goes away.
//!
//! `plant` makes the people and places that everybody wants, `doors` starts the service on them, `draw` and `wishes` choose
//! what to do from a seed, `chores` has background jobs fall due, `intruder` is another process at a SQLite file, `check` holds state, audit record, feed and idempotency keys against each other.

mod check;
mod chores;
mod crash;
mod crowd;
mod doors;
mod draw;
mod intruder;
mod outage;
mod plant;
mod restored;
mod wishes;

/// A number from the environment, for the long forms of these tests.
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect(name))
}

/// Input of `createSeason` for one day that only this `number` has.
fn one_day(name: &str, number: u64) -> serde_json::Value {
    let first = chrono::NaiveDate::from_ymd_opt(2041, 1, 1).expect("a day");
    let day = first.checked_add_days(chrono::Days::new(number)).expect("a day");
    serde_json::json!({ "name": name, "startsOn": day, "endsOn": day })
}
