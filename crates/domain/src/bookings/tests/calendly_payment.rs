//! Bookings whose customer has paid in Calendly's own payment step.

use super::*;

const CANCELED_AT: &str = "2026-03-02T10:00:00Z";

fn paid_invitee() -> InviteeSnapshot {
    InviteeSnapshot {
        paid_in_calendly: true,
        ..crate::testing::invitee("A1", NOW)
    }
}

#[test]
fn it_is_confirmed_and_never_charged() {
    let mut story = Story::new();
    story.take(&seen(&paid_invitee()));
    assert_eq!(story.state(), BookingState::Confirmed);
    assert!(story.keys("session:").is_empty());
    assert_eq!(story.booking().checkout_url(), None);
    // A later snapshot that leaves the payment out takes nothing back.
    story.take(&seen(&InviteeSnapshot {
        paid_in_calendly: false,
        updated_at: at("2026-03-01T11:00:00Z"),
        ..paid_invitee()
    }));
    assert_eq!(story.state(), BookingState::Confirmed);
}

#[test]
fn its_cancellation_refunds_nothing_and_tells_the_operators() {
    let mut story = Story::new();
    story.take(&seen(&paid_invitee()));
    story.take(&seen(&canceled(&paid_invitee(), CANCELED_AT)));
    assert_eq!(story.state(), BookingState::Cancelled);
    assert!(story.keys("refund:").is_empty());
    assert_eq!(story.keys("alert:"), ["alert:b1:paid_in_calendly"]);
}

#[test]
fn an_unpaid_one_pays_as_usual_and_a_late_word_closes_the_open_page() {
    let unpaid = InviteeSnapshot {
        paid_in_calendly: false,
        ..paid_invitee()
    };
    let mut story = Story::new();
    story.take(&seen(&unpaid));
    assert_eq!(story.state(), BookingState::AwaitingPayment);
    story.take(&created("session:b1:1", "cs_1"));
    story.take(&seen(&InviteeSnapshot {
        updated_at: at("2026-03-01T10:05:00Z"),
        ..paid_invitee()
    }));
    assert_eq!(story.state(), BookingState::Confirmed);
    assert_eq!(story.keys("expire:"), ["expire:cs_1"]);
}
