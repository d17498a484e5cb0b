//! The twelve-state booking machine: one table, read from top to bottom (X43).
//!
//! Everything that is not in the table is illegal: it is recorded and changes nothing (X45). A reschedule is
//! no transition (X46). `docs/booking-states.md` is drawn from this table by a test.

use serde::{Deserialize, Serialize};

use BookingState::*;
use Guard::{Always, Free, RefundDue};
use Trigger::*;

/// `(from, trigger, guard, to)`; among the rows of a pair the first whose guard holds counts.
///
/// A row that leads back to its own state keeps the fact for later: a payment before the Calendly webhook,
/// a payment while the cancellation is on its way.
pub const TRANSITIONS: &[(BookingState, Trigger, Guard, BookingState)] = &[
    (Pending, CalendlyWebhookReceived, Always, AwaitingPayment),
    (Pending, PaymentSucceeded, Always, Pending),
    (Pending, Cancel, Always, Cancelled),
    (Pending, CalendlyCanceled, Always, Cancelled),
    (AwaitingPayment, CalendlyWebhookReceived, Free, Confirmed),
    (AwaitingPayment, PaymentSucceeded, Always, Confirmed),
    (
        AwaitingPayment,
        Trigger::PaymentFailed,
        Always,
        BookingState::PaymentFailed,
    ),
    (AwaitingPayment, SessionExpired, Always, Expired),
    (AwaitingPayment, Cancel, Always, CancelPending),
    (AwaitingPayment, CalendlyCanceled, Always, Cancelled),
    (BookingState::PaymentFailed, Retry, Always, AwaitingPayment),
    (
        BookingState::PaymentFailed,
        PaymentSucceeded,
        Always,
        Confirmed,
    ),
    (BookingState::PaymentFailed, Cancel, Always, CancelPending),
    (
        BookingState::PaymentFailed,
        CalendlyCanceled,
        Always,
        Cancelled,
    ),
    (Expired, Retry, Always, AwaitingPayment),
    (Expired, PaymentSucceeded, Always, Confirmed),
    (Expired, Cancel, Always, Cancelled),
    (Expired, CalendlyCanceled, Always, Cancelled),
    (Confirmed, Cancel, Always, CancelPending),
    (Confirmed, CalendlyCanceled, RefundDue, RefundPending),
    (Confirmed, CalendlyCanceled, Always, Cancelled),
    (Confirmed, CallCompleted, Always, Completed),
    (Confirmed, CallNoShow, Always, NoShow),
    (CancelPending, PaymentSucceeded, Always, CancelPending),
    (CancelPending, CalendlyCanceled, RefundDue, RefundPending),
    (CancelPending, CalendlyCanceled, Always, Cancelled),
    (Cancelled, PaymentSucceeded, Always, RefundPending),
    (RefundPending, RefundSucceeded, Always, Refunded),
    (
        RefundPending,
        Trigger::RefundFailed,
        Always,
        BookingState::RefundFailed,
    ),
    (BookingState::RefundFailed, Retry, Always, RefundPending),
    (
        BookingState::RefundFailed,
        RefundSucceeded,
        Always,
        Refunded,
    ),
    (Completed, CallNoShow, Always, NoShow),
    (Completed, CalendlyCanceled, Always, Cancelled), // no refund: the call took place
    (NoShow, CallCompleted, Always, Completed),       // the no-show mark was taken back
];

/// Where `trigger` leads from `from`; `None` when it is illegal there. An override goes where it says, so it
/// is not in the table.
#[must_use]
pub fn transition(from: BookingState, trigger: Trigger, guards: Guards) -> Option<BookingState> {
    TRANSITIONS
        .iter()
        .find(|(f, t, guard, _)| *f == from && *t == trigger && guards.hold(*guard))
        .map(|(_, _, _, to)| *to)
}

/// Where a booking is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(const_into_str, serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum BookingState {
    Pending,
    AwaitingPayment,
    PaymentFailed,
    Confirmed,
    CancelPending,
    Cancelled,
    RefundPending,
    Refunded,
    RefundFailed,
    Expired,
    Completed,
    NoShow,
}

/// What moves a booking.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(const_into_str, serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Trigger {
    Created,
    CalendlyWebhookReceived,
    PaymentSucceeded,
    PaymentFailed,
    Retry,
    Cancel,
    CalendlyCanceled,
    RefundSucceeded,
    RefundFailed,
    SessionExpired,
    CallCompleted,
    CallNoShow,
    Override,
}

/// The condition of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    Always,
    /// The price is 0.
    Free,
    /// Paid, and the refund policy gives something back.
    RefundDue,
}

/// The values of the conditions at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guards {
    pub free: bool,
    pub refund_due: bool,
}

impl Guards {
    const fn hold(self, guard: Guard) -> bool {
        match guard {
            Always => true,
            Free => self.free,
            RefundDue => self.refund_due,
        }
    }
}

impl BookingState {
    /// All twelve.
    pub const ALL: [Self; 12] = [
        Self::Pending,
        Self::AwaitingPayment,
        Self::PaymentFailed,
        Self::Confirmed,
        Self::CancelPending,
        Self::Cancelled,
        Self::RefundPending,
        Self::Refunded,
        Self::RefundFailed,
        Self::Expired,
        Self::Completed,
        Self::NoShow,
    ];

    /// The text of answers and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// The state with this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Trigger {
    /// All thirteen.
    pub const ALL: [Self; 13] = [
        Self::Created,
        Self::CalendlyWebhookReceived,
        Self::PaymentSucceeded,
        Self::PaymentFailed,
        Self::Retry,
        Self::Cancel,
        Self::CalendlyCanceled,
        Self::RefundSucceeded,
        Self::RefundFailed,
        Self::SessionExpired,
        Self::CallCompleted,
        Self::CallNoShow,
        Self::Override,
    ];

    /// The text of answers and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// The table as a Mermaid state diagram.
#[must_use]
pub fn mermaid() -> String {
    let mut out = String::from("stateDiagram-v2\n    [*] --> PENDING: CREATED\n");
    for (from, trigger, guard, to) in TRANSITIONS {
        let condition = match guard {
            Always => "",
            Free => " [price 0]",
            RefundDue => " [paid, refund > 0]",
        };
        out.push_str(&format!(
            "    {} --> {}: {}{condition}\n",
            from.as_str(),
            to.as_str(),
            trigger.as_str()
        ));
    }
    out
}
