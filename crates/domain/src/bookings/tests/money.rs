//! The rules of refunds, of payments that are not the price, and of transfers that come to nothing, as short stories.

use super::*;
use crate::bookings::{Allowed, DisputeReport, EffectKind, Outcome, PaymentStatus};
use crate::testing::invitee;

fn confirmed() -> Story {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&created("session:b1:1", "cs_1"));
    story.take(&paid("cs_1", "2026-03-01T10:05:00Z"));
    assert_eq!(story.state(), BookingState::Confirmed);
    story
}

fn cancel(story: &mut Story) {
    let time = "2026-03-01T10:10:00Z";
    story.take(&seen(&canceled(&invitee("A1", NOW), time)));
    assert_eq!(story.state(), BookingState::RefundPending);
}

/// A refund that names the effect that made it, as every refund of ours does in its metadata.
fn told(effect: &Effect, id: &str, status: RefundStatus) -> Fact {
    let EffectKind::Refund {
        attempt,
        charge,
        amount_minor,
        ..
    } = &effect.kind
    else {
        panic!("{effect:?} is no refund");
    };
    Fact::Refund(RefundReport {
        refund_id: Some(id.to_owned()),
        payment_intent: Some(charge.clone()),
        status,
        amount_minor: Some(*amount_minor),
        charge_total_minor: None,
        currency: Some("usd".to_owned()),
        created: None,
        attempt: *attempt,
        effect_key: Some(effect.key.clone()),
        at: at("2026-03-01T10:20:00Z"),
    })
}

fn refunds(story: &Story) -> Vec<Effect> {
    let is_refund = |e: &&Effect| matches!(e.kind, EffectKind::Refund { .. });
    story.effects.iter().filter(is_refund).cloned().collect()
}

fn amount(effect: &Effect) -> i64 {
    match effect.kind {
        EffectKind::Refund { amount_minor, .. } => amount_minor,
        _ => 0,
    }
}

fn give_back(story: &mut Story, amount_minor: i64) -> Outcome {
    story.now += jiff::SignedDuration::from_secs(1);
    story
        .take(&act(ActionKind::Refund { amount_minor }))
        .outcome
}

fn alerts(story: &Story) -> Vec<(String, Option<String>)> {
    let alert = |e: &Effect| match &e.kind {
        EffectKind::AlertAdmin { code, detail } => Some((code.clone(), detail.clone())),
        _ => None,
    };
    story.effects.iter().filter_map(alert).collect()
}

fn codes(story: &Story) -> Vec<String> {
    alerts(story).into_iter().map(|(code, _)| code).collect()
}

fn money(session: &str, amount_minor: i64, currency: &str, mode: &str) -> Fact {
    Fact::Paid(Paid {
        session_id: Some(session.to_owned()),
        payment_intent: Some(session.replace("cs", "pi")),
        amount_minor: Some(amount_minor),
        currency: Some(currency.to_owned()),
        presented: None,
        mode: Some(mode.to_owned()),
        email: None,
        at: at("2026-03-01T10:05:00Z"),
    })
}

#[test]
fn a_cancellation_counts_refunds_on_their_way_as_given() {
    let mut story = confirmed();
    give_back(&mut story, 5_000);
    cancel(&mut story);
    assert_eq!(
        refunds(&story).iter().map(amount).collect::<Vec<_>>(),
        [5_000, 10_000]
    );
}

#[test]
fn refunded_means_the_cancellations_own_refund() {
    let mut story = confirmed();
    give_back(&mut story, 5_000);
    cancel(&mut story);
    let [admins, own] = &refunds(&story)[..] else {
        panic!("two refunds");
    };
    story.take(&told(admins, "re_1", RefundStatus::Succeeded));
    assert_eq!(
        story.state(),
        BookingState::RefundPending,
        "that was another refund"
    );
    story.take(&told(own, "re_2", RefundStatus::Succeeded));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Refunded, 0)
    );
}

#[test]
fn another_refund_that_fails_does_not_fail_the_cancellations() {
    let mut story = confirmed();
    give_back(&mut story, 5_000);
    cancel(&mut story);
    let [admins, own] = &refunds(&story)[..] else {
        panic!("two refunds");
    };
    story.take(&told(admins, "re_1", RefundStatus::Failed));
    assert_eq!(story.state(), BookingState::RefundPending);
    story.take(&told(own, "re_2", RefundStatus::Succeeded));
    assert_eq!(
        (story.state(), story.balance()),
        (BookingState::Refunded, 5_000)
    );
    assert_eq!(codes(&story), ["refund_failed"]);
    // Nothing but the admin's own word gives the rest.
    assert_eq!(give_back(&mut story, 5_001), Outcome::Refused);
    assert_ne!(give_back(&mut story, 5_000), Outcome::Refused);
}

#[test]
fn two_equal_refunds_of_an_admin_have_keys_of_their_own_and_a_failed_one_can_be_asked_for_again() {
    let mut story = confirmed();
    give_back(&mut story, 7_500);
    give_back(&mut story, 7_500);
    assert_eq!(
        give_back(&mut story, 1),
        Outcome::Refused,
        "all of it is on its way"
    );
    let [first, second] = &refunds(&story)[..] else {
        panic!("two refunds");
    };
    assert_ne!(first.key, second.key);
    story.take(&told(first, "re_1", RefundStatus::Succeeded));
    // Stripe says pending first, and weeks later that it failed.
    story.take(&told(second, "re_2", RefundStatus::Pending));
    assert_eq!(give_back(&mut story, 7_500), Outcome::Refused);
    story.take(&told(second, "re_2", RefundStatus::Failed));
    assert_eq!(codes(&story), ["refund_failed"]);
    assert_eq!(story.booking().refunded_minor(), 7_500);
    assert_ne!(give_back(&mut story, 7_500), Outcome::Refused);
    assert_eq!(refunds(&story).len(), 3);
}

#[test]
fn a_refused_refund_of_an_admin_is_told() {
    let mut story = confirmed();
    give_back(&mut story, 7_500);
    let key = refunds(&story)[0].key.clone();
    story.take(&Fact::EffectRefused { key, at: at(NOW) });
    assert_eq!(codes(&story), ["refund_failed"]);
    assert_ne!(give_back(&mut story, 15_000), Outcome::Refused);
}

#[test]
fn the_failed_refund_of_a_second_payment_is_told_and_tried_again_by_an_admin() {
    let mut story = confirmed();
    story.take(&paid("cs_2", "2026-03-01T10:06:00Z"));
    let first = refunds(&story)[0].clone();
    assert_eq!(first.key, "refund:b1:pi_2");
    assert_eq!(
        story.take(&act(ActionKind::RetryRefund)).outcome,
        Outcome::Refused
    );
    story.take(&told(&first, "re_1", RefundStatus::Failed));
    assert_eq!(codes(&story), ["refund_failed"]);
    assert_eq!(refunds(&story).len(), 1, "not before somebody says so");
    assert!(story.booking().refund_can_be_repeated());
    story.take(&act(ActionKind::RetryRefund));
    assert_eq!(story.state(), BookingState::Confirmed);
    assert_eq!(story.history().last().unwrap(), "RETRY CONFIRMED>CONFIRMED");
    let again = refunds(&story)[1].clone();
    assert_eq!(
        (again.key.as_str(), amount(&again)),
        ("refund:b1:pi_2:2", 15_000)
    );
    story.take(&told(&again, "re_2", RefundStatus::Succeeded));
    assert_eq!(story.balance(), 15_000);
    assert!(!story.booking().refund_can_be_repeated());
}

#[test]
fn what_is_not_the_price_does_not_confirm_and_waits_for_an_admin_with_the_money_named() {
    for (fact, named, minor) in [
        (money("cs_9", 100, "usd", "payment"), "1.00 USD", 100),
        (
            money("cs_9", 15_000, "eur", "payment"),
            "150.00 EUR",
            15_000,
        ),
        (
            money("cs_9", 15_000, "usd", "subscription"),
            "150.00 USD",
            15_000,
        ),
    ] {
        let mut story = Story::new();
        story.take(&seen(&invitee("A1", NOW)));
        story.take(&created("session:b1:1", "cs_1"));
        story.take(&fact);
        assert_eq!(
            (story.state(), story.booking().payment_status()),
            (BookingState::AwaitingPayment, PaymentStatus::Unpaid)
        );
        assert!(refunds(&story).is_empty(), "an admin decides");
        let [(code, Some(detail))] = &alerts(&story)[..] else {
            panic!("{:?}", alerts(&story));
        };
        assert_eq!(code, "payment_differs");
        assert!(
            detail.contains(named) && detail.contains("150.00 USD"),
            "{detail}"
        );
        let last = story.booking().history.last().unwrap();
        assert_eq!(
            (last.accepted, last.reason.as_deref()),
            (false, Some(detail.as_str()))
        );
        // The money is in the ledger, in its own currency.
        let sums = story.ledger.balance();
        let (_, currency) = named.split_once(' ').unwrap();
        assert_eq!(sums.get(currency), Some(&minor));
        // The page is still open, and the right money confirms.
        assert!(story.booking().checkout_url().is_some());
        story.take(&paid("cs_1", "2026-03-01T10:06:00Z"));
        assert_eq!(story.state(), BookingState::Confirmed);
        assert!(refunds(&story).is_empty());
        assert_eq!(story.booking().paid_minor(), 15_000);
    }
}

#[test]
fn an_admin_takes_a_payment_that_differs_or_gives_it_back() {
    let one_dollar = money("cs_9", 100, "usd", "payment");
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&one_dollar);
    assert_eq!(give_back(&mut story, 101), Outcome::Refused);
    give_back(&mut story, 100);
    let back = refunds(&story)[0].clone();
    assert!(
        matches!(&back.kind, EffectKind::Refund { charge, amount_minor: 100, .. } if charge == "pi_9")
    );
    story.take(&told(&back, "re_1", RefundStatus::Succeeded));
    assert_eq!((story.balance(), story.booking().differing().len()), (0, 0));

    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&one_dollar);
    assert_eq!(story.booking().differing().len(), 1);
    let to = BookingState::Confirmed;
    story.take(&act(ActionKind::Override { to }));
    assert_eq!(story.booking().payment_status(), PaymentStatus::Paid);
    assert!(story.booking().differing().is_empty());
    cancel(&mut story);
    assert_eq!(
        refunds(&story).iter().map(amount).collect::<Vec<_>>(),
        [100]
    );
}

/// A card was declined, and the customer chose a bank transfer on the same page.
#[test]
fn a_transfer_after_a_declined_card_is_waited_for() {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&created("session:b1:1", "cs_1"));
    story.take(&Fact::PaymentFailed(PaymentFailed {
        event_id: "evt_1".into(),
        session_id: Some("cs_1".into()),
        payment_intent: Some("pi_1".into()),
        attempt: None,
        ends_session: false,
        at: at(NOW),
    }));
    assert!(story.booking().allows_customer().contains(&Allowed::Pay));
    story.take(&Fact::PaymentProcessing {
        session_id: "cs_1".into(),
        at: at(NOW),
    });
    let booking = story.booking();
    assert_eq!(booking.state, BookingState::PaymentFailed);
    assert!(!booking.allows_customer().contains(&Allowed::Pay));
    assert_eq!(story.take(&act(ActionKind::Pay)).outcome, Outcome::Refused);
    assert_eq!(story.keys("session:"), ["session:b1:1"]);
}

#[test]
fn after_a_transfer_that_came_to_nothing_a_fresh_page_is_offered() {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&created("session:b1:1", "cs_1"));
    story.take(&Fact::PaymentProcessing {
        session_id: "cs_1".into(),
        at: at(NOW),
    });
    assert_eq!(story.booking().payment_status(), PaymentStatus::Processing);
    assert_eq!(
        story.booking().checkout_url(),
        None,
        "that page is done with"
    );
    // What is on its way would come beside a second payment.
    let offered = [Allowed::Cancel, Allowed::Reschedule];
    assert_eq!(story.booking().allows_customer(), offered);
    assert_eq!(story.take(&act(ActionKind::Pay)).outcome, Outcome::Refused);
    assert_eq!(story.keys("session:"), ["session:b1:1"]);
    story.take(&Fact::PaymentFailed(PaymentFailed {
        event_id: "evt_1".into(),
        session_id: Some("cs_1".into()),
        payment_intent: Some("pi_1".into()),
        attempt: None,
        ends_session: true,
        at: at("2026-03-03T10:00:00Z"),
    }));
    let booking = story.booking();
    assert_eq!(
        (
            booking.state,
            booking.payment_status(),
            booking.checkout_url()
        ),
        (BookingState::PaymentFailed, PaymentStatus::Failed, None)
    );
    assert!(!booking.payment.any_processing());
    assert!(booking.allows_customer().contains(&Allowed::Pay));
    story.take(&act(ActionKind::Pay));
    assert_eq!(story.keys("session:"), ["session:b1:1", "session:b1:2"]);
    assert!(
        story.keys("expire:").is_empty(),
        "a completed page can't be closed"
    );
}

#[test]
fn a_won_dispute_is_dated_when_stripe_gives_the_money_back() {
    let mut story = confirmed();
    let (taken, returned) = ("2026-03-02T08:00:00Z", "2026-04-20T09:30:00Z");
    let opened = DisputeReport {
        currency: Some("usd".into()),
        fee_minor: 1_500,
        taken_at: Some(at(taken)),
        ..disputed("2026-03-02T08:00:07Z")
    };
    story.take(&Fact::Dispute(opened.clone()));
    story.take(&Fact::Dispute(DisputeReport {
        won: true,
        closed: true,
        returned_at: Some(at(returned)),
        fee_returned_minor: 1_500,
        at: at("2026-04-20T11:00:00Z"),
        ..opened
    }));
    let dated: Vec<(&str, String)> = story
        .ledger
        .entries()
        .filter(|e| e.reference == "dp_1")
        .map(|e| (e.entry_id.as_str(), e.occurred_at.to_string()))
        .collect();
    let expected = [
        ("dispute:dp_1", taken.to_owned()),
        ("dispute_won:dp_1", returned.to_owned()),
        ("fee:dp_1", taken.to_owned()),
        ("fee_returned:dp_1", returned.to_owned()),
    ];
    assert_eq!(dated, expected);
    let of_dispute = story.ledger.entries().filter(|e| e.reference == "dp_1");
    assert_eq!(of_dispute.map(|e| e.amount_minor).sum::<i64>(), 0);
}

#[test]
fn a_refund_of_a_payment_that_is_disputed_meanwhile_is_dropped_and_asked_for_when_that_is_won() {
    let mut story = confirmed();
    cancel(&mut story);
    let dispute = disputed("2026-03-01T10:11:00Z");
    story.take(&Fact::Dispute(dispute.clone()));
    let own = refunds(&story)[0].clone();
    assert!(!own.still_wanted(story.booking()));
    story.take(&Fact::EffectDropped {
        key: own.key.clone(),
    });
    assert_eq!(refunds(&story).len(), 1);
    story.take(&Fact::Dispute(DisputeReport {
        won: true,
        ..dispute
    }));
    assert_eq!(story.keys("refund:"), [&own.key, &own.key]);
}

#[test]
fn a_letter_is_wanted_while_it_is_true() {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&created("session:b1:1", "cs_1"));
    story.take(&expired("cs_1", "2026-03-01T11:00:00Z"));
    let letter = story
        .effects
        .iter()
        .find(|e| e.key.starts_with("notify:"))
        .unwrap()
        .clone();
    assert!(letter.still_wanted(story.booking()));
    story.take(&paid("cs_1", "2026-03-01T11:01:00Z"));
    assert!(!letter.still_wanted(story.booking()));
}
