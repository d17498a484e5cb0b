//! One fact, one transaction; what is decided twice is decided the same.

use bookpath_domain::bookings::{BookingState, Outcome};
use bookpath_domain::texts::Origin;
use bookpath_vendors::Reported;

use super::{Intake, apply};
use crate::testing::{World, canceled, invitee, paid, seen};

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
    assert!(apply(reactor, Intake::of(&reported)).await.is_err());
    let again = apply(reactor, Intake::of(&reported)).await.unwrap();
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
    assert!(apply(reactor, Intake::of(&reported)).await.is_err());
    assert!(world.store.items("").is_empty());
    let made = apply(reactor, Intake::of(&reported)).await.unwrap();
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
        ..Intake::of(&reported)
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
            let page = crate::bookings::repository::list(store.as_ref(), None, 10, None, &|_| true);
            let rows = page.await.unwrap().rows;
            rows.iter().map(|row| row.booking.state).collect::<Vec<_>>()
        }
    };
    assert_eq!(state(&forth).await, [BookingState::Cancelled]);
    assert_eq!(state(&back).await, [BookingState::Cancelled]);
}
