//! A payment that is tried again, and what Stripe refuses.

use super::*;
use crate::bookings::Outcome;
use crate::testing::invitee;

#[test]
fn a_retry_opens_a_second_session_and_closes_the_first() {
    let mut story = booked();
    story.take(&failed("evt_1", Some("cs_1"), "2026-03-01T10:01:00Z"));
    assert_eq!(
        (story.state(), story.keys("expire:").len()),
        (BookingState::PaymentFailed, 0)
    );
    story.take(&act(ActionKind::Pay));
    assert_eq!(
        (story.keys("session:"), story.keys("expire:")),
        (vec!["session:b1:1", "session:b1:2"], vec!["expire:cs_1"])
    );
    assert_eq!(story.take(&act(ActionKind::Pay)).outcome, Outcome::Allowed);
    story.take(&created("session:b1:2", "cs_2"));
    // The first session's end, and a failure from before the retry, are stale.
    story.take(&expired("cs_1", "2026-03-01T10:09:00Z"));
    story.take(&failed("evt_0", None, "2026-03-01T09:59:00Z"));
    assert_eq!(story.state(), BookingState::AwaitingPayment);
    assert_eq!(
        story.booking().checkout_url(),
        Some("https://checkout.stripe.com/cs_2")
    );
    story.take(&expired("cs_2", "2026-03-01T11:00:00Z"));
    assert_eq!(
        (story.state(), story.keys("release:").len()),
        (BookingState::Expired, 1)
    );
    // Paid after all: the slot is still held, so nothing is lost.
    story.take(&paid("cs_1", "2026-03-01T11:01:00Z"));
    assert_eq!(story.state(), BookingState::Confirmed);
    let release = story
        .effects
        .iter()
        .find(|e| e.key.starts_with("release:"))
        .unwrap();
    assert!(!release.still_wanted(story.booking()));
}

#[test]
fn a_session_that_stripe_refuses_is_a_failed_payment() {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&Fact::EffectRefused {
        key: "session:b1:1".into(),
        at: at(NOW),
    });
    assert_eq!(story.state(), BookingState::PaymentFailed);
    story.take(&act(ActionKind::Pay));
    assert_eq!(story.keys("session:"), ["session:b1:1", "session:b1:2"]);
}

/// However late Stripe tells of it: the payment may be from before the cancellation, or from before the page's end.
#[test]
fn a_payment_while_the_cancellation_is_on_its_way_is_legal_in_every_order() {
    for (is_expired, paid_at) in [
        (false, "2026-03-01T09:59:30Z"),
        (false, NOW),
        (true, "2026-03-01T09:59:30Z"),
        (true, NOW),
        (true, "2026-03-01T10:00:01Z"),
    ] {
        let mut story = booked();
        story.take(&act(ActionKind::Cancel));
        if is_expired {
            story.take(&expired("cs_1", NOW));
        }
        story.take(&paid("cs_1", paid_at));
        let history = story.history();
        let last = history.last().unwrap();
        assert_eq!(
            last, "PAYMENT_SUCCEEDED CANCEL_PENDING>CANCEL_PENDING",
            "expired: {is_expired}, paid at {paid_at}"
        );
    }
}
