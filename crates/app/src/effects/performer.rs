//! `Performer`: the clients with which perform-effects calls vendors, carriers and operators.

use std::collections::BTreeMap;
use std::sync::Arc;

use bookpath_domain::Vendor;
use jiff::Timestamp;

use super::circuit::Circuits;
use crate::access::SigningKeys;
use crate::ports::{
    Calendar, Commit, CrmNotes, Mailer, Operators, Payments, PersonRecords, StoreError, TextSender,
    Waits, Write,
};
use crate::react::Reactor;

/// Clients of payments, calendar, CRM, texts, e-mails, waits and operators, beside the reactor that records their answers.
pub struct Performer {
    pub reactor: Arc<Reactor>,
    pub payments: Arc<dyn Payments>,
    pub calendar: Arc<dyn Calendar>,
    /// The CRM, where there is one.
    pub crm: Option<Arc<dyn CrmNotes>>,
    /// Where we have a key that may delete people's records.
    pub records: BTreeMap<Vendor, Arc<dyn PersonRecords>>,
    pub texts: Arc<dyn TextSender>,
    pub mailer: Arc<dyn Mailer>,
    pub waits: Arc<dyn Waits>,
    pub operators: Arc<dyn Operators>,
    pub circuits: Circuits,
    /// Names this process in its claims.
    pub owner: String,
    /// Where a customer finds a booking; the e-mails link there.
    pub public_url: String,
    /// Keys that sign the links in e-mails; `None` where no e-mails are written.
    pub link_keys: Option<SigningKeys>,
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
        match self.reactor.store.commit(Commit::new(writes)).await {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The address of a booking's page for an e-mail. The token that opens it stands behind the `#`, which a browser sends
    /// to nobody.
    #[must_use]
    pub fn link(&self, booking_id: &str, now: Timestamp) -> String {
        let page = format!(
            "{}/bookings/{booking_id}",
            self.public_url.trim_end_matches('/')
        );
        let keys = self.link_keys.as_ref();
        match keys.and_then(|keys| keys.link_token(booking_id, now)) {
            Some(token) => format!("{page}#token={token}"),
            None => page,
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
        self.reactor.store.commit(Commit::new(vec![count])).await
    }
}
