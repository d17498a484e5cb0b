//! Lists that a person narrows: what fits is found among all rows, however few fit.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::Stage;
use crate::text_world::{NOON, advance, noon, text};

/// What each item of a list holds at a name.
async fn column(stage: &Stage, path: &str, name: &str) -> Vec<Value> {
    let answer = stage.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    let items = answer.body["items"].as_array().unwrap().clone();
    items.into_iter().map(|item| item[name].clone()).collect()
}

#[tokio::test]
async fn the_inbox_is_narrowed_by_vendor_class_time_and_a_part_of_a_name() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    let unreadable = json!({ "event": "invitee.created", "created_at": "soon", "payload": {} });
    stage.calendly(&unreadable).await;
    advance(&stage, 3600).await;
    let paid = json!({ "id": "evt_1", "type": "payment_intent.succeeded", "created": 1_772_370_000, "data": { "object": { "id": "pi_1" } } });
    assert_eq!(stage.stripe(&paid).await.status, 200);
    stage.drain().await;
    let kinds = async |query: &str| column(&stage, &format!("/api/inbox?{query}"), "vendor").await;
    assert_eq!(kinds("vendor=stripe").await, ["stripe"]);
    assert_eq!(kinds("vendor=calendly").await, ["calendly", "calendly"]);
    assert_eq!(
        kinds("vendor=calendly&error_class=VALIDATION_ERROR")
            .await
            .len(),
        1
    );
    assert_eq!(kinds("from=2026-03-01T12:30:00Z").await, ["stripe"]);
    assert_eq!(kinds("to=2026-03-01T12:30:00Z").await.len(), 2);
    assert_eq!(
        kinds("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z")
            .await
            .len(),
        0
    );
    assert_eq!(kinds("q=PAYMENT_INTENT").await, ["stripe"]);
    assert_eq!(kinds("q=invitees/a1").await, ["calendly"]);
    for wrong in [
        "vendor=hubspot",
        "error_class=OOPS",
        "from=today",
        "colour=red",
    ] {
        assert_eq!(
            stage.get(&format!("/api/inbox?{wrong}")).await.status,
            422,
            "{wrong}"
        );
    }
    // One by its id.
    let one = stage.get("/api/inbox?vendor=stripe").await.body["items"][0].clone();
    let path = format!("/api/inbox/{}", one["delivery_id"].as_str().unwrap());
    assert_eq!(stage.get(&path).await.body, one);
    let path = format!("/api/inbox/{}", one["raw_sha256"].as_str().unwrap());
    assert_eq!(stage.get(&path).await.body, one);
    assert_eq!(stage.get("/api/inbox/none").await.status, 404);
}

#[tokio::test]
async fn bookings_conversations_and_the_audit_are_narrowed() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    let later = "2026-03-01T13:00:00Z";
    let (start, end) = ("2026-03-11T15:00:00Z", "2026-03-11T15:30:00Z");
    advance(&stage, 3600).await;
    let b1 = Invitee::new("B1", "E2", later, start, end);
    stage.calendly(&b1.created()).await;
    stage
        .calendly(&b1.canceled("2026-03-01T13:00:05Z", None))
        .await;
    stage.drain().await;
    let state =
        async |query: &str| column(&stage, &format!("/api/bookings?{query}"), "state").await;
    assert_eq!(state("").await, ["CANCELLED", "CONFIRMED"]);
    assert_eq!(state("state=CANCELLED,CONFIRMED,CANCELLED").await.len(), 2);
    assert_eq!(state("state=EXPIRED,CONFIRMED").await, ["CONFIRMED"]);
    assert_eq!(state("from=2026-03-01T12:30:00Z").await, ["CANCELLED"]);
    assert_eq!(state(&format!("to={NOON}")).await, ["CONFIRMED"]);
    assert_eq!(
        stage.get("/api/bookings?state=CONFIRMED,LOST").await.status,
        422
    );
    let confirmed = column(&stage, "/api/bookings?state=CONFIRMED", "booking_id").await;
    let id = confirmed[0].as_str().unwrap().to_uppercase();
    assert_eq!(state(&format!("q={}", &id[..13])).await, ["CONFIRMED"]);
    assert_eq!(state("q=nobody-of-this-name").await.len(), 0);

    text(&stage, "what is this about?", "m1").await;
    stage.drain().await;
    let threads = async |query: &str| {
        column(
            &stage,
            &format!("/api/conversations?{query}"),
            "needs_reply",
        )
        .await
    };
    assert_eq!(threads("").await.len(), 2);
    assert_eq!(threads("show=needs_reply").await, [true]);
    assert_eq!(threads("show=replied").await.len(), 1);
    assert_eq!(threads("show=opted_out").await.len(), 0);
    assert_eq!(threads("reason=canceled&intent=follow_up").await.len(), 1);
    assert_eq!(threads("reason=canceled&intent=help_reply").await.len(), 0);
    text(&stage, "yes", "m2").await;
    stage.drain().await;
    assert_eq!(threads("show=needs_reply").await.len(), 0);

    let lines = async |query: &str| column(&stage, &format!("/api/audit?{query}"), "action").await;
    let all = lines("").await;
    let [newest, ..] = all.as_slice() else {
        panic!("nobody has done anything")
    };
    let one = format!("action={}", newest.as_str().unwrap());
    assert!(lines(&one).await.iter().all(|action| action == newest));
    assert_eq!(lines("actor=nobody").await.len(), 0);
    assert_eq!(lines("to=2020-01-01T00:00:00Z").await.len(), 0);
    assert_eq!(lines("from=2020-01-01T00:00:00Z").await, all);
}

#[tokio::test]
async fn marketing_tables_are_narrowed_by_their_own_columns() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    stage.etl("2026-03-02T12:00:00Z").await;
    let path = "/api/marketing/daily_bookings_by_source";
    let of =
        async |query: &str| column(&stage, &format!("{path}?{query}"), "marketing_channel").await;
    let [channel] = <[Value; 1]>::try_from(of("").await).unwrap();
    let name = channel.as_str().unwrap().to_owned();
    assert_eq!(of(&format!("channel={name}")).await, [channel]);
    assert_eq!(of("channel=nowhere").await.len(), 0);
    for wrong in [
        "/api/marketing/bookings_trend?channel=google".to_owned(),
        "/api/marketing/cost_per_booking?model=first".to_owned(),
        format!("{path}?group=channel&channel={name}"),
    ] {
        assert_eq!(stage.get(&wrong).await.status, 422, "{wrong}");
    }
}
