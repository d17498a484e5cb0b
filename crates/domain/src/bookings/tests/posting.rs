//! What the ledger tells of a booking: the same money on the same days in whatever order the webhooks came, and the
//! delivery behind each entry.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::bookings::{OtherPayment, movement_of};
use crate::inbox::told::ToldBy;
use crate::money::ledger::LedgerEntry;
use crate::testing::invitee;

const BEFORE_MIDNIGHT: &str = "2026-02-28T23:59:58Z";
const AFTER_MIDNIGHT: &str = "2026-03-01T00:00:03Z";

fn told(delivery_id: &str) -> ToldBy {
    ToldBy {
        raw_sha256: format!("sha-{delivery_id}"),
        delivery_id: delivery_id.to_owned(),
    }
}

fn report(id: Option<&str>, amount_minor: i64, created: Option<&str>, time: &str) -> Fact {
    Fact::Refund(RefundReport {
        refund_id: id.map(str::to_owned),
        payment_intent: Some("pi_1".to_owned()),
        status: RefundStatus::Succeeded,
        amount_minor: id.map(|_| amount_minor),
        charge_total_minor: id.is_none().then_some(amount_minor),
        currency: None,
        created: created.map(at),
        attempt: None,
        effect_key: None,
        at: at(time),
    })
}

/// `charge.refunded`: the charge's total.
fn total(minor: i64, time: &str) -> Fact {
    report(None, minor, None, time)
}

/// `refund.updated`: one refund.
fn one(id: &str, minor: i64, created: &str, time: &str) -> Fact {
    report(Some(id), minor, Some(created), time)
}

/// A booking whose facts are told by deliveries, and its ledger by entry.
struct Told {
    booking: Option<Booking>,
    ledger: BTreeMap<String, LedgerEntry>,
}

impl Told {
    fn new(facts: &[(&str, Fact)]) -> Self {
        let config = config();
        let mut all = Self {
            booking: None,
            ledger: BTreeMap::new(),
        };
        for (delivery_id, fact) in facts {
            let by = told(delivery_id);
            let rules = Rules {
                told_by: Some(&by).filter(|_| !delivery_id.is_empty()),
                ..rules(&config)
            };
            let decision = decide(all.booking.as_ref(), fact, at(NOW), &rules);
            for entry in decision.ledger {
                if let Some(known) = all.ledger.get(&entry.entry_id) {
                    let told_by = entry.told_by.clone();
                    assert_eq!(
                        LedgerEntry {
                            told_by,
                            ..known.clone()
                        },
                        entry,
                        "only who told it may be news"
                    );
                }
                all.ledger.insert(entry.entry_id.clone(), entry);
            }
            all.booking = decision.next.or(all.booking);
        }
        all
    }

    /// What moved on each day.
    fn days(&self) -> BTreeMap<String, i64> {
        let mut days = BTreeMap::new();
        for entry in self.ledger.values() {
            let day = entry.occurred_at.strftime("%F").to_string();
            *days.entry(day).or_default() += entry.amount_minor;
        }
        days.retain(|_, minor| *minor != 0);
        days
    }

    /// Movements that stand: name, money, time and delivery.
    fn standing(&self) -> Vec<(String, i64, Timestamp, Option<String>)> {
        let posted = self.booking.as_ref().unwrap().payment.posted.iter();
        let standing = posted
            .filter(|(_, posted)| posted.stands)
            .map(|(name, posted)| {
                let entry = &posted.entry;
                assert_eq!(movement_of(&entry.entry_id).0, name);
                let by = entry.told_by.as_ref().map(|by| by.delivery_id.clone());
                (name.clone(), entry.amount_minor, entry.occurred_at, by)
            });
        standing.collect()
    }
}

fn paid_booking() -> Vec<(&'static str, Fact)> {
    vec![
        ("d-booked", seen(&invitee("A1", "2026-02-20T10:00:00Z"))),
        ("", created("session:b1:1", "cs_1")),
        ("d-paid", paid("cs_1", "2026-02-20T10:05:00Z")),
    ]
}

#[test]
fn a_refund_lies_on_its_own_day_whichever_webhook_comes_first() {
    let by_charge = ("d-charge", total(15_000, AFTER_MIDNIGHT));
    let by_refund = (
        "d-refund",
        one("re_1", 15_000, BEFORE_MIDNIGHT, AFTER_MIDNIGHT),
    );
    for later in [
        [by_charge.clone(), by_refund.clone()],
        [by_refund, by_charge],
    ] {
        let found = Told::new(&[paid_booking(), later.to_vec()].concat());
        let days = BTreeMap::from([
            ("2026-02-20".to_owned(), 15_000),
            ("2026-02-28".to_owned(), -15_000),
        ]);
        assert_eq!(found.days(), days);
        let refunds: Vec<_> = found.standing().into_iter().filter(|m| m.1 < 0).collect();
        let by = Some("d-refund".to_owned());
        assert_eq!(
            refunds,
            [("refund:re_1".to_owned(), -15_000, at(BEFORE_MIDNIGHT), by)]
        );
    }
}

#[test]
fn totals_that_no_refund_accounts_for_lie_on_the_days_of_their_events() {
    let more = [
        ("d-2", total(7_000, "2026-02-22T10:00:00Z")),
        ("d-1", total(3_000, "2026-02-21T10:00:00Z")),
    ];
    let found = Told::new(&[paid_booking(), more.to_vec()].concat());
    let days = found.days();
    assert_eq!((days["2026-02-21"], days["2026-02-22"]), (-3_000, -4_000));
}

#[test]
fn what_our_own_call_told_names_the_webhook_once_it_comes() {
    let own_call = ("", one("re_1", 15_000, BEFORE_MIDNIGHT, BEFORE_MIDNIGHT));
    let webhook = (
        "d-refund",
        one("re_1", 15_000, BEFORE_MIDNIGHT, AFTER_MIDNIGHT),
    );
    let found = Told::new(&[paid_booking(), vec![own_call, webhook]].concat());
    let by = |id: &str| found.ledger[id].told_by.clone();
    assert_eq!(by("refund:re_1"), Some(told("d-refund")));
    assert_eq!(by("charge:pi_1"), Some(told("d-paid")));
    assert_eq!(found.ledger.len(), 2, "{:?}", found.ledger);
}

#[test]
fn a_line_of_the_history_names_the_delivery_that_told_it() {
    let lines = |facts: &[(&str, Fact)]| -> Vec<(String, Option<String>)> {
        let history = Told::new(facts).booking.unwrap().history;
        let line = |e: crate::bookings::HistoryEntry| {
            let by = e.told_by.map(|by| by.delivery_id);
            (e.trigger.as_str().to_owned(), by)
        };
        history.into_iter().map(line).collect()
    };
    let by = |name: &str, delivery: &str| (name.to_owned(), Some(delivery.to_owned()));
    let expected = [
        by("CREATED", "d-booked"),
        by("CALENDLY_WEBHOOK_RECEIVED", "d-booked"),
        by("PAYMENT_SUCCEEDED", "d-paid"),
    ];
    assert_eq!(lines(&paid_booking()), expected);
    // The payment waits for the calendar's webhook, and its line still names the payment's delivery.
    let early = [
        ("", post("strategy", Some("A1"))),
        ("d-paid", paid("cs_1", "2026-02-20T10:05:00Z")),
        ("d-booked", seen(&invitee("A1", "2026-02-20T10:00:00Z"))),
    ];
    let found = lines(&early);
    assert_eq!(
        found.last(),
        Some(&by("PAYMENT_SUCCEEDED", "d-paid")),
        "{found:?}"
    );
}

/// Refunds of 40 and 60 and 20 with the totals that the charge told, and one that came back.
fn refund_facts() -> Vec<(&'static str, Fact)> {
    let mut returned = one(
        "re_3",
        2_000,
        "2026-02-24T10:00:00Z",
        "2026-02-27T10:00:00Z",
    );
    if let Fact::Refund(report) = &mut returned {
        report.status = RefundStatus::Failed;
    }
    vec![
        (
            "d-1",
            one(
                "re_1",
                4_000,
                "2026-02-21T23:59:59Z",
                "2026-02-22T00:00:01Z",
            ),
        ),
        ("d-2", total(4_000, "2026-02-22T00:00:02Z")),
        (
            "d-3",
            one(
                "re_2",
                6_000,
                "2026-02-23T23:59:59Z",
                "2026-02-24T00:00:01Z",
            ),
        ),
        ("d-4", total(10_000, "2026-02-24T00:00:02Z")),
        (
            "d-5",
            one(
                "re_3",
                2_000,
                "2026-02-24T10:00:00Z",
                "2026-02-24T10:00:01Z",
            ),
        ),
        ("d-6", total(12_000, "2026-02-24T10:00:02Z")),
        ("d-7", returned),
    ]
}

proptest! {
    #[test]
    fn days_and_movements_do_not_depend_on_the_order(facts in Just(refund_facts()).prop_shuffle()) {
        let expected = Told::new(&[paid_booking(), refund_facts()].concat());
        let found = Told::new(&[paid_booking(), facts].concat());
        prop_assert_eq!(found.days(), expected.days());
        prop_assert_eq!(found.standing(), expected.standing());
    }

    /// Without the refunds of some of them, the rest of the totals lies on the same days in any order.
    #[test]
    fn some_refunds_without_a_name(known in proptest::sample::subsequence(refund_facts(), 0..7), seed in any::<u64>()) {
        let mut other = known.clone();
        let at = usize::try_from(seed % 7).unwrap().min(other.len());
        other.rotate_left(at);
        other.reverse();
        let all = Told::new(&[paid_booking(), known].concat());
        let reversed = Told::new(&[paid_booking(), other].concat());
        prop_assert_eq!(all.days(), reversed.days());
        prop_assert_eq!(all.standing(), reversed.standing());
    }
}

/// What a payment of no booking does: the charge, a total and the refund behind it, in every order.
#[test]
fn a_payment_of_no_booking_moves_the_same_money_in_whatever_order_it_is_told() {
    let config = config();
    let facts = [
        paid("cs_1", "2026-02-20T10:05:00Z"),
        total(5_000, AFTER_MIDNIGHT),
        one("re_1", 5_000, BEFORE_MIDNIGHT, AFTER_MIDNIGHT),
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let (mut known, mut ledger) = (None, BTreeMap::new());
        for place in order {
            assert_eq!(OtherPayment::reference(&facts[place]), Some("pi_1"));
            let learned =
                OtherPayment::learn(known.as_ref(), &facts[place], at(NOW), &rules(&config));
            let (next, entries) = learned.unwrap();
            assert!(next.is_paid() || entries.is_empty(), "{entries:?}");
            for entry in entries {
                assert_eq!(entry.booking_id, "");
                ledger.insert(entry.entry_id.clone(), entry);
            }
            let again = OtherPayment::learn(Some(&next), &facts[place], at(NOW), &rules(&config));
            assert_eq!(again, None);
            known = Some(next);
        }
        let mut days = BTreeMap::new();
        for entry in ledger.values() {
            *days
                .entry(entry.occurred_at.strftime("%F").to_string())
                .or_insert(0) += entry.amount_minor;
        }
        days.retain(|_, minor: &mut i64| *minor != 0);
        let expected = BTreeMap::from([
            ("2026-02-20".to_owned(), 15_000),
            ("2026-02-28".to_owned(), -5_000),
        ]);
        assert_eq!(days, expected, "{order:?}");
    }
}
