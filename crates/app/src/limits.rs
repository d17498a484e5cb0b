//! The rate limit of the webhook edge: one token bucket per process.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Allows `per_second` on average and `burst` at once (CONTRACT-DETAILS 2).
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
        Self { per_second: f64::from(per_second), burst, state: Mutex::new(State { tokens: burst, at: Duration::ZERO }) }
    }

    /// Takes a token at `now`, a monotonic time; else the seconds until there is one, rounded up.
    ///
    /// # Errors
    /// The whole seconds after which a retry can pass, at least 1.
    pub fn take(&self, now: Duration) -> Result<(), u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_sub(state.at).as_secs_f64();
        state.tokens = elapsed.mul_add(self.per_second, state.tokens).min(self.burst);
        state.at = state.at.max(now);
        if state.tokens >= 1.0 {
            state.tokens -= 1.0;
            return Ok(());
        }
        let wait_s = ((1.0 - state.tokens) / self.per_second).ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number of seconds")]
        Err(wait_s as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_burst_passes_and_then_the_rate_holds() {
        let bucket = TokenBucket::new(10, 3);
        let t0 = Duration::from_secs(5);
        assert_eq!([(); 4].map(|()| bucket.take(t0)), [Ok(()), Ok(()), Ok(()), Err(1)]);
        assert_eq!(bucket.take(t0 + Duration::from_millis(100)), Ok(()));
        assert_eq!(bucket.take(t0 + Duration::from_millis(150)), Err(1));
        // Time that runs back gives nothing and breaks nothing.
        assert_eq!(bucket.take(Duration::ZERO), Err(1));
    }
}
