//! Custom scalars. Each has a public specification and refuses anything that it would have to guess about.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};

/// A civil date in England, `YYYY-MM-DD` (ISO 8601), between the years 1900 and 2199.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date(pub NaiveDate);

/// A civil date in England, `YYYY-MM-DD` (ISO 8601), between the years 1900 and 2199.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let well_formed = text.len() == 10;
        match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(date) if well_formed && (1900..2200).contains(&date.year()) => Ok(Self(date)),
            _ => Err(InputValueError::custom(
                "expected a date YYYY-MM-DD between 1900 and 2199",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_dates_in_the_one_format_are_read() {
        let read = |text: &str| Date::parse(Value::String(text.to_owned())).ok().map(|date| date.0);
        assert_eq!(read("2026-02-28"), NaiveDate::from_ymd_opt(2026, 2, 28));
        for text in [
            "2026-02-30",
            "2026-2-28",
            "28/02/2026",
            "1899-12-31",
            "2200-01-01",
            "",
            "2026-02-28T00:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(Date::parse(Value::Number(20_260_228.into())).is_err());
    }
}
