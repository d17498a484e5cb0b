//! Rate limits of one process: a token bucket, and one per key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Allows `per_second` on average and `burst` at once.
#[derive(Debug)]
pub struct TokenBucket {
    per_second: f64,
    burst: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tokens: f64,
    at: Duration,
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        let burst = f64::from(burst);
        Self {
            per_second: f64::from(per_second),
            burst,
            state: Mutex::new(State {
                tokens: burst,
                at: Duration::ZERO,
            }),
        }
    }

    /// Takes a token at `now`, a monotonic time; else the seconds until there is one, rounded up.
    ///
    /// # Errors
    /// The whole seconds after which a retry can pass, at least 1.
    pub fn take(&self, now: Duration) -> Result<(), u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_sub(state.at).as_secs_f64();
        state.tokens = elapsed
            .mul_add(self.per_second, state.tokens)
            .min(self.burst);
        state.at = state.at.max(now);
        if state.tokens >= 1.0 {
            state.tokens -= 1.0;
            return Ok(());
        }
        let wait_s = ((1.0 - state.tokens) / self.per_second).ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number of seconds"
        )]
        Err(wait_s as u64)
    }
}

/// Keys that are remembered; with more the oldest full buckets are forgotten, which only ever allows more.
const KEYS_MAX: usize = 10_000;

/// One bucket per caller or thing.
#[derive(Debug)]
pub struct KeyedBuckets {
    per_minute: u32,
    burst: u32,
    buckets: Mutex<HashMap<String, (f64, Duration)>>,
}

impl KeyedBuckets {
    /// Buckets that allow `per_minute` on average and `burst` at once, each.
    #[must_use]
    pub fn new(per_minute: u32, burst: u32) -> Self {
        Self {
            per_minute,
            burst,
            buckets: Mutex::default(),
        }
    }

    /// Takes a token of `key` at `now`, a monotonic time.
    ///
    /// # Errors
    /// The whole seconds after which a retry can pass, at least 1.
    pub fn take(&self, key: &str, now: Duration) -> Result<(), u64> {
        let (rate, burst) = (f64::from(self.per_minute) / 60.0, f64::from(self.burst));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |(tokens, at): (f64, Duration)| {
            now.saturating_sub(at)
                .as_secs_f64()
                .mul_add(rate, tokens)
                .min(burst)
        };
        if buckets.len() >= KEYS_MAX {
            buckets.retain(|_, bucket| filled(*bucket) < burst);
        }
        let tokens = buckets.get(key).map_or(burst, |bucket| filled(*bucket));
        if tokens >= 1.0 {
            buckets.insert(key.to_owned(), (tokens - 1.0, now));
            return Ok(());
        }
        let wait_s = ((1.0 - tokens) / rate).ceil().max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number of seconds"
        )]
        Err(wait_s as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_bucket_of_its_own() {
        let buckets = KeyedBuckets::new(60, 2);
        let t0 = Duration::from_secs(9);
        assert_eq!(
            [(); 3].map(|()| buckets.take("a", t0)),
            [Ok(()), Ok(()), Err(1)]
        );
        assert_eq!(buckets.take("b", t0), Ok(()));
        assert_eq!(buckets.take("a", t0 + Duration::from_secs(1)), Ok(()));
        for n in 0..2 * KEYS_MAX {
            assert_eq!(
                buckets.take(&n.to_string(), t0 + Duration::from_secs(60 + n as u64)),
                Ok(())
            );
        }
        assert!(buckets.buckets.lock().unwrap().len() <= KEYS_MAX);
    }

    #[test]
    fn the_burst_passes_and_then_the_rate_holds() {
        let bucket = TokenBucket::new(10, 3);
        let t0 = Duration::from_secs(5);
        assert_eq!(
            [(); 4].map(|()| bucket.take(t0)),
            [Ok(()), Ok(()), Ok(()), Err(1)]
        );
        assert_eq!(bucket.take(t0 + Duration::from_millis(100)), Ok(()));
        assert_eq!(bucket.take(t0 + Duration::from_millis(150)), Err(1));
        // Time that runs back gives nothing and breaks nothing.
        assert_eq!(bucket.take(Duration::ZERO), Err(1));
    }
}
