use bookpath_app::sync::{runs, sync};
use bookpath_domain::Vendor::Typeform;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::{FORM, World};

/// The response with this number: one a minute from 18 March on.
fn response(number: i64) -> Value {
    let first: Timestamp = "2026-03-18T00:00:00Z".parse().unwrap();
    json!({ "event_id": format!("ev{number}"), "event_type": "form_response", "form_response": {
        "form_id": FORM, "token": format!("tok{number:04}"), "landed_at": first,
        "submitted_at": first + SignedDuration::from_mins(number), "hidden": { "utm_source": "google" },
        "definition": { "id": FORM, "title": "Apply", "fields": [] }, "answers": [],
    } })
}

#[tokio::test]
async fn what_the_webhooks_missed_is_brought_in_page_by_page() {
    let world = World::new().await;
    for number in 0..450 {
        world.typeform.tell(&response(number));
        if number % 100 != 7 {
            world.webhook(Typeform, &response(number)).await;
        }
    }
    world.typeform.trouble.throttle_every(3);
    let report = world.run(Typeform).await.unwrap();
    assert_eq!((report.events_processed, report.changed), (450, 5));
    assert_eq!(report.missed["created"], 5);
    assert_eq!(report.missed_deliveries[0].uri, "tok0407");
    assert!(report.retries > 0);
    let next = world.run_without_news(Typeform).await;
    // The second run reads from an hour before the first one on.
    assert_eq!(next.events_processed, 0);
}

#[tokio::test]
async fn since_is_inclusive_and_a_stopped_run_goes_on() {
    let mut world = World::new().await;
    for number in 0..450 {
        world.typeform.tell(&response(number));
    }
    world.sync.time_max = std::time::Duration::ZERO;
    let first = world.run(Typeform).await.unwrap();
    assert!(!first.complete && first.changed == 200);
    // A response that comes in meanwhile moves no page.
    world.typeform.tell(&response(900));
    let second = world.run(Typeform).await.unwrap();
    let third = world.run(Typeform).await.unwrap();
    assert!(!second.complete && third.complete && third.resumed);
    assert_eq!(third.changed, 450);
    let since = "2026-03-18T15:00:00Z".parse().unwrap();
    let late = sync(&world.sync, Typeform, Some(since)).await.unwrap();
    assert_eq!((late.events_processed, late.changed), (1, 1));
    assert_eq!(late.missed_deliveries[0].uri, "tok0900");
}

#[tokio::test]
async fn a_form_that_nobody_has_filled_in_yet_has_no_responses() {
    let world = World::new().await;
    let report = world.run(Typeform).await.unwrap();
    assert_eq!((report.events_processed, report.complete), (0, true));
}

/// The form that was deleted is named, and the others are read.
#[tokio::test]
async fn a_form_that_is_gone_keeps_no_other_from_being_read() {
    let world = World::with_forms(&["GONE", FORM]).await;
    world.typeform.tell(&response(1));
    let error = world.run(Typeform).await.unwrap_err().to_string();
    assert!(error.starts_with("form GONE: "), "{error}");
    let runs = runs(world.store.as_ref(), 1).await.unwrap();
    assert_eq!((runs[0].changed, runs[0].complete), (1, true));
}
