//! `Reactor`: rules, store, clock and ids of the react consumer.

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use jiff::Timestamp;

use crate::ports::{Clock, Commit, Faults, Ids, Injected, Store, StoreError, Write};

/// An unpaid slot is held this long after its checkout expired, so that the customer may pay again.
pub const EXPIRED_HOLD_SECONDS: u32 = 900;

/// Rules, store, clock, ids and the phone key that react decides with.
pub struct Reactor {
    pub rules: Arc<BusinessConfig>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub faults: Arc<dyn Faults>,
    /// Key of the hash under which opt-outs are kept.
    pub phone_secret: Arc<[u8]>,
}

impl std::fmt::Debug for Reactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reactor").finish_non_exhaustive()
    }
}

impl Reactor {
    /// Commits a decision between the two points at which a test may stop the process.
    pub(super) async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let injected = |e: Injected| StoreError::Unavailable(e.to_string());
        self.faults.hit("storage").map_err(injected)?;
        self.faults.hit("state.before_commit").map_err(injected)?;
        self.store.commit(Commit::new(writes)).await?;
        self.faults.hit("state.after_commit").map_err(injected)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
