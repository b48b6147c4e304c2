//! The only source of "now" and "today".
//!
//! Rules and services never read the system time: they take a [`Clock`], so that tests, the demo and replays see
//! exactly the day they ask for. `clippy.toml` bans `Utc::now` everywhere; the single exception is in this file.
//!
//! Invariant: instants are UTC with microsecond precision, because that is what both databases keep; a value that
//! was written and read back compares equal to the value in memory.
//!
//! Neighbours: `ids` (UUID v7 takes its time from here), `auth::jwt` (expiry), the services of every aggregate.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, SubsecRound, TimeZone, Utc, Weekday};

/// Tells the time. One instance is shared by the whole process.
pub trait Clock: Send + Sync {
    /// The present instant in UTC, cut to microseconds.
    fn now(&self) -> DateTime<Utc>;

    /// The civil date in England at this instant.
    fn today(&self) -> NaiveDate {
        civil_date(self.now())
    }
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the system time enters the program"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// A clock that stands still until it is told to move; for tests and for the demo's seeded past.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that stands at `instant`.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(Mutex::new(instant.trunc_subsecs(6)))
    }

    /// A clock that stands at noon (UTC) of `day`.
    pub fn on(day: NaiveDate) -> Self {
        Self::at(Utc.from_utc_datetime(&day.and_time(chrono::NaiveTime::MIN)) + Duration::hours(12))
    }

    /// Moves the clock to `instant`, forwards or backwards.
    pub fn set(&self, instant: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = instant.trunc_subsecs(6);
    }

    /// Moves the clock by `span` (which may be negative).
    pub fn advance(&self, span: Duration) {
        let mut instant = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *instant += span;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The date that a calendar on a wall in England shows at `instant`.
///
/// British summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October
/// (Summer Time Order 2002); outside it civil time is UTC. No time zone database is needed for that.
pub fn civil_date(instant: DateTime<Utc>) -> NaiveDate {
    let year = instant.year();
    let summer = match (last_sunday(year, 3), last_sunday(year, 10)) {
        (Some(from), Some(to)) => {
            let at_one =
                |day: NaiveDate| Utc.from_utc_datetime(&day.and_time(chrono::NaiveTime::MIN)) + Duration::hours(1);
            at_one(from) <= instant && instant < at_one(to)
        }
        // Only years that chrono itself cannot hold end here.
        _ => false,
    };
    if summer {
        (instant + Duration::hours(1)).date_naive()
    } else {
        instant.date_naive()
    }
}

/// The first instant of a day in England: midnight there, which is an hour before midnight UTC in summer.
pub fn first_instant(day: NaiveDate) -> DateTime<Utc> {
    let midnight = Utc.from_utc_datetime(&day.and_time(chrono::NaiveTime::MIN));
    let earlier = midnight.checked_sub_signed(Duration::hours(1));
    earlier
        .filter(|instant| civil_date(*instant) == day)
        .unwrap_or(midnight)
}

/// The last Sunday of a month that has 31 days.
fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    last.checked_sub_days(Days::new(u64::from(last.weekday().days_since(Weekday::Sun))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(instant("2026-11-22T10:00:00.123456789Z"));
        assert_eq!(clock.now(), instant("2026-11-22T10:00:00.123456Z"));
        clock.advance(Duration::days(2));
        assert_eq!(clock.today(), NaiveDate::from_ymd_opt(2026, 11, 24).unwrap());
        clock.set(instant("2020-01-01T00:00:00Z"));
        assert_eq!(clock.now(), instant("2020-01-01T00:00:00Z"));
    }

    #[test]
    fn summer_evenings_already_belong_to_the_next_day() {
        let day = |text| civil_date(instant(text)).to_string();
        assert_eq!(day("2026-07-01T22:59:59Z"), "2026-07-01");
        assert_eq!(day("2026-07-01T23:00:00Z"), "2026-07-02");
        assert_eq!(day("2026-12-01T23:30:00Z"), "2026-12-01");
        // Summer time starts on 29 March and ends on 25 October in 2026.
        assert_eq!(day("2026-03-28T23:30:00Z"), "2026-03-28");
        assert_eq!(day("2026-03-29T23:30:00Z"), "2026-03-30");
        assert_eq!(day("2026-10-24T23:30:00Z"), "2026-10-25");
        assert_eq!(day("2026-10-25T23:30:00Z"), "2026-10-25");
        for day in [
            "2026-03-28",
            "2026-03-29",
            "2026-03-30",
            "2026-10-24",
            "2026-10-25",
            "2026-10-26",
        ] {
            let day: NaiveDate = day.parse().unwrap();
            let first = first_instant(day);
            assert_eq!(civil_date(first), day);
            assert_eq!(civil_date(first - Duration::microseconds(1)), day.pred_opt().unwrap());
        }
    }
}
