//! Booking, payment, cancellation and refund: both flows step by step (S4-15), then what can go wrong in them.

use bookpath_sandbox::stripe::Failure;
use serde_json::{Value, json};

use crate::booking_world::{NOON, World, step, steps};

#[tokio::test]
async fn an_unpaid_slot_expires_and_is_given_back() {
    let mut world = World::start(false).await;
    let booking = world.post().await;
    world.stage.calendly(&world.a1.created()).await;
    world.drain().await;
    let session = world.vendors.stripe.sessions().remove(0);
    assert_eq!(
        session.expires_at,
        "2026-03-01T13:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_second()
    );
    let expired = json!({ "id": "evt_x", "type": "checkout.session.expired", "created": session.expires_at,
        "data": { "object": { "id": session.id, "metadata": session.metadata } } });
    world
        .stage
        .post("/local/clock", &json!({ "set": "2026-03-01T13:00:00Z" }))
        .await;
    world.stage.stripe(&expired).await;
    world.drain().await;
    assert_eq!(world.view(&booking).await["state"], "EXPIRED");
    assert!(
        world.vendors.calendly.canceled().is_empty(),
        "the customer has a moment to pay again"
    );
    world
        .stage
        .post("/local/clock", &json!({ "advance_seconds": 3600 }))
        .await;
    assert_eq!(
        world.vendors.calendly.canceled(),
        [("E1".to_owned(), "Not paid in time".to_owned())]
    );
    let letters = world.stage.get("/local/mail").await.body["letters"].clone();
    assert!(
        letters
            .as_array()
            .unwrap()
            .iter()
            .any(|l| l["to"] == "jane@acme.co"
                && l["subject"].as_str().unwrap().contains("released"))
    );
    let _ = world.vendors.events();
}

#[tokio::test]
async fn stripes_accidents_change_no_figure() {
    for failure in [
        Failure::Unavailable,
        Failure::DropAfter,
        Failure::StoredError,
    ] {
        let mut world = World::start(false).await;
        if failure != Failure::StoredError {
            world.vendors.stripe.fail("checkout/sessions", failure, 2);
        }
        world.vendors.stripe.fail("refunds", failure, 2);
        let booking = world.post().await;
        world.stage.calendly(&world.a1.created()).await;
        world
            .stage
            .post("/local/clock", &json!({ "advance_seconds": 600 }))
            .await;
        let sessions = world.vendors.stripe.sessions();
        assert_eq!(sessions.len(), 1, "{failure:?}");
        world.vendors.stripe.pay(&sessions[0].id).unwrap();
        world.deliver(1).await;
        world
            .stage
            .calendly(&world.canceled("2026-03-01T12:05:00Z"))
            .await;
        world
            .stage
            .post("/local/clock", &json!({ "advance_seconds": 600 }))
            .await;
        world.deliver(1).await;
        assert_eq!(
            world.view(&booking).await["state"],
            "REFUNDED",
            "{failure:?}"
        );
        assert_eq!(world.vendors.stripe.refunds().len(), 1, "{failure:?}");
    }
}

#[tokio::test]
async fn a_crash_around_the_refund_gives_the_money_back_once() {
    for (point, skip) in [
        ("effect.after_claim", 0),
        ("effect.after_call", 0),
        ("effect.after_mark", 0),
        ("state.after_commit", 0),
    ] {
        let mut world = World::start(true).await;
        let booking = world.confirmed().await;
        let fault = json!({ "point": point, "action": "crash", "skip": skip });
        assert_eq!(world.stage.post("/local/faults", &fault).await.status, 200);
        world
            .stage
            .calendly(&world.canceled("2026-03-01T12:05:00Z"))
            .await;
        world.stage.restart().await;
        world.deliver(2).await;
        let view = world.view(&booking).await;
        assert_eq!(
            (&view["state"], &view["refunded_minor"]),
            (&json!("REFUNDED"), &json!(15000)),
            "{point} {view}"
        );
        assert_eq!(world.vendors.stripe.refunds().len(), 1, "{point}");
    }
}

#[tokio::test]
async fn tokens_open_their_own_booking_only() {
    let world = World::start(false).await;
    let booking = world.post().await;
    let path = format!("/api/bookings/{}", booking["booking_id"].as_str().unwrap());
    assert_eq!(
        world
            .stage
            .with_token(
                "GET",
                &path,
                "00000000000000000000000000000000",
                &Value::Null
            )
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .stage
            .client
            .get(format!("{}{path}", world.stage.base))
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    let stored = std::fs::read(world.stage.dir.path().join("bookpath.db")).unwrap();
    let token = booking["token"].as_str().unwrap().as_bytes();
    assert!(
        !stored.windows(token.len()).any(|w| w == token),
        "the token lies in the store"
    );
    let unknown = world
        .stage
        .post("/api/bookings", &json!({ "session_type_id": "nope" }))
        .await;
    assert_eq!(
        (unknown.status, &unknown.body["code"]),
        (422, &json!("invalid_body"))
    );
}

#[tokio::test]
async fn a_lost_link_is_sent_to_the_bookings_own_address() {
    let world = World::start(false).await;
    world.awaiting().await;
    for address in ["Jane@Acme.co", "stranger@acme.co"] {
        assert_eq!(
            world
                .stage
                .post("/api/bookings/recover", &json!({ "email": address }))
                .await
                .status,
            202
        );
    }
    let letters = world.stage.get("/local/mail").await.body["letters"].clone();
    let letters = letters.as_array().unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0]["to"], "jane@acme.co");
    let text = letters[0]["body"].as_str().unwrap();
    let (id, token) = text
        .split("/bookings/")
        .nth(1)
        .unwrap()
        .split_once("#token=")
        .unwrap();
    let token = token.split_whitespace().next().unwrap();
    assert_eq!(
        world
            .stage
            .with_token("GET", &format!("/api/bookings/{id}"), token, &Value::Null)
            .await
            .status,
        200
    );
}

mod both {
    use super::*;

    #[tokio::test]
    async fn the_success_flow_in_its_fourteen_steps() {
        let mut world = World::start(false).await;
        // 1 The customer selects a session type, 2 whose scheduling link leads to Calendly.
        let types = world.stage.get("/api/session-types").await.body["items"].clone();
        assert_eq!(
            (
                &types[0]["id"],
                &types[0]["price_minor"],
                &types[0]["currency"]
            ),
            (&json!("strategy"), &json!(15000), &json!("USD"))
        );
        assert_eq!(
            types[0]["scheduling_url"],
            "https://calendly.com/acme/strategy"
        );
        // 3 They schedule there, 4 Calendly's widget confirms to the page, 5 which stores the event.
        let booking = world.post().await;
        assert_eq!(
            (&booking["state"], &booking["payment_status"]),
            (&json!("PENDING"), &json!("unpaid"))
        );
        assert_eq!(booking["token"].as_str().unwrap().len(), 32);
        // 6 Calendly's webhook comes 7 and is processed.
        assert_eq!(world.stage.calendly(&world.a1.created()).await.status, 200);
        world.drain().await;
        // 8 The page redirects to the hosted checkout,
        let view = world.view(&booking).await;
        assert_eq!(
            (&view["state"], &view["amount_minor"]),
            (&json!("AWAITING_PAYMENT"), &json!(15000))
        );
        let session = world.vendors.stripe.sessions().remove(0);
        assert!(
            view["checkout_url"]
                .as_str()
                .unwrap()
                .ends_with(&session.id),
            "{view}"
        );
        assert_eq!(
            session.metadata["booking_id"],
            booking["booking_id"].as_str().unwrap()
        );
        assert_eq!(
            session.intent_metadata["booking_id"],
            booking["booking_id"].as_str().unwrap()
        );
        let key = format!("session:{}:1", booking["booking_id"].as_str().unwrap());
        assert_eq!(session.idempotency_key.as_deref(), Some(key.as_str()));
        // 9 where the customer pays 10 and sees the confirmation.
        world.vendors.stripe.pay(&session.id).unwrap();
        // 11 Stripe's webhook comes, twice, 12 and is processed once.
        world.deliver(2).await;
        // 13 The page asks for the status 14 and is told CONFIRMED.
        let view = world.view(&booking).await;
        assert_eq!(
            (&view["state"], &view["payment_status"], &view["paid_minor"]),
            (&json!("CONFIRMED"), &json!("paid"), &json!(15000))
        );
        let expected = [
            step("CREATED", "PENDING"),
            step("CALENDLY_WEBHOOK_RECEIVED", "AWAITING_PAYMENT"),
            step("PAYMENT_SUCCEEDED", "CONFIRMED"),
        ];
        assert_eq!(steps(&view), expected);
    }

    #[tokio::test]
    async fn the_cancellation_flow_in_its_eleven_steps() {
        let mut world = World::start(false).await;
        let booking = world.confirmed().await;
        // 1 The customer asks to cancel, 2 Bookpath cancels in Calendly 3 which confirms.
        let (status, view) = world.act(&booking, "cancel").await;
        assert_eq!((status, &view["state"]), (200, &json!("CANCEL_PENDING")));
        world.drain().await;
        assert_eq!(
            world.vendors.calendly.canceled(),
            [("E1".to_owned(), "Canceled by the customer".to_owned())]
        );
        // A second click changes nothing.
        assert_eq!(world.act(&booking, "cancel").await.0, 409);
        // 4 Calendly's webhook comes 5 and is processed, 6 the refund is asked for 7 and made.
        world
            .stage
            .calendly(&world.canceled("2026-03-01T12:00:00Z"))
            .await;
        world.drain().await;
        let refunds = world.vendors.stripe.refunds();
        assert_eq!(refunds.len(), 1);
        assert_eq!(refunds[0].amount, 15_000);
        let key = format!("refund:{}", booking["booking_id"].as_str().unwrap());
        assert_eq!(refunds[0].idempotency_key.as_deref(), Some(key.as_str()));
        // 8 Stripe's webhook comes, twice, 9 and is processed once.
        world.deliver(2).await;
        // 10 The page asks for the status 11 and is told.
        let view = world.view(&booking).await;
        assert_eq!(
            (
                &view["state"],
                &view["payment_status"],
                &view["refunded_minor"]
            ),
            (&json!("REFUNDED"), &json!("refunded"), &json!(15000))
        );
        let tail = steps(&view).split_off(3);
        let refused = step("CANCEL", "CANCEL_PENDING");
        let expected = [
            refused.clone(),
            refused,
            step("CALENDLY_CANCELED", "REFUND_PENDING"),
            step("REFUND_SUCCEEDED", "REFUNDED"),
        ];
        assert_eq!(tail, expected);
        let accepted: Vec<bool> = view["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["accepted"].as_bool().unwrap())
            .collect();
        assert_eq!(accepted, [true, true, true, true, false, true, true]);
    }

    #[tokio::test]
    async fn webhook_and_client_post_meet_in_either_order() {
        for webhook_first in [false, true] {
            let world = World::start(false).await;
            let booking = if webhook_first {
                world.stage.calendly(&world.a1.created()).await;
                world.drain().await;
                world.post().await
            } else {
                let booking = world.post().await;
                world.stage.calendly(&world.a1.created()).await;
                booking
            };
            world.drain().await;
            let view = world.view(&booking).await;
            assert_eq!(view["state"], "AWAITING_PAYMENT", "{webhook_first}");
            assert!(view["checkout_url"].is_string(), "{webhook_first} {view}");
            assert_eq!(world.vendors.stripe.sessions().len(), 1, "{webhook_first}");
        }
    }

    #[tokio::test]
    async fn a_failed_payment_is_tried_again_on_a_fresh_checkout() {
        let mut world = World::start(false).await;
        let booking = world.post().await;
        world.stage.calendly(&world.a1.created()).await;
        world.drain().await;
        let first = world.vendors.stripe.sessions().remove(0);
        let failed = json!({ "id": "evt_f", "type": "checkout.session.async_payment_failed", "created": world.second(NOON),
            "data": { "object": { "id": first.id, "payment_intent": "pi_f", "metadata": first.metadata } } });
        world.stage.stripe(&failed).await;
        world.drain().await;
        assert_eq!(world.view(&booking).await["state"], "PAYMENT_FAILED");
        let (status, view) = world.act(&booking, "pay").await;
        assert_eq!((status, &view["state"]), (200, &json!("AWAITING_PAYMENT")));
        let sessions = world.vendors.stripe.sessions();
        assert_eq!(sessions.len(), 2);
        assert!(
            view["checkout_url"]
                .as_str()
                .unwrap()
                .ends_with(&sessions[1].id),
            "{view}"
        );
        world.vendors.stripe.pay(&sessions[1].id).unwrap();
        world.deliver(1).await;
        assert_eq!(world.view(&booking).await["state"], "CONFIRMED");
        // The first checkout is expired, so that nobody pays twice.
        assert_eq!(world.vendors.stripe.sessions()[0].status, "expired");
    }

    #[tokio::test]
    async fn a_refused_refund_is_told_to_the_admin() {
        let mut world = World::start(false).await;
        let booking = world.confirmed().await;
        world.vendors.stripe.fail("refunds", Failure::Declined, 1);
        world
            .stage
            .calendly(&world.canceled("2026-03-01T12:05:00Z"))
            .await;
        world.drain().await;
        assert_eq!(world.view(&booking).await["state"], "REFUND_FAILED");
        let ops = world.stage.get("/api/ops").await.body;
        let told: Vec<&str> = ops["notifications"]
            .as_array()
            .unwrap_or_else(|| panic!("{ops}"))
            .iter()
            .filter_map(|n| n["subject"].as_str())
            .collect();
        assert!(told.contains(&"Bookpath: refund_failed"), "{told:?}");
        let stuck = world.stage.get("/api/bookings?stuck=true").await.body["items"].clone();
        assert_eq!(stuck[0]["booking_id"], booking["booking_id"]);
        let path = format!(
            "/api/bookings/{}/refund",
            booking["booking_id"].as_str().unwrap()
        );
        assert_eq!(
            world
                .stage
                .post(&path, &json!({ "reason": "the bank is back" }))
                .await
                .status,
            200
        );
        world.deliver(1).await;
        assert_eq!(world.view(&booking).await["state"], "REFUNDED");
        assert_eq!(world.vendors.stripe.refunds().len(), 1);
    }

    #[tokio::test]
    async fn a_late_payment_of_a_cancelled_booking_goes_back() {
        let mut world = World::start(false).await;
        let booking = world.post().await;
        world.stage.calendly(&world.a1.created()).await;
        world.drain().await;
        let session = world.open_session();
        world
            .stage
            .calendly(&world.canceled("2026-03-01T12:05:00Z"))
            .await;
        let paid = json!({ "id": "evt_late", "type": "checkout.session.completed", "created": world.second("2026-03-01T12:05:00Z"),
            "data": { "object": { "id": session, "payment_intent": "pi_late", "payment_status": "paid", "amount_total": 15000 } } });
        world.stage.stripe(&paid).await;
        world.drain().await;
        let view = world.view(&booking).await;
        assert_eq!(view["state"], "REFUNDED", "{view}");
        assert_eq!(world.vendors.stripe.refunds()[0].payment_intent, "pi_late");
        world.deliver(1).await;
    }

    #[tokio::test]
    async fn a_share_goes_back_where_the_policy_says_so() {
        let mut world = World::start(false).await;
        world.a1.event_type = "HALF1".to_owned();
        world.stage.calendly(&world.a1.created()).await;
        world.drain().await;
        world.vendors.stripe.pay(&world.open_session()).unwrap();
        world.deliver(1).await;
        world
            .stage
            .calendly(&world.canceled("2026-03-01T12:05:00Z"))
            .await;
        world.deliver(1).await;
        // 50 % of 99.99, half away from zero.
        assert_eq!(world.vendors.stripe.refunds()[0].amount, 5000);
    }

    #[tokio::test]
    async fn a_change_in_between_is_noticed() {
        let mut world = World::start(false).await;
        let booking = world.confirmed().await;
        let path = format!(
            "{}/api/bookings/{}/cancel",
            world.stage.base,
            booking["booking_id"].as_str().unwrap()
        );
        let cancel = async |version: u64| {
            let request = world
                .stage
                .client
                .post(&path)
                .bearer_auth(booking["token"].as_str().unwrap());
            request
                .header("if-match", format!("\"{version}\""))
                .send()
                .await
                .unwrap()
                .status()
                .as_u16()
        };
        let version = async || world.view(&booking).await["version"].as_u64().unwrap();
        assert_eq!(cancel(version().await - 1).await, 412);
        // What follows a payment may still write to the booking; a client reads again then.
        let mut answer = 412;
        for _ in 0..5 {
            if answer == 412 {
                answer = cancel(version().await).await;
            }
        }
        assert_eq!(answer, 200);
    }
}
