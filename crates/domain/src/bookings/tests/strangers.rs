//! What somebody who only names a booking, or hammers on it, can't do.

use super::*;
use crate::testing::invitee;

#[test]
fn what_is_cancelled_before_calendly_confirms_releases_its_slot() {
    let mut story = Story::new();
    story.take(&post("strategy", Some("A1")));
    story.take(&act(ActionKind::Cancel));
    // A page has named the slot: whose it is, only Calendly's word or our own call tells.
    assert_eq!(
        (story.state(), story.keys("cancel:").len()),
        (BookingState::Cancelled, 0)
    );
    story.take(&seen(&invitee("A1", NOW)));
    assert_eq!(
        (story.state(), story.keys("session:").len()),
        (BookingState::Cancelled, 0)
    );
    assert_eq!(story.keys("cancel:"), ["cancel:b1:A1"]);
    assert_eq!(
        story.history().last().unwrap(),
        "!CALENDLY_WEBHOOK_RECEIVED CANCELLED>CANCELLED"
    );
}

#[test]
fn what_our_own_call_booked_is_released_before_the_webhook() {
    let mut story = Story::new();
    story.take(&post("strategy", None));
    story.take(&Fact::Booked {
        invitee_uri: "A1".to_owned(),
        event_uri: "E1".to_owned(),
    });
    story.take(&act(ActionKind::Cancel));
    assert_eq!(story.keys("cancel:"), ["cancel:b1:A1"]);
}

#[test]
fn refused_actions_stay_few_and_short() {
    let mut story = Story::new();
    story.take(&post("strategy", None));
    let cancel = Fact::Action(Action {
        kind: ActionKind::Cancel,
        actor: "customer".to_owned(),
        reason: Some("x".repeat(1000)),
    });
    for _ in 0..1000 {
        story.take(&cancel);
    }
    let history = story.history();
    assert!(history.len() < 40, "{}", history.len());
}
