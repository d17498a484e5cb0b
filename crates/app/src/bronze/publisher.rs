//! `Publisher`: rules, store and objects of write-bronze.

use std::sync::Arc;

use bookpath_domain::BusinessConfig;

use crate::ports::{Faults, ObjectStore, Store};

/// Rules, store and object store with which write-bronze writes.
pub struct Publisher {
    pub rules: Arc<BusinessConfig>,
    pub store: Arc<dyn Store>,
    pub objects: Arc<dyn ObjectStore>,
    pub faults: Arc<dyn Faults>,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}
