//! One fact, one transaction; what is decided twice is decided the same.

use bookpath_domain::bookings::invitee::Private;
use bookpath_domain::bookings::{
    ActionKind, BookingState, Fact, Outcome, RefundReport, RefundStatus,
};
use bookpath_domain::inbox::envelope::{Delivery, Envelope, Origin as CameBy};
use bookpath_domain::texts::{Check, IntentKind, Origin, Text};
use bookpath_domain::{ToldBy, Vendor};
use bookpath_vendors::Reported;
use bookpath_vendors::sms::SmsEvent;

use super::{Intake, apply, text};
use crate::bookings::list::newest;
use crate::ports::{Commit, Expect, Item, Store as _, StoreError, Write};
use crate::testing::{World, act, canceled, invitee, paid, seen};
use crate::texts::conversations;

#[tokio::test]
async fn the_same_fact_again_changes_nothing() {
    let world = World::new();
    let id = world.awaiting().await;
    let before = (world.row(&id).await, world.store.items("").len());
    let again = world.take(None, seen(&invitee("A1"))).await;
    assert_eq!(again.outcome, Outcome::Duplicate);
    assert_eq!((world.row(&id).await, world.store.items("").len()), before);
}

#[tokio::test]
async fn a_crash_after_the_commit_is_decided_the_same_when_it_comes_again() {
    let world = World::new();
    let id = world.awaiting().await;
    world.faults.arm("state.after_commit", 1);
    let reported = Reported {
        fact: paid("cs_1", world.now()),
        stripe_ids: Vec::new(),
        booking_id: Some(id.clone()),
    };
    let reactor = &world.performer.reactor;
    assert!(apply(reactor, Intake::new(&reported)).await.is_err());
    let again = apply(reactor, Intake::new(&reported)).await.unwrap();
    assert_eq!(again.outcome, Outcome::Duplicate);
    assert_eq!(world.state(&id).await, BookingState::Confirmed);
}

#[tokio::test]
async fn a_store_that_refuses_leaves_nothing_half_done() {
    let world = World::new();
    world.store.refuse(1);
    let reported = Reported {
        fact: seen(&invitee("A1")),
        stripe_ids: Vec::new(),
        booking_id: None,
    };
    let reactor = &world.performer.reactor;
    assert!(apply(reactor, Intake::new(&reported)).await.is_err());
    assert!(world.store.items("").is_empty());
    let made = apply(reactor, Intake::new(&reported)).await.unwrap();
    assert_eq!(made.outcome, Outcome::Created);
}

/// A replay without effects learns the state only, and the next fact asks for what is wanted then.
#[tokio::test]
async fn what_a_replay_without_effects_did_not_do_is_done_with_the_next_fact() {
    let world = World::new();
    let reported = Reported {
        fact: seen(&invitee("A1")),
        stripe_ids: Vec::new(),
        booking_id: None,
    };
    let quiet = Intake {
        origin: Origin::Sync,
        effects: false,
        ..Intake::new(&reported)
    };
    let made = apply(&world.performer.reactor, quiet).await.unwrap();
    let id = made.row.unwrap().booking.booking_id;
    assert!(world.open("session:").await.is_empty());
    assert!(world.booking(&id).await.payment.sessions.is_empty());
    let moved = bookpath_domain::bookings::invitee::InviteeSnapshot {
        updated_at: world.now() + jiff::SignedDuration::from_secs(5),
        ..invitee("A1")
    };
    world.take(None, seen(&moved)).await;
    world.perform().await;
    assert!(world.booking(&id).await.checkout_url().is_some());
}

/// The customer would not hear of the page, and when its time was over the slot would be given away.
#[tokio::test]
async fn a_paid_booking_that_a_sync_found_late_waits_until_somebody_asks_to_pay() {
    let world = World::new();
    let reported = Reported {
        fact: seen(&invitee("A1")),
        stripe_ids: Vec::new(),
        booking_id: None,
    };
    let found = Intake {
        origin: Origin::Sync,
        found_late: true,
        ..Intake::new(&reported)
    };
    let made = apply(&world.performer.reactor, found).await.unwrap();
    let id = made.row.unwrap().booking.booking_id;
    let moved = bookpath_domain::bookings::invitee::InviteeSnapshot {
        updated_at: world.now() + jiff::SignedDuration::from_secs(5),
        ..invitee("A1")
    };
    world.take(None, seen(&moved)).await;
    world.perform().await;
    assert_eq!(world.state(&id).await, BookingState::AwaitingPayment);
    assert!(world.booking(&id).await.payment.sessions.is_empty());
    world.pass(3_700).await;
    assert!(world.row(&id).await.stuck(world.now()));
    let asked = world.take(Some(&id), act(ActionKind::Pay)).await;
    assert_eq!(asked.outcome, Outcome::Allowed);
    world.perform().await;
    assert!(world.booking(&id).await.checkout_url().is_some());
}

#[tokio::test]
async fn a_cancellation_that_overtakes_its_booking_ends_the_same() {
    let (forth, back) = (World::new(), World::new());
    let (made, ended) = (seen(&invitee("A1")), canceled(&invitee("A1"), forth.now()));
    for (world, facts) in [
        (&forth, [made.clone(), ended.clone()]),
        (&back, [ended, made]),
    ] {
        for fact in facts {
            world.take(None, fact).await;
        }
        world.perform().await;
    }
    let state = |world: &World| {
        let store = world.store.clone();
        async move {
            let page = newest(store.as_ref(), &BookingState::ALL, 10, None, &|_| true);
            let (rows, _) = page.await.unwrap();
            rows.iter().map(|row| row.booking.state).collect::<Vec<_>>()
        }
    };
    assert_eq!(state(&forth).await, [BookingState::Cancelled]);
    assert_eq!(state(&back).await, [BookingState::Cancelled]);
}

/// A delivery with this id.
fn told_by(delivery_id: &str) -> ToldBy {
    ToldBy {
        raw_sha256: format!("sha-{delivery_id}"),
        delivery_id: delivery_id.to_owned(),
    }
}

fn envelope(delivery_id: &str, world: &World) -> Envelope {
    Envelope {
        delivery_id: delivery_id.to_owned(),
        vendor: Vendor::Sms,
        delivery: Delivery {
            kind: "inbound".to_owned(),
            resource_uri: delivery_id.to_owned(),
            version: "1".to_owned(),
            occurred_at: None,
            person_key: "p".to_owned(),
        },
        origin: CameBy::Webhook,
        received_at: world.now(),
        raw_key: "raw/sms/1.json".to_owned(),
        raw_sha256: "00".to_owned(),
    }
}

#[tokio::test]
async fn the_check_that_decided_names_the_delivery_that_told_it() {
    let world = World::new();
    let reactor = &world.performer.reactor;
    let mut snapshot = invitee("A1");
    snapshot.contact.phone = Some("+12223334444".to_owned());
    let reported = Reported {
        fact: seen(&snapshot),
        stripe_ids: Vec::new(),
        booking_id: None,
    };
    let intake = Intake {
        told_by: Some(told_by("d-booking")),
        ..Intake::new(&reported)
    };
    let made = apply(reactor, intake).await.unwrap();
    world.pass(60).await;
    let reply = SmsEvent::Inbound {
        message_id: "m1".to_owned(),
        from: Private("+12223334444".to_owned()),
        to: None,
        body: Text("ok".to_owned()),
    };
    text::take(reactor, reply, &envelope("d-reply", &world))
        .await
        .unwrap();
    let booking = made.row.unwrap().booking;
    assert_eq!(booking.history[0].told_by, Some(told_by("d-booking")));
    let id = booking.booking_id;
    let found = conversations::of_booking(world.store.as_ref(), &id, world.now()).await;
    let conversation = found.unwrap().unwrap().conversation;
    let follow_up = &conversation.intents[&IntentKind::FollowUp.intent_id(&snapshot.uri)];
    assert_eq!(follow_up.told_by, Some(told_by("d-booking")));
    let brought = conversation.replies[0].told_by.as_ref().unwrap();
    assert_eq!(
        (brought.delivery_id.as_str(), brought.raw_sha256.as_str()),
        ("d-reply", "00")
    );
    let answers = follow_up.answers();
    let of = |check: Check| answers.iter().find(|a| a.check == check).unwrap();
    let given = of(Check::NumberGiven);
    assert_eq!(
        (given.passed, given.delivery_id.as_deref()),
        (Some(true), Some("d-booking"))
    );
    let reply = of(Check::NoReply);
    assert_eq!(
        (reply.passed, reply.at, reply.delivery_id.as_deref()),
        (Some(false), Some(world.now()), Some("d-reply"))
    );
    assert_eq!(of(Check::SlotBeforeStart).passed, None);
}

/// A button that is pressed twice: both presses find no booking of the invitee, and one of them makes it.
#[tokio::test]
async fn two_new_bookings_of_one_invitee_are_one() {
    let world = World::new();
    let id = world.awaiting().await;
    let mut second = world.row(&id).await;
    second.booking.booking_id = "another".to_owned();
    let writes = crate::bookings::repository::writes(&second, None).unwrap();
    let refused = world.store.commit(Commit::new(writes)).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
}

/// A refund of pi_1, as Stripe tells it: by its payment alone.
fn refund_of_payment(world: &World) -> Reported {
    of_payment(Fact::Refund(RefundReport {
        refund_id: Some("re_1".to_owned()),
        payment_intent: Some("pi_1".to_owned()),
        status: RefundStatus::Succeeded,
        amount_minor: Some(4_000),
        charge_total_minor: None,
        currency: Some("usd".to_owned()),
        created: None,
        attempt: None,
        effect_key: None,
        at: world.now(),
    }))
}

fn of_payment(fact: Fact) -> Reported {
    Reported {
        fact,
        stripe_ids: vec!["pi_1".to_owned()],
        booking_id: None,
    }
}

fn payment_of_booking(world: &World, id: &str) -> Reported {
    Reported {
        booking_id: Some(id.to_owned()),
        ..of_payment(paid("cs_1", world.now()))
    }
}

#[tokio::test]
async fn a_refund_that_comes_before_its_payment_is_in_the_booking_of_the_payment() {
    let world = World::new();
    let id = world.awaiting().await;
    let reactor = &world.performer.reactor;
    let early = refund_of_payment(&world);
    let applied = apply(reactor, Intake::new(&early)).await.unwrap();
    assert_eq!(applied.outcome, Outcome::NoBooking);
    let payment = payment_of_booking(&world, &id);
    apply(reactor, Intake::new(&payment)).await.unwrap();
    let booking = world.row(&id).await.booking;
    assert_eq!(booking.refunded_minor(), 4_000);
    assert_eq!(booking.refund_if_cancelled_minor(world.now()), Some(11_000));
    let waits = world.store.items("other-payment#");
    assert!(waits.is_empty(), "{waits:?}");
    let again = apply(reactor, Intake::new(&early)).await.unwrap();
    assert_eq!(again.outcome, Outcome::Duplicate);
}

/// Takes items away, and lets another process write them between the plan and the commit of the next decision.
async fn write_meanwhile(world: &World, pk_prefix: &str) {
    let items = world.store.items(pk_prefix);
    assert_eq!(items.len(), 1, "{items:?}");
    let gone = |item: &Item| Write::Delete {
        key: item.key.clone(),
        expect: Expect::Any,
    };
    let back = |item: Item| Write::Put {
        key: item.key,
        index: item.index,
        body: item.body,
        expect: Expect::Any,
        expires: None,
    };
    let removals = items.iter().map(gone).collect();
    world.store.commit(Commit::new(removals)).await.unwrap();
    world.store.meanwhile(items.into_iter().map(back).collect());
}

#[tokio::test]
async fn a_refund_that_is_kept_while_its_payment_is_decided_is_in_the_booking() {
    let world = World::new();
    let id = world.awaiting().await;
    let reactor = &world.performer.reactor;
    let early = refund_of_payment(&world);
    apply(reactor, Intake::new(&early)).await.unwrap();
    write_meanwhile(&world, "other-payment#").await;
    let payment = payment_of_booking(&world, &id);
    apply(reactor, Intake::new(&payment)).await.unwrap();
    assert_eq!(world.row(&id).await.booking.refunded_minor(), 4_000);
    let waits = world.store.items("other-payment#");
    assert!(waits.is_empty(), "{waits:?}");
}

#[tokio::test]
async fn a_refund_whose_payment_is_decided_while_it_is_kept_is_in_the_booking() {
    let world = World::new();
    let id = world.awaiting().await;
    let reactor = &world.performer.reactor;
    let payment = payment_of_booking(&world, &id);
    apply(reactor, Intake::new(&payment)).await.unwrap();
    write_meanwhile(&world, "stripe#pi_1").await;
    let refund = refund_of_payment(&world);
    apply(reactor, Intake::new(&refund)).await.unwrap();
    assert_eq!(world.row(&id).await.booking.refunded_minor(), 4_000);
    let waits = world.store.items("other-payment#");
    assert!(waits.is_empty(), "{waits:?}");
}
