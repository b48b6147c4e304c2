//! The only source of new identifiers: UUID version 7.
//!
//! Keys are time-ordered, so that keyset pages and B-tree inserts stay cheap. Within one generator ids strictly
//! increase, also when many are made in one millisecond or when the clock steps back. `clippy.toml` bans
//! `Uuid::now_v7` and `Uuid::new_v4` elsewhere.
//!
//! Neighbours: `clock` (the time part), the services that create rows, `http` (request ids).

use std::sync::{Arc, Mutex, PoisonError};

use rand::{RngCore, SeedableRng, rngs::StdRng};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, Uuid};

use crate::clock::Clock;

/// Makes identifiers. One instance is shared by the whole process.
pub trait IdGenerator: Send + Sync {
    /// A new UUID v7, greater than every id this generator has made before.
    fn next_id(&self) -> Uuid;
}

/// Ids for production: the random part comes from the operating system's entropy.
pub struct SystemIds(Generator<StdRng>);

impl SystemIds {
    /// A generator on the given clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Generator::new(clock, StdRng::from_os_rng()))
    }
}

impl IdGenerator for SystemIds {
    fn next_id(&self) -> Uuid {
        self.0.next_id()
    }
}

/// Ids for the demo and tests: the same seed and the same clock readings give the same ids.
pub struct SeededIds(Generator<ChaCha8Rng>);

impl SeededIds {
    /// A generator on the given clock whose random part follows from `seed` alone.
    pub fn new(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self(Generator::new(clock, ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl IdGenerator for SeededIds {
    fn next_id(&self) -> Uuid {
        self.0.next_id()
    }
}

struct Generator<R> {
    clock: Arc<dyn Clock>,
    state: Mutex<State<R>>,
}

struct State<R> {
    random: R,
    millis: u64,
    /// The 74 bits after the time part; it starts with its top bit clear, so that steps cannot overflow it.
    tail: u128,
}

impl<R: RngCore> Generator<R> {
    fn new(clock: Arc<dyn Clock>, random: R) -> Self {
        Self {
            clock,
            state: Mutex::new(State {
                random,
                millis: 0,
                tail: 0,
            }),
        }
    }

    fn next_id(&self) -> Uuid {
        // Instants before 1970 do not occur; zero keeps the layout valid all the same.
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if millis > state.millis {
            state.millis = millis;
            state.tail = (u128::from(state.random.next_u64()) << 9) | u128::from(state.random.next_u32() >> 23);
        } else {
            let step = state.random.next_u32();
            state.tail += u128::from(step) + 1;
        }
        build(state.millis, state.tail)
    }
}

/// Puts 74 bits behind the time: 12 beside the version nibble, 62 behind the variant bits.
fn build(millis: u64, tail: u128) -> Uuid {
    let bytes = tail.to_be_bytes();
    let [.., b6, b7, b8, b9, b10, b11, b12, b13, b14, b15] = bytes;
    let low = u64::from_be_bytes([b8, b9, b10, b11, b12, b13, b14, b15]);
    // The tail's bits 62 to 73 stand in the last two bits of byte 8 … byte 6.
    let high = (u16::from_be_bytes([b6, b7]) << 2) | u16::from(b8 >> 6);
    let [h0, h1] = high.to_be_bytes();
    let [l0, l1, l2, l3, l4, l5, l6, l7] = (low & (u64::MAX >> 2)).to_be_bytes();
    Builder::from_unix_timestamp_millis(millis, &[h0, h1, l0, l1, l2, l3, l4, l5, l6, l7]).into_uuid()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::clock::ManualClock;

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::on(NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()))
    }

    #[test]
    fn ids_rise_within_a_millisecond_and_when_the_clock_steps_back() {
        let clock = clock();
        let ids = SystemIds::new(clock.clone());
        let mut last = ids.next_id();
        for round in 0..10_000 {
            if round == 5_000 {
                clock.advance(chrono::Duration::seconds(-60));
            }
            let next = ids.next_id();
            assert!(next > last, "{next} after {last}");
            assert_eq!(next.get_version_num(), 7);
            assert_eq!(next.get_variant(), uuid::Variant::RFC4122);
            last = next;
        }
    }

    #[test]
    fn the_time_part_is_the_clock() {
        let clock = clock();
        let id = SystemIds::new(clock.clone()).next_id();
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), clock.now().timestamp());
    }

    #[test]
    fn a_seed_decides_the_ids() {
        let three = |seed| {
            let ids = SeededIds::new(clock(), seed);
            [ids.next_id(), ids.next_id(), ids.next_id()]
        };
        assert_eq!(three(7), three(7));
        assert_ne!(three(7), three(8));
    }
}
