//! The syncs and subscriptions of a deployed stack, with the keys of its secrets.
//!
//! A sync runs in this process and not in the function, which ends after 15 minutes: at a free account's pace a year of
//! bookings takes hours. It stores its place as the function does, so whichever is stopped, the other goes on.

use std::sync::Arc;
use std::time::Duration;

use bookpath_app::ports::{RandomIds, Subscriptions};
use bookpath_app::sync::caretaker::Caretaker;
use bookpath_app::sync::{SyncError, SyncReport};
use bookpath_domain::Vendor;
use bookpath_platform_aws::{EventStream, Secrets, StateTable, SyncPorts};
use jiff::Timestamp;

use super::Stack;
use crate::failure::Failure;

const TIME_MAX: Duration = Duration::from_hours(24);
/// How long to wait for another process's sync.
const WAIT: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// The vendors of a stack.
pub(crate) struct StackVendors {
    pub(crate) caretaker: Caretaker,
    /// The secret that the vendors' keys are in.
    secret: String,
}

impl Stack {
    /// The vendors, as the stack knows them.
    pub(crate) async fn vendors(&self) -> Result<StackVendors, Failure> {
        let places = self.names.vendors.as_ref().ok_or_else(|| {
            Failure::new("the stack is older than this program and does not say where its vendors are: deploy it again")
        })?;
        let keys = Secrets::fetch(&self.session, &places.vendor_keys).await;
        let resources = &self.names.resources;
        let stream = EventStream::new(&self.session, &resources.event_stream);
        let store = StateTable::new(&self.session, &resources.state_table).with_stream(stream);
        let ports = SyncPorts {
            session: self.session.clone(),
            store: Arc::new(store),
            objects: self.objects.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(RandomIds),
            rules: self.rules.clone(),
            time_max: TIME_MAX,
        };
        let caretaker = places.caretaker(&keys.map_err(Failure::new)?, ports);
        Ok(StackVendors {
            caretaker: caretaker.map_err(Failure::new)?,
            secret: places.vendor_keys.clone(),
        })
    }
}

impl StackVendors {
    /// The subscriptions of a vendor whose key is there.
    pub(crate) fn subscriptions(&self, vendor: Vendor) -> Result<Arc<dyn Subscriptions>, Failure> {
        let mut watched = self.caretaker.watched.iter();
        let found = watched.find(|(known, _)| *known == vendor);
        found
            .map(|(_, api)| api.clone())
            .ok_or_else(|| Failure::Usage(self.lacking(vendor)))
    }

    fn lacking(&self, vendor: Vendor) -> String {
        format!(
            "the secret {} has no key of {vendor}, so there is nobody to ask",
            self.secret
        )
    }

    /// Runs one sync. Waits a little while a function does so.
    pub(crate) async fn sync(
        &self,
        vendor: Vendor,
        since: Option<Timestamp>,
    ) -> Result<SyncReport, Failure> {
        let clock = &self.caretaker.sync.clock;
        let began = clock.monotonic();
        loop {
            match self.caretaker.run(vendor, since).await {
                Ok(Some(report)) => return Ok(report),
                Ok(None) if clock.monotonic().saturating_sub(began) < WAIT => {
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(None) => {
                    return Err(Failure::Failed(format!(
                        "another process syncs with {vendor}; GET /api/ops shows its run when it has ended"
                    )));
                }
                Err(SyncError::NotConfigured(_)) => {
                    return Err(Failure::Usage(self.lacking(vendor)));
                }
                Err(error) => return Err(Failure::new(error)),
            }
        }
    }
}
