//! What a sync notes with a delivery that it brings in.

use bookpath_domain::inbox::envelope::Origin;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A webhook that never came. Whose it is stays out: the row that holds it outlives an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Under which the report counts it: created, canceled, ...
    pub sort: String,
    /// The webhook's kind: `invitee.canceled`.
    pub kind: String,
    /// When it happened, by the vendor's clock.
    pub at: Option<Timestamp>,
}

/// The run that brought a delivery in. It is stored in the commit that accepts the delivery, so that a run which goes on after
/// a crash counts what was accepted before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundBySync {
    pub run_id: String,
    /// The webhooks that the delivery stands in for; none where no webhook tells of such a change.
    pub missed: Vec<Missed>,
}

/// How a body came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HowItCame {
    pub(crate) origin: Origin,
    pub(crate) found: Option<FoundBySync>,
}

impl From<Origin> for HowItCame {
    fn from(origin: Origin) -> Self {
        Self {
            origin,
            found: None,
        }
    }
}

impl From<FoundBySync> for HowItCame {
    fn from(found: FoundBySync) -> Self {
        Self {
            origin: Origin::Sync,
            found: Some(found),
        }
    }
}
