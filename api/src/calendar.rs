//! Working days in England: weekends and bank holidays.
//!
//! Pure. Bank holidays follow from rules (Banking and Financial Dealings Act 1971 and the royal proclamations that give
//! New Year's Day, Good Friday and Christmas their substitutes); days that were moved or added once are data, to be
//! extended when one is proclaimed (published at <https://www.gov.uk/bank-holidays>). Invariant: every bank holiday falls
//! on a weekday, because a holiday on a weekend is given on the next free weekday.
//!
//! Neighbours: `challenge::deadlines` (offsets in working days), `clock` (which day it is).

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Year, month and day.
type Ymd = (i32, u32, u32);

/// Bank holidays that were moved once: from the day the rule gives to the day that was proclaimed.
const MOVED: &[(Ymd, Ymd)] = &[
    ((2012, 5, 28), (2012, 6, 4)),
    // Early May, to the 75th anniversary of VE Day.
    ((2020, 5, 4), (2020, 5, 8)),
    // Spring, to the Platinum Jubilee.
    ((2022, 5, 30), (2022, 6, 2)),
];

/// Bank holidays that were added once.
const ADDED: &[Ymd] = &[(2011, 4, 29), (2012, 6, 5), (2022, 6, 3), (2022, 9, 19), (2023, 5, 8)];

fn day((year, month, day): Ymd) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Easter Sunday of a Gregorian year (the "anonymous" algorithm published in Nature, 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let leap_centuries = century.div_euclid(4);
    let moon = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - leap_centuries - moon + 15).rem_euclid(30);
    let to_sunday = (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4) - epact - of_century.rem_euclid(4))
        .rem_euclid(7);
    let correction = (golden + 11 * epact + 22 * to_sunday).div_euclid(451);
    let count = epact + to_sunday - 7 * correction + 114;
    let (month, date) = (count.div_euclid(31), count.rem_euclid(31) + 1);
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(date).ok()?)
}

/// The last Monday of a month that has 31 days.
fn last_monday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    last.checked_sub_days(Days::new(last.weekday().num_days_from_monday().into()))
}

/// The bank holidays of England and Wales in a year, in order; substitute days instead of those on a weekend.
pub fn bank_holidays(year: i32) -> Vec<NaiveDate> {
    let sunday = easter(year);
    let fixed = [
        NaiveDate::from_weekday_of_month_opt(year, 5, Weekday::Mon, 1),
        last_monday(year, 5),
        last_monday(year, 8),
        sunday.and_then(|sunday| sunday.checked_sub_days(Days::new(2))),
        sunday.and_then(|sunday| sunday.checked_add_days(Days::new(1))),
    ];
    let mut holidays: Vec<NaiveDate> = fixed
        .into_iter()
        .flatten()
        .map(|holiday| {
            let moved = MOVED.iter().find(|(from, _)| day(*from) == Some(holiday));
            moved.and_then(|(_, to)| day(*to)).unwrap_or(holiday)
        })
        .collect();
    holidays.extend(
        ADDED
            .iter()
            .filter(|added| added.0 == year)
            .filter_map(|added| day(*added)),
    );
    // Days that have a substitute. Those on weekdays take their place first, so that Christmas Day on a Sunday moves past
    // Boxing Day on the Monday.
    let mut substituted: Vec<NaiveDate> = [(year, 1, 1), (year, 12, 25), (year, 12, 26)]
        .into_iter()
        .filter_map(day)
        .collect();
    substituted.sort_by_key(|date| is_weekend(*date));
    for date in substituted {
        let mut substitute = date;
        while is_weekend(substitute) || holidays.contains(&substitute) {
            match substitute.succ_opt() {
                Some(next) => substitute = next,
                None => break,
            }
        }
        holidays.push(substitute);
    }
    holidays.sort_unstable();
    holidays
}

/// Whether people in English councils usually work on this day.
pub fn is_working_day(date: NaiveDate) -> bool {
    // The cheap test first: most days that are asked about and are not working days are weekends.
    !is_weekend(date) && !bank_holidays(date.year()).contains(&date)
}

/// The `count`th working day after `date`, which itself does not count; `date` for 0.
/// `None` only beyond the years that a date can hold.
pub fn working_days_after(date: NaiveDate, count: u32) -> Option<NaiveDate> {
    walk(date, count, |date| date.succ_opt())
}

/// The `count`th working day before `date`, which itself does not count; `date` for 0.
/// `None` only beyond the years that a date can hold.
pub fn working_days_before(date: NaiveDate, count: u32) -> Option<NaiveDate> {
    walk(date, count, |date| date.pred_opt())
}

fn walk(from: NaiveDate, count: u32, step: impl Fn(NaiveDate) -> Option<NaiveDate>) -> Option<NaiveDate> {
    let mut date = from;
    let mut year = None;
    let mut holidays = Vec::new();
    let mut left = count;
    while left > 0 {
        date = step(date)?;
        if year != Some(date.year()) {
            year = Some(date.year());
            holidays = bank_holidays(date.year());
        }
        if !is_weekend(date) && !holidays.contains(&date) {
            left -= 1;
        }
    }
    Some(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// As listed at <https://www.gov.uk/bank-holidays> for England and Wales.
    const LISTED: &[(i32, &[&str])] = &[
        (
            2020,
            &["01-01", "04-10", "04-13", "05-08", "05-25", "08-31", "12-25", "12-28"],
        ),
        (
            2021,
            &["01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-27", "12-28"],
        ),
        (
            2022,
            &[
                "01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19", "12-26", "12-27",
            ],
        ),
        (
            2023,
            &[
                "01-02", "04-07", "04-10", "05-01", "05-08", "05-29", "08-28", "12-25", "12-26",
            ],
        ),
        (
            2024,
            &["01-01", "03-29", "04-01", "05-06", "05-27", "08-26", "12-25", "12-26"],
        ),
        (
            2025,
            &["01-01", "04-18", "04-21", "05-05", "05-26", "08-25", "12-25", "12-26"],
        ),
        (
            2026,
            &["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"],
        ),
        (
            2027,
            &["01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"],
        ),
    ];

    #[test]
    fn the_rules_give_the_published_bank_holidays() {
        for (year, listed) in LISTED {
            let listed: Vec<NaiveDate> = listed.iter().map(|day| date(&format!("{year}-{day}"))).collect();
            assert_eq!(bank_holidays(*year), listed, "{year}");
        }
    }

    #[test]
    fn working_days_skip_weekends_and_bank_holidays() {
        // Maundy Thursday 2026: Good Friday, the weekend and Easter Monday do not count.
        assert_eq!(working_days_after(date("2026-04-02"), 1), Some(date("2026-04-07")));
        assert_eq!(working_days_before(date("2026-04-07"), 1), Some(date("2026-04-02")));
        // Across a turn of the year with substitute days (27 and 28 December 2021, 3 January 2022).
        assert_eq!(working_days_after(date("2021-12-24"), 5), Some(date("2022-01-05")));
        // Ten working days in a month without holidays are two weeks.
        assert_eq!(working_days_after(date("2026-11-02"), 10), Some(date("2026-11-16")));
        assert_eq!(working_days_after(date("2026-11-01"), 0), Some(date("2026-11-01")));
        assert!(!is_working_day(date("2022-09-19")) && is_working_day(date("2022-05-30")));
    }

    proptest! {
        #[test]
        fn holidays_are_weekdays_and_eight_at_least(year in 1980i32..2200) {
            let holidays = bank_holidays(year);
            prop_assert!(holidays.len() >= 8);
            prop_assert!(holidays.windows(2).all(|pair| pair[0] < pair[1]), "{holidays:?}");
            prop_assert!(holidays.iter().all(|day| !is_weekend(*day) && day.year() == year), "{holidays:?}");
        }

        #[test]
        fn there_and_back_ends_where_it_began(offset in 0u64..20_000, count in 1u32..400) {
            let start = date("2000-01-01").checked_add_days(Days::new(offset)).unwrap();
            let after = working_days_after(start, count).unwrap();
            prop_assert!(is_working_day(after));
            let back = working_days_before(after, count).unwrap();
            // A start on a working day is found again; any other comes back to the working day before it.
            let expected = if is_working_day(start) { back == start } else { back < start };
            prop_assert!(expected, "from {start} to {after} and back to {back}");
            let counted = start.iter_days().skip(1).take_while(|day| *day <= after).filter(|day| is_working_day(*day));
            prop_assert_eq!(counted.count(), count as usize);
        }
    }
}
