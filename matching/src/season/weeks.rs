//! Calendar weeks that windows touch, numbered.
//!
//! Weeks that exactly the same windows touch, and in which nobody is away anyway, say the same and have one number. So there are never
//! many more than windows, however far apart these are or however long one of them is.

use super::problem::Span;

/// Runs of weeks (day div 7), first and last, in order.
#[derive(Clone, Debug)]
pub(super) struct Weeks(Vec<(i64, i64)>);

impl Weeks {
    /// `spans` are sorted; a week of `away` stands alone.
    pub(super) fn of(spans: &[Span], away: impl Iterator<Item = i64>) -> Self {
        let ends = |first: i64, last: i64| [first, last + 1];
        let mut cuts: Vec<i64> = spans
            .iter()
            .flat_map(|span| ends(span.start.div_euclid(7), span.end.div_euclid(7)))
            .chain(away.flat_map(|week| ends(week, week)))
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut begun = spans.iter().peekable();
        let mut until = i64::MIN;
        let mut runs = Vec::new();
        for pair in cuts.windows(2) {
            let (first, next) = (pair[0], pair[1]);
            while let Some(span) = begun.next_if(|span| span.start.div_euclid(7) <= first) {
                until = until.max(span.end.div_euclid(7));
            }
            if first <= until {
                runs.push((first, next - 1));
            }
        }
        Self(runs)
    }

    /// How many numbers there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The number of a week that a window touches.
    pub(super) fn number(&self, week: i64) -> Option<usize> {
        let at = self.0.partition_point(|&(_, last)| last < week);
        self.0.get(at).filter(|(first, _)| *first <= week).map(|_| at)
    }

    /// The numbers of the weeks that a window touches.
    pub(super) fn touched(&self, span: Span) -> std::ops::RangeInclusive<usize> {
        let number = |day: i64| self.number(day.div_euclid(7)).unwrap_or(0);
        number(span.start)..=number(span.end)
    }

    /// For each number the first of its weeks.
    pub(super) fn firsts(&self) -> Vec<i64> {
        self.0.iter().map(|(first, _)| *first).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: i64, last: i64) -> Span {
        Span {
            start: first * 7,
            end: last * 7 + 6,
        }
    }

    #[test]
    fn weeks_that_say_the_same_have_one_number() {
        let spans = [span(-1_000, -999), span(0, 100_000), span(5, 5), span(200_000, 200_001)];
        let weeks = Weeks::of(&spans, [7, 150_000].into_iter());
        assert_eq!(weeks.firsts(), [-1_000, 0, 5, 6, 7, 8, 200_000]);
        assert_eq!(weeks.count(), 7);
        assert_eq!(weeks.touched(spans[1]), 1..=5);
        assert_eq!(weeks.touched(spans[2]), 2..=2);
        assert_eq!((weeks.number(-999), weeks.number(99_999)), (Some(0), Some(5)));
        assert_eq!(
            (weeks.number(-1_001), weeks.number(100_001), weeks.number(150_000)),
            (None, None, None)
        );
        assert_eq!(Weeks::of(&[], [3].into_iter()).count(), 0);
    }
}
