//! How long to wait before trying again: twice as long after each failure, up to a most, spread by chance.
//!
//! The spread keeps replicas that failed together (the database went away) from coming back together. The random part
//! is given by the caller, so that tests decide it. Neighbours: `feed` (connections), `jobs` (attempts).

use std::time::Duration;

/// Delays that double.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// Never longer than this.
    pub most: Duration,
}

impl Backoff {
    /// The delay after `failures` failures in a row: between half of it and all of it, as `chance` (0 to 1) decides.
    pub fn delay(self, failures: u32, chance: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let full = self.first.saturating_mul(1 << doublings).min(self.most);
        full.mul_f64(f64::midpoint(1.0, chance.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_most_and_are_spread_over_their_upper_half() {
        let backoff = Backoff {
            first: Duration::from_secs(2),
            most: Duration::from_mins(1),
        };
        let longest: Vec<_> = [1, 2, 3, 5, 6, 40, u32::MAX]
            .map(|failures| backoff.delay(failures, 1.0).as_secs())
            .into();
        assert_eq!(longest, [2, 4, 8, 32, 60, 60, 60]);
        assert_eq!(backoff.delay(3, 0.0), Duration::from_secs(4));
        assert_eq!(backoff.delay(3, 0.5), Duration::from_secs(6));
    }
}
