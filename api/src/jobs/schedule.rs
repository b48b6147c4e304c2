//! Recurring jobs: one for each period, whichever replica enqueues it first.
//!
//! The dedupe key names the kind and the beginning of the period, so the database lets only one through.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::NewJob;

/// A job that comes again and again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recurring {
    /// Kind of the jobs.
    pub kind: &'static str,
    /// One in each period of this length; whole seconds, at least one.
    pub period: Duration,
}

impl Recurring {
    /// When the period that `now` lies in began.
    pub fn period_start(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let length = i64::try_from(self.period.as_secs()).unwrap_or(i64::MAX).max(1);
        let start = now.timestamp() - now.timestamp().rem_euclid(length);
        // A start that chrono cannot hold would need an instant that it cannot hold either.
        DateTime::from_timestamp(start, 0).unwrap_or(now)
    }

    /// The job of the period that began at `start`.
    pub(super) fn job(&self, start: DateTime<Utc>) -> NewJob {
        let start = start.to_rfc3339_opts(SecondsFormat::Secs, true);
        NewJob::new(self.kind).once(format!("{}@{start}", self.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_at_its_multiple() {
        let start = |hours, at: &str| {
            let recurring = Recurring {
                kind: "x",
                period: Duration::from_hours(hours),
            };
            recurring.period_start(at.parse().unwrap()).to_rfc3339()
        };
        assert_eq!(start(1, "2026-11-22T12:59:59.999Z"), "2026-11-22T12:00:00+00:00");
        assert_eq!(start(1, "2026-11-22T13:00:00Z"), "2026-11-22T13:00:00+00:00");
        assert_eq!(start(24, "2026-11-22T13:00:00Z"), "2026-11-22T00:00:00+00:00");
        assert_eq!(start(1, "1969-12-31T23:30:00Z"), "1969-12-31T23:00:00+00:00");
    }
}
