//! The sweep asks what webhooks have not told.

use bookpath_domain::bookings::{ActionKind, BookingState, Fact, Paid, PaymentFailed};

use super::sweep;
use crate::effects::outbox;
use crate::operators::alarms::standing;
use crate::testing::{World, invitee, paid, seen};

async fn alarms(world: &World) -> Vec<(String, String)> {
    let alarms = standing(world.store.as_ref()).await.unwrap();
    let pair = |alarm: crate::operators::alarms::Alarm| (alarm.code, alarm.detail);
    alarms.into_iter().map(pair).collect()
}

/// Vendors that answer nothing keep no alarm from being raised.
#[tokio::test]
async fn alarms_are_raised_while_no_vendor_answers() {
    let world = World::new();
    let id = world.confirmed().await;
    let cancel = ActionKind::Cancel;
    world.take(Some(&id), crate::testing::act(cancel)).await;
    world.perform().await;
    world.clock.advance_s(3_601);
    world.payments.fail(1_000);
    world.calendar.fail(1_000);
    let report = sweep(&world.performer).await.unwrap();
    assert_eq!((report.alarms_raised, report.unanswered), (1, 1));
    assert_eq!(alarms(&world).await[0].0, "booking_stuck");
}

/// The alarm names the money.
#[tokio::test]
async fn money_that_is_not_the_price_is_an_alarm_that_names_it() {
    let world = World::new();
    let id = world.awaiting().await;
    let fact = Fact::Paid(Paid {
        session_id: Some("cs_link".to_owned()),
        payment_intent: Some("pi_link".to_owned()),
        amount_minor: Some(100),
        currency: Some("usd".to_owned()),
        presented: None,
        mode: Some("payment".to_owned()),
        email: None,
        at: world.now(),
    });
    world.take(Some(&id), fact).await;
    world.perform().await;
    assert_eq!(world.state(&id).await, BookingState::AwaitingPayment);
    assert_eq!(world.codes(), ["payment_differs"]);
    sweep(&world.performer).await.unwrap();
    let [(code, detail)] = &alarms(&world).await[..] else {
        panic!("one alarm");
    };
    assert_eq!(code, "booking_stuck");
    assert!(
        detail.contains("1.00 USD") && detail.contains("150.00 USD"),
        "{detail}"
    );
}

/// A bank transfer comes to nothing, and the customer does not come back.
#[tokio::test]
async fn the_slot_of_a_transfer_that_came_to_nothing_is_given_back() {
    let world = World::new();
    let id = world.awaiting().await;
    let processing = Fact::PaymentProcessing {
        session_id: "cs_1".to_owned(),
        at: world.now(),
    };
    world.take(Some(&id), processing).await;
    world.clock.advance_s(7_200);
    let report = sweep(&world.performer).await.unwrap();
    assert_eq!(
        (report.released, alarms(&world).await.len()),
        (0, 0),
        "the bank takes days"
    );
    let failed = Fact::PaymentFailed(PaymentFailed {
        event_id: "evt_1".to_owned(),
        session_id: Some("cs_1".to_owned()),
        payment_intent: Some("pi_1".to_owned()),
        attempt: None,
        ends_session: true,
        at: world.now(),
    });
    world.take(Some(&id), failed).await;
    world.clock.advance_s(901);
    assert_eq!(sweep(&world.performer).await.unwrap().released, 1);
    world.perform().await;
    assert_eq!(world.calendar.canceled().len(), 1);
}

#[tokio::test]
async fn many_open_bookings_are_asked_about_in_one_sweep() {
    let world = World::new();
    for n in 0..450 {
        world.take(None, seen(&invitee(&format!("A{n}")))).await;
    }
    world.perform().await;
    world.clock.advance_s(601);
    let report = sweep(&world.performer).await.unwrap();
    assert_eq!((report.asked, report.stopped_early), (450, false));
}

/// A charge that only the statement knows is dated by its line.
#[tokio::test]
async fn a_repaired_charge_has_the_date_of_its_statement_line() {
    use bookpath_domain::money::ledger::{EntryKind, StatementLine};
    let world = World::new();
    let id = world.awaiting().await;
    let created = world.now() + jiff::SignedDuration::from_mins(5);
    world.payments.set_statement(crate::ports::StatementPage {
        lines: vec![StatementLine {
            line_id: "txn_1".to_owned(),
            kind: EntryKind::Charge,
            reference: "pi_1".to_owned(),
            amount_minor: 15_000,
            currency: "USD".to_owned(),
            fee_minor: 0,
            fee_currency: "USD".to_owned(),
            created,
            booking_id: Some(id.clone()),
        }],
        next: None,
    });
    world.clock.advance_s(86_400);
    let (from, to) = (
        world.now() - jiff::SignedDuration::from_hours(48),
        world.now(),
    );
    let report = crate::bookings::reconcile::reconcile(&world.performer, from, to).await;
    assert_eq!(report.unwrap().repaired, 1);
    let entries = crate::bookings::ledger::entries(world.store.as_ref(), from, to).await;
    assert_eq!(entries.unwrap()[0].occurred_at, created);
    // The event that was lost comes late: it is the same charge.
    world.take(Some(&id), paid("cs_1", created)).await;
    assert_eq!(world.booking(&id).await.paid_minor(), 15_000);
}

/// Anybody can choose times that are taken; a cancellation that Calendly refuses is one in hundreds of them.
#[tokio::test]
async fn refused_slots_hide_no_effect_that_matters_and_are_forgotten() {
    let world = World::new();
    let id = world.confirmed().await;
    let start = invitee("A1").start;
    world.calendar.refuse(10_000);
    let choose_some = async || {
        for _ in 0..300 {
            world.clock.advance_s(1);
            world.take(None, crate::testing::choose(start)).await;
        }
        world.perform().await;
    };
    choose_some().await;
    world
        .take(Some(&id), crate::testing::act(ActionKind::Cancel))
        .await;
    for _ in 0..4 {
        world.pass(301).await;
    }
    choose_some().await;
    for _ in 0..2 {
        sweep(&world.performer).await.unwrap();
        let codes = alarms(&world).await;
        let given_up = codes.iter().filter(|(code, _)| code == "effect_given_up");
        assert_eq!(given_up.count(), 1, "{codes:?}");
    }
    let left = outbox::given_up(world.store.as_ref(), 1_000, None)
        .await
        .unwrap();
    let keys: Vec<&str> = left
        .entries
        .iter()
        .map(|(row, _)| row.key.as_str())
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(keys[0].starts_with("cancel:"), "{keys:?}");
    // The operators hear of taken times once an hour.
    let refused = world
        .codes()
        .iter()
        .filter(|c| *c == "effect_refused")
        .count();
    assert!(refused <= 3, "{refused}");
}
