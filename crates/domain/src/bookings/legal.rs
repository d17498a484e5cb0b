//! Which actions of people a booking allows, and what is kept of those that it refuses.

use super::Booking;
use super::fact::{Action, ActionKind};
use super::table::{BookingState, Guards, Trigger, transition};

/// Refused actions that the history of a booking keeps. A customer may ask as often as they like; the row does not grow.
const REFUSALS_MAX: usize = 32;
/// Characters of the reason that a refused action keeps.
const REFUSED_REASON_CHARS_MAX: usize = 200;
/// Checkouts that one booking opens; the next one needs an admin.
const CHECKOUTS_MAX: usize = 50;

/// Whether the history takes one more refused action.
pub(super) fn keeps_refusal(booking: &Booking) -> bool {
    refusals(booking) < REFUSALS_MAX
}

/// What a refused action keeps of its reason.
pub(super) fn kept_reason(action: &Action) -> Option<String> {
    let short = |text: &String| text.chars().take(REFUSED_REASON_CHARS_MAX).collect();
    action.reason.as_ref().map(short)
}

/// How many refused actions of people the history has.
fn refusals(booking: &Booking) -> usize {
    let asked = |trigger| {
        matches!(
            trigger,
            Trigger::Retry | Trigger::Cancel | Trigger::Override
        )
    };
    booking
        .history
        .iter()
        .filter(|entry| !entry.accepted && asked(entry.trigger))
        .count()
}

/// Whether the state and the money allow the action.
pub(super) fn legal(booking: &Booking, kind: ActionKind, trigger: Trigger) -> bool {
    let state = booking.state;
    match kind {
        ActionKind::Pay => {
            // Money that is on its way would come beside what is paid now.
            state != BookingState::RefundFailed
                && !booking.payment.any_processing()
                && booking.payment.sessions.len() < CHECKOUTS_MAX
                && transition(state, trigger, Guards::default()).is_some()
        }
        ActionKind::RetryRefund => booking.refund_can_be_repeated(),
        ActionKind::Cancel => transition(state, trigger, Guards::default()).is_some(),
        ActionKind::Override { to } => to != state,
        // While the cancellation's own refund is on its way, how much will be left is not known.
        ActionKind::Refund { amount_minor } => {
            state != BookingState::RefundPending
                && !booking.payment.disputed()
                && amount_minor > 0
                && amount_minor <= booking.refundable_minor()
        }
        ActionKind::Reschedule => true,
    }
}
