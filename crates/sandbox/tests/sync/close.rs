use bookpath_app::sync::{SyncReport, run, runs};
use bookpath_domain::Vendor::Close;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::{NOW, World};

fn at(minutes: i64) -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

/// An event about an object at so many minutes after now.
fn event(id: &str, kind: &str, action: &str, object: &str, minutes: i64) -> Value {
    let time = at(minutes);
    json!({ "subscription_id": "whsub_1", "event": {
        "id": format!("ev_{id}"), "object_type": kind, "action": action, "object_id": object, "lead_id": "lead_1",
        "date_created": time, "date_updated": time,
        "data": { "id": object, "lead_id": "lead_1", "date_created": "2026-01-01T00:00:00Z", "date_updated": time,
            "value": 5_000, "status_type": "active" },
    } })
}

#[tokio::test]
async fn first_everything_then_what_the_log_tells() {
    let world = World::new().await;
    for number in 0..230 {
        let contact = event(
            &format!("c{number}"),
            "contact",
            "created",
            &format!("cont_{number}"),
            -9_000,
        );
        world.close.tell(&contact);
    }
    world
        .close
        .tell(&event("d1", "opportunity", "created", "oppo_1", -8_000));
    world
        .close
        .tell(&event("a1", "activity.call", "created", "acti_1", -8_000));
    // Of two objects the webhooks told.
    world
        .webhook(Close, &event("c0", "contact", "created", "cont_0", -9_000))
        .await;
    world
        .webhook(
            Close,
            &event("d1", "opportunity", "created", "oppo_1", -8_000),
        )
        .await;
    world.react().await;
    let first = world.run(Close).await.unwrap();
    assert_eq!((first.events_processed, first.changed), (232, 230));
    assert_eq!(first.missed["created"], 230);

    world.clock.advance_s(86_400);
    let seen = event("d2", "opportunity", "updated", "oppo_1", 60);
    world.close.tell(&seen);
    world.webhook(Close, &seen).await;
    for number in 0..120 {
        let minutes = 61 + number;
        world.close.tell(&event(
            &format!("u{number}"),
            "opportunity",
            "updated",
            "oppo_1",
            minutes,
        ));
    }
    world
        .close
        .tell(&event("x1", "activity.call", "deleted", "acti_1", 200));
    world
        .close
        .tell(&event("t1", "task.lead", "created", "task_1", 201));
    world.close.trouble.throttle_every(2);
    let second = world.run(Close).await.unwrap();
    // The task is nothing that Bookpath works with, and one change is known.
    assert_eq!((second.events_processed, second.changed), (123, 121));
    assert_eq!(second.missed["updated"], 120);
    assert_eq!(second.missed["deleted"], 1);
    world.clock.advance_s(600);
    world.run_without_news(Close).await;
}

#[tokio::test]
async fn the_first_run_of_a_month_compares_every_month_with_the_lists() {
    let world = World::new().await;
    let told =
        |id: &str, minutes| event(id, "opportunity", "created", &format!("oppo_{id}"), minutes);
    let counts = |report: &SyncReport| {
        let counts = report.counts.iter();
        counts
            .map(|c| (c.month.to_string(), c.kind.clone(), c.listed, c.missing))
            .collect::<Vec<_>>()
    };
    for id in ["1", "2"] {
        world.close.tell(&told(id, -9_000));
    }
    let mut later = told("3", -8_000);
    later["event"]["data"]["date_created"] = json!("2026-03-14T00:00:00Z");
    world.close.tell(&later);
    world.webhook(Close, &told("1", -9_000)).await;
    world.react().await;
    let of = |month: &str, listed, missing| {
        (month.to_owned(), "opportunity".to_owned(), listed, missing)
    };
    let first = world.run(Close).await.unwrap();
    assert_eq!(counts(&first), [of("2026-01", 2, 1), of("2026-03", 1, 1)]);

    // Neither a webhook nor the log of the days since the last run tells of it.
    world.close.tell(&told("4", -8_000));
    world.clock.advance_s(86_400);
    let same_month = world.run(Close).await.unwrap();
    assert_eq!((counts(&same_month), same_month.changed), (Vec::new(), 0));
    world.clock.advance_s(14 * 86_400);
    let next_month = world.run(Close).await.unwrap();
    assert_eq!(
        counts(&next_month),
        [of("2026-01", 3, 1), of("2026-03", 1, 0)]
    );
    assert_eq!(next_month.missed_deliveries[0].uri, "oppo_4");
    assert_eq!((next_month.changed, next_month.missed["created"]), (1, 1));
    world.clock.advance_s(86_400);
    assert_eq!(counts(&world.run_without_news(Close).await), []);
}

/// What Close deleted during a pause that is longer than its log is named, and counts on: only a deletion that is told ends it.
#[tokio::test]
async fn what_the_lists_do_not_show_any_more_is_counted_and_named() {
    let world = World::new().await;
    let told = |id: &str| event(id, "opportunity", "created", &format!("oppo_{id}"), -9_000);
    let unlisted = |report: &SyncReport| {
        let counts = report.counts.iter().filter(|count| count.unlisted > 0);
        counts
            .map(|c| (c.month.to_string(), c.listed, c.unlisted_ids.clone()))
            .collect::<Vec<_>>()
    };
    for id in ["1", "2", "3", "4"] {
        world.close.tell(&told(id));
    }
    world.webhook(Close, &told("1")).await;
    let first = world.run(Close).await.unwrap();
    assert_eq!(unlisted(&first), []);
    world.react().await;
    // A webhook tells of one deletion, the log of another one, and nobody of the third.
    let gone = event("x2", "opportunity", "deleted", "oppo_2", 10);
    world.webhook(Close, &gone).await;
    world.react().await;
    world.close.lose("oppo_1");
    world.close.lose("oppo_2");
    world.clock.advance_s(14 * 86_400);
    world.close.tell(&event(
        "x3",
        "opportunity",
        "deleted",
        "oppo_3",
        14 * 1_440 - 60,
    ));
    let next = world.run(Close).await.unwrap();
    let named = vec!["oppo_1".to_owned()];
    assert_eq!(unlisted(&next), [("2026-01".to_owned(), 1, named)]);
    assert_eq!((next.changed, next.missed["deleted"]), (1, 1));
    // After a pause everything is read again.
    world.clock.advance_s(40 * 86_400);
    let paused = world.run(Close).await.unwrap();
    assert_eq!(unlisted(&paused), unlisted(&next));
    assert_eq!(paused.changed, 0);
}

#[tokio::test]
async fn an_object_that_the_lists_brought_is_not_brought_by_the_log_again() {
    let world = World::new().await;
    world
        .close
        .tell(&event("d1", "opportunity", "created", "oppo_1", -2));
    let first = world.run(Close).await.unwrap();
    assert_eq!(first.changed, 1);
    world.clock.advance_s(3_600);
    let next = world.run_without_news(Close).await;
    assert_eq!(next.events_processed, 1);
}

#[tokio::test]
async fn a_run_that_fails_in_the_lists_goes_on_there() {
    let world = World::new().await;
    for number in 0..350 {
        let contact = event(
            &format!("c{number}"),
            "contact",
            "created",
            &format!("cont_{number:03}"),
            -9_000,
        );
        world.close.tell(&contact);
    }
    world.close.trouble.fail_after(3, 20);
    assert!(world.run(Close).await.is_err());
    world.close.trouble.fail_after(0, 0);
    let report = world.run(Close).await.unwrap();
    assert!(report.resumed && report.complete);
    assert_eq!((report.events_processed, report.changed), (350, 350));
    assert_eq!(report.missed_deliveries.len(), 350);
    // The list of runs names the first hundred, the run itself all of them.
    let store = world.store.as_ref();
    let listed = &runs(store, 1).await.unwrap()[0];
    assert_eq!(listed.missed_deliveries, report.missed_deliveries[..100]);
    assert_eq!(run(store, &report.run_id).await.unwrap(), Some(report));
    assert_eq!(run(store, "another").await.unwrap(), None);
}
