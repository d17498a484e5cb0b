//! The rules of bookings, payments, cancellations and refunds, told as short stories.

use super::*;
use crate::bookings::{EffectKind, Outcome, PaymentStatus, merge};
use crate::testing::invitee;

const PAID: &str = "https://api.calendly.com/event_types/PAID1";
const FREE: &str = "https://api.calendly.com/event_types/FREE";

#[test]
fn the_success_flow_of_s4() {
    let mut story = booked();
    assert_eq!(story.keys("session:"), ["session:b1:1"]);
    assert_eq!(
        story.booking().checkout_url(),
        Some("https://checkout.stripe.com/cs_1")
    );
    story.take(&paid("cs_1", "2026-03-01T10:05:00Z"));
    assert_eq!(
        story.take(&paid("cs_1", "2026-03-01T10:05:00Z")).outcome,
        Outcome::Duplicate
    );
    let expected = [
        "CREATED >PENDING",
        "CALENDLY_WEBHOOK_RECEIVED PENDING>AWAITING_PAYMENT",
        "PAYMENT_SUCCEEDED AWAITING_PAYMENT>CONFIRMED",
    ];
    assert_eq!(story.history(), expected);
    assert_eq!(story.booking().payment_status(), PaymentStatus::Paid);
    assert_eq!(story.balance(), 15_000);
}

#[test]
fn the_cancellation_flow_of_s4() {
    let mut story = confirmed();
    story.take(&act(ActionKind::Cancel));
    assert_eq!(story.state(), BookingState::CancelPending);
    assert_eq!(story.keys("cancel:"), ["cancel:b1:A1"]);
    assert_eq!(
        story.take(&act(ActionKind::Cancel)).outcome,
        Outcome::Refused
    );
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    assert_eq!(story.keys("refund:"), ["refund:b1"]);
    story.take(&refund(
        "re_1",
        RefundStatus::Succeeded,
        15_000,
        "2026-03-01T10:11:00Z",
    ));
    let charge = RefundReport {
        refund_id: None,
        payment_intent: Some("pi_1".into()),
        status: RefundStatus::Succeeded,
        amount_minor: None,
        charge_total_minor: Some(15_000),
        currency: None,
        created: None,
        attempt: None,
        effect_key: None,
        at: at("2026-03-01T10:11:01Z"),
    };
    story.take(&Fact::Refund(charge));
    assert_eq!(
        story.history()[3..],
        [
            "CANCEL CONFIRMED>CANCEL_PENDING",
            "!CANCEL CANCEL_PENDING>CANCEL_PENDING",
            "CALENDLY_CANCELED CANCEL_PENDING>REFUND_PENDING",
            "REFUND_SUCCEEDED REFUND_PENDING>REFUNDED"
        ]
    );
    assert_eq!(
        (story.booking().payment_status(), story.balance()),
        (PaymentStatus::Refunded, 0)
    );
}

#[test]
fn a_free_event_is_confirmed_by_the_webhook() {
    let mut story = Story::new();
    story.take(&seen(&InviteeSnapshot {
        event_type: Some(FREE.into()),
        ..invitee("A1", NOW)
    }));
    assert_eq!(story.state(), BookingState::Confirmed);
    assert!(story.keys("session:").is_empty());
    assert_eq!(
        story.history().last().unwrap(),
        "CALENDLY_WEBHOOK_RECEIVED AWAITING_PAYMENT>CONFIRMED"
    );
    let free = InviteeSnapshot {
        event_type: Some(FREE.into()),
        ..canceled(&invitee("A1", NOW), "2026-03-01T10:10:00Z")
    };
    story.take(&seen(&free));
    assert_eq!(story.state(), BookingState::Cancelled);
    assert!(story.keys("cancel:").is_empty() && story.keys("refund:").is_empty());
}

#[test]
fn post_and_webhook_in_either_order_are_one_booking() {
    let (mut a, mut b) = (Story::new(), Story::new());
    assert_eq!(
        a.take(&post("strategy", Some("A1"))).outcome,
        Outcome::Created
    );
    a.take(&seen(&invitee("A1", NOW)));
    b.take(&seen(&invitee("A1", NOW)));
    assert_eq!(
        b.take(&post("strategy", Some("A1"))).outcome,
        Outcome::Recorded
    );
    for story in [&a, &b] {
        assert_eq!(
            (
                story.state(),
                story.booking().price_minor(),
                story.keys("session:").len()
            ),
            (BookingState::AwaitingPayment, 15_000, 1)
        );
    }
    // The client can't choose a cheaper type than the event's own.
    let mut cheap = Story::new();
    cheap.take(&post("half", Some("A1")));
    cheap.take(&seen(&invitee("A1", NOW)));
    assert_eq!(cheap.booking().price_minor(), 15_000);
}

#[test]
fn a_payment_before_the_webhook_is_kept_and_takes_its_turn() {
    let mut story = Story::new();
    story.take(&post("strategy", Some("A1")));
    story.take(&paid("cs_9", "2026-03-01T09:00:00Z"));
    assert_eq!(
        (story.state(), story.booking().payment_status()),
        (BookingState::Pending, PaymentStatus::Paid)
    );
    story.take(&seen(&invitee("A1", NOW)));
    assert_eq!(
        story.history()[1..],
        [
            "CALENDLY_WEBHOOK_RECEIVED PENDING>AWAITING_PAYMENT",
            "PAYMENT_SUCCEEDED AWAITING_PAYMENT>CONFIRMED"
        ]
    );
    assert!(story.keys("session:").is_empty());
}

#[test]
fn a_payment_after_the_cancellation_goes_back_once() {
    let mut story = booked();
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:02:00Z",
    )));
    assert_eq!(
        (story.state(), story.keys("expire:")),
        (BookingState::Cancelled, vec!["expire:cs_1"])
    );
    story.take(&paid("cs_1", "2026-03-01T10:03:00Z"));
    assert_eq!(
        (story.state(), story.keys("refund:")),
        (BookingState::RefundPending, vec!["refund:b1"])
    );
}

#[test]
fn the_policy_decides_what_comes_back() {
    let notice = |hours: i64| invitee("A1", NOW).start - jiff::SignedDuration::from_hours(hours);
    for (event_type, paid_minor, asked_at, expected) in [
        (PAID, 15_000, notice(1), Some(15_000)),
        ("PAID2", 5_001, notice(1), Some(2_501)),
        ("PAID3", 5_000, notice(24), Some(5_000)),
        ("PAID3", 5_000, notice(23), Some(2_500)),
        ("PAID3", 5_000, notice(3), None),
    ] {
        let mut story = Story::new();
        for session in &mut story.config.session_types {
            if session.event_type.ends_with(event_type) {
                session.price_minor = paid_minor;
            }
        }
        let invitee = InviteeSnapshot {
            event_type: Some(event_type.into()),
            ..invitee("A1", NOW)
        };
        story.take(&seen(&invitee));
        let payment = Paid {
            session_id: Some("cs_1".into()),
            payment_intent: None,
            amount_minor: Some(paid_minor),
            currency: None,
            presented: None,
            mode: None,
            email: None,
            at: at(NOW),
        };
        story.take(&Fact::Paid(payment));
        story.take(&seen(&InviteeSnapshot {
            updated_at: asked_at,
            canceled_at: Some(asked_at),
            ..canceled(&invitee, NOW)
        }));
        let refunds = story.effects.iter().find_map(|e| {
            if let EffectKind::Refund { amount_minor, .. } = e.kind {
                Some(amount_minor)
            } else {
                None
            }
        });
        assert_eq!(refunds, expected, "{event_type}");
        assert_eq!(
            story.state(),
            if expected.is_some() {
                BookingState::RefundPending
            } else {
                BookingState::Cancelled
            }
        );
    }
}

#[test]
fn a_reschedule_moves_the_uri_and_not_the_state() {
    let moved = InviteeSnapshot {
        rescheduled: true,
        new_invitee: Some("A2".into()),
        ..canceled(&invitee("A1", NOW), "2026-03-02T09:00:00Z")
    };
    let second = InviteeSnapshot {
        old_invitee: Some("A1".into()),
        ..invitee("A2", "2026-03-02T09:00:00Z")
    };
    for order in [[&moved, &second], [&second, &moved]] {
        let mut story = confirmed();
        let (lines, effects) = (story.history().len(), story.effects.len());
        for snapshot in order {
            story.take(&seen(snapshot));
        }
        let booking = story.booking();
        assert_eq!(
            (story.state(), booking.invitee_uri()),
            (BookingState::Confirmed, Some("A2"))
        );
        assert_eq!(
            (story.history().len(), story.effects.len()),
            (lines, effects)
        );
        assert_eq!(booking.times().map(|t| t.0), Some(second.start));
        story.take(&seen(&canceled(&second, "2026-03-03T09:00:00Z")));
        assert_eq!(story.keys("refund:"), ["refund:b1"]);
    }
}

#[test]
fn after_the_call_a_cancellation_gives_nothing_back() {
    let mut story = confirmed();
    let end = invitee("A1", NOW).end;
    assert_eq!(
        story.take(&Fact::CallTimePassed).outcome,
        Outcome::Duplicate
    );
    story.now = end;
    story.take(&Fact::CallTimePassed);
    assert_eq!(story.state(), BookingState::Completed);
    story.take(&Fact::NoShow {
        invitee_uri: "A1".into(),
        marked: true,
        at: end,
    });
    assert_eq!(story.state(), BookingState::NoShow);
    story.take(&Fact::NoShow {
        invitee_uri: "A1".into(),
        marked: false,
        at: end + jiff::SignedDuration::from_mins(5),
    });
    assert_eq!(story.state(), BookingState::Completed);
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-20T10:00:00Z",
    )));
    assert_eq!(
        (story.state(), story.keys("refund:").len()),
        (BookingState::Cancelled, 0)
    );
}

#[test]
fn a_cancellation_before_the_call_counts_even_if_it_is_told_after_it() {
    let mut story = confirmed();
    story.now = invitee("A1", NOW).end;
    story.take(&Fact::CallTimePassed);
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-05T10:00:00Z",
    )));
    assert_eq!(
        story.history().last().unwrap(),
        "CALENDLY_CANCELED COMPLETED>REFUND_PENDING"
    );
}

#[test]
fn two_bookings_of_one_chain_become_one_whichever_is_first() {
    let config = config();
    let first = |id, fact: &Fact| {
        decide(
            None,
            fact,
            at(NOW),
            &Rules {
                new_booking_id: id,
                ..rules(&config)
            },
        )
        .next
        .unwrap()
    };
    let a = first("b1", &seen(&invitee("A1", NOW)));
    let a = decide(
        Some(&a),
        &paid("cs_1", "2026-03-01T10:05:00Z"),
        at(NOW),
        &rules(&config),
    )
    .next
    .unwrap();
    let b = first(
        "b2",
        &seen(&InviteeSnapshot {
            old_invitee: Some("A2".into()),
            ..invitee("A3", "2026-03-03T09:00:00Z")
        }),
    );
    let one = merge(&a, &b, at(NOW), &rules(&config));
    assert_eq!(one, merge(&b, &a, at(NOW), &rules(&config)));
    let one = one.next.unwrap();
    let link = InviteeSnapshot {
        old_invitee: Some("A1".into()),
        new_invitee: Some("A3".into()),
        rescheduled: true,
        ..invitee("A2", "2026-03-02T09:00:00Z")
    };
    let one = decide(Some(&one), &seen(&link), at(NOW), &rules(&config))
        .next
        .unwrap();
    assert_eq!(
        (one.state, one.invitee_uri(), one.booking_id.as_str()),
        (BookingState::Confirmed, Some("A3"), "b1")
    );
    assert!(one.aliases.contains("b2"));
}

#[test]
fn a_booking_and_its_effects_survive_their_storage() {
    let mut story = confirmed();
    story.take(&act(ActionKind::Refund {
        amount_minor: 5_000,
    }));
    story.take(&act(ActionKind::Cancel));
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    story.take(&refund(
        "re_1",
        RefundStatus::Failed,
        10_000,
        "2026-03-01T10:12:00Z",
    ));
    story.take(&act(ActionKind::Override {
        to: BookingState::Refunded,
    }));
    let text = serde_json::to_string(story.booking()).unwrap();
    assert_eq!(
        &serde_json::from_str::<Booking>(&text).unwrap(),
        story.booking()
    );
    let text = serde_json::to_string(&story.effects).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<Effect>>(&text).unwrap(),
        story.effects
    );
    let shown = format!("{:?} {:?}", story.booking(), story.effects);
    assert!(
        !shown.contains("jane") && !shown.contains("Jane") && !shown.contains("222"),
        "{shown}"
    );
}

/// The pages of both are open when they turn out to be one: the newer one's page is closed, and the booking still waits.
#[test]
fn the_page_of_a_merged_booking_runs_out_without_the_booking() {
    let config = config();
    let with_page = |id: &str, uri: &str, session: &str| {
        let own = Rules {
            new_booking_id: id,
            ..rules(&config)
        };
        let seen = seen(&invitee(uri, NOW));
        let booking = decide(None, &seen, at(NOW), &own).next.unwrap();
        let page = created(&format!("session:{id}:1"), session);
        let opened = decide(Some(&booking), &page, at(NOW), &rules(&config));
        opened.next.unwrap()
    };
    let (a, c) = (with_page("b1", "A1", "cs_1"), with_page("b2", "C1", "cs_2"));
    let one = merge(&a, &c, at(NOW), &rules(&config)).next.unwrap();
    let over = decide(
        Some(&one),
        &expired("cs_2", "2026-03-01T10:06:00Z"),
        at(NOW),
        &rules(&config),
    );
    let one = over.next.unwrap();
    assert_eq!(one.state, BookingState::AwaitingPayment);
    assert!(one.checkout_url().is_some());
    let over = decide(
        Some(&one),
        &expired("cs_1", "2026-03-01T10:40:00Z"),
        at(NOW),
        &rules(&config),
    );
    assert_eq!(over.next.unwrap().state, BookingState::Expired);
}
