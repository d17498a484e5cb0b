//! Refunds that fail, come back, or belong to a second charge.

use super::*;
use crate::bookings::{Outcome, merge};
use crate::testing::invitee;

fn confirmed() -> Story {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&created("session:b1:1", "cs_1"));
    story.take(&paid("cs_1", "2026-03-01T10:05:00Z"));
    story
}

#[test]
fn a_failed_refund_is_tried_again_under_its_own_key() {
    let mut story = confirmed();
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    story.take(&refund(
        "re_1",
        RefundStatus::Failed,
        15_000,
        "2026-03-01T10:11:00Z",
    ));
    assert_eq!(story.state(), BookingState::RefundFailed);
    assert_eq!(story.take(&act(ActionKind::Pay)).outcome, Outcome::Refused);
    story.take(&act(ActionKind::RetryRefund));
    assert_eq!(story.keys("refund:"), ["refund:b1", "refund:b1:2"]);
    story.take(&Fact::EffectRefused {
        key: "refund:b1:2".into(),
        at: at(NOW),
    });
    assert_eq!(story.state(), BookingState::RefundFailed);
    story.take(&refund(
        "re_2",
        RefundStatus::Succeeded,
        15_000,
        "2026-03-01T10:12:00Z",
    ));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Refunded, 0)
    );
}

#[test]
fn a_refund_that_failed_and_then_went_through_counts_with_its_money() {
    // With the clocks of the events apart, and in the same second.
    for late in ["2026-03-01T10:12:00Z", "2026-03-01T10:11:00Z"] {
        let mut story = confirmed();
        story.take(&seen(&canceled(
            &invitee("A1", NOW),
            "2026-03-01T10:10:00Z",
        )));
        story.take(&refund(
            "re_1",
            RefundStatus::Failed,
            15_000,
            "2026-03-01T10:11:00Z",
        ));
        assert_eq!(
            (story.state(), story.balance()),
            (BookingState::RefundFailed, 15_000)
        );
        story.take(&refund("re_1", RefundStatus::Succeeded, 15_000, late));
        assert_eq!(
            (
                story.state(),
                story.balance(),
                story.booking().refunded_minor()
            ),
            (BookingState::Refunded, 0, 15_000),
            "{late}"
        );
        assert_eq!(
            story
                .take(&refund("re_1", RefundStatus::Succeeded, 15_000, late))
                .outcome,
            Outcome::Duplicate
        );
    }
}

#[test]
fn a_refund_that_comes_back_posts_back_and_somebody_is_told() {
    let mut story = confirmed();
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    story.take(&refund(
        "re_1",
        RefundStatus::Succeeded,
        15_000,
        "2026-03-01T10:11:00Z",
    ));
    assert_eq!(story.balance(), 0);
    story.take(&refund(
        "re_1",
        RefundStatus::Failed,
        15_000,
        "2026-03-05T10:11:00Z",
    ));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Refunded, 15_000)
    );
    assert_eq!(story.keys("alert:"), ["alert:b1:returned:re_1"]);
    // The bank takes it after all.
    story.take(&refund(
        "re_1",
        RefundStatus::Succeeded,
        15_000,
        "2026-03-06T10:11:00Z",
    ));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Refunded, 0)
    );
}

#[test]
fn a_second_charge_goes_straight_back() {
    let mut story = confirmed();
    story.take(&paid("cs_2", "2026-03-01T10:06:00Z"));
    assert_eq!(
        (story.state(), story.keys("refund:")),
        (BookingState::Confirmed, vec!["refund:b1:pi_2"])
    );
    let mut back = RefundReport {
        refund_id: Some("re_2".into()),
        payment_intent: Some("pi_2".into()),
        status: RefundStatus::Succeeded,
        amount_minor: Some(15_000),
        charge_total_minor: None,
        currency: None,
        created: None,
        attempt: None,
        effect_key: None,
        at: at("2026-03-01T10:07:00Z"),
    };
    story.take(&Fact::Refund(back.clone()));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Confirmed, 15_000)
    );
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    assert_eq!(story.state(), BookingState::RefundPending);
    back = RefundReport {
        refund_id: Some("re_1".into()),
        payment_intent: Some("pi_1".into()),
        ..back
    };
    story.take(&Fact::Refund(back));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Refunded, 0)
    );
}

/// Stripe's clock may be behind Calendly's: then our refund lies before the cancellation that it answers.
#[test]
fn the_total_of_our_own_refund_is_no_refund_of_somebody_else() {
    let mut story = confirmed();
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    let ours = RefundReport {
        refund_id: Some("re_1".into()),
        payment_intent: Some("pi_1".into()),
        status: RefundStatus::Succeeded,
        amount_minor: Some(15_000),
        charge_total_minor: None,
        currency: None,
        created: None,
        attempt: Some(1),
        effect_key: Some("refund:b1".into()),
        at: at("2026-03-01T10:09:00Z"),
    };
    story.take(&Fact::Refund(ours.clone()));
    let lines = story.history();
    assert_eq!(story.state(), BookingState::Refunded, "{lines:?}");
    story.take(&Fact::Refund(RefundReport {
        refund_id: None,
        amount_minor: None,
        charge_total_minor: Some(15_000),
        attempt: None,
        effect_key: None,
        ..ours
    }));
    assert_eq!(story.history(), lines);
    assert_eq!(story.balance(), 0);
}

#[test]
fn a_refund_asked_for_before_a_merge_is_not_asked_for_again() {
    let config = config();
    let mut story = confirmed();
    story.take(&act(ActionKind::Refund {
        amount_minor: 1_000,
    }));
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    assert_eq!(story.keys("refund:b1").len(), 2);
    // The other one is older, so its id stays.
    let rules = Rules {
        new_booking_id: "a0",
        ..rules(&config)
    };
    let other = decide(
        None,
        &seen(&InviteeSnapshot {
            new_invitee: Some("A1".into()),
            canceled: true,
            ..invitee("A0", NOW)
        }),
        at(NOW),
        &rules,
    );
    let one = merge(story.booking(), &other.next.unwrap(), at(NOW), &rules);
    assert!(
        one.effects.iter().all(|e| !e.key.starts_with("refund:")),
        "{:?}",
        one.effects
    );
    let one = one.next.unwrap();
    assert_eq!(
        (one.booking_id.as_str(), one.state),
        ("a0", BookingState::RefundPending)
    );
    let failed = decide(
        Some(&one),
        &Fact::EffectRefused {
            key: "refund:b1".into(),
            at: at(NOW),
        },
        at(NOW),
        &rules,
    )
    .next
    .unwrap();
    assert_eq!(failed.state, BookingState::RefundFailed);
}
