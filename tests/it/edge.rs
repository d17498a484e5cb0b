//! What the tests of the webhook edge share: a signed webhook of each vendor, and short ways to post one.

use serde_json::Value;

use crate::stage::{Options, Stage};

/// When the vectors were signed.
pub(crate) const T: i64 = 1_767_225_600;
/// Bytes of a body at most.
pub(crate) const LIMIT: usize = 262_144;

/// A webhook as its vendor signed it.
pub(crate) struct Vector {
    pub(crate) path: &'static str,
    pub(crate) body: &'static str,
    pub(crate) headers: [(&'static str, &'static str); 2],
}

pub(crate) const VECTORS: [Vector; 4] = [
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

pub(crate) fn headers(vector: &Vector) -> Vec<(&'static str, String)> {
    vector
        .headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

/// Ten seconds after the vectors were signed.
pub(crate) async fn stage() -> Stage {
    Stage::start(Options {
        clock: "2026-01-01T00:00:10Z",
        ..Options::default()
    })
    .await
}

pub(crate) async fn inbox(stage: &Stage, status: &str) -> Vec<Value> {
    stage
        .get(&format!("/api/inbox?status={status}&limit=1000"))
        .await
        .body["items"]
        .as_array()
        .unwrap()
        .clone()
}

pub(crate) async fn code(
    stage: &Stage,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> (u16, Value) {
    let answer = stage.post_raw(path, headers, body.to_vec()).await.unwrap();
    (answer.status, answer.body["code"].clone())
}
