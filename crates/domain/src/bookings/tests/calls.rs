//! How a call went, told before and after everything else.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::testing::invitee;

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
