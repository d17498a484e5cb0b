//! Signatures of webhooks: what is authentic, and what is refused with which code.

use serde_json::json;

use crate::edge::{T, VECTORS, code, headers, inbox, stage};
use crate::stage::{Options, Stage, timed_signature};

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
}
