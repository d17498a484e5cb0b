//! Asks about refunds that are pending at the payment service; one that takes long is an alarm.

use bookpath_domain::bookings::RefundStatus;
use futures::{FutureExt as _, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::ask;
use super::learn::{SweepReport, learn};
use crate::bookings::pending_refunds::{self, PendingRefund};
use crate::bookings::repository;
use crate::effects::Performer;
use crate::operators::alarms::{Alarm, moment};
use crate::ports::{Commit, Store, StoreError};

/// The code of the alarm.
pub(super) const CODE: &str = "refund_pending";
/// Longer than this is worth knowing; a bank may take days.
const ALARM_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Pending refunds of one sweep.
const REFUNDS_MAX: usize = 500;
/// Refunds that are asked about at the same time.
const PARALLEL: usize = 16;

/// The alarms of the refunds that have been pending for too long.
pub(super) async fn overdue(store: &dyn Store, now: Timestamp) -> Result<Vec<Alarm>, StoreError> {
    let pending = pending_refunds::pending(store, REFUNDS_MAX).await?;
    let late = |refund: &&PendingRefund| now.duration_since(refund.since) >= ALARM_AFTER;
    let alarm = |refund: &PendingRefund| {
        let since = moment(refund.since);
        let detail = format!("of booking {} since {since}", refund.booking_id);
        Alarm::new(CODE, &refund.refund_id, now, detail)
    };
    Ok(pending.iter().filter(late).map(alarm).collect())
}

/// Asks about each; one that has ended is learned and forgotten.
pub(super) async fn ask(performer: &Performer) -> Result<SweepReport, StoreError> {
    let store = performer.reactor.store.as_ref();
    let pending = pending_refunds::pending(store, REFUNDS_MAX).await?;
    let asks: Vec<_> = pending
        .iter()
        .map(|refund| one(performer, refund).boxed())
        .collect();
    let mut asked = stream::iter(asks).buffer_unordered(PARALLEL);
    let mut report = SweepReport::default();
    while let Some(one) = asked.next().await {
        report.add(one?);
    }
    Ok(report)
}

async fn one(performer: &Performer, pending: &PendingRefund) -> Result<SweepReport, StoreError> {
    let store = performer.reactor.store.as_ref();
    let mut report = SweepReport::default();
    let Some(found) = repository::by_id(store, &pending.booking_id).await? else {
        return Ok(report);
    };
    let refunds = &found.row.booking.payment.refunds;
    let told = refunds
        .get(&pending.refund_id)
        .is_some_and(|refund| !refund.is_open());
    if !told {
        report.asked += 1;
        let views = match performer.payments.refunds_of(&pending.charge).await {
            Ok(views) => views,
            Err(error) => {
                report.unanswered += 1;
                tracing::warn!(refund_id = pending.refund_id, class = error.class.as_str(), %error, "a refund could not be asked about");
                return Ok(report);
            }
        };
        let own = views
            .into_iter()
            .find(|v| v.refund_id == pending.refund_id && v.status != RefundStatus::Pending);
        let now = performer.reactor.now();
        let Some(fact) = own.and_then(|view| ask::of_refund(view, &pending.charge, now)) else {
            return Ok(report);
        };
        report.learned += usize::from(learn(performer, &found.row, fact).await?);
    }
    let forget = pending_refunds::forget(&pending.refund_id);
    store.commit(Commit::new(vec![forget])).await?;
    Ok(report)
}
