//! Rate limits of one process.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as Measures;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

use crate::ports::Clock;

/// More in a second is no limit.
const PER_SECOND_MAX: u32 = 1_000_000_000;

/// The time that limits measure with: it ignores a set clock.
#[derive(Clone)]
struct Monotonic(Arc<dyn Clock>);

impl Measures for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.monotonic()
    }
}

/// Allows a number per second on average and `burst` at once.
pub struct RateLimit {
    limiter: RateLimiter<NotKeyed, InMemoryState, Monotonic, NoOpMiddleware<Duration>>,
    clock: Monotonic,
}

impl std::fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimit").finish_non_exhaustive()
    }
}

impl RateLimit {
    /// A limit of which nothing is used; 0 counts as 1.
    #[must_use]
    pub fn new(per_second: u32, burst: u32, clock: &Arc<dyn Clock>) -> Self {
        let clock = Monotonic(clock.clone());
        let quota = Quota::per_second(positive(per_second)).allow_burst(positive(burst));
        Self {
            limiter: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// The whole seconds after which a retry can pass, at least 1.
    pub fn take(&self) -> Result<(), u64> {
        self.limiter
            .check()
            .map_err(|until| seconds(&until, &self.clock))
    }
}

/// Keys that are told apart; with more, new ones share one limit, so that nobody fills the memory.
const KEYS_MAX: usize = 10_000;
/// The shared limit's key.
const OTHERS: &str = "";

/// One limit per caller or thing.
pub struct KeyedRateLimit {
    limiter: RateLimiter<String, HashMapStateStore<String>, Monotonic, NoOpMiddleware<Duration>>,
    clock: Monotonic,
}

impl std::fmt::Debug for KeyedRateLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyedRateLimit").finish_non_exhaustive()
    }
}

impl KeyedRateLimit {
    /// Limits that allow this many a minute, all of them at once if none was used, each.
    #[must_use]
    pub fn new(per_minute: u32, clock: &Arc<dyn Clock>) -> Self {
        Self::with(Quota::per_minute(positive(per_minute)), clock)
    }

    /// Limits that allow a number per second on average and `burst` at once, each; 0 counts as 1.
    #[must_use]
    pub fn per_second(per_second: u32, burst: u32, clock: &Arc<dyn Clock>) -> Self {
        let quota = Quota::per_second(positive(per_second)).allow_burst(positive(burst));
        Self::with(quota, clock)
    }

    fn with(quota: Quota, clock: &Arc<dyn Clock>) -> Self {
        let clock = Monotonic(clock.clone());
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self { limiter, clock }
    }

    /// Takes one of `key`.
    ///
    /// # Errors
    /// The whole seconds after which a retry can pass, at least 1.
    pub fn take(&self, key: &str) -> Result<(), u64> {
        if self.limiter.len() >= KEYS_MAX {
            self.limiter.retain_recent();
        }
        let full = self.limiter.len() >= KEYS_MAX;
        let key = if full { OTHERS } else { key };
        self.limiter
            .check_key(&key.to_owned())
            .map_err(|until| seconds(&until, &self.clock))
    }
}

fn positive(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number.min(PER_SECOND_MAX)).unwrap_or(NonZeroU32::MIN)
}

fn seconds(until: &NotUntil<Duration>, clock: &Monotonic) -> u64 {
    let left = until.wait_time_from(Measures::now(clock));
    (left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::Timestamp;

    use super::*;

    #[derive(Default)]
    struct Watch(Mutex<Duration>);

    impl Watch {
        fn set(&self, milliseconds: u64) {
            *self.0.lock().unwrap() = Duration::from_millis(milliseconds);
        }
    }

    impl Clock for Watch {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn monotonic(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn every_key_has_a_limit_of_its_own_and_the_memory_has_an_end() {
        let watch = Arc::new(Watch::default());
        let clock: Arc<dyn Clock> = watch.clone();
        let limit = KeyedRateLimit::new(2, &clock);
        watch.set(9_000);
        let three = [(); 3].map(|()| limit.take("a"));
        assert_eq!(three, [Ok(()), Ok(()), Err(30)]);
        assert_eq!(limit.take("b"), Ok(()));
        watch.set(39_000);
        assert_eq!(limit.take("a"), Ok(()));
        for n in 0..KEYS_MAX + 1 {
            let _taken = limit.take(&format!("key {n}"));
        }
        assert!(limit.limiter.len() <= KEYS_MAX + 1);
        // A later minute begins with an empty table.
        watch.set(200_000);
        assert_eq!(limit.take("a new one"), Ok(()));
        assert!(limit.limiter.len() < 10);
    }

    #[test]
    fn the_burst_passes_and_then_the_rate_holds() {
        let watch = Arc::new(Watch::default());
        let clock: Arc<dyn Clock> = watch.clone();
        let limit = RateLimit::new(10, 3, &clock);
        watch.set(5_000);
        let four = [(); 4].map(|()| limit.take());
        assert_eq!(four, [Ok(()), Ok(()), Ok(()), Err(1)]);
        watch.set(5_100);
        assert_eq!(limit.take(), Ok(()));
        watch.set(5_150);
        assert_eq!(limit.take(), Err(1));
    }

    #[test]
    fn no_number_of_the_configuration_breaks_a_limit() {
        let clock: Arc<dyn Clock> = Arc::new(Watch::default());
        for number in [0, 1, u32::MAX] {
            assert_eq!(RateLimit::new(number, number, &clock).take(), Ok(()));
        }
    }
}
