//! What a booking offers is what it then allows.

use super::*;
use crate::bookings::Allowed;
use crate::testing::invitee;

fn booked() -> Story {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&created("session:b1:1", "cs_1"));
    story
}

#[test]
fn an_unpaid_booking_can_be_paid_moved_and_cancelled_for_nothing() {
    let story = booked();
    let booking = story.booking();
    assert_eq!(
        booking.allows_customer(),
        [Allowed::Pay, Allowed::Cancel, Allowed::Reschedule]
    );
    assert_eq!(booking.refund_if_cancelled_minor(at(NOW)), Some(0));
    assert!(booking.held_until().is_some());
    assert_eq!(booking.refund_due_minor(), None);
}

#[test]
fn a_paid_booking_names_what_its_cancellation_gives_back() {
    let mut story = booked();
    story.take(&paid("cs_1", "2026-03-01T10:05:00Z"));
    let booking = story.booking();
    assert_eq!(
        booking.allows_customer(),
        [Allowed::Cancel, Allowed::Reschedule]
    );
    assert_eq!(
        booking.allows_admin(),
        [
            Allowed::Cancel,
            Allowed::Reschedule,
            Allowed::Override,
            Allowed::Refund,
            Allowed::Resend
        ]
    );
    assert_eq!(booking.refund_if_cancelled_minor(at(NOW)), Some(15_000));
    assert_eq!(booking.held_until(), None);
}

#[test]
fn what_came_back_already_is_no_part_of_what_a_cancellation_gives_back() {
    let mut story = booked();
    story.take(&paid("cs_1", "2026-03-01T10:05:00Z"));
    let given = refund(
        "re_1",
        RefundStatus::Succeeded,
        1_000,
        "2026-03-01T10:06:00Z",
    );
    story.take(&given);
    let told = story.booking().refund_if_cancelled_minor(at(NOW));
    assert_eq!(told, Some(14_000));
}

#[test]
fn a_cancelled_booking_offers_nothing_and_says_what_comes_back() {
    let mut story = booked();
    story.take(&paid("cs_1", "2026-03-01T10:05:00Z"));
    story.take(&act(ActionKind::Cancel));
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    let booking = story.booking();
    assert_eq!(booking.state, BookingState::RefundPending);
    assert_eq!(booking.allows_customer(), []);
    assert_eq!(booking.refund_if_cancelled_minor(at(NOW)), None);
    assert_eq!(booking.refund_due_minor(), Some(15_000));
}
