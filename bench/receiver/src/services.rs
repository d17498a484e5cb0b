//! Stubs of the services, all at one address: they accept everything, at once or after a delay.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::events;
use crate::failure::Failure;

/// The bench posts faster than a vendor may.
const RULES: &str = "reporting_timezone = \"UTC\"\n[limits]\nwebhooks_per_second = 1000000\nwebhooks_burst = 1000000\n";

pub(crate) struct Services {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    delay: Duration,
    asked: AtomicU64,
}

impl Services {
    /// Requests so far.
    pub(crate) fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::Relaxed)
    }
}

pub(crate) async fn start(delay: Duration) -> Result<Services, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(Failure::io("the services"))?;
    let address = listener.local_addr().map_err(Failure::io("the services"))?;
    let shared = Arc::new(Shared {
        delay,
        asked: AtomicU64::new(0),
    });
    let router = Router::new()
        .fallback(answer)
        .with_state(shared.clone())
        .layer(axum::extract::DefaultBodyLimit::disable());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Services { address, shared })
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.asked.fetch_add(1, Ordering::Relaxed);
    if !shared.delay.is_zero() {
        tokio::time::sleep(shared.delay).await;
    }
    if method == Method::PUT {
        return (
            [("etag", "\"d41d8cd98f00b204e9800998ecf8427e\"")],
            StatusCode::OK,
        )
            .into_response();
    }
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    match reply(operation, &body) {
        Some(reply) => (
            [("content-type", "application/x-amz-json-1.1")],
            reply.to_string(),
        )
            .into_response(),
        None => (
            StatusCode::BAD_REQUEST,
            format!("the stub knows no {method} {target}"),
        )
            .into_response(),
    }
}

fn reply(operation: &str, body: &[u8]) -> Option<Value> {
    Some(match operation {
        "TransactWriteItems" | "PutItem" | "UpdateItem" | "GetItem" => json!({}),
        "BatchGetItem" => json!({ "Responses": {}, "UnprocessedKeys": {} }),
        "Query" => json!({ "Items": [], "Count": 0, "ScannedCount": 0 }),
        "PutRecord" => {
            json!({ "ShardId": "shardId-000000000000", "SequenceNumber": "49590338271490256608559692538361571095921575989136588898" })
        }
        "PutRecords" => {
            let asked: Value = serde_json::from_slice(body).ok()?;
            let records = asked
                .get("Records")
                .and_then(Value::as_array)
                .map_or(0, Vec::len);
            json!({ "FailedRecordCount": 0, "Records": vec![json!({ "ShardId": "shardId-000000000000", "SequenceNumber": "1" }); records] })
        }
        "GetParameter" => {
            json!({ "Parameter": { "Name": "rules", "Type": "String", "Value": RULES, "Version": 1 } })
        }
        "GetSecretValue" => {
            let secret = json!({ "CALENDLY_WEBHOOK_SIGNING_KEYS": events::KEY }).to_string();
            json!({ "Name": "keys", "SecretString": secret, "VersionId": "1" })
        }
        _ => return None,
    })
}
