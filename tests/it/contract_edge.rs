//! Limits, status codes and wordings of the webhook edge.

use serde_json::json;

use crate::edge::{LIMIT, T, VECTORS, code, headers, inbox, stage};
use crate::stage::{Options, Stage, timed_signature};

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
    for (networks, counted) in [("10.0.0.0/8", 1), ("127.0.0.0/8", 0)] {
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
