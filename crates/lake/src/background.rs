//! Work that goes on beside its caller.

use tokio::task::JoinSet;

use crate::error::{LakeError, Result};

/// A piece of work on another thread. Dropped before its end it is given up.
pub(crate) struct Background<T>(JoinSet<Result<T>>);

impl<T: Send + 'static> Background<T> {
    pub(crate) fn begin(work: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        let mut aside = JoinSet::new();
        aside.spawn(work);
        Self(aside)
    }

    /// What came of it.
    pub(crate) async fn end(mut self) -> Result<T> {
        let done = self.0.join_next().await;
        done.ok_or_else(|| LakeError::internal("no work was begun"))?
            .map_err(LakeError::internal)?
    }
}
