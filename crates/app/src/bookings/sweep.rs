//! The sweep: asks the vendors about everything that has been in between for too long, and says what stays so.
//!
//! A webhook may be lost, and a customer may just go away. What a vendor knows better is learned as the fact that
//! its webhook would have been, so the sweep and a late webhook say the same; what nobody knows after an hour is an
//! alarm (`GET /api/ops`).

mod alarms;
mod ask;
pub(crate) mod pending;
mod trend;

use bookpath_domain::bookings::{Action, ActionKind, BookingState, Fact, Outcome};
use bookpath_vendors::Reported;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::bookings::repository::{self, BookingRow};
use crate::effects::Performer;
use crate::operators::announce::announce;
use crate::ports::StoreError;
use crate::react::{EXPIRED_HOLD_SECONDS, Intake, apply};

pub(crate) use ask::of_refund;

/// A booking is asked about once it has waited this long: most webhooks come within seconds.
pub const ASK_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// A booking that its customer began and never scheduled is let go after this.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// A booking that a page has named and Calendly never confirmed is let go after this. A lost webhook is found by the
/// sync within hours; what is left then was made up.
const UNCONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Bookings of a state that are looked at in one page.
const PAGE: usize = 200;

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct SweepReport {
    /// Calls to vendors.
    pub asked: usize,
    /// Facts that were news.
    pub learned: usize,
    /// Bookings that were let go because nobody paid for them or scheduled them.
    pub released: usize,
    /// Calls that failed; the next sweep makes them again.
    pub unanswered: usize,
    pub alarms_raised: usize,
    pub alarms_ended: usize,
}

/// States in which somebody else than the customer may know better, or in which an unpaid slot is held.
const OPEN_STATES: [BookingState; 7] = [
    BookingState::Pending,
    BookingState::AwaitingPayment,
    BookingState::PaymentFailed,
    BookingState::Expired,
    BookingState::CancelPending,
    BookingState::RefundPending,
    BookingState::RefundFailed,
];

/// One sweep over everything that is open.
///
/// # Errors
/// [`StoreError`]; a vendor that does not answer is only counted.
pub async fn sweep(performer: &Performer) -> Result<SweepReport, StoreError> {
    let store = performer.reactor.store.as_ref();
    let mut report = SweepReport::default();
    for state in OPEN_STATES {
        let mut cursor: Option<String> = None;
        loop {
            let page =
                repository::list(store, Some(state), PAGE, cursor.as_deref(), &|_| true).await?;
            for row in &page.rows {
                one(performer, row, &mut report).await?;
            }
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
    }
    let pending = pending::look(performer, &mut report).await?;
    let settled = alarms::look(performer, pending).await?;
    (report.alarms_raised, report.alarms_ended) = (settled.raised, settled.ended);
    announce(store, performer.operators.as_ref(), performer.reactor.now()).await?;
    Ok(report)
}

/// Looks at one booking: what the vendors say, and then whether it is to be let go.
///
/// # Errors
/// [`StoreError`].
pub async fn one(
    performer: &Performer,
    row: &BookingRow,
    report: &mut SweepReport,
) -> Result<(), StoreError> {
    let now = performer.reactor.now();
    for answer in ask::about(performer, row, now).await {
        report.asked += 1;
        match answer {
            Ok(None) => {}
            Ok(Some(fact)) => report.learned += usize::from(learn(performer, row, fact).await?),
            Err(error) => {
                report.unanswered += 1;
                tracing::warn!(booking_id = row.booking.booking_id, class = error.class.as_str(), %error, "a vendor did not tell");
            }
        }
    }
    if let Some(reason) = to_release(row, now) {
        let action = Action {
            kind: ActionKind::Cancel,
            actor: "system".to_owned(),
            reason: Some(reason.to_owned()),
        };
        let seen = row.booking.version;
        let reported = of(row, Fact::Action(action));
        match apply(
            &performer.reactor,
            Intake {
                if_version: Some(seen),
                ..Intake::of(&reported)
            },
        )
        .await
        {
            Ok(_) => report.released += 1,
            // Something has happened to it this moment; the next sweep looks again.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn of(row: &BookingRow, fact: Fact) -> Reported {
    Reported {
        fact,
        stripe_ids: Vec::new(),
        booking_id: Some(row.booking.booking_id.clone()),
    }
}

/// Whether the fact was news.
async fn learn(performer: &Performer, row: &BookingRow, fact: Fact) -> Result<bool, StoreError> {
    let applied = apply(&performer.reactor, Intake::of(&of(row, fact))).await?;
    Ok(!matches!(
        applied.outcome,
        Outcome::Duplicate | Outcome::NoBooking
    ))
}

/// Asks Calendly at once whether it has done what it was asked to cancel: for a process whose Calendly sends no
/// webhooks. How many cancellations were news.
///
/// # Errors
/// [`StoreError`].
pub async fn hear_of_cancellations(performer: &Performer) -> Result<usize, StoreError> {
    let states = [BookingState::CancelPending, BookingState::Expired];
    let page = repository::list_of(
        performer.reactor.store.as_ref(),
        &states,
        PAGE,
        None,
        &|_| true,
    )
    .await?;
    let mut heard = 0;
    for row in &page.rows {
        if let Some(Ok(Some(fact))) = ask::cancellation(performer, &row.booking).await {
            heard += usize::from(learn(performer, row, fact).await?);
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
            learn(performer, &row, fact).await?;
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
            (waited >= hold && page_ended && booking.payment.processing.is_empty())
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
