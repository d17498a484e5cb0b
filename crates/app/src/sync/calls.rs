//! Calls of a sync: at the vendor's pace, tried again after a failure, within a budget.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::ports::{CallError, Ids, ListPage, Pace, Pauses};

/// How a failed call is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries of one call, the first included.
    pub tries_max: u32,
    /// The pause after the first failure; it doubles with each.
    pub first: Duration,
    /// The longest pause of our own. A vendor's `Retry-After` may be longer.
    pub longest: Duration,
    /// All pauses after failures of one run together.
    pub budget: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries_max: 6,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            budget: Duration::from_mins(10),
        }
    }
}

impl Retry {
    /// The pause after the failure number `failures` (from 1). `jitter` is 0 to 999: half of the pause is fixed, the
    /// other half is spread, so that many callers do not come back together.
    #[must_use]
    pub fn pause(&self, failures: u32, asked: Option<Duration>, jitter: u32) -> Duration {
        let doubled = self
            .first
            .saturating_mul(
                1_u32
                    .checked_shl(failures.saturating_sub(1))
                    .unwrap_or(u32::MAX),
            )
            .min(self.longest);
        let spread = doubled / 2 * (jitter % 1_000) / 1_000;
        match asked {
            // Never before the vendor's own time.
            Some(asked) => asked + spread.min(Duration::from_secs(1)),
            None => doubled / 2 + spread,
        }
    }
}

/// What the calls of a run have cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Spent {
    pub(super) calls: u64,
    pub(super) retries: u64,
    pub(super) waited: Duration,
    /// Of `waited` what failures took.
    in_failures: Duration,
}

/// Makes the calls of one run.
pub(super) struct Caller<'a> {
    pauses: &'a dyn Pauses,
    ids: &'a dyn Ids,
    retry: Retry,
    spent: Mutex<Spent>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(pauses: &'a dyn Pauses, ids: &'a dyn Ids, retry: Retry) -> Self {
        Self {
            pauses,
            ids,
            retry,
            spent: Mutex::default(),
        }
    }

    pub(super) fn spent(&self) -> Spent {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page, after as many tries as it needs, and then the pause that the vendor's limit asks for.
    ///
    /// # Errors
    /// The last failure: it does not pass, or tries or budget are used up.
    pub(super) async fn page<F>(&self, ask: impl Fn() -> F) -> Result<ListPage, CallError>
    where
        F: Future<Output = Result<ListPage, CallError>>,
    {
        let page = self.call(ask).await?;
        if let Some(wait) = page.pace.and_then(until_next_window) {
            self.wait(wait, false).await;
        }
        Ok(page)
    }

    /// A call, after as many tries as it needs.
    ///
    /// # Errors
    /// As [`Caller::page`].
    pub(super) async fn call<T, F>(&self, ask: impl Fn() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut failures = 0;
        loop {
            self.add(|spent| spent.calls += 1);
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures += 1;
            if !error.passes() || failures >= self.retry.tries_max {
                return Err(error);
            }
            let pause = self.retry.pause(failures, error.retry_after, self.jitter());
            if self.spent().in_failures + pause > self.retry.budget {
                return Err(error);
            }
            tracing::debug!(%error, pause_ms = pause.as_millis(), "a call is tried again");
            self.add(|spent| spent.retries += 1);
            self.wait(pause, true).await;
        }
    }

    async fn wait(&self, time: Duration, after_a_failure: bool) {
        self.add(|spent| {
            spent.waited += time;
            if after_a_failure {
                spent.in_failures += time;
            }
        });
        self.pauses.pause(time).await;
    }

    fn add(&self, change: impl FnOnce(&mut Spent)) {
        change(&mut self.spent.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// 0 to 999, out of a fresh id.
    fn jitter(&self) -> u32 {
        let fold = |sum: u32, byte: u8| sum.wrapping_mul(31).wrapping_add(u32::from(byte));
        self.ids.fresh().bytes().fold(7, fold) % 1_000
    }
}

/// A window that is used up is waited out; whoever asks into it only gets 429.
fn until_next_window(pace: Pace) -> Option<Duration> {
    (pace.remaining == 0).then_some(pace.reset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_are_spread_and_never_shorter_than_asked() {
        let retry = Retry::default();
        let ms = |failures, jitter| retry.pause(failures, None, jitter).as_millis();
        assert_eq!((ms(1, 0), ms(1, 999)), (250, 499));
        assert_eq!((ms(2, 0), ms(3, 0)), (500, 1_000));
        assert_eq!((ms(7, 0), ms(40, 0)), (15_000, 15_000));
        let asked = Duration::from_secs(7);
        for jitter in [0, 500, 999] {
            let pause = retry.pause(1, Some(asked), jitter);
            assert!(pause >= asked && pause <= asked + Duration::from_secs(1));
        }
    }

    #[test]
    fn only_a_window_without_calls_left_is_waited_out() {
        let pace = |remaining| Pace {
            limit: 50,
            remaining,
            reset: Duration::from_secs(9),
        };
        assert_eq!(until_next_window(pace(1)), None);
        assert_eq!(until_next_window(pace(0)), Some(Duration::from_secs(9)));
    }
}
