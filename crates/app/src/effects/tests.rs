//! What happens between the claim of an effect and its mark.

mod waits;

use bookpath_domain::bookings::{ActionKind, BookingState, Fact, Outcome, RefundStatus};

use super::outbox;
use crate::ports::{Commit, Expect, IndexKey, ItemKey, Store as _, Write};
use crate::testing::{World, act, canceled, choose, invitee, paid, seen};

fn expired(session: &str, world: &World) -> Fact {
    Fact::SessionExpired {
        session_id: session.to_owned(),
        attempt: None,
        at: world.now(),
    }
}

#[tokio::test]
async fn a_checkout_is_opened_once_and_the_entry_is_gone() {
    let world = World::new();
    let id = world.awaiting().await;
    assert_eq!(world.payments.sessions().len(), 1);
    let url = world.booking(&id).await.checkout_url().map(str::to_owned);
    assert_eq!(url.as_deref(), Some("https://pay.test/cs_1"));
    assert!(world.open("session:").await.is_empty());
}

/// A newer release, which was taken back, left an entry of a sort that this one does not know.
#[tokio::test]
async fn an_entry_that_nobody_can_read_keeps_no_other_from_its_turn() {
    let world = World::new();
    let store = world.store.as_ref();
    let key = ItemKey::new("effect#new", "row");
    let put = async |work: &str, partition: &str| {
        let at = "2000-01-01T00:00:00Z";
        let body = format!(
            r#"{{"key":"new","work":{work},"due":"{at}","created_at":"{at}","attempts":0,"claim":null,"failed":null}}"#
        );
        let index = IndexKey {
            partition: partition.to_owned(),
            sort: format!("{at}#new"),
        };
        let write = Write::Put {
            key: key.clone(),
            index: Some(index),
            body: body.clone(),
            expect: Expect::Any,
            expires: None,
        };
        store.commit(Commit::new(vec![write])).await.unwrap();
        body
    };
    let at_hand = async || store.get(&key).await.unwrap().unwrap();
    let body = put(r#"{"paint":{}}"#, "effects#open").await;
    world.take(None, choose(invitee("A1").start)).await;
    world.perform().await;
    assert_eq!(world.calendar.booked().len(), 1);
    let aside = at_hand().await;
    assert_eq!(aside.index.unwrap().partition, "effects#unreadable");
    assert_eq!(aside.body, body);
    assert_eq!(outbox::put_back(store).await.unwrap(), 0);
    // The next release reads it.
    put(
        r#"{"call_ends":{"booking_id":"nobody"}}"#,
        "effects#unreadable",
    )
    .await;
    assert_eq!(outbox::put_back(store).await.unwrap(), 1);
    let back = at_hand().await;
    assert_eq!(back.index.unwrap().partition, "effects#open");
}

/// The process of somebody else, who shares the store.
fn other(world: &World) -> super::Performer {
    let ours = &world.performer;
    super::Performer {
        reactor: ours.reactor.clone(),
        payments: ours.payments.clone(),
        calendar: ours.calendar.clone(),
        crm: ours.crm.clone(),
        records: ours.records.clone(),
        texts: ours.texts.clone(),
        mailer: ours.mailer.clone(),
        waits: ours.waits.clone(),
        operators: ours.operators.clone(),
        circuits: super::Circuits::default(),
        owner: "other".to_owned(),
        public_url: ours.public_url.clone(),
        link_keys: ours.link_keys.clone(),
    }
}

/// A caller waits for a slot, and another process has claimed the entry.
#[tokio::test]
async fn a_caller_learns_that_somebody_else_performs_the_effect_and_when_they_are_done() {
    let world = World::new();
    let applied = world.take(None, choose(invitee("A1").start)).await;
    let id = applied.row.unwrap().booking.booking_id;
    let key = format!("book:{id}");
    let store = world.store.as_ref();
    let (entry, version) = outbox::find(store, &key).await.unwrap().unwrap();
    let other = other(&world);
    let claimed = super::held::claim(&other, entry, version, Vec::new());
    let held = claimed.await.unwrap().unwrap();
    let ours = &world.performer;
    let awaited = async || super::perform_awaited(ours, &key, true).await.unwrap();
    assert!(!awaited().await, "somebody else is at it");
    assert!(world.calendar.booked().is_empty());
    // They are done.
    world.calendar.refuse(1);
    let free = outbox::EffectRow {
        claim: None,
        ..held.row
    };
    super::perform(&other, free, held.version).await.unwrap();
    assert!(awaited().await);
    assert_eq!(world.state(&id).await, BookingState::Cancelled);
}

/// What the caller's own call leaves is settled, whatever became of it.
#[tokio::test]
async fn a_callers_own_try_is_made_once_and_one_that_failed_is_left_to_its_time() {
    let world = World::new();
    world.calendar.fail(2);
    let applied = world.take(None, choose(invitee("A1").start)).await;
    let key = format!("book:{}", applied.row.unwrap().booking.booking_id);
    let awaited = async |again| {
        super::perform_awaited(&world.performer, &key, again)
            .await
            .unwrap()
    };
    assert!(awaited(true).await);
    assert!(awaited(false).await, "it is left to its time");
    assert_eq!(world.open("book:").await.len(), 1);
    world.calendar.fail(0);
    assert!(awaited(true).await);
    assert_eq!(world.calendar.booked().len(), 1);
}

/// The slot of an expired booking is about to be released, Calendly answers 503, and the customer pays.
#[tokio::test]
async fn a_release_that_met_a_503_does_not_cancel_a_customer_who_paid_meanwhile() {
    let world = World::new();
    let id = world.awaiting().await;
    world.clock.advance_s(3_600);
    world.take(Some(&id), expired("cs_1", &world)).await;
    world.calendar.fail(1);
    world.pass(901).await;
    assert_eq!(world.open("release:").await.len(), 1, "it met a 503");
    world.take(Some(&id), paid("cs_1", world.now())).await;
    world.pass(600).await;
    assert!(world.calendar.canceled().is_empty());
    assert!(world.open("release:").await.is_empty());
    assert_eq!(world.state(&id).await, BookingState::Confirmed);
}

/// The Scheduling API failed, the customer cancelled, and the retry came.
#[tokio::test]
async fn a_slot_is_not_booked_for_a_booking_that_was_cancelled_meanwhile() {
    let world = World::new();
    let start = invitee("A1").start;
    world.calendar.fail(1);
    let applied = world.take(None, choose(start)).await;
    let id = applied.row.unwrap().booking.booking_id;
    world.perform().await;
    world.take(Some(&id), act(ActionKind::Cancel)).await;
    world.pass(600).await;
    assert!(world.calendar.booked().is_empty());
    assert!(world.open("book:").await.is_empty());
}

/// The same, but the first call had booked the slot and its answer was lost: the slot is found and given back.
#[tokio::test]
async fn a_slot_whose_answer_was_lost_is_found_and_given_back() {
    let world = World::new();
    world.calendar.lose(1);
    let applied = world.take(None, choose(invitee("A1").start)).await;
    let id = applied.row.unwrap().booking.booking_id;
    world.perform().await;
    world.take(Some(&id), act(ActionKind::Cancel)).await;
    world.pass(600).await;
    assert_eq!(world.calendar.booked().len(), 1);
    assert_eq!(world.calendar.canceled().len(), 1);
}

/// The second of two equal refunds met an error after which Stripe had forgotten nothing and made nothing.
#[tokio::test]
async fn two_equal_refunds_of_an_admin_are_two_refunds() {
    let world = World::new();
    let id = world.confirmed().await;
    world.give_back(&id, 5_000).await;
    world.perform().await;
    world.give_back(&id, 5_000).await;
    world.payments.fail(1);
    world.perform().await;
    assert_eq!(world.payments.refunds().len(), 1);
    world.pass(600).await;
    assert_eq!(world.payments.refunds().len(), 2);
    assert_eq!(world.booking(&id).await.refunded_minor(), 10_000);
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_found_after_stripe_forgot_its_key() {
    let world = World::new();
    let id = world.confirmed().await;
    world.give_back(&id, 5_000).await;
    world.payments.lose(1);
    world.perform().await;
    world.payments.forget_keys();
    world.pass(600).await;
    assert_eq!(world.payments.refunds().len(), 1);
    assert_eq!(world.booking(&id).await.refunded_minor(), 5_000);
}

/// Pending first, and then it fails: the admin is told and gives the money back once more.
#[tokio::test]
async fn a_refund_that_was_pending_and_failed_is_told_and_can_be_asked_for_again() {
    let world = World::new();
    let id = world.confirmed().await;
    world.give_back(&id, 15_000).await;
    world.payments.leave_pending(1);
    world.perform().await;
    assert_eq!(world.give_back(&id, 15_000).await, Outcome::Refused);
    world.payments.set_refund("re_1", RefundStatus::Failed);
    world.clock.advance_s(3_600);
    crate::bookings::sweep::sweep(&world.performer)
        .await
        .unwrap();
    world.perform().await;
    assert_eq!(world.codes(), ["refund_failed"]);
    assert_ne!(world.give_back(&id, 15_000).await, Outcome::Refused);
    world.perform().await;
    assert_eq!(world.booking(&id).await.refunded_minor(), 15_000);
}

#[tokio::test]
async fn a_cancellation_gives_back_what_is_not_on_its_way_already() {
    let world = World::new();
    let id = world.confirmed().await;
    world.give_back(&id, 5_000).await;
    world.payments.leave_pending(1);
    world.perform().await;
    let cancel = canceled(&invitee("A1"), world.now());
    world.take(None, cancel).await;
    world.perform().await;
    let amounts: Vec<i64> = world
        .payments
        .refunds()
        .iter()
        .map(|r| r.view.amount_minor)
        .collect();
    assert_eq!(amounts, [5_000, 10_000]);
    assert_eq!(world.state(&id).await, BookingState::Refunded);
}

/// Killed after the call, started again on another port: the second try sends what the first one sent.
#[tokio::test]
async fn a_retried_checkout_sends_the_parameters_of_its_first_try() {
    let world = World::new();
    *world.payments.public_url.lock().unwrap() = "http://127.0.0.1:8080".to_owned();
    world.faults.arm("effect.after_call", 1);
    let applied = world.take(None, seen(&invitee("A1"))).await;
    let id = applied.row.unwrap().booking.booking_id;
    assert!(super::perform_due(&world.performer).await.is_err());
    *world.payments.public_url.lock().unwrap() = "http://127.0.0.1:9090".to_owned();
    // The claim of the dead process ends.
    world.pass(61).await;
    let sessions = world.payments.sessions();
    assert_eq!(sessions.len(), 1);
    let sent = sessions[0].parameters.get("success_url");
    assert_eq!(sent, Some("http://127.0.0.1:8080"));
    let booking = world.booking(&id).await;
    assert_eq!(booking.state, BookingState::AwaitingPayment);
    assert_eq!(booking.checkout_url(), Some("https://pay.test/cs_1"));
}

/// An entry of a release that kept no parameters: the payment service is asked what exists before anything is decided.
#[tokio::test]
async fn a_key_that_is_known_with_other_parameters_is_looked_up() {
    let world = World::new();
    *world.payments.public_url.lock().unwrap() = "http://127.0.0.1:8080".to_owned();
    world.payments.lose(1);
    let applied = world.take(None, seen(&invitee("A1"))).await;
    let id = applied.row.unwrap().booking.booking_id;
    world.perform().await;
    let key = format!("session:{id}:1");
    let store = world.store.as_ref();
    let (row, version) = outbox::find(store, &key).await.unwrap().unwrap();
    let of_before = outbox::EffectRow {
        first_try: None,
        ..row
    };
    let write = of_before.write(crate::ports::Expect::Version(version));
    let commit = crate::ports::Commit::new(vec![write.unwrap()]);
    crate::ports::Store::commit(store, commit).await.unwrap();
    *world.payments.public_url.lock().unwrap() = "http://127.0.0.1:9090".to_owned();
    world.pass(600).await;
    assert_eq!(world.payments.sessions().len(), 1);
    let booking = world.booking(&id).await;
    assert_eq!(booking.checkout_url(), Some("https://pay.test/cs_1"));
}

/// The topic is broken for an hour; the effect is marked all the same, and the operators are told later.
#[tokio::test]
async fn a_broken_topic_keeps_no_effect_from_its_mark() {
    let world = World::new();
    // Until no checkout could be opened that is open for half an hour.
    world.payments.fail(6);
    let applied = world.take(None, seen(&invitee("A1"))).await;
    let id = applied.row.unwrap().booking.booking_id;
    world.post.fail_operators(1_000);
    for _ in 0..20 {
        world.pass(300).await;
    }
    assert_eq!(
        world.state(&id).await,
        BookingState::PaymentFailed,
        "no checkout could be opened in time, and the booking knows"
    );
    assert!(world.codes().is_empty());
    world.post.fail_operators(0);
    world.pass(600).await;
    let codes = world.codes();
    assert!(codes.contains(&"effect_refused".to_owned()), "{codes:?}");
}

#[tokio::test]
async fn what_is_overdue_is_told_once() {
    let world = World::new();
    let id = world.confirmed().await;
    world.calendar.fail(100);
    world.take(Some(&id), act(ActionKind::Cancel)).await;
    for _ in 0..30 {
        world.pass(300).await;
    }
    assert_eq!(world.codes(), ["effect_overdue"]);
}
