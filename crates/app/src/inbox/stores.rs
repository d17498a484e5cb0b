//! Where authentic deliveries go.

use std::sync::Arc;

use crate::ports::{Faults, Ids, ObjectStore, Store};

/// Where authentic deliveries go.
pub struct Inbox {
    pub ids: Arc<dyn Ids>,
    pub store: Arc<dyn Store>,
    pub objects: Arc<dyn ObjectStore>,
    pub faults: Arc<dyn Faults>,
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}
