//! Every order of the same deliveries ends in the same state (docs/ARCHITECTURE.md, invariant 4).

use proptest::prelude::*;

use super::*;
use crate::bookings::{DisputeReport, PaymentStatus, merge};
use crate::testing::{invitee, permutations};

/// A minute of the day on which everything happens.
fn minute(n: u32) -> String {
    format!("2026-03-01T{:02}:{:02}:00Z", 10 + n / 60, n % 60)
}

/// The snapshots of a chain of `length` invitees, of which the last one may be canceled.
fn chain(length: usize, canceled_at: Option<u32>) -> Vec<Fact> {
    let uri = |i: usize| format!("A{i}");
    let mut facts = Vec::new();
    for i in 0..length {
        let created = minute(u32::try_from(i).unwrap() * 5);
        let old_invitee = (i > 0).then(|| uri(i - 1));
        let own = InviteeSnapshot {
            old_invitee,
            ..invitee(&uri(i), &created)
        };
        facts.push(seen(&own));
        if i + 1 < length {
            let moved = canceled(&own, &minute(u32::try_from(i + 1).unwrap() * 5));
            facts.push(seen(&InviteeSnapshot {
                rescheduled: true,
                new_invitee: Some(uri(i + 1)),
                ..moved
            }));
        } else if let Some(n) = canceled_at {
            facts.push(seen(&canceled(&own, &minute(n))));
        }
    }
    facts
}

fn money(kind: u8, n: u32) -> Fact {
    let time = minute(n);
    let report = |status| refund("re_1", status, 15_000, &time);
    match kind {
        0 => paid("cs_1", &time),
        1 => Fact::Paid(Paid {
            session_id: Some("cs_1".into()),
            payment_intent: None,
            amount_minor: None,
            currency: None,
            presented: None,
            mode: None,
            email: None,
            at: at(&time),
        }),
        2 => paid("cs_2", &time),
        3 => failed(&format!("evt_{n}"), Some("cs_1"), &time),
        4 => failed(&format!("evt_{n}"), None, &time),
        5 => expired("cs_1", &time),
        6 => report(RefundStatus::Succeeded),
        7 => report(RefundStatus::Failed),
        8 => Fact::NoShow {
            invitee_uri: "A0".into(),
            marked: n.is_multiple_of(2),
            at: at(&time),
        },
        9 => Fact::CallOutcome {
            attended: Some(n.is_multiple_of(3)),
            at: at(&time),
        },
        10 => Fact::Dispute(DisputeReport {
            won: n.is_multiple_of(2),
            closed: true,
            ..disputed(&time)
        }),
        _ => post("strategy", Some("A0")),
    }
}

/// Delivers to a store that looks bookings up by uri, as the application does, and merges what proves to be one.
fn deliver(facts: &[&Fact]) -> Vec<Booking> {
    let config = config();
    let mut bookings: Vec<Booking> = Vec::new();
    // Stripe's events wait until there is a booking.
    let (first, rest): (Vec<&Fact>, Vec<&Fact>) = {
        let start = facts
            .iter()
            .position(|f| matches!(f, Fact::Invitee(_) | Fact::Client(_)))
            .unwrap_or(0);
        (facts[start..].to_vec(), facts[..start].to_vec())
    };
    for (n, fact) in first.into_iter().chain(rest).enumerate() {
        let uris = fact.uris();
        let found = |b: &Booking| {
            if uris.is_empty() {
                true
            } else {
                b.chain.uris().any(|u| uris.contains(&u))
            }
        };
        let (mut own, others): (Vec<Booking>, Vec<Booking>) = bookings.into_iter().partition(found);
        bookings = others;
        if uris.is_empty() && own.len() > 1 {
            bookings.extend(own.drain(1..));
        }
        let id = format!("b{n}");
        let rules = Rules {
            new_booking_id: &id,
            ..rules(&config)
        };
        let one = own
            .into_iter()
            .reduce(|a, b| merge(&a, &b, at(NOW), &rules).next.unwrap());
        let decision = decide(one.as_ref(), fact, at(NOW), &rules);
        bookings.extend(decision.next.or(one));
    }
    bookings
}

/// What must not depend on the order.
type Seen = (
    BookingState,
    PaymentStatus,
    Option<String>,
    i64,
    i64,
    i64,
    usize,
);

fn view(b: &Booking) -> Seen {
    let charges = b.charges().len();
    (
        b.state,
        b.payment_status(),
        b.invitee_uri().map(str::to_owned),
        b.price_minor(),
        b.paid_minor(),
        b.refunded_in_all_minor(),
        charges,
    )
}

fn shuffled(facts: &[Fact], keys: &[u32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..facts.len()).collect();
    order.sort_by_key(|i| keys.get(*i).copied().unwrap_or(0));
    order
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_order_and_any_repetition_end_in_the_same_state(
        length in 1_usize..4,
        canceled_at in proptest::option::of(20_u32..90),
        money_facts in proptest::collection::vec((0_u8..12, 0_u32..90), 0..7),
        keys in proptest::collection::vec(any::<u32>(), 40),
        again in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
    ) {
        let mut facts = chain(length, canceled_at);
        // Which of two charges a refund was asked for can't be undone, so their own refunds are for the stories.
        let twice = money_facts.iter().any(|(kind, _)| *kind == 2);
        facts.extend(money_facts.iter().filter(|(kind, _)| !twice || !(6..8).contains(kind)).map(|(kind, n)| money(*kind, *n)));
        let straight: Vec<&Fact> = facts.iter().collect();
        let expected = deliver(&straight);
        prop_assert_eq!(expected.len(), 1);
        let mut mixed: Vec<&Fact> = shuffled(&facts, &keys).into_iter().map(|i| &facts[i]).collect();
        for index in &again {
            mixed.push(&facts[index.index(facts.len())]);
        }
        let ended = deliver(&mixed);
        prop_assert_eq!(ended.len(), 1);
        prop_assert_eq!(view(&ended[0]), view(&expected[0]));
        for booking in [&expected[0], &ended[0]] {
            let refunds: Vec<&String> = booking.requested.iter().filter(|k| k.starts_with("refund:")).collect();
            prop_assert!(refunds.len() <= booking.charges().len(), "{:?}", refunds);
        }
        // The history is append-only, numbered, and every line starts where the one before ended.
        for pair in ended[0].history.windows(2) {
            prop_assert_eq!(pair[1].seq, pair[0].seq + 1);
        }
    }
}

/// All orders, not a sample, of the deliveries that race in practice.
#[test]
fn every_order_of_a_paid_and_cancelled_booking() {
    let own = invitee("A1", NOW);
    let facts = [
        seen(&own),
        post("strategy", Some("A1")),
        paid("cs_1", "2026-03-01T10:05:00Z"),
        failed("evt_1", Some("cs_1"), "2026-03-01T10:04:00Z"),
        seen(&canceled(&own, "2026-03-01T10:06:00Z")),
        refund(
            "re_1",
            RefundStatus::Succeeded,
            15_000,
            "2026-03-01T10:07:00Z",
        ),
    ];
    let mut orders = vec![Vec::new()];
    for i in 0..facts.len() {
        orders = orders
            .iter()
            .flat_map(|o: &Vec<usize>| {
                (0..=o.len())
                    .map(|p| [&o[..p], &[i], &o[p..]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    assert_eq!(orders.len(), 720);
    for order in orders {
        let ended = deliver(&order.iter().map(|i| &facts[*i]).collect::<Vec<_>>());
        assert_eq!(ended.len(), 1);
        assert_eq!(
            (ended[0].state, ended[0].payment_status()),
            (BookingState::Refunded, PaymentStatus::Refunded),
            "{order:?}"
        );
    }
}

/// Every line of these histories is a transition of the table, though the facts came out of order.
#[test]
fn a_fact_that_lets_others_take_effect_is_told_by_legal_lines() {
    let call = invitee("A1", NOW);
    let story = |facts: &[Fact]| {
        let mut story = Story::new();
        story.take(&post("strategy", Some("A1")));
        story.take(&created("session:b1:1", "cs_1"));
        for fact in facts {
            story.take(fact);
        }
        story.history()
    };
    let payment = paid("cs_1", "2026-03-01T10:05:00Z");
    let cancellation = seen(&canceled(&call, "2026-03-01T12:00:00Z"));
    assert_eq!(
        story(&[payment.clone(), cancellation]),
        [
            "CREATED >PENDING",
            "CALENDLY_CANCELED PENDING>CANCELLED",
            "PAYMENT_SUCCEEDED CANCELLED>REFUND_PENDING",
        ]
    );
    let part = refund(
        "re_1",
        RefundStatus::Succeeded,
        4_000,
        "2026-03-01T10:30:00Z",
    );
    let lines = story(&[payment.clone(), part, seen(&call)]);
    let accepted: Vec<&String> = lines.iter().filter(|line| !line.starts_with('!')).collect();
    assert_eq!(
        accepted,
        [
            "CREATED >PENDING",
            "CALENDLY_WEBHOOK_RECEIVED PENDING>AWAITING_PAYMENT",
            "PAYMENT_SUCCEEDED AWAITING_PAYMENT>CONFIRMED",
        ]
    );
    let mark = Fact::NoShow {
        invitee_uri: "A1".to_owned(),
        marked: true,
        at: call.start,
    };
    assert_eq!(
        story(&[seen(&call), mark, payment])[2..],
        [
            "!CALL_NO_SHOW AWAITING_PAYMENT>AWAITING_PAYMENT",
            "PAYMENT_SUCCEEDED AWAITING_PAYMENT>CONFIRMED",
            "CALL_NO_SHOW CONFIRMED>NO_SHOW",
        ]
    );
}

/// The members of a chain come last to first, so that two bookings become one; its history is one life all the same.
#[test]
fn the_history_of_a_merged_booking_is_one_life() {
    for order in permutations(chain(3, Some(40))) {
        let mut parts: Vec<Story> = Vec::new();
        for fact in &order {
            let Fact::Invitee(snapshot) = fact else {
                panic!("an invitee")
            };
            let uris: Vec<&str> = [
                Some(snapshot.uri.as_str()),
                snapshot.old_invitee.as_deref(),
                snapshot.new_invitee.as_deref(),
            ]
            .into_iter()
            .flatten()
            .collect();
            let (mine, mut others): (Vec<Story>, Vec<Story>) = parts
                .into_iter()
                .partition(|story| story.booking().chain.uris().any(|uri| uris.contains(&uri)));
            let mut story = mine.into_iter().reduce(merged).unwrap_or_else(Story::new);
            story.take(fact);
            others.push(story);
            parts = others;
        }
        let [story] = &parts[..] else {
            panic!("one booking of {order:?}")
        };
        let lines = &story.booking().history;
        let created = lines.iter().filter(|l| l.trigger.as_str() == "CREATED");
        assert_eq!(created.count(), 1);
        assert_eq!(lines.last().unwrap().to, story.state());
        for (before, line) in lines.iter().zip(&lines[1..]) {
            assert_eq!(line.from, Some(before.to), "{:?}", story.history());
            assert_eq!(line.seq, before.seq + 1);
        }
    }
}

fn merged(mut one: Story, other: Story) -> Story {
    let config = config();
    let decision = merge(one.booking(), other.booking(), at(NOW), &rules(&config));
    one.booking = decision.next;
    one
}
