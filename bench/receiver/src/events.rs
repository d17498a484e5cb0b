//! What the functions are called with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookpath_domain::Vendor;
use bookpath_vendors::signature::SigningKey;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::comparison::Contest;

/// The vendor's signing key.
pub(crate) const KEY: &str = "a-signing-key-of-the-bench";
/// Records of a batch, as the template asks for them.
pub(crate) const BATCH: usize = 100;

const BODY: &str =
    include_str!("../../../crates/vendors/src/calendly/fixtures/invitee_created.json");

/// Event number `n`; every one is a booking of its own.
pub(crate) fn one(contest: Contest, n: usize) -> String {
    match contest {
        Contest::Receiver => webhook(n).to_string(),
        Contest::Consumer => json!({ "Records": (0..BATCH).map(|place| record(n * BATCH + place)).collect::<Vec<_>>() }).to_string(),
    }
}

fn booking(n: usize) -> String {
    BODY.replace("/invitees/", &format!("/invitees/{n}-"))
}

/// API Gateway's proxy event of a signed webhook.
fn webhook(n: usize) -> Value {
    let body = booking(n);
    let at_s = Timestamp::now().as_second();
    let signature = SigningKey::new(Vendor::Calendly, KEY)
        .map(|key| key.timed(at_s, body.as_bytes()))
        .unwrap_or_default();
    let headers = json!({
        "content-type": "application/json",
        "calendly-webhook-signature": signature,
        "host": "abc.execute-api.us-west-1.amazonaws.com",
        "user-agent": "Calendly/1.0",
        "x-forwarded-for": "203.0.113.7",
    });
    let many = headers.as_object().map(|map| {
        map.iter()
            .map(|(name, value)| (name.clone(), json!([value])))
            .collect::<serde_json::Map<_, _>>()
    });
    json!({
        "resource": "/api/webhooks/calendly",
        "path": "/api/webhooks/calendly",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": many,
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "abc",
            "httpMethod": "POST",
            "identity": { "sourceIp": "203.0.113.7", "userAgent": "Calendly/1.0" },
            "path": "/prod/api/webhooks/calendly",
            "protocol": "HTTP/1.1",
            "requestId": format!("request-{n}"),
            "requestTimeEpoch": at_s * 1000,
            "resourceId": "r",
            "resourcePath": "/api/webhooks/calendly",
            "stage": "prod",
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// One record of the stream, in the event source's envelope.
fn record(n: usize) -> Value {
    let body: Value = serde_json::from_str(&booking(n)).unwrap_or_default();
    let data = json!({
        "delivery_id": format!("delivery-{n}"),
        "vendor": "calendly",
        "kind": "invitee.created",
        "resource_uri": body["payload"]["uri"],
        "version": body["payload"]["updated_at"],
        "occurred_at": null,
        "person_key": "ada@example.com",
        "origin": "webhook",
        "received_at": "2026-03-01T10:00:00Z",
        "raw_key": format!("raw/calendly/2026-03-01/{n}.json"),
        "raw_sha256": format!("{n:064}"),
        "body": body,
    });
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "p",
            "sequenceNumber": format!("{n:056}"),
            "data": STANDARD.encode(data.to_string()),
            "approximateArrivalTimestamp": 1_772_359_200.0,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("shardId-000000000000:{n:056}"),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::111122223333:role/bench",
        "awsRegion": "us-west-1",
        "eventSourceARN": "arn:aws:kinesis:us-west-1:111122223333:stream/events",
    })
}
