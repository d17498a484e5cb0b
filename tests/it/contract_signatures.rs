//! The signature vectors and the table of HTTP codes, exactly.

use serde_json::Value;

use crate::support::calendly::{self, SIGNATURE, signed, signed_with};
use crate::support::{KEYS, Server, Site, parts};

const T: i64 = 1_767_225_600;
const CALENDLY: &str = r#"{"event":"invitee.created","payload":{"uri":"https://api.calendly.com/scheduled_events/E1/invitees/A1"}}"#;
const CALENDLY_V1: &str = "9beef6197a8d9d3630f64f7f5cde880edad1230e42ad711294cd169e57636caa";
const STRIPE: &str = r#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"id":"cs_1","payment_status":"paid"}}}"#;
const STRIPE_V1: &str = "6cc164af242367dd4d7257c61974ac380d100929aed81f5e7b92a3d0fd276125";
const TYPEFORM: &str = r#"{"event_id":"01TF","event_type":"form_response","form_response":{"token":"tok1"}}"#;
const TYPEFORM_SIGNATURE: &str = "sha256=EHawP3L3YKAdavhp16HMZ6L1drMM90JyEUxZctahElQ=";
const CLOSE: &str = r#"{"subscription_id":"whsub_1","event":{"id":"ev_1","object_type":"opportunity","action":"updated"}}"#;
const CLOSE_HASH: &str = "0fe716fc75677449db552924af60ce4e68c3d1762ba3e2eb2c6252bdde2e16a3";

async fn calendly(server: &Server, signature: &str, body: &str) -> (u16, Value) {
    parts(server.post("/api/webhooks/calendly", &[(SIGNATURE, signature)], body).await).await
}

#[tokio::test]
async fn every_vendors_vector_is_accepted_once() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-01-01T00:00:10Z"]);
    let calendly = format!("t={T},v1={CALENDLY_V1}");
    let stripe = format!("t={T},v1={STRIPE_V1}");
    let cases: [(&str, &[(&str, &str)], &str); 4] = [
        ("calendly", &[(SIGNATURE, &calendly)], CALENDLY),
        ("stripe", &[("stripe-signature", &stripe)], STRIPE),
        ("typeform", &[("typeform-signature", TYPEFORM_SIGNATURE)], TYPEFORM),
        ("close", &[("close-sig-timestamp", "1767225600"), ("close-sig-hash", CLOSE_HASH)], CLOSE),
    ];
    for expected in ["accepted", "duplicate"] {
        for (vendor, headers, body) in cases {
            let (code, answer) = parts(server.post(&format!("/api/webhooks/{vendor}"), headers, body).await).await;
            assert_eq!((code, answer["status"].as_str()), (200, Some(expected)), "{vendor}: {answer}");
        }
    }
    let (code, answer) = parts(server.post("/webhook", &[(SIGNATURE, &calendly)], CALENDLY).await).await;
    assert_eq!((code, &answer["status"]), (200, &Value::from("duplicate")));
    server.drain().await;
    let folders: Vec<Value> = site.bronze().into_iter().map(|line| line["raw_sha256"].clone()).collect();
    assert_eq!(folders.len(), 4, "one bronze line per vendor");
}

#[tokio::test]
async fn what_is_not_authentic_is_401_and_quarantined() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-01-01T00:00:10Z"]);
    let good = format!("t={T},v1={CALENDLY_V1}");
    let changed = CALENDLY.replace("A1", "A2");
    let upper = format!("t={T},v1={}", STRIPE_V1.to_uppercase());
    let wrong = signed_with("another_key", T, CALENDLY.as_bytes());
    for (signature, body, code) in
        [(&good, changed.as_str(), "signature_invalid"), (&wrong, CALENDLY, "signature_invalid"), (&upper, CALENDLY, "signature_invalid")]
    {
        let (status, problem) = calendly(&server, signature, body).await;
        assert_eq!((status, problem["code"].as_str()), (401, Some(code)), "{signature}");
    }
    let (status, problem) = parts(server.post("/api/webhooks/calendly", &[], CALENDLY).await).await;
    assert_eq!((status, problem["code"].as_str(), problem["status"].as_u64()), (401, Some("signature_missing"), Some(401)));

    let inbox = server.read("/api/inbox?status=quarantined").await;
    assert_eq!(inbox["items"].as_array().unwrap().len(), 4);
    server.drain().await;
    assert!(site.bronze().is_empty() && site.raw().is_empty());
    assert_eq!((server.counter("webhook_rejected").await, server.counter("webhook_received").await), (4, 0));
    let id = inbox["items"][0]["delivery_id"].as_str().unwrap();
    let (status, problem) = parts(server.post(&format!("/api/inbox/{id}/replay"), &[], "").await).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("not_authentic")));
}

#[tokio::test]
async fn the_tolerance_is_three_hundred_seconds_on_both_sides() {
    let signature = format!("t={T},v1={CALENDLY_V1}");
    for (clock, code) in [
        ("2026-01-01T00:05:00Z", None),
        ("2026-01-01T00:05:01Z", Some("signature_stale")),
        ("2025-12-31T23:55:00Z", None),
        ("2025-12-31T23:54:59Z", Some("signature_stale")),
    ] {
        let server_site = Site::new();
        let server = server_site.serve(&["--clock", clock]);
        let (status, answer) = calendly(&server, &signature, CALENDLY).await;
        assert_eq!((status, answer["code"].as_str()), (if code.is_some() { 401 } else { 200 }, code), "{clock}");
    }
}

#[tokio::test]
async fn keys_rotate_and_a_vendor_without_a_key_is_closed() {
    let site = Site::new();
    let variables = [(KEYS[0].0, "new_key,test_signing_key"), (KEYS[1].0, "")];
    let server = site.serve_with(&["--clock", "2026-01-01T00:00:10Z"], &variables);
    let old = format!("t={T},v1={CALENDLY_V1}");
    assert_eq!(calendly(&server, &old, CALENDLY).await.0, 200);
    let new = signed_with("new_key", T, CALENDLY.as_bytes());
    assert_eq!(calendly(&server, &new, CALENDLY).await.0, 200);
    let rolling = format!("t={T},v1={},v1={CALENDLY_V1}", "0".repeat(64));
    assert_eq!(calendly(&server, &rolling, CALENDLY).await.0, 200);
    let stripe = format!("t={T},v1={STRIPE_V1}");
    let (status, problem) = parts(server.post("/api/webhooks/stripe", &[("stripe-signature", &stripe)], STRIPE).await).await;
    assert_eq!((status, problem["code"].as_str()), (401, Some("signature_invalid")));
}

#[tokio::test]
async fn sizes_kinds_and_nonsense_have_their_codes() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-01-01T00:00:10Z"]);
    // Exactly the limit passes the gate, one byte more does not, and 413 comes before the signature.
    let filler = |bytes: usize| {
        let head = CALENDLY.replace('}', "");
        let tail = r#","pad":""}}"#;
        format!("{head},\"pad\":\"{}\"}}}}", "x".repeat(bytes - head.len() - tail.len()))
    };
    let most = filler(262_144);
    assert_eq!(most.len(), 262_144);
    let (status, answer) = calendly(&server, &signed(T, most.as_bytes()), &most).await;
    assert_eq!((status, answer["status"].as_str()), (200, Some("accepted")));
    let (status, problem) = calendly(&server, "t=1,v1=00", &format!("{most} ")).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("body_too_large")));

    let unknown = r#"{"event":"event_type.created","payload":{"uri":"https://api.calendly.com/event_types/1"}}"#;
    let (status, answer) = calendly(&server, &signed(T, unknown.as_bytes()), unknown).await;
    assert_eq!((status, answer["status"].as_str()), (200, Some("ignored_kind")));

    let without_uri = r#"{"event":"invitee.created","payload":{}}"#;
    for _ in 0..2 {
        // A delivery that failed is no duplicate when it comes again.
        let (status, answer) = calendly(&server, &signed(T, without_uri.as_bytes()), without_uri).await;
        assert_eq!((status, answer["status"].as_str(), answer["error_class"].as_str()), (200, Some("failed"), Some("VALIDATION_ERROR")));
    }
    assert_eq!(site.raw().len(), 3, "accepted, ignored and failed bodies are archived");
    let failed = server.read("/api/inbox?status=failed").await;
    assert_eq!(failed["items"].as_array().unwrap().len(), 2);
    assert_eq!(failed["items"][0]["error_class"], "VALIDATION_ERROR");
    assert_eq!(parts(server.post("/api/webhooks/hubspot", &[], "{}").await).await.0, 404);
}

#[tokio::test]
async fn storage_that_is_down_is_503_and_the_retry_is_accepted() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-01-01T00:00:10Z", "--faults"]);
    server.ask("/local/faults", serde_json::json!({"point": "storage", "action": "error"})).await;
    let signature = format!("t={T},v1={CALENDLY_V1}");
    let (status, problem) = calendly(&server, &signature, CALENDLY).await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("storage_unavailable")));
    assert_eq!(calendly(&server, &signature, CALENDLY).await.1["status"], "accepted");
}

#[tokio::test]
async fn over_the_rate_limit_is_429() {
    let site = Site::with_rules("[limits]\nwebhooks_per_second = 1\nwebhooks_burst = 3\n");
    let server = site.serve(&["--clock", "2026-01-01T00:00:10Z"]);
    let mut codes = Vec::new();
    for n in 0..5 {
        let body = calendly::created(&format!("A{n}"), "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        codes.push(calendly::post(&server, T, &body).await.status().as_u16());
    }
    assert_eq!(codes[..3], [200; 3]);
    assert!(codes[3..].contains(&429), "{codes:?}");
}
