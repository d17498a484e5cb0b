//! The write lock of the lake, and turns at other work: leases in the table, renewed while they are used.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::lake::lease::{self, Lease};
use bookpath_app::ports::{
    Clock, Ids, LakeFailure, Store, StoreError, WorkLock, WriteGuard, WriteLock,
};
use tokio::task::JoinHandle;

/// The lease of whoever writes to the tables.
const NAME: &str = "etl";
/// Between two tries to get it.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two renewals: a third of the term.
const RENEWAL: Duration = Duration::from_secs(20);

/// Hands out the lease.
pub struct LeaseLock {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// How long to wait for another writer.
    pub wait: Duration,
}

impl std::fmt::Debug for LeaseLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeaseLock")
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl WriteLock for LeaseLock {
    async fn take(&self) -> Result<Box<dyn WriteGuard>, LakeFailure> {
        let (owner, began) = (self.ids.fresh(), self.clock.monotonic());
        loop {
            if let Some(lease) =
                lease::acquire(self.store.as_ref(), NAME, &owner, self.clock.now()).await?
            {
                return Ok(Box::new(Held::keep(
                    self.store.clone(),
                    self.clock.clone(),
                    lease,
                )));
            }
            if self.clock.monotonic().saturating_sub(began) >= self.wait {
                return Err(LakeFailure::Transient(
                    "another run writes to the tables".to_owned(),
                ));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Locks of pieces of work, by leases of the work's name. A process that dies loses its turn within a minute.
pub struct LeaseWorkLock {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl std::fmt::Debug for LeaseWorkLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeaseWorkLock").finish_non_exhaustive()
    }
}

#[async_trait]
impl WorkLock for LeaseWorkLock {
    async fn take(&self, work: &str) -> Result<Option<Box<dyn WriteGuard>>, StoreError> {
        let (store, owner) = (self.store.clone(), self.ids.fresh());
        let lease = lease::acquire(store.as_ref(), work, &owner, self.clock.now()).await?;
        Ok(lease.map(|lease| {
            let held = Held::keep(store, self.clock.clone(), lease);
            Box::new(held) as Box<dyn WriteGuard>
        }))
    }
}

/// A held lease and the task that renews it.
struct Held {
    store: Arc<dyn Store>,
    lease: Arc<Mutex<Option<Lease>>>,
    renewing: JoinHandle<()>,
}

impl Held {
    fn keep(store: Arc<dyn Store>, clock: Arc<dyn Clock>, lease: Lease) -> Self {
        let lease = Arc::new(Mutex::new(Some(lease)));
        let renewing = tokio::spawn(renew(store.clone(), clock, lease.clone()));
        Self {
            store,
            lease,
            renewing,
        }
    }
}

async fn renew(store: Arc<dyn Store>, clock: Arc<dyn Clock>, held: Arc<Mutex<Option<Lease>>>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let Some(lease) = held.lock().unwrap_or_else(PoisonError::into_inner).clone() else {
            return;
        };
        match lease.renew(store.as_ref(), clock.now()).await {
            Ok(next) => {
                if next.is_none() {
                    tracing::error!(
                        "a lease was lost: another process may do the same; of two writers the lake refuses the slower one"
                    );
                }
                *held.lock().unwrap_or_else(PoisonError::into_inner) = next;
            }
            Err(error) => tracing::warn!(%error, "a lease could not be renewed yet"),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

#[async_trait]
impl WriteGuard for Held {
    async fn release(self: Box<Self>) {
        self.renewing.abort();
        let lease = self
            .lease
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(lease) = lease
            && let Err(error) = lease.release(self.store.as_ref()).await
        {
            tracing::warn!(%error, "a lease was not given back; it ends by itself");
        }
    }
}
