//! What somebody who only names a booking, or hammers on it, can't do.

use super::*;
use crate::bookings::invitee::{Contact, Private};
use crate::testing::{at, invitee};

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

/// A booking that Calendly has not told of, with the checkout `cs_1`.
fn opened() -> Story {
    let mut story = Story::new();
    story.take(&Fact::Client(ClientPost {
        session_type_id: Some("strategy".to_owned()),
        contact: Contact {
            email: Some("claimed@acme.co".to_owned()),
            ..Contact::default()
        },
        ..ClientPost::default()
    }));
    story.take(&act(ActionKind::Override {
        to: BookingState::AwaitingPayment,
    }));
    let key = story.keys("session:")[0].to_owned();
    story.take(&created(&key, "cs_1"));
    story
}

fn paid_by(session: &str, amount_minor: i64, email: &str) -> Fact {
    let Fact::Paid(payment) = paid(session, NOW) else {
        unreachable!("a payment");
    };
    Fact::Paid(Paid {
        amount_minor: Some(amount_minor),
        email: Some(Private(email.to_owned())),
        ..payment
    })
}

#[test]
fn whoever_pays_the_price_on_our_page_proves_an_address() {
    let mut story = opened();
    assert_eq!(story.booking().proven_email(), None);
    story.take(&paid_by("cs_1", 15_000, "payer@acme.co"));
    assert_eq!(story.booking().proven_email(), Some("payer@acme.co"));
    // What Calendly's webhook says goes before.
    story.take(&seen(&invitee("A1", NOW)));
    assert_eq!(story.booking().proven_email(), Some("jane@acme.co"));
}

#[test]
fn a_page_of_somebody_else_or_another_amount_proves_no_address() {
    for (session, amount_minor) in [("cs_link", 15_000), ("cs_1", 100)] {
        let mut story = opened();
        story.take(&paid_by(session, amount_minor, "stranger@evil.example"));
        let proven = story.booking().proven_email();
        assert_eq!(proven, None, "{session} {amount_minor}");
    }
}

/// Bytes that a row of DynamoDB may have, with room for what the booking has besides.
const ROW_BYTES_MAX: usize = 300_000;

fn bytes(booking: &Booking) -> usize {
    serde_json::to_vec(booking).unwrap().len()
}

#[test]
fn failed_cards_do_not_grow_a_booking_and_hide_no_end_of_a_session() {
    let mut story = opened();
    let one = failed("evt_0", Some("cs_1"), "2026-03-01T10:30:00Z");
    story.take(&one);
    assert_eq!(story.state(), BookingState::PaymentFailed);
    for n in 1..2_000 {
        story.take(&failed(
            &format!("evt_{n}"),
            Some("cs_1"),
            "2026-03-01T10:31:00Z",
        ));
    }
    assert!(
        bytes(story.booking()) < 20_000,
        "{}",
        bytes(story.booking())
    );
    let Fact::PaymentFailed(failure) = one else {
        unreachable!("a failure");
    };
    story.take(&Fact::PaymentFailed(PaymentFailed {
        event_id: "evt_end".to_owned(),
        ends_session: true,
        ..failure
    }));
    assert_eq!(story.booking().checkout_url(), None, "the page is closed");
    // A new attempt has failures of its own.
    story.take(&act(ActionKind::Pay));
    let key = story.keys("session:")[1].to_owned();
    story.take(&created(&key, "cs_2"));
    story.take(&failed("evt_new", Some("cs_2"), "2026-03-01T10:40:00Z"));
    assert_eq!(story.state(), BookingState::PaymentFailed);
}

#[test]
fn a_late_earlier_failure_still_comes_before_the_expiry() {
    let mut story = opened();
    story.take(&expired("cs_1", "2026-03-01T11:00:00Z"));
    for n in 0..10 {
        story.take(&failed(
            &format!("evt_{n}"),
            Some("cs_1"),
            "2026-03-01T11:10:00Z",
        ));
    }
    assert_eq!(story.state(), BookingState::Expired);
    story.take(&failed("evt_early", Some("cs_1"), "2026-03-01T10:50:00Z"));
    assert_eq!(story.state(), BookingState::PaymentFailed);
}

#[test]
fn pages_of_others_that_name_a_booking_do_not_grow_it() {
    let mut story = opened();
    for n in 0..1_000 {
        let session_id = format!("cs_link_{n}");
        story.take(&expired(&session_id, "2026-02-01T10:00:00Z"));
        story.take(&Fact::PaymentProcessing {
            session_id,
            at: at(NOW),
        });
    }
    assert!(
        bytes(story.booking()) < 40_000,
        "{}",
        bytes(story.booking())
    );
    story.take(&Fact::PaymentProcessing {
        session_id: "cs_1".to_owned(),
        at: at(NOW),
    });
    assert!(story.booking().payment.is_processing("cs_1"));
}

#[test]
fn a_booking_may_move_as_often_as_its_customer_likes() {
    let mut story = Story::new();
    let mut time = invitee("A0", NOW);
    story.take(&seen(&time));
    for n in 1..=300 {
        let next = InviteeSnapshot {
            old_invitee: Some(time.uri.clone()),
            sha256: format!("A{n}-created"),
            ..invitee(
                &format!("A{n}"),
                &format!(
                    "2026-03-0{}T{:02}:{:02}:00Z",
                    2 + n / 200,
                    n / 60 % 24,
                    n % 60
                ),
            )
        };
        story.take(&seen(&InviteeSnapshot {
            rescheduled: true,
            new_invitee: Some(next.uri.clone()),
            ..canceled(&time, "2026-03-09T10:00:00Z")
        }));
        story.take(&seen(&next));
        time = next;
    }
    let booking = story.booking();
    assert!(bytes(booking) < ROW_BYTES_MAX, "{}", bytes(booking));
    assert_eq!(booking.invitee_uri(), Some("A300"));
    assert_eq!(booking.chain.snapshots().count(), 32);
    assert_eq!(
        booking.price_minor(),
        15_000,
        "the first time has the price"
    );
    // The same again changes nothing, also where only the name is left.
    let version = booking.version;
    let decision = story.take(&seen(&InviteeSnapshot {
        old_invitee: Some("A9".to_owned()),
        sha256: "A10-created".to_owned(),
        ..invitee("A10", "2026-03-02T00:10:00Z")
    }));
    assert_eq!((decision.next, story.booking().version), (None, version));
    story.take(&seen(&canceled(&time, "2026-03-10T10:00:00Z")));
    assert_eq!(story.state(), BookingState::Cancelled);
}
