//! Signatures, status codes and wordings of the webhook edge.

use serde_json::{Value, json};

use crate::stage::{Options, Stage, timed_signature};

const T: i64 = 1_767_225_600;
const LIMIT: usize = 262_144;

struct Vector {
    path: &'static str,
    body: &'static str,
    headers: [(&'static str, &'static str); 2],
}

const VECTORS: [Vector; 4] = [
    Vector {
        path: "/api/webhooks/calendly",
        body: r#"{"event":"invitee.created","payload":{"uri":"https://api.calendly.com/scheduled_events/E1/invitees/A1"}}"#,
        headers: [
            (
                "Calendly-Webhook-Signature",
                "t=1767225600,v1=9beef6197a8d9d3630f64f7f5cde880edad1230e42ad711294cd169e57636caa",
            ),
            ("x-unused", "-"),
        ],
    },
    Vector {
        path: "/api/webhooks/stripe",
        body: r#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"id":"cs_1","payment_status":"paid"}}}"#,
        headers: [
            (
                "Stripe-Signature",
                "t=1767225600,v1=6cc164af242367dd4d7257c61974ac380d100929aed81f5e7b92a3d0fd276125",
            ),
            ("x-unused", "-"),
        ],
    },
    Vector {
        path: "/api/webhooks/typeform",
        body: r#"{"event_id":"01TF","event_type":"form_response","form_response":{"token":"tok1"}}"#,
        headers: [
            (
                "Typeform-Signature",
                "sha256=EHawP3L3YKAdavhp16HMZ6L1drMM90JyEUxZctahElQ=",
            ),
            ("x-unused", "-"),
        ],
    },
    Vector {
        path: "/api/webhooks/close",
        body: r#"{"subscription_id":"whsub_1","event":{"id":"ev_1","object_type":"opportunity","action":"updated"}}"#,
        headers: [
            ("close-sig-timestamp", "1767225600"),
            (
                "close-sig-hash",
                "0fe716fc75677449db552924af60ce4e68c3d1762ba3e2eb2c6252bdde2e16a3",
            ),
        ],
    },
];

fn headers(vector: &Vector) -> Vec<(&'static str, String)> {
    vector
        .headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

/// Ten seconds after the vectors were signed.
async fn stage() -> Stage {
    Stage::start(Options {
        clock: "2026-01-01T00:00:10Z",
        ..Options::default()
    })
    .await
}

async fn inbox(stage: &Stage, status: &str) -> Vec<Value> {
    stage
        .get(&format!("/api/inbox?status={status}&limit=1000"))
        .await
        .body["items"]
        .as_array()
        .unwrap()
        .clone()
}

async fn code(stage: &Stage, path: &str, headers: &[(&str, String)], body: &[u8]) -> (u16, Value) {
    let answer = stage.post_raw(path, headers, body.to_vec()).await.unwrap();
    (answer.status, answer.body["code"].clone())
}

#[tokio::test]
async fn the_published_vectors_are_accepted_once() {
    let stage = stage().await;
    for vector in &VECTORS {
        for expected in ["accepted", "duplicate"] {
            let answer = stage
                .post_raw(vector.path, &headers(vector), vector.body.into())
                .await
                .unwrap();
            assert_eq!(
                (answer.status, &answer.body["status"]),
                (200, &json!(expected)),
                "{}",
                vector.path
            );
            assert!(answer.body["delivery_id"].is_string());
        }
    }
    // The documents' own path takes Calendly's webhooks too (S0-1).
    let answer = stage
        .post_raw("/webhook", &headers(&VECTORS[0]), VECTORS[0].body.into())
        .await
        .unwrap();
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (200, &json!("duplicate"))
    );
}

#[tokio::test]
async fn what_is_not_authentic_is_401_and_quarantined() {
    let stage = stage().await;
    for vector in &VECTORS {
        let mut changed = vector.body.as_bytes().to_vec();
        changed[1] = b'\'';
        assert_eq!(
            code(&stage, vector.path, &headers(vector), &changed).await,
            (401, json!("signature_invalid")),
            "{}",
            vector.path
        );
        assert_eq!(
            code(&stage, vector.path, &[], vector.body.as_bytes()).await,
            (401, json!("signature_missing")),
            "{}",
            vector.path
        );
    }
    let calendly = &VECTORS[0];
    let value = |v1: &str| vec![("Calendly-Webhook-Signature", format!("t={T},v1={v1}"))];
    let other = "9BEEF6197A8D9D3630F64F7F5CDE880EDAD1230E42AD711294CD169E57636CAB";
    assert_eq!(
        code(
            &stage,
            calendly.path,
            &value(other),
            calendly.body.as_bytes()
        )
        .await,
        (401, json!("signature_invalid"))
    );
    let wrong_key = vec![(
        "Calendly-Webhook-Signature",
        timed_signature("another_key", T, calendly.body.as_bytes()),
    )];
    assert_eq!(
        code(&stage, calendly.path, &wrong_key, calendly.body.as_bytes()).await,
        (401, json!("signature_invalid"))
    );
    assert_eq!(inbox(&stage, "quarantined").await.len(), 10);
    assert_eq!(
        inbox(&stage, "received").await.len() + inbox(&stage, "done").await.len(),
        0
    );
}

#[tokio::test]
async fn keys_rotate_and_v1_may_repeat() {
    let stage = stage().await;
    let body = VECTORS[0].body.as_bytes();
    for key in ["new_signing_key", "test_signing_key"] {
        let header = vec![("Calendly-Webhook-Signature", timed_signature(key, T, body))];
        assert_eq!(
            code(&stage, VECTORS[0].path, &header, body).await.0,
            200,
            "{key}"
        );
    }
    let good = timed_signature("test_signing_key", T, body);
    let twice = good.replace(",v1=", &format!(",v1={},v1=", "0".repeat(64)));
    assert_eq!(
        code(
            &stage,
            VECTORS[0].path,
            &[("Calendly-Webhook-Signature", twice)],
            body
        )
        .await
        .0,
        200
    );
}

#[tokio::test]
async fn old_and_future_signatures_are_stale() {
    for (clock, expected) in [
        ("2026-01-01T00:05:00Z", 200),
        ("2026-01-01T00:05:01Z", 401),
        ("2025-12-31T23:55:00Z", 200),
        ("2025-12-31T23:54:59Z", 401),
    ] {
        let stage = Stage::start(Options {
            clock,
            ..Options::default()
        })
        .await;
        for vector in VECTORS.iter().filter(|v| !v.path.ends_with("typeform")) {
            let (status, problem) = code(
                &stage,
                vector.path,
                &headers(vector),
                vector.body.as_bytes(),
            )
            .await;
            assert_eq!(status, expected, "{clock} {}", vector.path);
            assert!(
                status == 200 || problem == "signature_stale",
                "{clock} {problem}"
            );
        }
    }
}

#[tokio::test]
async fn the_limit_comes_before_the_signature() {
    let stage = stage().await;
    let padded = |length: usize| {
        let mut body = VECTORS[0].body.as_bytes().to_vec();
        body.resize(length, b' ');
        body
    };
    let (status, problem) = code(&stage, VECTORS[0].path, &[], &padded(LIMIT + 1)).await;
    assert_eq!((status, problem), (413, json!("body_too_large")));
    let exact = padded(LIMIT);
    let header = vec![(
        "Calendly-Webhook-Signature",
        timed_signature("test_signing_key", T, &exact),
    )];
    assert_eq!(code(&stage, VECTORS[0].path, &header, &exact).await.0, 200);
}

#[tokio::test]
async fn authentic_nonsense_is_kept_and_never_retried() {
    let stage = stage().await;
    let post = async |body: &str| {
        let header = vec![(
            "Calendly-Webhook-Signature",
            timed_signature("test_signing_key", T, body.as_bytes()),
        )];
        stage
            .post_raw("/api/webhooks/calendly", &header, body.into())
            .await
            .unwrap()
    };
    let unknown = post(
        r#"{"event":"event_type.updated","created_at":"2026-01-01T00:00:00Z","payload":{"uri":"https://api.calendly.com/event_types/X"}}"#,
    )
    .await;
    assert_eq!(
        (unknown.status, &unknown.body["status"]),
        (200, &json!("ignored_kind"))
    );
    // A failure is not remembered as done: the same body fails again instead of being a duplicate (X49).
    for _ in 0..2 {
        let failed = post(r#"{"event":"invitee.created","payload":{"email":"a@b.co"}}"#).await;
        assert_eq!(
            (
                failed.status,
                &failed.body["status"],
                &failed.body["error_class"]
            ),
            (200, &json!("failed"), &json!("VALIDATION_ERROR"))
        );
    }
    let no_json = post("this is no JSON").await;
    assert_eq!(
        (no_json.status, &no_json.body["status"]),
        (200, &json!("failed"))
    );
    assert_eq!(inbox(&stage, "ignored_kind").await.len(), 1);
    let failed = inbox(&stage, "failed").await;
    assert_eq!(failed.len(), 3);
    for item in failed {
        for field in [
            "delivery_id",
            "vendor",
            "kind",
            "resource_uri",
            "status",
            "error_class",
            "attempts",
            "received_at",
            "raw_sha256",
        ] {
            assert!(item.get(field).is_some(), "{field} is missing: {item}");
        }
        assert_eq!(item["error_class"], "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn storage_down_is_503_and_loses_nothing() {
    let stage = Stage::start(Options {
        clock: "2026-01-01T00:00:10Z",
        faults: true,
        ..Options::default()
    })
    .await;
    let armed = stage
        .post(
            "/local/faults",
            &json!({ "point": "storage", "action": "error", "count": 1 }),
        )
        .await;
    assert_eq!(armed.status, 200, "{armed:?}");
    let vector = &VECTORS[0];
    assert_eq!(
        code(
            &stage,
            vector.path,
            &headers(vector),
            vector.body.as_bytes()
        )
        .await
        .0,
        503
    );
    let again = stage
        .post_raw(vector.path, &headers(vector), vector.body.into())
        .await
        .unwrap();
    assert_eq!(
        (again.status, &again.body["status"]),
        (200, &json!("accepted"))
    );
}

#[tokio::test]
async fn over_the_rate_limit_is_429() {
    let config = "[limits]\nwebhooks_per_second = 1\nwebhooks_burst = 2\n".to_owned();
    let stage = Stage::start(Options {
        clock: "2026-01-01T00:00:10Z",
        config,
        ..Options::default()
    })
    .await;
    let vector = &VECTORS[0];
    let mut codes = Vec::new();
    for _ in 0..6 {
        codes.push(
            code(
                &stage,
                vector.path,
                &headers(vector),
                vector.body.as_bytes(),
            )
            .await
            .0,
        );
    }
    assert_eq!(codes[..2], [200, 200]);
    assert!(codes.contains(&429), "{codes:?}");
}

#[tokio::test]
async fn a_caller_from_an_unknown_network_is_counted_and_served() {
    for (networks, counted) in [("10.0.0.0/8", json!(1)), ("127.0.0.0/8", Value::Null)] {
        let config = format!("[limits]\nknown_networks = [\"{networks}\"]\n");
        let stage = Stage::start(Options {
            config,
            ..Options::default()
        })
        .await;
        let a1 = crate::calendly::Invitee::new(
            "A1",
            "E1",
            "2026-03-01T00:00:00Z",
            "2026-03-10T15:00:00Z",
            "2026-03-10T15:30:00Z",
        );
        assert_eq!(
            stage.calendly(&a1.created()).await.body["status"],
            "accepted"
        );
        assert_eq!(
            stage.get("/api/ops").await.body["counters"]["webhook_unknown_network"],
            counted,
            "{networks}"
        );
    }
}

mod both {
    use super::*;
    use crate::vendors::signed;

    /// The signature table, signed at the stage's own time.
    #[tokio::test]
    async fn every_vendors_signature_is_checked() {
        let stage = Stage::plain().await;
        let now = stage.now().await.as_second();
        for vector in &VECTORS {
            let vendor = vector.path.rsplit('/').next().unwrap();
            let (key, body) = (signed::key_of(vendor), vector.body.as_bytes());
            let good = signed::headers(vendor, key, now, body);
            for expected in ["accepted", "duplicate"] {
                let answer = stage
                    .post_raw(vector.path, &good, body.to_vec())
                    .await
                    .unwrap();
                assert_eq!(
                    (answer.status, &answer.body["status"]),
                    (200, &json!(expected)),
                    "{vendor}"
                );
            }
            let mut changed = body.to_vec();
            changed[1] = b'\'';
            assert_eq!(
                code(&stage, vector.path, &good, &changed).await,
                (401, json!("signature_invalid")),
                "{vendor}"
            );
            assert_eq!(
                code(&stage, vector.path, &[], body).await,
                (401, json!("signature_missing")),
                "{vendor}"
            );
            let wrong = signed::headers(vendor, signed::WRONG_KEY, now, body);
            assert_eq!(
                code(&stage, vector.path, &wrong, body).await,
                (401, json!("signature_invalid")),
                "{vendor}"
            );
            if vendor != "typeform" {
                let stale = signed::headers(vendor, key, now - 301, body);
                assert_eq!(
                    code(&stage, vector.path, &stale, body).await,
                    (401, json!("signature_stale")),
                    "{vendor}"
                );
            }
        }
        // Both keys of a rotation are good, and the documents' own path takes Calendly's webhooks too (S0-1).
        let body = VECTORS[0].body.as_bytes();
        let new = signed::headers("calendly", "new_signing_key", now, body);
        let answer = stage
            .post_raw("/webhook", &new, body.to_vec())
            .await
            .unwrap();
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (200, &json!("duplicate"))
        );
        assert_eq!(inbox(&stage, "quarantined").await.len(), 15);
    }

    #[tokio::test]
    async fn what_nobody_understands_is_kept_and_never_retried() {
        let stage = Stage::plain().await;
        let now = stage.now().await.as_second();
        for (body, status) in [
            (
                r#"{"event":"event_type.updated","created_at":"2026-01-01T00:00:00Z","payload":{"uri":"https://api.calendly.com/event_types/X"}}"#,
                "ignored_kind",
            ),
            (
                r#"{"event":"invitee.created","payload":{"email":"a@b.co"}}"#,
                "failed",
            ),
            ("this is no JSON", "failed"),
        ] {
            let headers =
                signed::headers("calendly", signed::key_of("calendly"), now, body.as_bytes());
            let answer = stage
                .post_raw("/api/webhooks/calendly", &headers, body.into())
                .await
                .unwrap();
            assert_eq!(
                (answer.status, &answer.body["status"]),
                (200, &json!(status)),
                "{body}"
            );
        }
        let too_large = vec![b' '; LIMIT + 1];
        assert_eq!(
            code(&stage, "/api/webhooks/calendly", &[], &too_large)
                .await
                .0,
            413
        );
        assert_eq!(
            (
                inbox(&stage, "ignored_kind").await.len(),
                inbox(&stage, "failed").await.len()
            ),
            (1, 2)
        );
    }
}
