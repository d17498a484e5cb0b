//! A price in dollars that the customer paid in euros.

use super::*;
use crate::money::Money;
use crate::money::ledger::EntryKind;
use crate::testing::invitee;

/// 150.00 USD, paid as 138.50 EUR.
fn paid_in_euros() -> Story {
    let mut story = Story::new();
    story.take(&seen(&invitee("A1", NOW)));
    story.take(&Fact::Paid(Paid {
        session_id: Some("cs_1".into()),
        payment_intent: Some("pi_1".into()),
        amount_minor: Some(15_000),
        currency: Some("usd".into()),
        presented: Some(Money {
            amount_minor: 13_850,
            currency: "eur".into(),
        }),
        mode: Some("payment".into()),
        email: None,
        at: at(NOW),
    }));
    assert_eq!(story.state(), BookingState::Confirmed);
    story
}

/// The entries of a kind.
fn posted(story: &Story, kind: EntryKind) -> Vec<(i64, String)> {
    let entries = story.ledger.entries().filter(|entry| entry.kind == kind);
    entries
        .map(|e| (e.amount_minor, e.currency.clone()))
        .collect()
}

#[test]
fn a_price_that_stripe_converted_is_the_price_and_its_refund_is_converted_back() {
    let mut story = paid_in_euros();
    // An endpoint of an old version tells the refund in the customer's currency.
    for total in [6_925, 13_850] {
        story.take(&Fact::Refund(RefundReport {
            refund_id: None,
            payment_intent: Some("pi_1".into()),
            status: RefundStatus::Succeeded,
            amount_minor: None,
            charge_total_minor: Some(total),
            currency: Some("eur".into()),
            created: None,
            attempt: None,
            effect_key: None,
            at: at(NOW) + jiff::SignedDuration::from_secs(total),
        }));
    }
    assert!(story.ledger.entries().all(|e| e.currency == "USD"));
    let back: Vec<i64> = story
        .ledger
        .entries()
        .filter(|e| e.kind == EntryKind::Refund)
        .map(|e| e.amount_minor)
        .collect();
    assert_eq!((back, story.balance()), (vec![-7_500, -7_500], 0));
}

/// Each third alone is 50.00 dollars less a part of a cent.
#[test]
fn parts_of_a_converted_payment_give_back_the_price_in_every_order() {
    let part = |n: usize, amount: i64| {
        let Fact::Refund(report) = refund(&format!("re_{n}"), RefundStatus::Succeeded, amount, NOW)
        else {
            panic!("a refund");
        };
        let created = at(NOW) + jiff::SignedDuration::from_secs(i64::try_from(n).unwrap());
        Fact::Refund(RefundReport {
            currency: Some("eur".into()),
            created: Some(created),
            ..report
        })
    };
    let parts = [part(1, 4_617), part(2, 4_617), part(3, 4_616)];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut story = paid_in_euros();
        for place in order {
            story.take(&parts[place]);
        }
        assert_eq!(
            (story.booking().refunded_minor(), story.balance()),
            (15_000, 0),
            "{order:?}"
        );
    }
}

#[test]
fn a_dispute_is_of_the_price_and_its_fee_of_the_account() {
    let mut story = paid_in_euros();
    story.take(&Fact::Dispute(DisputeReport {
        payment_intent: Some("pi_1".into()),
        amount_minor: 13_850,
        currency: Some("eur".into()),
        fee_minor: 1_500,
        fee_currency: Some("chf".into()),
        ..disputed(NOW)
    }));
    let of = |kind| posted(&story, kind);
    assert_eq!(of(EntryKind::Dispute), [(-15_000, "USD".to_owned())]);
    assert_eq!(of(EntryKind::Fee), [(-1_500, "CHF".to_owned())]);
}
