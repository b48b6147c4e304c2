//! Work on many things at once, with the same result on any number of threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::control::Control;

/// Applies `work` to 0, 1 … `count` − 1, shared out to one thread for each worker; results in order. `None` when the run was
/// stopped.
pub(super) fn each<W: Send, R: Send>(
    workers: &mut [W],
    count: usize,
    control: &dyn Control,
    work: impl Fn(&mut W, usize) -> R + Sync,
) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let share = |worker: &mut W| {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count || control.stop() {
                return done;
            }
            done.push((i, work(worker, i)));
        }
    };
    let parts: Vec<Vec<(usize, R)>> = match workers {
        [] => Vec::new(),
        [only] => vec![share(only)],
        [first, rest @ ..] => std::thread::scope(|scope| {
            let share = &share;
            let running: Vec<_> = rest
                .iter_mut()
                .map(|worker| scope.spawn(move || share(worker)))
                .collect();
            let mut parts = vec![share(first)];
            for thread in running {
                match thread.join() {
                    Ok(part) => parts.push(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parts
        }),
    };
    let mut all: Vec<(usize, R)> = parts.into_iter().flatten().collect();
    if all.len() < count {
        return None;
    }
    all.sort_by_key(|&(i, _)| i);
    Some(all.into_iter().map(|(_, result)| result).collect())
}
