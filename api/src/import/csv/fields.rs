//! From cells to values.
//!
//! A [`Fields`] reads one row; each method either gives the value or notes a problem with the cell's place, so that
//! one pass finds everything wrong with a row. Empty cells are `None`. Dates are ISO (2026-04-01) or British
//! (01/04/2026), never American. Lists are separated by `|`, which no spreadsheet uses as a separator. Codes are
//! read without regard to case, and spaces or hyphens stand for underscores. A leading `=`, `+`, `-` or `@` is kept
//! as it is: the data is text here, whatever a spreadsheet would make of it.

use chrono::{Datelike, NaiveDate};
use sea_orm::ActiveEnum;

use super::{
    problems::{Problem, Problems, nearest},
    table::{Row, Table},
};

/// What a list's items stand between.
pub const LIST_SEPARATOR: char = '|';
/// What a date must look like, for messages.
pub const DATE_FORM: &str = "a date as 2026-04-30 or 30/04/2026";

/// One row being read.
pub struct Fields<'a> {
    table: &'a Table,
    row: &'a Row,
    problems: &'a mut Problems,
    failed: bool,
}

impl<'a> Fields<'a> {
    /// Starts on a row.
    pub fn new(table: &'a Table, row: &'a Row, problems: &'a mut Problems) -> Self {
        Self {
            table,
            row,
            problems,
            failed: false,
        }
    }

    /// The row's line.
    pub fn line(&self) -> u64 {
        self.row.line
    }

    /// Notes that a cell is wrong: `expected` completes "… expected". The row will not be imported.
    pub fn wrong(&mut self, column: &str, expected: impl Into<String>) {
        self.failed = true;
        let problem = self.problem(column, expected.into());
        self.problems.error(problem);
    }

    /// Notes something odd about a cell that does not stop the import.
    pub fn odd(&mut self, column: &str, remark: impl Into<String>) {
        let problem = self.problem(column, remark.into());
        self.problems.warning(problem);
    }

    fn problem(&self, column: &str, expected: String) -> Problem {
        Problem {
            file: self.table.file,
            line: Some(self.row.line),
            column: self.table.column(column),
            value: Some(self.table.cell(self.row, column).to_owned()),
            expected,
        }
    }

    /// Text, or `None` when empty. Control characters other than line breaks and tabs are refused.
    pub fn text(&mut self, column: &str) -> Option<&'a str> {
        let cell = self.table.cell(self.row, column);
        if cell.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.wrong(column, "expected text without control characters");
            return None;
        }
        (!cell.is_empty()).then_some(cell)
    }

    /// Text that must be there.
    pub fn needed(&mut self, column: &str) -> Option<&'a str> {
        if self.table.cell(self.row, column).is_empty() {
            self.wrong(column, "expected a value");
            return None;
        }
        self.text(column)
    }

    /// A date, or `None` when empty.
    pub fn date(&mut self, column: &str) -> Option<NaiveDate> {
        let text = self.text(column)?;
        let date = parse_date(text);
        if date.is_none() {
            self.wrong(column, format!("expected {DATE_FORM}"));
        }
        date
    }

    /// A date that must be there.
    pub fn needed_date(&mut self, column: &str) -> Option<NaiveDate> {
        self.needed(column)?;
        self.date(column)
    }

    /// A date that may not lie after `today`, or `None` when empty.
    pub fn past_date(&mut self, column: &str, today: NaiveDate) -> Option<NaiveDate> {
        let date = self.date(column)?;
        if date > today {
            self.wrong(column, format!("expected a date not after today, {today}"));
            return None;
        }
        Some(date)
    }

    /// Checks that `ends_on` is not before `starts_on`.
    pub fn in_order(&mut self, starts_on: Option<NaiveDate>, ends_on: Option<NaiveDate>) {
        if let (Some(start), Some(end)) = (starts_on, ends_on)
            && end < start
        {
            self.wrong("ends_on", format!("expected a date not before starts_on, {start}"));
        }
    }

    /// Yes or no; empty is no.
    pub fn flag(&mut self, column: &str) -> bool {
        match self.text(column).map(str::to_lowercase).as_deref() {
            None | Some("no" | "n" | "false" | "0") => false,
            Some("yes" | "y" | "true" | "1") => true,
            Some(_) => {
                self.wrong(
                    column,
                    "expected yes or no (true, false, y, n, 1 and 0 are understood too)",
                );
                false
            }
        }
    }

    /// A whole number from `low` to `high`, or `None` when empty.
    pub fn number(&mut self, column: &str, low: i32, high: i32) -> Option<i32> {
        let number = self
            .text(column)?
            .parse()
            .ok()
            .filter(|number| (low..=high).contains(number));
        if number.is_none() {
            self.wrong(column, format!("expected a whole number from {low} to {high}"));
        }
        number
    }

    /// One of a closed list of codes, or `None` when empty.
    pub fn choice<E: ActiveEnum<Value = String>>(&mut self, column: &str) -> Option<E> {
        let text = self.text(column)?;
        match parse_choice(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.wrong(column, expected);
                None
            }
        }
    }

    /// One of a closed list of codes that must be there.
    pub fn needed_choice<E: ActiveEnum<Value = String>>(&mut self, column: &str) -> Option<E> {
        self.needed(column)?;
        self.choice(column)
    }

    /// The items of a list cell, trimmed. A repeated or empty item is an error.
    pub fn list(&mut self, column: &str) -> Vec<&'a str> {
        let mut items: Vec<&str> = Vec::new();
        for item in self
            .text(column)
            .into_iter()
            .flat_map(|text| text.split(LIST_SEPARATOR))
            .map(str::trim)
        {
            if item.is_empty() {
                self.wrong(column, format!("expected a value between every two {LIST_SEPARATOR:?}"));
            } else if items.contains(&item) {
                self.wrong(column, format!("expected {item} only once"));
            } else {
                items.push(item);
            }
        }
        items
    }

    /// Gives `value` when every cell of the row was right.
    pub fn finish<T>(self, value: Option<T>) -> Option<T> {
        if self.failed { None } else { value }
    }
}

/// A date in one of the two forms; years from 1900 to 2199.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        (lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let parts = |separator| -> Option<[&str; 3]> { text.split(separator).collect::<Vec<_>>().try_into().ok() };
    let (year, month, day): (u32, u32, u32) = if let Some([year, month, day]) = parts('-') {
        (digits(year, 4..=4)?, digits(month, 2..=2)?, digits(day, 2..=2)?)
    } else if let Some([day, month, year]) = parts('/') {
        (digits(year, 4..=4)?, digits(month, 1..=2)?, digits(day, 1..=2)?)
    } else {
        return None;
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|date| (1900..2200).contains(&date.year()))
}

/// One of `E`'s codes, or what was expected instead.
pub fn parse_choice<E: ActiveEnum<Value = String>>(text: &str) -> Result<E, String> {
    let given = text.trim().to_uppercase().replace([' ', '-'], "_");
    let codes: Vec<(E, String)> = E::iter()
        .map(|value| {
            let code = value.to_value();
            (value, code)
        })
        .collect();
    let names: Vec<String> = codes.iter().map(|(_, code)| code.clone()).collect();
    if let Some((value, _)) = codes.into_iter().find(|(_, code)| *code == given) {
        return Ok(value);
    }
    Err(expected_one_of(&given, &names))
}

/// "expected one of A, B; did you mean B?"
pub fn expected_one_of(given: &str, names: &[String]) -> String {
    let hint = nearest(given, names.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("; did you mean {near}?"));
    if names.is_empty() {
        return "expected a known one, but none is known yet".to_owned();
    }
    format!("expected one of {}{hint}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use entity::enums::Party;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_whole_and_real_dates_are_read() {
        let date = NaiveDate::from_ymd_opt(2024, 2, 29);
        for text in ["2024-02-29", "29/02/2024", "29/2/2024"] {
            assert_eq!(parse_date(text), date, "{text}");
        }
        let wrong = [
            "",
            "2024",
            "29-02-2024",
            "2024-2-29",
            "29/02/24",
            "02/29/2024",
            "30/02/2024",
            "2024/02/29",
            "2024-02-29 00:00",
            "+024-02-29",
            "1899-12-31",
            "2200-01-01",
            "٢٩/02/2024",
            "-2024-02-29",
        ];
        for text in wrong {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn codes_are_read_in_any_dress() {
        for text in ["LIBERAL_DEMOCRAT", "liberal democrat", " Liberal-Democrat "] {
            assert_eq!(parse_choice::<Party>(text), Ok(Party::LiberalDemocrat), "{text}");
        }
        let message = parse_choice::<Party>("Labuor").unwrap_err();
        assert!(
            message.starts_with("expected one of ") && message.contains("REFORM_UK"),
            "{message}"
        );
        assert!(message.ends_with("did you mean LABOUR?"), "{message}");
    }

    proptest! {
        #[test]
        fn every_date_is_read_back_from_both_forms(days in 0..109_572_i64) {
            let date = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Duration::days(days);
            prop_assert_eq!(parse_date(&date.format("%Y-%m-%d").to_string()), Some(date));
            prop_assert_eq!(parse_date(&date.format("%d/%m/%Y").to_string()), Some(date));
            prop_assert_eq!(parse_date(&date.format("%-d/%-m/%Y").to_string()), Some(date));
        }

        #[test]
        fn no_text_makes_the_date_reader_fail_otherwise(text in "\\PC{0,12}") {
            if let Some(date) = parse_date(&text) {
                prop_assert!(text.contains(&date.format("%Y").to_string()));
            }
        }
    }
}
