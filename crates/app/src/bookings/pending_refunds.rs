//! Refunds that the payment service has taken and not ended yet: remembered until it says how they ended.
//!
//! A cancelled booking waits for its refund in the state `REFUND_PENDING`. A partial refund changes no state, so the list
//! of pending refunds is kept apart from the bookings.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::{Expect, ItemKey, Query, Store, StoreError, Write};

const PK: &str = "refunds#pending";

/// A refund whose end nobody knows yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingRefund {
    pub(crate) refund_id: String,
    pub(crate) booking_id: String,
    /// The payment intent or session that it gives back.
    pub(crate) charge: String,
    pub(crate) since: Timestamp,
}

fn key(refund_id: &str) -> ItemKey {
    ItemKey::new(PK, refund_id)
}

/// Remembers a refund whose end nobody knows yet.
///
/// # Errors
/// As [`Write::put`].
pub(crate) fn remember(
    refund_id: &str,
    booking_id: &str,
    charge: &str,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let row = PendingRefund {
        refund_id: refund_id.to_owned(),
        booking_id: booking_id.to_owned(),
        charge: charge.to_owned(),
        since: now,
    };
    Write::put(key(refund_id), None, &row, Expect::Any)
}

/// Forgets a refund whose end is known.
#[must_use]
pub(crate) fn forget(refund_id: &str) -> Write {
    Write::Delete {
        key: key(refund_id),
        expect: Expect::Any,
    }
}

/// At most `limit` of them, in the order of their ids.
///
/// # Errors
/// As [`Store::query`].
pub(crate) async fn pending(
    store: &dyn Store,
    limit: usize,
) -> Result<Vec<PendingRefund>, StoreError> {
    let page = store.query(&Query::prefix(PK, "", limit)).await?;
    page.items.iter().map(|item| item.read()).collect()
}
