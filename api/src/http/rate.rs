//! How many requests one caller may make.
//!
//! A caller is a viewer's subject, or the client's address where there is no valid token; an IPv6 address counts with its
//! whole /64, which is what one customer of a provider gets. Each caller has a bucket that refills steadily
//! ([`RateOptions::per_minute`]) and holds [`RateOptions::burst`] units. A request takes one unit when it arrives, whatever
//! becomes of it, and an operation takes one more for every [`RateOptions::complexity_per_unit`] of its complexity.
//! An operation that needs more than a whole bucket takes the whole bucket.
//!
//! Buckets live in memory, per process, and their number is bounded: behind n replicas a caller has up to n times as
//! much, and a flood of addresses cannot fill the memory.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock};
use moka::sync::Cache;

use super::{
    budget::{self, Weight},
    errors::{ErrorCode, Refusal},
};
use crate::auth::Viewer;

/// Settings of the rate limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateOptions {
    /// Units that a bucket regains in a minute; 0 switches the limit off.
    pub per_minute: u32,
    /// Units that a bucket holds, at least 1.
    pub burst: u32,
    /// Complexity that costs one unit besides the request's own, at least 1.
    pub complexity_per_unit: u32,
    /// Buckets that are kept, at least 1; the ones used longest ago are forgotten first.
    pub callers: u64,
}

impl Default for RateOptions {
    fn default() -> Self {
        Self {
            per_minute: 0,
            burst: 100,
            complexity_per_unit: 1_000,
            callers: 100_000,
        }
    }
}

/// Whose bucket is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    /// A viewer, by the token's subject.
    Viewer(String),
    /// A client without a valid token.
    Address(IpAddr),
}

impl Caller {
    /// Who asks, from where.
    pub(super) fn of(viewer: Option<&Viewer>, address: IpAddr) -> Self {
        match (viewer, address) {
            (Some(viewer), _) => Self::Viewer(viewer.subject.clone()),
            (None, IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
                let network = u128::from(address) & (u128::MAX << 64);
                Self::Address(IpAddr::V6(network.into()))
            }
            (None, address) => Self::Address(address.to_canonical()),
        }
    }
}

/// The buckets; there are none when the limit is off.
pub(super) struct Rate(Option<Buckets>);

struct Buckets {
    quota: Quota,
    burst: u32,
    complexity_per_unit: u64,
    callers: Cache<Caller, Arc<DefaultDirectRateLimiter>>,
}

impl Rate {
    pub(super) fn new(options: &RateOptions) -> Self {
        let Some(per_minute) = NonZeroU32::new(options.per_minute) else {
            return Self(None);
        };
        let burst = NonZeroU32::new(options.burst).unwrap_or(NonZeroU32::MIN);
        // A bucket that nobody used for as long as it takes to refill is as good as a new one.
        let full = Duration::from_mins(1).mul_f64(f64::from(burst.get()) / f64::from(per_minute.get()));
        Self(Some(Buckets {
            quota: Quota::per_minute(per_minute).allow_burst(burst),
            burst: burst.get(),
            complexity_per_unit: options.complexity_per_unit.max(1).into(),
            callers: Cache::builder()
                .max_capacity(options.callers.max(1))
                .time_to_idle(full + Duration::from_mins(1))
                .build(),
        }))
    }

    /// Takes the unit of a request.
    pub(super) fn request(&self, caller: &Caller) -> Result<(), Refusal> {
        self.take(caller, 1)
    }

    /// Takes what an operation costs besides.
    pub(super) fn operation(&self, caller: &Caller, weight: &Weight) -> Result<(), Refusal> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let units = weight.complexity / buckets.complexity_per_unit;
        self.take(caller, u32::try_from(units).unwrap_or(u32::MAX))
    }

    fn take(&self, caller: &Caller, units: u32) -> Result<(), Refusal> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let Some(units) = NonZeroU32::new(units.min(buckets.burst)) else {
            return Ok(());
        };
        let new = || Arc::new(RateLimiter::direct(buckets.quota));
        let bucket = buckets.callers.get_with_by_ref(caller, new);
        // The number of units never exceeds the bucket, so only "not yet" can be answered.
        let Ok(Err(not_until)) = bucket.check_n(units) else {
            return Ok(());
        };
        budget::count("rate");
        let wait = not_until.wait_time_from(bucket.clock().now());
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let seconds = seconds.max(1);
        let message = format!("Too many requests; try again in {seconds} s.");
        Err(Refusal::http(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message).retry_after(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ViewerRole;

    fn rate(per_minute: u32, burst: u32, callers: u64) -> Rate {
        Rate::new(&RateOptions {
            per_minute,
            burst,
            callers,
            ..RateOptions::default()
        })
    }

    fn address(text: &str) -> Caller {
        Caller::of(None, text.parse().unwrap())
    }

    fn weight(complexity: u64) -> Weight {
        Weight {
            complexity,
            introspection: 0,
        }
    }

    #[test]
    fn a_bucket_empties_and_says_when_to_come_back() {
        let rate = rate(1, 3, 10);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..3 {
            rate.request(&one).unwrap();
        }
        let refusal = rate.request(&one).unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.status().as_u16()),
            (ErrorCode::RateLimited, 429)
        );
        assert!((58..=60).contains(&refusal.retry_after_seconds().unwrap()));
        assert!(rate.request(&other).is_ok(), "everybody has a bucket of their own");
    }

    #[test]
    fn costly_operations_take_more_but_never_more_than_a_bucket() {
        let rate = rate(1, 5, 10);
        let caller = address("192.0.2.1");
        rate.operation(&caller, &weight(999)).unwrap();
        rate.operation(&caller, &weight(4_999)).unwrap();
        rate.request(&caller).unwrap();
        assert!(rate.request(&caller).is_err(), "0 + 4 + 1 of 5 are taken");
        let fresh = address("192.0.2.2");
        assert!(rate.operation(&fresh, &weight(u64::MAX)).is_ok());
        assert!(rate.request(&fresh).is_err());
    }

    #[test]
    fn off_means_off() {
        let rate = rate(0, 1, 1);
        assert!((0..1_000).all(|_| rate.request(&address("192.0.2.1")).is_ok()));
    }

    #[test]
    fn callers_are_subjects_or_networks() {
        let viewer = Viewer::new("hub@example.org", ViewerRole::Analyst);
        let known = Caller::of(Some(&viewer), "192.0.2.1".parse().unwrap());
        assert_eq!(known, Caller::Viewer("hub@example.org".to_owned()));
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let rate = rate(1, 5, 50);
        for n in 0..5_000_u32 {
            rate.request(&Caller::Address(IpAddr::V4(n.into()))).unwrap();
        }
        let callers = &rate.0.as_ref().unwrap().callers;
        callers.run_pending_tasks();
        assert!(callers.entry_count() <= 50, "{}", callers.entry_count());
    }
}
