//! How much better a window can have become since it was last looked at: no more than its cheapened people are cheaper.
//!
//! Whatever a window was worth at most at some prices, at others it is worth at most that and what the people of one team could
//! have become cheaper by together. Late in a run prices move little, and most windows need not be looked at again for it.

use super::prices::Prices;
use super::problem::Problem;

/// The most that a team can have become cheaper by from some prices to others, points times scale.
pub(super) struct Drift<'d> {
    from: &'d Prices,
    /// For each span and number of people, by how much the cheapened most are cheaper together.
    people: Vec<Vec<i64>>,
}

impl<'d> Drift<'d> {
    pub(super) fn of(problem: &Problem, from: &'d Prices, to: &Prices) -> Self {
        let most = problem
            .challenges
            .iter()
            .map(|ask| ask.slots() as usize)
            .max()
            .unwrap_or(0);
        let spans = 0..super::small(problem.spans.len());
        let people = spans.map(|span| cheapened(from.for_span(span), to.for_span(span), most));
        Self {
            from,
            people: people.collect(),
        }
    }

    /// For a window of a challenge; `now` is what homes cost there, `before` working space.
    pub(super) fn within(
        &self,
        problem: &Problem,
        (challenge, window): (usize, usize),
        now: &[i64],
        before: &mut Vec<i64>,
    ) -> i64 {
        let ask = &problem.challenges[challenge];
        let slots = ask.slots();
        self.from.homes(problem, challenge, window, before);
        let home = before.iter().zip(now).map(|(before, now)| before - now).max();
        let people = &self.people[ask.windows[window].span as usize];
        people[(slots as usize).min(people.len() - 1)] + i64::from(slots) * home.unwrap_or(0).max(0)
    }
}

/// Sums of the largest decreases: of none, of one, of two … of `most` people.
fn cheapened(before: &[i64], now: &[i64], most: usize) -> Vec<i64> {
    let mut largest: Vec<i64> = Vec::with_capacity(most + 1);
    for (before, now) in before.iter().zip(now) {
        let by = before - now;
        if by > 0 && (largest.len() < most || largest.last().is_some_and(|least| by > *least)) {
            let at = largest.partition_point(|other| *other >= by);
            largest.insert(at, by);
            largest.truncate(most);
        }
    }
    let mut sums = vec![0; most + 1];
    for i in 0..most {
        sums[i + 1] = sums[i] + largest.get(i).copied().unwrap_or(0);
    }
    sums
}
