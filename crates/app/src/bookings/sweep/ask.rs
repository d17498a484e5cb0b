//! What the vendors say about a booking, as the facts that their webhooks would have been.

use bookpath_domain::bookings::invitee::InviteeSnapshot;
use bookpath_domain::bookings::{Booking, BookingState, Fact, Paid, RefundStatus, Session};
use jiff::Timestamp;

use super::learn::ASK_AFTER;
use crate::bookings::repository::BookingRow;
use crate::effects::Performer;
use crate::ports::{CallError, Checkout, CheckoutStatus, InviteeView, RefundView};

type Answer = Result<Option<Fact>, CallError>;

/// Asks everything that is worth asking about a booking now.
pub(super) async fn about(performer: &Performer, row: &BookingRow, now: Timestamp) -> Vec<Answer> {
    let booking = &row.booking;
    let waited = now.duration_since(row.state_since) >= ASK_AFTER;
    let mut answers = Vec::new();
    let page_over = booking
        .payment
        .sessions
        .values()
        .any(|s| s.expires_at <= now && !booking.payment.closed(s));
    if waited || page_over {
        answers.extend(checkouts(performer, booking).await);
    }
    if waited
        && matches!(
            booking.state,
            BookingState::RefundPending | BookingState::RefundFailed
        )
    {
        answers.extend(refunds(performer, booking, now).await);
    }
    // An expired booking gives its slot back by itself.
    if waited
        && matches!(
            booking.state,
            BookingState::CancelPending | BookingState::Expired
        )
    {
        answers.extend(cancellation(performer, booking).await);
    }
    answers
}

/// Every checkout session that nobody has closed yet, and every one whose money is still on its way.
pub(super) async fn checkouts(performer: &Performer, booking: &Booking) -> Vec<Answer> {
    let now = performer.reactor.now();
    let unknown = |session: &&Session| {
        let Some(id) = session.session_id.as_deref() else {
            return false;
        };
        !booking.payment.closed(session) || booking.payment.is_processing(id)
    };
    let mut answers = Vec::new();
    for id in booking
        .payment
        .sessions
        .values()
        .filter(unknown)
        .filter_map(|s| s.session_id.as_deref())
    {
        answers.push(
            performer
                .payments
                .checkout(id)
                .await
                .map(|checkout| of_checkout(checkout, now)),
        );
    }
    answers
}

fn of_checkout(checkout: Checkout, now: Timestamp) -> Option<Fact> {
    let Checkout {
        session_id,
        payment_intent,
        expires_at,
        status,
        paid,
        amount_minor,
        currency,
        presented,
        mode,
        email,
        ..
    } = checkout;
    match status {
        // `now`: only the event knows when it was paid. It is the earliest time that counts, so the event corrects it.
        CheckoutStatus::Complete if paid => Some(Fact::Paid(Paid {
            session_id: Some(session_id),
            payment_intent,
            amount_minor,
            currency,
            presented,
            mode,
            email,
            at: now,
        })),
        CheckoutStatus::Complete => Some(Fact::PaymentProcessing {
            session_id,
            at: now,
        }),
        CheckoutStatus::Expired => Some(Fact::SessionExpired {
            session_id,
            attempt: None,
            at: expires_at.unwrap_or(now),
        }),
        CheckoutStatus::Open => None,
    }
}

/// Every refund of the charges for which a refund was asked.
async fn refunds(performer: &Performer, booking: &Booking, now: Timestamp) -> Vec<Answer> {
    let mut charges: Vec<&String> = booking.payment.refunds_asked.values().collect();
    charges.sort_unstable();
    charges.dedup();
    let mut answers = Vec::new();
    for charge in charges {
        match performer.payments.refunds_of(charge).await {
            Ok(views) => answers.extend(
                views
                    .into_iter()
                    .map(|view| Ok(of_refund(view, charge, now))),
            ),
            Err(error) => answers.push(Err(error)),
        }
    }
    answers
}

/// A refund as a fact; `None` while it is on its way.
pub(crate) fn of_refund(view: RefundView, charge: &str, now: Timestamp) -> Option<Fact> {
    let told = view.status != RefundStatus::Pending;
    told.then(|| Fact::Refund(view.report(charge, now)))
}

/// Whether Calendly has cancelled what we asked it to cancel.
pub(super) async fn cancellation(performer: &Performer, booking: &Booking) -> Option<Answer> {
    let known = booking.chain.details()?;
    if booking.chain.current() != Some(&known.uri) || known.canceled {
        return None;
    }
    let answer = performer.calendar.invitee(&known.uri).await;
    Some(answer.map(|view| view.and_then(|view| canceled(known, &view, performer.reactor.now()))))
}

fn canceled(known: &InviteeSnapshot, view: &InviteeView, now: Timestamp) -> Option<Fact> {
    // A reschedule names its successor, which only the webhook or a sync brings.
    if !view.canceled || view.rescheduled {
        return None;
    }
    let canceled_at = view.canceled_at.or(view.updated_at).unwrap_or(now);
    let updated_at = view.updated_at.unwrap_or(canceled_at).max(known.updated_at);
    let snapshot = InviteeSnapshot {
        canceled: true,
        canceled_at: Some(canceled_at),
        updated_at,
        ..known.clone()
    };
    Some(Fact::Invitee(Box::new(snapshot)))
}
