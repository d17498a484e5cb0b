//! Bronze has every acknowledged delivery exactly once: under load, after a crash anywhere, with two processes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::calendly::Invitee;
use crate::stage::{CALENDLY_KEY, Options, Stage, timed_signature};

const MANY: &str = "[limits]\nwebhooks_per_second = 100000\nwebhooks_burst = 100000\n";

fn options(faults: bool) -> Options {
    Options {
        config: MANY.to_owned(),
        faults,
        ..Options::default()
    }
}

fn body(n: usize) -> Value {
    Invitee::new(
        &format!("A{n}"),
        &format!("E{n}"),
        "2026-02-28T22:30:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    )
    .created()
}

/// Posts one to `base`: its answer, or `None` when the connection broke.
async fn post(client: reqwest::Client, base: String, t: i64, body: Value) -> Option<Value> {
    let raw = body.to_string();
    let signature = timed_signature(CALENDLY_KEY, t, raw.as_bytes());
    let request = client
        .post(format!("{base}/api/webhooks/calendly"))
        .header("Calendly-Webhook-Signature", signature);
    let answer = request.body(raw).send().await.ok()?;
    if answer.status() == 200 {
        answer.json().await.ok()
    } else {
        None
    }
}

fn id(answer: &Value) -> String {
    answer["delivery_id"].as_str().unwrap().to_owned()
}

async fn assert_exactly_once(stage: &Stage, accepted: &BTreeSet<String>) {
    assert_eq!(
        stage.post("/local/drain", &json!({})).await.body,
        json!({ "idle": true })
    );
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for line in stage.bronze() {
        *times.entry(id(&line)).or_default() += 1;
    }
    assert!(times.values().all(|n| *n == 1), "{times:?}");
    assert!(
        accepted.iter().all(|id| times.contains_key(id)),
        "{accepted:?} {times:?}"
    );
}

/// Posts one after the other until a connection breaks; the ids that were accepted go to `accepted`.
async fn post_until_it_breaks(
    client: reqwest::Client,
    base: String,
    t: i64,
    next: Arc<AtomicUsize>,
    accepted: mpsc::UnboundedSender<String>,
) {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        match post(client.clone(), base.clone(), t, body(n)).await {
            Some(answer) => accepted.send(id(&answer)).unwrap(),
            None => return,
        }
    }
}

#[tokio::test]
async fn a_kill_under_concurrent_load_loses_nothing() {
    let mut stage = Stage::start(options(false)).await;
    let t = stage.now().await.as_second();
    let next = Arc::new(AtomicUsize::new(0));
    let (told, mut answers) = mpsc::unbounded_channel();
    for _ in 0..32 {
        let (client, base) = (stage.client.clone(), stage.base.clone());
        tokio::spawn(post_until_it_breaks(
            client,
            base,
            t,
            next.clone(),
            told.clone(),
        ));
    }
    drop(told);
    let mut accepted = BTreeSet::new();
    // The channel closes when every connection is broken, which only the kill does.
    while let Some(id) = answers.recv().await {
        accepted.insert(id);
        if accepted.len() == 150 {
            stage.crash_and_restart().await;
        }
    }
    assert!(accepted.len() >= 150, "{}", accepted.len());
    assert_exactly_once(&stage, &accepted).await;
}

#[tokio::test]
async fn a_crash_of_the_consumer_repeats_nothing() {
    for point in ["state.before_commit", "state.after_commit"] {
        let mut stage = Stage::start(options(true)).await;
        let t = stage.now().await.as_second();
        stage
            .post(
                "/local/faults",
                &json!({ "point": point, "action": "crash" }),
            )
            .await;
        let mut accepted = BTreeSet::new();
        for n in 0..10 {
            accepted.extend(
                post(stage.client.clone(), stage.base.clone(), t, body(n))
                    .await
                    .as_ref()
                    .map(id),
            );
        }
        let drained = stage
            .client
            .post(format!("{}/local/drain", stage.base))
            .send()
            .await;
        assert!(drained.is_err(), "{point} did not crash the process");
        stage.restart().await;
        assert_exactly_once(&stage, &accepted).await;
    }
}

#[tokio::test]
async fn two_processes_share_a_folder() {
    let stage = Stage::start(options(false)).await;
    let t = stage.now().await.as_second();
    let (_process, other) = stage.beside().await;
    let mut accepted = BTreeSet::new();
    let mut duplicates = 0;
    for n in 0..40 {
        let both = [&stage.base, &other]
            .map(|base| tokio::spawn(post(stage.client.clone(), base.clone(), t, body(n))));
        for answer in both {
            let answer = answer.await.unwrap().unwrap();
            match answer["status"].as_str() {
                Some("accepted") => assert!(accepted.insert(id(&answer))),
                _ => duplicates += 1,
            }
        }
    }
    assert_eq!((accepted.len(), duplicates), (40, 40));
    assert_exactly_once(&stage, &accepted).await;
    let report = stage
        .cli_json(&["etl", "--as-of", "2026-03-01T00:00:00Z"])
        .await;
    assert_eq!(
        report["tables"]["silver.invitees"]["rows_written"], 40,
        "{report}"
    );
}
