//! What perform-effects works with.

use std::sync::Arc;

use super::circuit::Circuits;
use crate::ports::{
    Calendar, Commit, Mailer, Operators, Payments, StoreError, TextSender, Waits, Write,
};
use crate::react::Reactor;

/// What perform-effects works with.
pub struct Performer {
    pub reactor: Arc<Reactor>,
    pub payments: Arc<dyn Payments>,
    pub calendar: Arc<dyn Calendar>,
    pub texts: Arc<dyn TextSender>,
    pub mailer: Arc<dyn Mailer>,
    pub waits: Arc<dyn Waits>,
    pub operators: Arc<dyn Operators>,
    pub circuits: Circuits,
    /// Names this process in its claims.
    pub owner: String,
    /// Where a customer finds a booking; the letters link there.
    pub public_url: String,
}

impl std::fmt::Debug for Performer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Performer")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl Performer {
    /// Commits writes. A condition that fails is no error: whoever took the entry over has written.
    pub(super) async fn settle(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        match self.reactor.store.commit(Commit::of(writes)).await {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The point at which a test may stop the process.
    pub(super) fn hit(&self, point: &'static str) -> Result<(), StoreError> {
        self.reactor
            .faults
            .hit(point)
            .map_err(|e| StoreError::Unavailable(e.to_string()))
    }

    /// Counts one call to a vendor.
    pub(super) async fn count(&self, counter: &'static str) -> Result<(), StoreError> {
        let count = Write::Count { counter, by: 1 };
        self.reactor.store.commit(Commit::of(vec![count])).await
    }
}
