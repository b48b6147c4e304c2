//! Nothing lost, nothing doubled: many clients at once, a process that is killed, a database that goes away.
//!
//! `plant` makes the people and places that everybody wants, `draw` chooses what to do from a seed, `check` holds state,
//! audit record, feed and idempotency keys against each other.

mod check;
mod crash;
mod crowd;
mod draw;
mod outage;
mod plant;

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
