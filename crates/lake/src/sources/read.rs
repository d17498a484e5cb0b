//! The rows that were read last, with the versions that they are from.

use std::collections::BTreeMap;
use std::sync::Arc;

use bookpath_domain::bookings::attendance::CrmOutcome;
use bookpath_domain::people::sources::Sources;

/// Which states of the tables some rows are from: id and version of each, `None` before it was made.
pub(crate) type Versions = [Option<(String, i64)>; 8];

/// The rows that were read last.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) versions: Versions,
    /// Country of telephone numbers without one, by which they were read.
    pub(super) country: String,
    pub(crate) sources: Arc<Sources>,
    /// What `silver.invitees` has of what the CRM says of calls, by invitee.
    pub(crate) outcomes: Arc<Outcomes>,
}

/// Outcomes of calls by invitee.
pub(crate) type Outcomes = BTreeMap<String, CrmOutcome>;
