//! Rules, parameters and secrets as they are now, in a process that lives for hours.

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_function_runtime::{FunctionError, Source};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::Platform;

/// Settings are looked at again after this long; with the minute of [`crate::settings`] a change is everywhere within
/// five minutes.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(220);
/// A caller that makes us look at once can do so no more often than this.
const LOOK_AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(10);

type Build<T> = Box<dyn Fn(&Platform) -> Result<T, FunctionError> + Send + Sync>;

/// What a function builds from its platform. It is built again when rules, parameters or secrets have changed; what
/// can't be read or built leaves the one before in place.
pub struct Current<T> {
    build: Build<T>,
    state: Mutex<State<T>>,
}

struct State<T> {
    platform: Platform,
    built: Arc<T>,
    looked_at: Timestamp,
}

impl<T> std::fmt::Debug for Current<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> Current<T> {
    /// Builds it for the first time.
    ///
    /// # Errors
    /// Those of `build`.
    pub fn new(
        platform: Platform,
        build: impl Fn(&Platform) -> Result<T, FunctionError> + Send + Sync + 'static,
    ) -> Result<Arc<Self>, FunctionError> {
        let built = Arc::new(build(&platform)?);
        let looked_at = platform.clock.now();
        Ok(Arc::new(Self {
            build: Box::new(build),
            state: Mutex::new(State {
                platform,
                built,
                looked_at,
            }),
        }))
    }

    async fn renew(&self, state: &mut State<T>, now: Timestamp) -> bool {
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
impl<T: Send + Sync + 'static> Source<T> for Current<T> {
    async fn get(&self) -> Arc<T> {
        let mut state = self.state.lock().await;
        let now = state.platform.clock.now();
        if state.looked_at + LOOK_EVERY <= now {
            self.renew(&mut state, now).await;
        }
        state.built.clone()
    }

    async fn look(&self) -> bool {
        let mut state = self.state.lock().await;
        let now = state.platform.clock.now();
        state.looked_at + LOOK_AT_MOST_EVERY <= now && self.renew(&mut state, now).await
    }
}
