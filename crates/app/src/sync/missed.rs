//! The names of the deliveries that a run found missing: items of their own beside the run, a page of names each.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Expect, ItemKey, Query, Store, StoreError, Write, all};

/// Names per item: an item of the store has an upper size.
const NAMES_PER_ITEM: usize = 500;
/// Items that are read at once.
const PAGE: usize = 100;

/// A webhook that never came, as the vendor's list tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MissedDelivery {
    /// The webhook's kind: `invitee.canceled`.
    pub kind: String,
    /// The invitee, the response's token, or the id of the object or of Stripe's event.
    pub uri: String,
    /// When it happened, by the vendor's clock.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
}

/// How long a run and its names stay in the history.
pub(super) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 400);

fn partition(run_id: &str) -> String {
    format!("sync-names#{run_id}")
}

/// The writes that store the `names` of a run that began at `started_at`, of which `full` items are stored already; and how
/// many items are full with them.
///
/// # Errors
/// As [`Write::put`].
pub(super) fn writes(
    run_id: &str,
    started_at: Timestamp,
    names: &[MissedDelivery],
    full: usize,
) -> Result<(Vec<Write>, usize), StoreError> {
    let fresh = names.get(full * NAMES_PER_ITEM..).unwrap_or_default();
    let mut writes = Vec::new();
    for (place, names) in fresh.chunks(NAMES_PER_ITEM).enumerate() {
        let key = ItemKey::new(partition(run_id), format!("{:06}", full + place));
        let write = Write::put(key, None, &names, Expect::Any)?;
        writes.push(write.expiring(started_at + KEPT_FOR));
    }
    Ok((writes, full + fresh.len() / NAMES_PER_ITEM))
}

/// Every name of a run, in the order in which the run found them.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn names(
    store: &dyn Store,
    run_id: &str,
) -> Result<Vec<MissedDelivery>, StoreError> {
    let mut names = Vec::new();
    for item in all(store, Query::prefix(partition(run_id), "", PAGE)).await? {
        names.extend(item.read::<Vec<MissedDelivery>>()?);
    }
    Ok(names)
}
