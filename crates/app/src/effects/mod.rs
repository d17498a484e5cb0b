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

/// Whole seconds, rounded up, so that a wait never ends before its time.
pub(crate) fn seconds_until(until: jiff::Timestamp, now: jiff::Timestamp) -> i64 {
    let ms = until.as_millisecond() - now.as_millisecond();
    ms.max(0).div_euclid(1000) + i64::from(ms.max(0).rem_euclid(1000) > 0)
}
