//! A run's clock: the time limit, the wish to end, and who is told how far it is.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use matching::season::{Control, Planned, Progress};

/// Told how far a run is and how long it has taken.
type Tell<'w> = dyn Fn(&Progress, Duration) + Sync + 'w;

/// Follows a run by the clock.
pub struct Watch<'w> {
    began: Instant,
    limit: Option<Duration>,
    end: &'w AtomicBool,
    told: Mutex<Option<Instant>>,
    tell: Box<Tell<'w>>,
}

/// Progress is told at most so often.
const EVERY: Duration = Duration::from_millis(100);

impl<'w> Watch<'w> {
    /// A run that began at `began`, may take `limit`, ends when `end` turns true, and tells its progress to `tell`.
    pub fn new(
        began: Instant,
        limit: Option<Duration>,
        end: &'w AtomicBool,
        tell: impl Fn(&Progress, Duration) + Sync + 'w,
    ) -> Self {
        Self {
            began,
            limit,
            end,
            told: Mutex::new(None),
            tell: Box::new(tell),
        }
    }
}

impl Control for Watch<'_> {
    fn stop(&self) -> bool {
        self.end.load(Ordering::Relaxed) || self.limit.is_some_and(|limit| self.began.elapsed() >= limit)
    }

    fn left(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.saturating_sub(self.began.elapsed()))
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn report(&self, progress: &Progress, _: &dyn Fn() -> Planned) {
        let Ok(mut told) = self.told.lock() else { return };
        let now = Instant::now();
        if told.is_none_or(|last| now - last >= EVERY) {
            *told = Some(now);
            (self.tell)(progress, self.began.elapsed());
        }
    }
}
