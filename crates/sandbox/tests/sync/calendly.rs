use std::time::Duration;

use bookpath_app::bookings::repository::{Name, by_name};
use bookpath_app::effects::outbox;
use bookpath_app::operators::alarms;
use bookpath_app::sync::{MissedDelivery, runs};
use bookpath_app::texts::conversations;
use bookpath_domain::Vendor::Calendly;
use bookpath_domain::bookings::BookingState;
use serde_json::json;

use crate::world::{NOW, World, booked, came, canceled, no_show};

fn uri(number: usize) -> String {
    booked(number)["payload"]["uri"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn state(world: &World, number: usize) -> BookingState {
    let found = by_name(world.store.as_ref(), Name::InviteeUri(&uri(number))).await;
    found.unwrap().unwrap().row.booking.state
}

/// 230 bookings of which every tenth webhook is lost, and one of each other sort.
async fn outage() -> World {
    let world = World::new().await;
    for number in 0..230 {
        world.calendly.tell(&booked(number));
        if number % 10 != 3 {
            world.webhook(Calendly, &booked(number)).await;
        }
    }
    world.calendly.tell(&canceled(1));
    world.calendly.tell(&no_show(2));
    world.calendly.tell(&no_show(4));
    world.webhook(Calendly, &no_show(4)).await;
    world.calendly.tell(&came(4));
    world.react().await;
    world
}

#[tokio::test]
async fn an_outage_leaves_nothing_missing_and_sends_nothing_late() {
    let world = outage().await;
    let report = world.run(Calendly).await.unwrap();
    assert!(report.complete && !report.resumed);
    assert_eq!(
        (report.events_processed, report.invitees_processed),
        (230, 230)
    );
    let missed = json!({ "created": 23, "canceled": 1, "no_show": 1, "no_show_deleted": 1 });
    assert_eq!(json!(report.missed), missed);
    assert_eq!((report.changed, report.customers_updated), (26, 26));
    assert_eq!(report.missed_deliveries.len(), 26);
    for (kind, number, at) in [
        ("invitee.created", 3, "2026-03-01T10:00:00Z"),
        ("invitee.canceled", 1, "2026-03-01T12:00:00Z"),
        ("invitee_no_show.created", 2, "2026-03-19T16:00:00Z"),
        ("invitee_no_show.deleted", 4, NOW),
    ] {
        let named = MissedDelivery {
            kind: kind.to_owned(),
            uri: uri(number),
            updated_at: Some(at.parse().unwrap()),
        };
        assert!(report.missed_deliveries.contains(&named), "{named:?}");
    }
    assert_eq!(state(&world, 23).await, BookingState::Confirmed);
    assert_eq!(state(&world, 1).await, BookingState::Cancelled);
    let talks = conversations::every(world.store.as_ref(), NOW.parse().unwrap()).await;
    let talks = talks.unwrap();
    let late = talks
        .iter()
        .find(|talk| talk.chain.member(&uri(23)).is_some());
    let told = json!(late.unwrap()).to_string();
    assert!(told.contains("skipped_stale_backfill"), "{told}");
    let open = outbox::all_open(world.store.as_ref()).await.unwrap();
    for intent in late.unwrap().intents.keys() {
        assert!(open.iter().all(|row| !row.key.contains(intent.as_str())));
    }
    world.run_without_news(Calendly).await;
}

#[tokio::test]
async fn the_counters_are_those_of_the_window() {
    let world = outage().await;
    let report = world.run(Calendly).await.unwrap();
    // Days 2 to 20 of March have begun by noon of the 20th, the 20th's call not yet.
    let upcoming = (0..230).filter(|n| n % 28 + 2 >= 20).count() as u64;
    assert_eq!(report.upcoming_calls, upcoming);
    assert_eq!(report.no_shows_detected, 1);
    let past = 230 - upcoming;
    let pooled = (past - 2) as f64 / past as f64 * 100.0;
    assert!((report.pooled_show_rate.unwrap() - pooled).abs() < 0.006);
    assert_eq!(report.avg_show_rate, report.pooled_show_rate);
}

#[tokio::test]
async fn a_rate_limit_is_kept_to() {
    let world = outage().await;
    world.calendly.trouble.throttle_every(5);
    let report = world.run(Calendly).await.unwrap();
    assert_eq!(report.changed, 26);
    let pauses = world.pauses.all();
    assert_eq!(pauses.len() as u64, report.retries);
    assert!(report.retries >= 40, "{}", report.retries);
    // Never before the vendor's own time, and all of them are counted.
    assert!(pauses.iter().all(|pause| *pause >= Duration::from_secs(2)));
    let waited: Duration = pauses.iter().sum();
    assert!(
        report
            .waited_ms
            .abs_diff(u64::try_from(waited.as_millis()).unwrap())
            < 100
    );
    assert_eq!(report.calls, world.calendly.trouble.calls());
}

#[tokio::test]
async fn a_run_that_fails_half_way_is_gone_on_with() {
    let world = outage().await;
    world.calendly.trouble.fail_after(160, 60);
    let stopped = world.run(Calendly).await.unwrap_err();
    assert!(stopped.to_string().contains("500"), "{stopped}");
    let standing = alarms::standing(world.store.as_ref()).await.unwrap();
    assert_eq!(standing.len(), 1);
    assert_eq!(
        (standing[0].code.as_str(), standing[0].subject.as_str()),
        ("sync_failed", "calendly")
    );
    world.calendly.trouble.fail_after(0, 0);
    let before = world.calendly.trouble.calls();
    let report = world.run(Calendly).await.unwrap();
    assert!(report.complete && report.resumed);
    assert!(
        world.calendly.trouble.calls() - before < 150,
        "it began anew"
    );
    assert_eq!(report.events_processed, 230);
    assert_eq!((report.changed, report.missed_deliveries.len()), (26, 26));
    let standing = alarms::standing(world.store.as_ref()).await.unwrap();
    assert_eq!(standing, []);
    world.run_without_news(Calendly).await;
}

#[tokio::test]
async fn data_that_changes_between_pages_is_found_by_the_next_run() {
    let mut world = outage().await;
    world.sync.time_max = Duration::ZERO;
    let first = world.run(Calendly).await.unwrap();
    assert!(!first.complete && first.events_processed == 100);
    // One cancels in a page that was read, one books into it, and one books behind it.
    world.calendly.tell(&canceled(0));
    world.calendly.tell(&booked(1_008));
    world.calendly.tell(&booked(1_007));
    world.sync.time_max = Duration::from_secs(60);
    let rest = world.run(Calendly).await.unwrap();
    assert!(rest.complete && rest.resumed);
    let next = world.run(Calendly).await.unwrap();
    assert!(next.complete && !next.resumed);
    let named = |report: &bookpath_app::sync::SyncReport, number: usize| {
        let missed = &report.missed_deliveries;
        missed.iter().any(|missed| missed.uri == uri(number))
    };
    assert!(named(&next, 0) && named(&next, 1_008) && named(&rest, 1_007));
    assert_eq!(state(&world, 0).await, BookingState::Cancelled);
    world.run_without_news(Calendly).await;
    let history = runs(world.store.as_ref(), 10).await.unwrap();
    assert_eq!(history.len(), 3);
    assert!(history.is_sorted_by(|a, b| a.started_at >= b.started_at));
}

#[tokio::test]
async fn a_host_who_moves_an_event_is_heard_of() {
    let world = outage().await;
    world.run(Calendly).await.unwrap();
    let mut moved = booked(7);
    moved["payload"]["scheduled_event"]["start_time"] = json!("2026-03-25T09:00:00Z");
    moved["payload"]["scheduled_event"]["end_time"] = json!("2026-03-25T09:30:00Z");
    moved["payload"]["scheduled_event"]["updated_at"] = json!("2026-03-20T11:00:00Z");
    world.calendly.tell(&moved);
    let report = world.run(Calendly).await.unwrap();
    assert_eq!((report.changed, report.missed_deliveries.len()), (1, 0));
    let found = by_name(world.store.as_ref(), Name::InviteeUri(&uri(7))).await;
    let times = found.unwrap().unwrap().row.booking.times().unwrap();
    assert_eq!(times.0, "2026-03-25T09:00:00Z".parse().unwrap());
    world.run_without_news(Calendly).await;
}

/// An event that is deleted between the list and the question who is in it keeps no other from being read.
#[tokio::test]
async fn one_event_that_is_gone_stops_no_run() {
    let world = World::new().await;
    for number in 0..3 {
        world.calendly.tell(&booked(number));
    }
    let event = |number| booked(number)["payload"]["scheduled_event"]["uri"].clone();
    world.calendly.lose(event(1).as_str().unwrap());
    let report = world.run(Calendly).await.unwrap();
    assert!(report.complete, "{report:?}");
    assert_eq!((report.events_processed, report.invalid), (2, 1));
    assert_eq!(report.missed["created"], 2);
    for number in [0, 2] {
        world.calendly.lose(event(number).as_str().unwrap());
    }
    let report = world.run(Calendly).await.unwrap();
    assert_eq!((report.events_processed, report.invalid), (0, 3));
}
