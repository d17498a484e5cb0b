//! Stripe's rules of idempotency, one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower::ServiceExt;

use super::*;

const T0: i64 = 1_772_366_400;

struct World {
    stripe: Stripe,
    now: Arc<AtomicI64>,
    events: UnboundedReceiver<Value>,
}

impl World {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(T0));
        let (sender, events) = unbounded_channel();
        let clock = now.clone();
        let stripe = Stripe::new(
            "http://s.test",
            Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()),
            sender,
        );
        Self {
            stripe,
            now,
            events,
        }
    }

    /// Status and answer; `None` when the connection broke.
    async fn post(&self, path: &str, key: &str, form: &str) -> Option<(u16, Value)> {
        let request = Request::post(path)
            .header("idempotency-key", key)
            .body(Body::from(form.to_owned()))
            .unwrap();
        let response = self.stripe.router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .ok()?;
        Some((status, serde_json::from_slice(&bytes).unwrap()))
    }

    async fn checkout(&self, key: &str, cents: i64) -> Option<(u16, Value)> {
        let form = format!(
            "line_items[0][price_data][unit_amount]={cents}&line_items[0][price_data][currency]=usd&expires_at={}",
            T0 + 3600
        );
        self.post("/v1/checkout/sessions", key, &form).await
    }

    async fn get(&self, path: &str) -> Value {
        let response = self
            .stripe
            .router()
            .oneshot(Request::get(path).body(Body::empty()).unwrap())
            .await
            .unwrap();
        serde_json::from_slice(
            &axum::body::to_bytes(response.into_body(), 1 << 20)
                .await
                .unwrap(),
        )
        .unwrap()
    }

    fn told(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.events.try_recv().ok())
            .map(|e| e["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn the_same_key_is_answered_the_same_and_happens_once() {
    let world = World::new();
    let first = world.checkout("k1", 100).await.unwrap();
    assert_eq!(world.checkout("k1", 100).await.unwrap(), first);
    assert_eq!((first.0, world.stripe.sessions().len()), (200, 1));
}

#[tokio::test]
async fn the_same_key_with_other_parameters_is_an_error() {
    let world = World::new();
    world.checkout("k1", 100).await.unwrap();
    let (status, answer) = world.checkout("k1", 101).await.unwrap();
    assert_eq!(
        (
            status,
            &answer["error"]["code"],
            world.stripe.sessions().len()
        ),
        (400, &json!("idempotency_error"), 1)
    );
}

#[tokio::test]
async fn a_500_is_stored_with_its_key_and_its_work_is_done() {
    let world = World::new();
    world.stripe.fail("checkout", Failure::StoredError, 1);
    for _ in 0..3 {
        assert_eq!(world.checkout("k1", 100).await.unwrap().0, 500);
    }
    assert_eq!(world.stripe.sessions().len(), 1);
    assert_eq!(world.checkout("k2", 100).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_503_before_the_work_stores_nothing() {
    let world = World::new();
    world.stripe.fail("checkout", Failure::Unavailable, 1);
    assert_eq!(world.checkout("k1", 100).await.unwrap().0, 503);
    assert_eq!(world.checkout("k1", 100).await.unwrap().0, 200);
    assert_eq!(world.stripe.sessions().len(), 1);
}

#[tokio::test]
async fn the_connection_may_drop_after_the_work() {
    let world = World::new();
    world.stripe.fail("checkout", Failure::DropAfter, 1);
    assert_eq!(world.checkout("k1", 100).await, None);
    assert_eq!(world.checkout("k1", 100).await.unwrap().0, 200);
    assert_eq!(world.stripe.sessions().len(), 1);
}

#[tokio::test]
async fn a_second_call_while_the_first_is_under_way_is_a_409() {
    let world = World::new();
    world.stripe.fail("checkout", Failure::InFlight, 1);
    assert_eq!(world.checkout("k1", 100).await, None);
    let (status, answer) = world.checkout("k1", 100).await.unwrap();
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("idempotency_key_in_use"))
    );
    assert_eq!(world.checkout("k1", 100).await.unwrap().0, 200);
    assert_eq!(world.stripe.sessions().len(), 1);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let world = World::new();
    let form = "payment_intent=pi_elsewhere&amount=500";
    world.post("/v1/refunds", "k1", form).await.unwrap();
    world.now.store(T0 + 86_399, Ordering::SeqCst);
    world.post("/v1/refunds", "k1", form).await.unwrap();
    assert_eq!(world.stripe.refunds().len(), 1);
    world.now.store(T0 + 86_400, Ordering::SeqCst);
    world.post("/v1/refunds", "k1", form).await.unwrap();
    assert_eq!(world.stripe.refunds().len(), 2);
    let long = "k".repeat(256);
    assert_eq!(world.post("/v1/refunds", &long, form).await.unwrap().0, 400);
}

#[tokio::test]
async fn a_session_runs_out_by_itself_and_only_an_open_one_can_be_expired() {
    let mut world = World::new();
    let id = world.checkout("k1", 100).await.unwrap().1["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.now.store(T0 + 3600, Ordering::SeqCst);
    assert_eq!(
        world.get(&format!("/v1/checkout/sessions/{id}")).await["status"],
        "expired"
    );
    assert!(world.told().is_empty());
    assert_eq!(
        world
            .post(&format!("/v1/checkout/sessions/{id}/expire"), "k2", "")
            .await
            .unwrap()
            .0,
        400
    );
    assert_eq!(world.stripe.pay(&id), None);
}

#[tokio::test]
async fn the_statement_pages_through_everything_that_moved_money() {
    let mut world = World::new();
    for n in 1..=3 {
        let id = world.checkout(&format!("k{n}"), 1000 * n).await.unwrap().1["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let paid = world.stripe.pay(&id).unwrap();
        if n == 1 {
            let form = format!(
                "payment_intent={}&amount=400",
                paid["data"]["object"]["payment_intent"].as_str().unwrap()
            );
            world.post("/v1/refunds", "r1", &form).await.unwrap();
            let refund = world.stripe.refunds()[0].id.clone();
            assert!(world.stripe.fail_refund(&refund).is_some());
            assert!(world.stripe.dispute(&id).is_some());
        }
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(&format!("/v1/balance_transactions?limit=2{after}"))
            .await;
        let data = page["data"].as_array().unwrap();
        seen.extend(data.iter().map(|t| {
            (
                t["type"].as_str().unwrap().to_owned(),
                t["amount"].as_i64().unwrap(),
                t["fee"].as_i64().unwrap(),
            )
        }));
        if page["has_more"] == false {
            break;
        }
        after = format!(
            "&starting_after={}",
            data.last().unwrap()["id"].as_str().unwrap()
        );
    }
    seen.reverse();
    let row = |kind: &str, amount, fee| (kind.to_owned(), amount, fee);
    let expected = [
        row("charge", 1000, 59),
        row("refund", -400, 0),
        row("refund_failure", 400, 0),
        row("dispute", -1000, 1500),
        row("charge", 2000, 88),
        row("charge", 3000, 117),
    ];
    assert_eq!(seen, expected);
    assert!(world.told().contains(&"charge.dispute.created".to_owned()));
    assert_eq!(
        world
            .get(&format!("/v1/balance_transactions?created[gte]={}", T0 + 1))
            .await["data"],
        json!([])
    );
}
