//! Disputes, and what an admin may do with the money.

use super::*;
use crate::bookings::{DisputeReport, EffectKind, Outcome, PaymentStatus};
use crate::testing::invitee;

#[test]
fn a_disputed_payment_is_not_paid_back_twice() {
    let mut story = confirmed();
    let dispute = DisputeReport {
        fee_minor: 1_500,
        ..disputed(NOW)
    };
    story.take(&Fact::Dispute(dispute.clone()));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Confirmed, -1_500)
    );
    assert_eq!(story.booking().refund_if_cancelled_minor(at(NOW)), Some(0));
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    assert_eq!(
        (story.state(), story.keys("refund:").len()),
        (BookingState::RefundPending, 0)
    );
    assert_eq!(
        story.keys("alert:"),
        ["alert:b1:dispute:dp_1", "alert:b1:disputed"]
    );
    story.take(&Fact::Dispute(DisputeReport {
        won: true,
        closed: true,
        ..dispute
    }));
    assert_eq!(
        (story.keys("refund:"), story.balance()),
        (vec!["refund:b1"], 13_500)
    );
}

#[test]
fn a_lost_dispute_is_money_that_the_customer_has_already_whenever_it_is_told() {
    let cancellation = seen(&canceled(&invitee("A1", NOW), "2026-03-01T10:10:00Z"));
    let opened = DisputeReport {
        fee_minor: 1_500,
        ..disputed("2026-03-01T10:08:00Z")
    };
    let lost = |closed_at: &str| {
        Fact::Dispute(DisputeReport {
            closed: true,
            at: at(closed_at),
            ..opened.clone()
        })
    };
    let (early, late) = (lost("2026-03-01T10:09:00Z"), lost("2026-03-05T09:00:00Z"));
    let opened = Fact::Dispute(opened.clone());
    for facts in [
        [&opened, &early, &cancellation],
        [&cancellation, &early, &opened],
        [&opened, &cancellation, &late],
        [&late, &cancellation, &opened],
    ] {
        let mut story = confirmed();
        for fact in facts {
            story.take(fact);
        }
        assert_eq!(story.state(), BookingState::Refunded);
        // A refund is asked for only while nothing is known of the dispute.
        let asked = usize::from(std::ptr::eq(facts[0], &raw const cancellation));
        assert_eq!(story.keys("refund:").len(), asked);
        assert_eq!(story.balance(), -1_500);
    }
    let mut story = confirmed();
    story.take(&lost("2026-03-01T10:09:00Z"));
    assert_eq!(story.state(), BookingState::Confirmed);
}

#[test]
fn an_admin_may_refund_in_part_and_override() {
    let mut story = confirmed();
    assert_eq!(
        story
            .take(&act(ActionKind::Refund {
                amount_minor: 15_001
            }))
            .outcome,
        Outcome::Refused
    );
    story.take(&act(ActionKind::Refund {
        amount_minor: 5_000,
    }));
    assert_eq!(
        (story.state(), story.keys("refund:")),
        (
            BookingState::Confirmed,
            vec!["refund:b1:admin:1772359200000000:0"]
        )
    );
    assert_eq!(
        story
            .take(&act(ActionKind::Refund {
                amount_minor: 10_001
            }))
            .outcome,
        Outcome::Refused
    );
    story.take(&refund(
        "re_1",
        RefundStatus::Succeeded,
        5_000,
        "2026-03-01T10:11:00Z",
    ));
    assert_eq!(
        (story.state(), story.booking().payment_status()),
        (BookingState::Confirmed, PaymentStatus::PartiallyRefunded)
    );
    // The rest comes back with the cancellation.
    story.take(&seen(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:12:00Z",
    )));
    let rest = story.effects.iter().find(|e| e.key == "refund:b1").unwrap();
    assert!(matches!(
        rest.kind,
        EffectKind::Refund {
            amount_minor: 10_000,
            ..
        }
    ));
    story.take(&act(ActionKind::Override {
        to: BookingState::Confirmed,
    }));
    assert_eq!(
        story.history().last().unwrap(),
        "OVERRIDE REFUND_PENDING>CONFIRMED"
    );
}
