//! Refunds that the payment service has taken and not ended yet: remembered until it says how they ended.
//!
//! A booking that waits for its refund is in a state of its own; one that gave back a part is not, so these are kept
//! by themselves.

use bookpath_domain::bookings::RefundStatus;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{SweepReport, ask, learn};
use crate::bookings::repository;
use crate::effects::Performer;
use crate::operators::alarms::Alarm;
use crate::ports::{Commit, Expect, Item, ItemKey, Query, StoreError, Write, all};

const PK: &str = "refunds#pending";
/// The code of the alarm.
pub(super) const CODE: &str = "refund_pending";
/// Longer than this is worth knowing; a bank may take days.
const ALARM_AFTER: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pending {
    refund_id: String,
    booking_id: String,
    charge: String,
    since: Timestamp,
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
    let row = Pending {
        refund_id: refund_id.to_owned(),
        booking_id: booking_id.to_owned(),
        charge: charge.to_owned(),
        since: now,
    };
    Write::put(ItemKey::new(PK, refund_id), None, &row, Expect::Any)
}

/// Asks about each; one that has ended is learned and forgotten, one that takes long is an alarm.
pub(super) async fn look(
    performer: &Performer,
    report: &mut SweepReport,
) -> Result<Vec<Alarm>, StoreError> {
    let store = performer.reactor.store.as_ref();
    let now = performer.reactor.now();
    let mut alarms = Vec::new();
    for item in all(store, Query::prefix(PK, "", 1000)).await? {
        let pending: Pending = item.read()?;
        if !ended(performer, &item, &pending, report).await?
            && now.duration_since(pending.since) >= ALARM_AFTER
        {
            let detail = format!("of booking {} since {}", pending.booking_id, pending.since);
            alarms.push(Alarm::new(CODE, &pending.refund_id, now, detail));
        }
    }
    Ok(alarms)
}

async fn ended(
    performer: &Performer,
    item: &Item,
    pending: &Pending,
    report: &mut SweepReport,
) -> Result<bool, StoreError> {
    let store = performer.reactor.store.as_ref();
    let now = performer.reactor.now();
    let Some(found) = repository::by_id(store, &pending.booking_id).await? else {
        return Ok(false);
    };
    let told = found
        .row
        .booking
        .payment
        .refunds
        .get(&pending.refund_id)
        .is_some_and(|r| r.succeeded.is_some() || r.failed.is_some());
    if !told {
        report.asked += 1;
        let views = match performer.payments.refunds_of(&pending.charge).await {
            Ok(views) => views,
            Err(error) => {
                report.unanswered += 1;
                tracing::warn!(refund_id = pending.refund_id, class = error.class.as_str(), %error, "a refund could not be asked about");
                return Ok(false);
            }
        };
        let own = views
            .into_iter()
            .find(|v| v.refund_id == pending.refund_id && v.status != RefundStatus::Pending);
        let Some(fact) = own.and_then(|view| ask::of_refund(view, &pending.charge, now)) else {
            return Ok(false);
        };
        report.learned += usize::from(learn(performer, &found.row, fact).await?);
    }
    store
        .commit(Commit::of(vec![Write::Delete {
            key: item.key.clone(),
            expect: Expect::Any,
        }]))
        .await?;
    Ok(true)
}
