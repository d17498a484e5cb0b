//! The sweep: asks Stripe and Calendly about bookings that have been open for over 10 minutes, applies the answer as the
//! fact that the lost webhook would have been, and raises an alarm for what stays open after an hour (`GET /api/ops`).
//!
//! Alarms come first, so that a vendor that does not answer cannot keep them from being raised. A sweep has a limit in
//! time and in bookings; the next one goes on where it stopped.

mod alarms;
mod ask;
mod given_up;
mod learn;
mod refunds;
#[cfg(test)]
mod tests;
mod trend;

use std::time::Duration;

use bookpath_domain::bookings::{Action, ActionKind, BookingState, Fact};
use futures::{FutureExt as _, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::bookings::list;
use crate::bookings::repository::{self, BookingRow, STUCK_STATES};
use crate::effects::{Performer, outbox};
use crate::operators::alarms::Alarm;
use crate::operators::announce::announce;
use crate::ports::{Commit, Expect, ItemKey, StoreError, Write, held};
use crate::react::{EXPIRED_HOLD_SECONDS, Intake, apply};

pub(crate) use ask::of_refund;
pub use learn::{ASK_AFTER, SweepReport};

/// A booking that its customer began and never scheduled is let go after this.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// A booking that a page has named and Calendly never confirmed is let go after this. A lost webhook is found by the
/// sync within hours; what is left then was made up.
const UNCONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Bookings of a state that are looked at in one page.
const PAGE: usize = 200;
/// Bookings that the vendors are asked about at the same time.
const PARALLEL: usize = 16;
/// Bookings of one sweep, and how long it goes on: less than the function may take.
const BOOKINGS_MAX: usize = 5_000;
const TIME_MAX: Duration = Duration::from_secs(40);

/// Where the next sweep goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct SweepPosition {
    /// Index of [`STUCK_STATES`].
    state: usize,
    cursor: Option<String>,
}

/// One sweep: alarms, pending refunds, open bookings.
///
/// # Errors
/// [`StoreError`]; a vendor that does not answer is only counted.
pub async fn sweep(performer: &Performer) -> Result<SweepReport, StoreError> {
    let store = performer.reactor.store.as_ref();
    outbox::put_back(store).await?;
    let mut report = SweepReport::default();
    let trend = trend::look(store, performer.reactor.now()).await?;
    report.add(settled(performer, &trend).await?);
    let before = report.learned + report.released;
    report.add(refunds::ask(performer).await?);
    report.add(open_bookings(performer).await?);
    if report.learned + report.released > before {
        // What the vendors told may have ended an alarm, or begun one.
        report.add(settled(performer, &trend).await?);
    }
    announce(store, performer.operators.as_ref(), performer.reactor.now()).await?;
    Ok(report)
}

/// Raises and ends alarms.
async fn settled(performer: &Performer, trend: &[Alarm]) -> Result<SweepReport, StoreError> {
    let store = performer.reactor.store.as_ref();
    let mut found = trend.to_vec();
    found.extend(refunds::overdue(store, performer.reactor.now()).await?);
    let settled = alarms::look(performer, found).await?;
    Ok(SweepReport {
        alarms_raised: settled.raised,
        alarms_ended: settled.ended,
        ..SweepReport::default()
    })
}

/// Asks about the open bookings, from where the last sweep stopped, until all were seen or a limit is reached.
async fn open_bookings(performer: &Performer) -> Result<SweepReport, StoreError> {
    let store = performer.reactor.store.as_ref();
    let clock = performer.reactor.clock.as_ref();
    let key = ItemKey::new("sweep", "place");
    let kept: Option<SweepPosition> = store.get(&key).await?.map(|item| item.read()).transpose()?;
    let mut place = kept.clone().unwrap_or_default();
    let began = clock.monotonic();
    let (mut report, mut seen) = (SweepReport::default(), 0);
    while let Some(state) = STUCK_STATES.get(place.state) {
        if seen >= BOOKINGS_MAX || clock.monotonic().saturating_sub(began) >= TIME_MAX {
            report.stopped_early = true;
            break;
        }
        let cursor = place.cursor.as_deref();
        let (rows, cursor) = list::newest(store, &[*state], PAGE, cursor, &|_| true).await?;
        seen += rows.len();
        let asks: Vec<_> = rows.iter().map(|row| one(performer, row).boxed()).collect();
        let mut asked = stream::iter(asks).buffer_unordered(PARALLEL);
        while let Some(one) = asked.next().await {
            report.add(one?);
        }
        place = SweepPosition {
            state: place.state + usize::from(cursor.is_none()),
            cursor,
        };
    }
    let next = report.stopped_early.then_some(place);
    if next != kept {
        let write = match &next {
            Some(place) => Write::put(key, None, place, Expect::Any)?,
            None => Write::Delete {
                key,
                expect: Expect::Any,
            },
        };
        store.commit(Commit::new(vec![write])).await?;
    }
    Ok(report)
}

/// Looks at one booking: what the vendors say, and then whether it is to be let go.
///
/// # Errors
/// [`StoreError`].
pub async fn one(performer: &Performer, row: &BookingRow) -> Result<SweepReport, StoreError> {
    let now = performer.reactor.now();
    let mut report = SweepReport::default();
    for answer in ask::about(performer, row, now).await {
        report.asked += 1;
        match answer {
            Ok(None) => {}
            Ok(Some(fact)) => {
                report.learned += usize::from(learn::learn(performer, row, fact).await?);
            }
            Err(error) => {
                report.unanswered += 1;
                tracing::warn!(booking_id = row.booking.booking_id, class = error.class.as_str(), %error, "a vendor did not tell");
            }
        }
    }
    if let Some(reason) = to_release(row, now) {
        report.released += usize::from(release(performer, row, reason).await?);
    }
    Ok(report)
}

/// Lets a booking go, unless something has happened to it this moment: then the next sweep looks again.
async fn release(
    performer: &Performer,
    row: &BookingRow,
    reason: &str,
) -> Result<bool, StoreError> {
    let action = Action {
        kind: ActionKind::Cancel,
        actor: "system".to_owned(),
        reason: Some(reason.to_owned()),
    };
    let reported = learn::about(row, Fact::Action(action));
    let intake = Intake {
        if_version: Some(row.booking.version),
        ..Intake::new(&reported)
    };
    held(apply(&performer.reactor, intake).await.map(drop))
}

/// Asks Calendly at once whether it has done what it was asked to cancel: for a process whose Calendly sends no
/// webhooks. How many cancellations were news.
///
/// # Errors
/// [`StoreError`].
pub async fn hear_of_cancellations(performer: &Performer) -> Result<usize, StoreError> {
    let states = [BookingState::CancelPending, BookingState::Expired];
    let store = performer.reactor.store.as_ref();
    let (rows, _) = list::newest(store, &states, PAGE, None, &|_| true).await?;
    let mut heard = 0;
    for row in &rows {
        if let Some(Ok(Some(fact))) = ask::cancellation(performer, &row.booking).await {
            heard += usize::from(learn::learn(performer, row, fact).await?);
        }
    }
    Ok(heard)
}

/// Asks about one booking at once, because its customer is waiting for the answer; the booking as it is then.
///
/// # Errors
/// [`StoreError`].
pub async fn refresh(performer: &Performer, row: BookingRow) -> Result<BookingRow, StoreError> {
    for answer in ask::checkouts(performer, &row.booking).await {
        if let Ok(Some(fact)) = answer {
            learn::learn(performer, &row, fact).await?;
        }
    }
    let found =
        repository::by_id(performer.reactor.store.as_ref(), &row.booking.booking_id).await?;
    Ok(found.map_or(row, |found| found.row))
}

/// Why a booking is let go: its payment failed and the time to try again is over, or it was never scheduled.
fn to_release(row: &BookingRow, now: Timestamp) -> Option<&'static str> {
    let booking = &row.booking;
    let waited = now.duration_since(row.state_since);
    match booking.state {
        BookingState::PaymentFailed => {
            let hold = SignedDuration::from_secs(i64::from(EXPIRED_HOLD_SECONDS));
            let page_ended = booking
                .payment
                .sessions
                .values()
                .map(|s| s.expires_at)
                .max()
                .is_none_or(|end| end + hold <= now);
            (waited >= hold && page_ended && !booking.payment.any_processing())
                .then_some("Not paid in time")
        }
        BookingState::Pending => {
            let named = booking.invitee_uri().is_some() || booking.event_uri().is_some();
            match booking.payment.paid.is_empty() {
                true if !named && waited >= ABANDONED_AFTER => Some("Never scheduled"),
                true if named && waited >= UNCONFIRMED_AFTER => Some("Never confirmed by Calendly"),
                _ => None,
            }
        }
        _ => None,
    }
}
