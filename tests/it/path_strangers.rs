//! What strangers and their forms send: numbers of every country, cut texts, other vendors' events, many bookings.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{CALENDLY_KEY, Stage, timed_signature};
use crate::text_world::{NOON, PHONE, advance, noon, text};

/// The numbers of all texts that were sent or are to be sent, with their states.
async fn sent_to(stage: &Stage, intent: &str) -> Vec<(Option<String>, String, Option<String>)> {
    let body = stage.get("/local/sms").await.body;
    let word = |m: &Value, name: &str| m[name].as_str().map(str::to_owned);
    body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["intent"] == intent)
        .map(|m| (word(m, "to"), word(m, "state").unwrap(), word(m, "reason")))
        .collect()
}

/// The confirmation of a booking whose payload `change` has changed.
async fn confirmed(change: impl Fn(&mut Value)) -> (Option<String>, String, Option<String>) {
    let (stage, a1) = noon("").await;
    let mut body = a1.created();
    change(&mut body["payload"]);
    assert_eq!(stage.calendly(&body).await.body["status"], "accepted");
    advance(&stage, 1).await;
    sent_to(&stage, "confirmation").await.remove(0)
}

fn sent(to: &str) -> (Option<String>, String, Option<String>) {
    (Some(to.to_owned()), "sent".to_owned(), None)
}

/// Expected numbers: what libphonenumber answers for the default country US.
#[tokio::test]
async fn x70_a_number_keeps_the_digits_of_its_own_country() {
    for (typed, e164) in [
        ("+49 176 04069012", "+4917604069012"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("0049 176 04069012", "+4917604069012"),
    ] {
        let found = confirmed(|p| p["text_reminder_number"] = json!(typed)).await;
        assert_eq!(found, sent(e164), "{typed}");
    }
}

/// The number that is called is the invitee's, the host's own never.
#[tokio::test]
async fn the_number_of_a_call_and_the_question_about_a_phone() {
    let place = |kind: &str, number: Value| json!({ "type": kind, "location": number });
    let none = |p: &mut Value| {
        p["text_reminder_number"] = Value::Null;
        p["questions_and_answers"] = json!([]);
    };
    let found = confirmed(|p| {
        none(p);
        p["scheduled_event"]["location"] = place("outbound_call", json!("+1 415-555-0142"));
    })
    .await;
    assert_eq!(found, sent("+14155550142"));
    let found = confirmed(|p| {
        none(p);
        p["scheduled_event"]["location"] = place("inbound_call", json!("+1 415-555-0199"));
    })
    .await;
    assert_eq!(
        found,
        (None, "suppressed".to_owned(), Some("no_phone".to_owned()))
    );
    let found = confirmed(|p| {
        none(p);
        p["questions_and_answers"] = json!([
            { "question": "Please tell us about your business", "answer": "We sell shoes online", "position": 0 },
            { "question": "Do you prefer phone or video?", "answer": "Video, please", "position": 1 },
            { "question": "Numéro de téléphone", "answer": "(415) 555-0143", "position": 2 },
        ]);
    })
    .await;
    assert_eq!(found, sent("+14155550143"));
}

/// RFC 8259 allows half a surrogate pair; a byte order mark is what some tools put before JSON.
#[tokio::test]
async fn half_an_emoji_and_a_byte_order_mark_lose_no_booking() {
    let (stage, a1) = noon("").await;
    let body = a1.created().to_string();
    let cut = body.replacen("Jane Doe", r"Jane \ud83d", 1);
    let marked = format!(
        "\u{feff}{}",
        Invitee::new(
            "B1",
            "E2",
            NOON,
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z"
        )
        .created()
    );
    for raw in [cut.into_bytes(), marked.into_bytes()] {
        let signature = timed_signature(CALENDLY_KEY, stage.now().await.as_second(), &raw);
        let headers = [("Calendly-Webhook-Signature", signature)];
        let answer = stage
            .post_raw("/api/webhooks/calendly", &headers, raw)
            .await;
        assert_eq!(answer.unwrap().body["status"], "accepted");
    }
    advance(&stage, 1).await;
    assert_eq!(
        sent_to(&stage, "confirmation").await,
        [sent(PHONE), sent(PHONE)]
    );
    let replayed = stage.cli_json(&["replay", "--day", &NOON[..10]]).await;
    assert_eq!(replayed["processed"], 2, "{replayed}");
    let export = stage.cli_json(&["export", "--email", "jane@acme.co"]).await;
    assert_eq!(export["bodies"].as_array().unwrap().len(), 2, "{export}");
}

/// Stripe's thin events have no `data.object`; kinds that nobody knows are kept and ignored.
#[tokio::test]
async fn thin_events_and_pings_are_ignored() {
    let (stage, _) = noon("").await;
    for event in [
        json!({ "id": "evt_1", "object": "v2.core.event", "type": "v2.core.event_destination.ping", "created": NOON,
            "related_object": { "id": "ed_1", "type": "v2.core.event_destination" } }),
        json!({ "id": "evt_2", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found", "created": NOON,
            "data": { "developer_message_summary": "x" } }),
    ] {
        assert_eq!(stage.stripe(&event).await.body["status"], "ignored_kind");
    }
}

#[tokio::test]
async fn x68_a_start_that_cannot_be_read_is_a_failed_delivery() {
    let (stage, a1) = noon("").await;
    for (place, value) in [
        ("start_time", json!("soon")),
        ("start_time", json!(1_772_366_400)),
    ] {
        let mut body = a1.created();
        body["payload"]["scheduled_event"][place] = value;
        let answer = stage.calendly(&body).await;
        assert_eq!(
            (&answer.body["status"], &answer.body["error_class"]),
            (&json!("failed"), &json!("VALIDATION_ERROR"))
        );
    }
    advance(&stage, 1).await;
    assert_eq!(sent_to(&stage, "confirmation").await, []);
}

/// X36: STOP is the number's, however many bookings it has; more than one transaction takes.
#[tokio::test]
async fn a_stop_reaches_every_one_of_many_bookings() {
    const BOOKINGS: usize = 130;
    let (stage, _) = noon("").await;
    for n in 0..BOOKINGS {
        let (invitee, event) = (format!("A{n}"), format!("E{n}"));
        let body = Invitee::new(
            &invitee,
            &event,
            NOON,
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z",
        )
        .created();
        assert_eq!(stage.calendly(&body).await.body["status"], "accepted");
    }
    assert_eq!(
        text(&stage, "Ｓｔｏｐ, please!", "m1").await["opted_out"],
        true
    );
    advance(&stage, 3600).await;
    let follow_ups = sent_to(&stage, "follow_up").await;
    assert_eq!(follow_ups.len(), BOOKINGS);
    for (_, state, reason) in follow_ups {
        assert_eq!(
            (state.as_str(), reason.as_deref()),
            ("suppressed", Some("opted_out"))
        );
    }
}

/// X67: what ended a thread stays its status, and HELP is a text like any other.
#[tokio::test]
async fn x67_a_thread_says_what_ended_it() {
    let (stage, a1) = noon("").await;
    stage.calendly(&a1.created()).await;
    text(&stage, "HELP", "m1").await;
    advance(&stage, 60).await;
    assert_eq!(
        sent_to(&stage, "follow_up").await[0].2.as_deref(),
        Some("responded")
    );
    text(&stage, "STOP", "m2").await;
    advance(&stage, 60).await;
    text(&stage, "START", "m3").await;
    let thread = stage.get("/api/conversations/%2B12223334444").await.body;
    assert_eq!(
        (&thread["opted_out"], &thread["threads"][0]["status"]),
        (&json!(false), &json!("OPTED_OUT"))
    );
}

async fn spend(stage: &Stage, kind: &str, body: &str) -> (u16, Value) {
    let answer = stage
        .client
        .post(format!("{}/api/ad-spend", stage.base))
        .bearer_auth(stage.admin().await)
        .header("content-type", kind)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// RFC 4180 and RFC 9110; amounts of two currencies are never added up, and no row replaces another in silence.
#[tokio::test]
async fn spend_is_taken_as_spreadsheets_write_it_or_refused_by_its_lines() {
    let (stage, _) = noon("").await;
    let header = "day,channel,campaign,amount_minor,currency\n";
    let quoted = format!(
        "{header}2026-02-02,google,\"Spring\nlaunch\",1250,USD\n2026-02-03,google,,5,usd\n"
    );
    for kind in [
        "text/csv; charset=utf-8",
        "Text/CSV",
        "application/vnd.ms-excel",
    ] {
        assert_eq!(
            spend(&stage, kind, &quoted).await.1["accepted"],
            2,
            "{kind}"
        );
    }
    let refused = [
        (
            format!("{header}2026-02-07,a,x,1,USD\n2026-02-07,a,x,2,USD\n2026-02-07,a,x,3,USD\n"),
            "lines 2, 3 and 4",
        ),
        (
            format!("{header}2026-02-07,a,x,1,USD\n2026-02-08,a,x,2,EUR\n"),
            "lines 2 and 3",
        ),
        // Recorded in dollars above.
        (format!("{header}2026-02-09,google,,5,EUR\n"), "USD already"),
        (
            "day;channel;amount_minor;currency\n".to_owned(),
            "line 1, column 4",
        ),
    ];
    for (body, named) in refused {
        let (status, problem) = spend(&stage, "text/csv", &body).await;
        assert_eq!(status, 422, "{body}");
        assert!(
            problem["detail"].as_str().unwrap().contains(named),
            "{problem}"
        );
    }
}
