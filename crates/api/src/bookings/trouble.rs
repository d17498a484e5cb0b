//! What a customer sees of an error: its class, what Bookpath does about it, and what they can do.

use bookpath_domain::ErrorClass;
use bookpath_domain::bookings::{Booking, BookingState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use bookpath_app::bookings::repository::BookingRow;
use bookpath_app::effects::outbox::{self, EffectRow};
use bookpath_app::ports::{Store, StoreError};

/// Why a booking takes longer than usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Trouble {
    /// TRANSIENT_ERROR, PAYMENT_ERROR, INTEGRATION_ERROR or SYSTEM_ERROR.
    pub(crate) class: &'static str,
    /// Tries so far.
    pub(crate) attempts: u32,
    /// For the customer.
    pub(crate) message: &'static str,
    /// When it is tried again; `null` when nobody does by themselves.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) next_try_at: Option<Timestamp>,
}

/// The trouble of a booking, if it has any.
pub(super) async fn trouble_of(
    store: &dyn Store,
    row: &BookingRow,
) -> Result<Option<Trouble>, StoreError> {
    let booking = &row.booking;
    for prefix in awaited(booking.state) {
        for key in booking
            .requested
            .iter()
            .rev()
            .filter(|key| key.starts_with(prefix))
        {
            if let Some((entry, _)) = outbox::find(store, key).await?
                && let Some(trouble) = of_entry(&entry)
            {
                return Ok(Some(trouble));
            }
        }
    }
    Ok((booking.state == BookingState::PaymentFailed).then(|| payment(booking)))
}

/// Prefixes of the effects that a state waits for.
const fn awaited(state: BookingState) -> &'static [&'static str] {
    match state {
        BookingState::Pending => &["book:"],
        BookingState::AwaitingPayment => &["session:"],
        BookingState::CancelPending => &["cancel:"],
        BookingState::RefundPending | BookingState::RefundFailed => &["refund:"],
        _ => &[],
    }
}

fn of_entry(entry: &EffectRow) -> Option<Trouble> {
    let failure = entry.failed.as_ref()?;
    let next_try_at = (!failure.given_up).then_some(entry.due);
    Some(Trouble {
        class: failure.class.as_str(),
        attempts: entry.attempts,
        message: message(failure.class, failure.given_up),
        next_try_at,
    })
}

const fn message(class: ErrorClass, given_up: bool) -> &'static str {
    match (class, given_up) {
        (ErrorClass::PaymentError, true) => {
            "The payment service refused it. We are on it, and will write to you."
        }
        (_, false) => {
            "This takes longer than usual. We try again by ourselves; you need not do anything."
        }
        (_, true) => "This needs one of us. We have been told, and will write to you.",
    }
}

fn payment(booking: &Booking) -> Trouble {
    Trouble {
        class: ErrorClass::PaymentError.as_str(),
        attempts: u32::try_from(booking.payment.failed_attempts()).unwrap_or(u32::MAX),
        message: "Your payment did not go through, and nothing was charged. You can try again.",
        next_try_at: None,
    }
}
