//! perform-effects: what the outbox holds is claimed, done, and marked.
//!
//! A claim is written before the call and the mark after it. Between the two a process may die: a payment call is made
//! again under its idempotency key and with the parameters of its first try, a text never is (X37, X69).

mod calls;
mod checkout;
mod circuit;
mod crm_note;
mod emails;
mod entry;
mod held;
pub mod outbox;
mod pace;
mod performer;
mod refund;
mod run;
mod slot;
#[cfg(test)]
mod tests;
mod text;
mod vendor_deletion;

pub use circuit::Circuits;
pub use entry::{error_counter, perform};
pub use held::LEASE;
pub use performer::Performer;
pub use run::{perform_awaited, perform_due, perform_named, take_over};
pub use text::{TextEnding, follow_up};

/// The longest wait of the follow-up's state machine. On AWS an execution lives for a year, with all its waits, and none of
/// them is longer than 99,999,999 seconds. The outbox keeps what has to wait longer.
pub(crate) const MACHINE_WAIT_MAX: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Whole seconds of a wait of the state machine, rounded up, so that it never ends before its time unless it is cut.
pub(crate) fn seconds_until(until: jiff::Timestamp, now: jiff::Timestamp) -> i64 {
    let ms = until.as_millisecond() - now.as_millisecond();
    let ms = ms.min(MACHINE_WAIT_MAX.as_secs() * 1000);
    ms.max(0).div_euclid(1000) + i64::from(ms.max(0).rem_euclid(1000) > 0)
}
