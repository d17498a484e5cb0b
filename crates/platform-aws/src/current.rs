//! Rules, parameters and secrets as they are now, in a process that lives for hours.

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_function_runtime::{FunctionError, Source};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{Platform, SetupError};

/// Settings are looked at again after this long; with the minute of [`crate::settings`] a change is everywhere within
/// five minutes.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(220);
/// A caller that makes us look at once can do so no more often than this.
const LOOK_AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(10);

type Build<T, P> = Box<dyn Fn(&P) -> Result<T, FunctionError> + Send + Sync>;

/// What a function is built from.
#[async_trait]
pub(crate) trait Settings: Send + Sync + Sized {
    fn now(&self) -> Timestamp;

    /// The settings of now; `None` when they are the same.
    async fn again(&self) -> Result<Option<Self>, SetupError>;
}

#[async_trait]
impl Settings for Platform {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn again(&self) -> Result<Option<Self>, SetupError> {
        Self::again(self).await
    }
}

/// What a function builds from its platform. It is built again when rules, parameters or secrets have changed; what
/// can't be read or built leaves the one before in place.
pub struct Current<T, P = Platform> {
    build: Build<T, P>,
    state: Mutex<State<T, P>>,
}

struct State<T, P> {
    platform: P,
    built: Arc<T>,
    looked_at: Timestamp,
}

impl<T, P> std::fmt::Debug for Current<T, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

#[allow(private_bounds, reason = "other settings are for the tests only")]
impl<T: Send + Sync + 'static, P: Settings + 'static> Current<T, P> {
    /// Builds it for the first time.
    ///
    /// # Errors
    /// Those of `build`.
    pub fn new(
        platform: P,
        build: impl Fn(&P) -> Result<T, FunctionError> + Send + Sync + 'static,
    ) -> Result<Arc<Self>, FunctionError> {
        let built = Arc::new(build(&platform)?);
        let looked_at = platform.now();
        Ok(Arc::new(Self {
            build: Box::new(build),
            state: Mutex::new(State {
                platform,
                built,
                looked_at,
            }),
        }))
    }

    async fn renew(&self, state: &mut State<T, P>, now: Timestamp) -> bool {
        // Also a look that fails is one: the next is not before its time.
        state.looked_at = now;
        let platform = match state.platform.again().await {
            Ok(Some(platform)) => platform,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(%error, "the settings can't be read now; the function goes on with those before");
                return false;
            }
        };
        match (self.build)(&platform) {
            Ok(built) => {
                tracing::info!("the settings have changed");
                (state.platform, state.built) = (platform, Arc::new(built));
                true
            }
            Err(error) => {
                tracing::error!(%error, "the new settings are wrong; the function goes on with those before");
                false
            }
        }
    }
}

#[async_trait]
impl<T: Send + Sync + 'static, P: Settings + 'static> Source<T> for Current<T, P> {
    async fn get(&self) -> Arc<T> {
        let mut state = self.state.lock().await;
        let now = state.platform.now();
        if state.looked_at + LOOK_EVERY <= now {
            self.renew(&mut state, now).await;
        }
        state.built.clone()
    }

    async fn look(&self) -> bool {
        let mut state = self.state.lock().await;
        let now = state.platform.now();
        state.looked_at + LOOK_AT_MOST_EVERY <= now && self.renew(&mut state, now).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Shared;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use super::*;

    /// What Parameter Store and Secrets Manager hold.
    struct Stored {
        key: Shared<Result<&'static str, SetupError>>,
        now_s: AtomicI64,
        asked: AtomicUsize,
    }

    #[derive(Clone)]
    struct Known {
        key: &'static str,
        stored: Arc<Stored>,
    }

    #[async_trait]
    impl Settings for Known {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.stored.now_s.load(Ordering::Relaxed)).unwrap()
        }

        async fn again(&self) -> Result<Option<Self>, SetupError> {
            self.stored.asked.fetch_add(1, Ordering::Relaxed);
            let key = self.stored.key.lock().unwrap().clone()?;
            let stored = self.stored.clone();
            Ok((key != self.key).then_some(Self { key, stored }))
        }
    }

    /// A warm function whose key is `one`; `wrong` is no key.
    fn warm() -> (Arc<Stored>, Arc<Current<String, Known>>) {
        let stored = Arc::new(Stored {
            key: Shared::new(Ok("one")),
            now_s: AtomicI64::new(1_000),
            asked: AtomicUsize::new(0),
        });
        let known = Known {
            key: "one",
            stored: stored.clone(),
        };
        let build = |known: &Known| match known.key {
            "wrong" => Err(FunctionError::configuration("no key")),
            key => Ok(key.to_owned()),
        };
        (stored, Current::new(known, build).unwrap())
    }

    impl Stored {
        fn set(&self, key: &'static str) {
            *self.key.lock().unwrap() = Ok(key);
        }

        fn pass(&self, seconds: i64) {
            self.now_s.fetch_add(seconds, Ordering::Relaxed);
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_change_is_there_within_four_minutes_and_nothing_is_asked_before() {
        let (stored, current) = warm();
        stored.set("two");
        for _ in 0..219 {
            stored.pass(1);
            assert_eq!(*current.get().await, "one");
        }
        assert_eq!(stored.asked(), 0);
        stored.pass(1);
        assert_eq!(*current.get().await, "two");
        assert_eq!(*current.get().await, "two");
        assert_eq!(stored.asked(), 1);
    }

    #[tokio::test]
    async fn a_refused_signature_looks_at_once_but_forged_ones_do_not_hammer() {
        let (stored, current) = warm();
        stored.set("two");
        assert!(!current.look().await, "the process has just begun");
        stored.pass(10);
        assert!(current.look().await);
        assert_eq!(*current.get().await, "two");
        for _ in 0..1_000 {
            assert!(!current.look().await);
        }
        stored.pass(10);
        assert!(!current.look().await, "nothing is new");
        assert_eq!(stored.asked(), 2);
    }

    #[tokio::test]
    async fn settings_that_are_wrong_or_out_of_reach_leave_those_before() {
        let (stored, current) = warm();
        stored.set("wrong");
        stored.pass(220);
        assert_eq!(*current.get().await, "one");
        *stored.key.lock().unwrap() = Err(SetupError::Unavailable("Throttling".to_owned()));
        stored.pass(220);
        assert_eq!(*current.get().await, "one");
        // A look that failed is one: it is not repeated with every call.
        assert_eq!(*current.get().await, "one");
        assert_eq!(stored.asked(), 2);
        stored.set("two");
        stored.pass(220);
        assert_eq!(*current.get().await, "two");
    }
}
