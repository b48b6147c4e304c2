//! Civil dates, month arithmetic and distances, in whole days, weeks and kilometres.
//!
//! Both ends of a [`Span`] are included. Weeks run Monday to Sunday. A look-back of n months from a day ends on the
//! same day of the month n months later, or on that month's last day where it is shorter ([`months_after`]), so that
//! "left on 31 August, six months" ends on 28 or 29 February.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::facts::Period;

/// A stretch of days, both ends included. [`crate::World::new`] and the functions that take a span refuse one that
/// ends before it starts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Span {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
}

impl Span {
    /// The span from `from` to `until`, unless it would end before it starts.
    pub fn new(from: NaiveDate, until: NaiveDate) -> Option<Self> {
        (from <= until).then_some(Self { from, until })
    }

    /// Number of days, at least 1 for a span that runs forwards.
    pub fn days(self) -> i64 {
        (self.until - self.from).num_days() + 1
    }

    /// Whether the two share a day.
    pub fn overlaps(self, other: Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }

    /// Whether `day` lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.until
    }

    /// Whether every day of `other` lies in it.
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// Whole days strictly between the two; 0 where they touch or overlap.
    pub fn days_between(self, other: Self) -> i64 {
        let gap = if self.until < other.from {
            other.from - self.until
        } else {
            self.from - other.until
        };
        (gap.num_days() - 1).max(0)
    }

    /// The calendar weeks that it touches, as numbers that grow by one each Monday.
    pub fn weeks(self) -> RangeInclusive<i32> {
        week(self.from)..=week(self.until)
    }

    /// The span of the same length that starts on `day`; cut at the end of the calendar that chrono knows.
    #[must_use]
    pub fn starting(self, day: NaiveDate) -> Self {
        let until = day.checked_add_signed(self.until - self.from).unwrap_or(NaiveDate::MAX);
        Self { from: day, until }
    }
}

impl Period {
    /// Whether it shares a day with `span`; an open end reaches for ever.
    pub fn touches(self, span: Span) -> bool {
        self.from.is_none_or(|from| from <= span.until) && self.until.is_none_or(|until| until >= span.from)
    }

    /// The days that both periods hold, if any.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        let from = self.from.max(other.from);
        let until = match (self.until, other.until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        (from.is_none() || until.is_none() || from <= until).then_some(Self { from, until })
    }
}

/// Number of the week (Monday to Sunday) of a day.
pub(crate) fn week(day: NaiveDate) -> i32 {
    // 1 January of year 1 was a Monday and is day 1.
    (day.num_days_from_ce() - 1).div_euclid(7)
}

/// The Monday of week `number`.
pub(crate) fn monday(number: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(number.saturating_mul(7).saturating_add(1)).unwrap_or(NaiveDate::MAX)
}

/// The day after, or the last day that chrono knows.
pub(crate) fn day_after(day: NaiveDate) -> NaiveDate {
    days_after(day, 1)
}

/// `n` days later, or the last day that chrono knows.
pub(crate) fn days_after(day: NaiveDate, n: u64) -> NaiveDate {
    day.checked_add_days(Days::new(n)).unwrap_or(NaiveDate::MAX)
}

/// The day `n` months after `day`: same day of the month, or the month's last day where it is shorter.
pub fn months_after(day: NaiveDate, n: u32) -> NaiveDate {
    day.checked_add_months(Months::new(n)).unwrap_or(NaiveDate::MAX)
}

/// Whole months from `from` to `to`: the largest n with `months_after(from, n) <= to`; 0 where `to` is earlier.
pub(crate) fn months_between(from: NaiveDate, to: NaiveDate) -> i64 {
    let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month());
    let Ok(n) = u32::try_from(months) else { return 0 };
    if months_after(from, n) <= to {
        months
    } else {
        (months - 1).max(0)
    }
}

/// First day on which a window of `span`'s length, moved forwards, touches none of the periods; `None` if one has no end.
pub(crate) fn first_clear_day(periods: &[Period], span: Span) -> Option<NaiveDate> {
    let mut window = span;
    loop {
        let mut last = None;
        for period in periods.iter().filter(|period| period.touches(window)) {
            last = last.max(Some(period.until?));
        }
        match last {
            None => return Some(window.from),
            Some(day) => window = span.starting(day.succ_opt()?),
        }
    }
}

/// The first day on which a window as long as `span` may begin with every period it does not touch over for `months`;
/// none when a period that it runs into never ends. A period that begins later than the window counts once it is over.
pub(crate) fn first_day_behind(periods: &[Period], span: Span, months: u32) -> Option<NaiveDate> {
    let mut from = span.from;
    loop {
        let window = span.starting(first_clear_day(periods, span.starting(from))?);
        let over = periods.iter().filter_map(|period| period.until);
        let clear = over
            .filter(|&until| until < window.from)
            .map(|until| months_after(until, months));
        match clear.max() {
            Some(clear) if window.from < clear => from = clear,
            _ => return Some(window.from),
        }
    }
}

/// Position of a place on a plane, in whole kilometres east and north, from latitude and longitude in degrees.
///
/// A transverse Mercator projection of the sphere about 2° west, laid out roughly as the national grid; distances
/// within England are right to better than 1 %, apart from rounding to whole kilometres.
#[allow(clippy::cast_possible_truncation)] // rounded, and far inside i32 for any place on Earth; NaN becomes 0
pub fn grid(latitude: f64, longitude: f64) -> (i32, i32) {
    // Mean of the Earth's two radii of curvature at 53° north.
    const RADIUS_KM: f64 = 6_383.0;
    let lat = latitude.to_radians();
    let lon = (longitude + 2.0).to_radians();
    let sideways = lat.cos() * lon.sin();
    let east = 400.0 + RADIUS_KM * sideways.clamp(-0.999_999, 0.999_999).atanh();
    let north = RADIUS_KM * (lat.tan().atan2(lon.cos()) - 49_f64.to_radians());
    (east.round() as i32, (north - 100.0).round() as i32)
}

/// Distance in whole kilometres between two places of the plane, rounded down (season-format.md, "Objective").
pub fn kilometres(a: (i32, i32), b: (i32, i32)) -> i64 {
    let square = |x: i32, y: i32| u128::from((i64::from(x) - i64::from(y)).unsigned_abs()).pow(2);
    i64::try_from((square(a.0, b.0) + square(a.1, b.1)).isqrt()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_keep_the_day_or_take_the_last_of_a_shorter_month() {
        assert_eq!(months_after(day("2020-08-31"), 6), day("2021-02-28"));
        assert_eq!(months_after(day("2020-02-29"), 72), day("2026-02-28"));
        assert_eq!(months_after(day("2021-03-15"), 0), day("2021-03-15"));
        assert_eq!(months_between(day("2020-08-31"), day("2021-02-28")), 6);
        assert_eq!(months_between(day("2020-08-31"), day("2021-02-27")), 5);
        assert_eq!(months_between(day("2021-02-28"), day("2020-08-31")), 0);
    }

    #[test]
    fn weeks_turn_on_mondays() {
        // 2027-01-03 is a Sunday.
        assert_eq!(week(day("2027-01-03")) + 1, week(day("2027-01-04")));
        assert_eq!(monday(week(day("2027-01-10"))), day("2027-01-04"));
        let span = Span::new(day("2027-01-03"), day("2027-01-04")).unwrap();
        assert_eq!(span.weeks().count(), 2);
        assert_eq!(span.days(), 2);
    }

    #[test]
    fn days_between_counts_whole_days_on_either_side() {
        let a = Span::new(day("2027-01-04"), day("2027-01-06")).unwrap();
        let b = Span::new(day("2027-01-09"), day("2027-01-10")).unwrap();
        assert_eq!(a.days_between(b), 2);
        assert_eq!(b.days_between(a), 2);
        assert!(Span::new(day("2027-01-06"), day("2027-01-04")).is_none());
    }

    #[test]
    fn distances_in_england_are_right_to_two_percent() {
        // City halls, great-circle distances from the haversine formula in km.
        let places = [
            ("Penzance", 50.118, -5.537),
            ("Berwick", 55.770, -2.005),
            ("Great Yarmouth", 52.607, 1.730),
            ("Dover", 51.128, 1.313),
            ("Carlisle", 54.895, -2.934),
            ("Birmingham", 52.480, -1.903),
        ];
        for (i, a) in places.iter().enumerate() {
            for b in &places[i + 1..] {
                let (lat1, lat2) = (f64::to_radians(a.1), f64::to_radians(b.1));
                let half = ((lat2 - lat1) / 2.0).sin().powi(2)
                    + lat1.cos() * lat2.cos() * (f64::to_radians(b.2 - a.2) / 2.0).sin().powi(2);
                let truth = 2.0 * 6371.0 * half.sqrt().asin();
                #[allow(clippy::cast_precision_loss)]
                let got = kilometres(grid(a.1, a.2), grid(b.1, b.2)) as f64;
                assert!(
                    (got - truth).abs() <= truth * 0.01 + 1.5,
                    "{}–{}: {got} against {truth}",
                    a.0,
                    b.0
                );
            }
        }
    }

    #[test]
    fn a_window_is_clear_after_the_last_period_in_its_way() {
        let period = |from: &str, until: &str| Period {
            from: Some(day(from)),
            until: Some(day(until)),
        };
        let window = Span::new(day("2027-01-04"), day("2027-01-06")).unwrap();
        let periods = [period("2027-01-01", "2027-01-05"), period("2027-01-08", "2027-01-09")];
        assert_eq!(first_clear_day(&periods, window), Some(day("2027-01-10")));
        let open = [Period {
            from: None,
            until: None,
        }];
        assert_eq!(first_clear_day(&open, window), None);
    }

    #[test]
    fn a_tie_that_begins_again_puts_the_day_behind_off() {
        let period = |from: &str, until: &str| Period {
            from: Some(day(from)),
            until: Some(day(until)),
        };
        let window = Span::new(day("2027-01-09"), day("2027-01-12")).unwrap();
        let once = period("2020-01-01", "2026-01-25");
        assert_eq!(first_day_behind(&[once], window, 72), Some(day("2032-01-25")));
        let again = [once, period("2029-03-01", "2031-06-30")];
        assert_eq!(first_day_behind(&again, window, 72), Some(day("2037-06-30")));
        // The second begins when the first is long over.
        let later = [once, period("2033-03-01", "2034-06-30")];
        assert_eq!(first_day_behind(&later, window, 72), Some(day("2032-01-25")));
        let for_good = [
            once,
            Period {
                from: Some(day("2030-01-01")),
                until: None,
            },
        ];
        assert_eq!(first_day_behind(&for_good, window, 72), None);
    }
}
