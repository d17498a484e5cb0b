//! How a call went, told before and after everything else.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::testing::{invitee, permutations};

fn mark(marked: bool, at: Timestamp) -> Fact {
    Fact::NoShow {
        invitee_uri: "A1".to_owned(),
        marked,
        at,
    }
}

#[test]
fn a_mark_of_before_the_call_counts_once_the_call_is_over() {
    let mut story = confirmed();
    let call = invitee("A1", NOW);
    story.take(&mark(true, at(NOW)));
    assert_eq!(story.state(), BookingState::Confirmed);
    assert!(story.booking().refund_if_cancelled_minor(at(NOW)).is_some());
    story.now = call.end;
    story.take(&Fact::CallTimePassed);
    assert_eq!(story.state(), BookingState::NoShow);
}

#[test]
fn a_mark_that_is_taken_back_before_the_call_ends_nothing() {
    let mut story = confirmed();
    let call = invitee("A1", NOW);
    story.take(&mark(true, at(NOW)));
    story.take(&mark(false, at(NOW) + SignedDuration::from_hours(1)));
    assert_eq!(story.state(), BookingState::Confirmed);
    story.now = call.end;
    story.take(&Fact::CallTimePassed);
    assert_eq!(story.state(), BookingState::Completed);
}

#[test]
fn a_mark_of_before_the_payment_counts_when_it_is_paid() {
    let mut story = booked();
    let call = invitee("A1", NOW);
    story.now = call.end;
    story.take(&mark(true, call.start));
    assert_eq!(story.state(), BookingState::AwaitingPayment);
    let later = call.start + SignedDuration::from_mins(5);
    story.take(&paid("cs_1", &later.to_string()));
    assert_eq!(story.state(), BookingState::NoShow);
}

#[test]
fn a_call_that_is_over_when_it_is_paid_is_completed() {
    let mut story = booked();
    let call = invitee("A1", NOW);
    story.now = call.end;
    story.take(&Fact::CallTimePassed);
    let later = call.end + SignedDuration::from_mins(5);
    story.take(&paid("cs_1", &later.to_string()));
    assert_eq!(story.state(), BookingState::Completed);
}

/// A call that took place is paid for, whenever the timer fires and in whatever order the facts come (row 52).
#[test]
fn a_cancellation_after_the_call_gives_nothing_back_in_any_order() {
    let call = invitee("A1", NOW);
    let after = call.end + SignedDuration::from_hours(1);
    let late = canceled(&call, &after.to_string());
    let facts = [
        seen(&call),
        paid("cs_1", "2026-03-01T10:05:00Z"),
        seen(&late),
        Fact::CallTimePassed,
    ];
    for order in permutations(facts.to_vec()) {
        let mut story = Story::new();
        story.now = after + SignedDuration::from_hours(24);
        story.take(&post("strategy", Some("A1")));
        story.take(&created("session:b1:1", "cs_1"));
        for fact in order {
            story.take(&fact);
        }
        let booking = story.booking();
        assert_eq!(
            booking.state,
            BookingState::Cancelled,
            "{:?}",
            story.history()
        );
        assert!(!story.history().iter().any(|line| line.contains("REFUND")));
    }
}

/// Calendly performs the customer's own cancellation after the call would have ended.
#[test]
fn a_cancellation_that_was_asked_for_before_the_call_is_given_back_though_calendly_was_slow() {
    let mut story = confirmed();
    let call = invitee("A1", NOW);
    story.take(&act(ActionKind::Cancel));
    let after = call.end + SignedDuration::from_hours(1);
    story.now = after;
    story.take(&seen(&canceled(&call, &after.to_string())));
    assert_eq!(story.state(), BookingState::RefundPending);
    story.take(&Fact::CallTimePassed);
    assert_eq!(story.state(), BookingState::RefundPending);
}
