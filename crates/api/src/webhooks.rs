//! `POST /api/webhooks/{vendor}`: the public edge.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use bookpath_domain::Vendor;
use futures::StreamExt as _;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::caller::address;
use bookpath_app::inbox::receipt::{Receipt, ReceiveError};
use bookpath_app::inbox::receive::{BODY_BYTES_MAX, Receiver, receive};
use bookpath_app::ports::{Commit, Write};

/// The receiver's routes. They need nothing but a [`Receiver`], so the receiving Lambda stays small.
pub(super) fn routes() -> OpenApiRouter<Arc<Receiver>> {
    OpenApiRouter::new()
        .routes(routes!(post_webhook))
        .routes(routes!(post_calendly_alias))
}

/// The answer to an authentic delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptBody {
    /// accepted, duplicate, ignored_kind or failed.
    status: &'static str,
    delivery_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<&'static str>,
}

impl From<Receipt> for ReceiptBody {
    fn from(receipt: Receipt) -> Self {
        Self {
            status: receipt.status.as_str(),
            delivery_id: receipt.delivery_id,
            error_class: receipt.error_class.map(bookpath_domain::ErrorClass::as_str),
        }
    }
}

/// Receives a vendor's webhook.
#[utoipa::path(
    post, path = "/api/webhooks/{vendor}", tag = "webhooks",
    params(("vendor" = String, Path, description = "calendly, stripe, typeform or close", pattern = "^(calendly|stripe|typeform|close)$")),
    request_body(content = String, content_type = "application/json", description = "the vendor's body, at most 262,144 bytes"),
    responses(
        (status = 200, description = "stored; the vendor need not send it again", body = ReceiptBody),
        (status = 401, description = "signature_missing, signature_invalid or signature_stale", body = Problem),
        (status = 404, description = "no such vendor", body = Problem),
        (status = 413, description = "body_too_large", body = Problem),
        (status = 429, description = "rate_limited", body = Problem),
        (status = 503, description = "storage_unavailable", body = Problem),
    )
)]
async fn post_webhook(
    State(receiver): State<Arc<Receiver>>,
    Path(vendor): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReceiptBody>, Problem> {
    let sender = Vendor::WEBHOOKS
        .into_iter()
        .find(|known| known.as_str() == vendor);
    let vendor = sender
        .ok_or_else(|| Problem::not_found(format!("nobody called `{vendor}` sends webhooks")))?;
    take(&receiver, vendor, &headers, body).await
}

/// Receives a Calendly webhook (the address that the first release published).
#[utoipa::path(
    post, path = "/webhook", tag = "webhooks",
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem), (status = 503, body = Problem))
)]
async fn post_calendly_alias(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReceiptBody>, Problem> {
    take(&receiver, Vendor::Calendly, &headers, body).await
}

async fn take(
    receiver: &Receiver,
    vendor: Vendor,
    headers: &HeaderMap,
    body: Body,
) -> Result<Json<ReceiptBody>, Problem> {
    let body = bounded(headers, body).await?;
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let receipt = receive(receiver, vendor, address(headers), &header, &body)
        .await
        .map_err(|error| problem(vendor, &error))?;
    // After the signature: what nobody signed costs no write.
    look_at_caller(receiver, vendor, headers).await;
    Ok(Json(receipt.into()))
}

/// Logs a delivery from an address that is in none of the vendor's networks, and counts it (X53).
async fn look_at_caller(receiver: &Receiver, vendor: Vendor, headers: &HeaderMap) {
    let networks = &receiver.rules.limits.known_networks;
    let ip: Option<IpAddr> = address(headers).parse().ok();
    if networks.is_empty()
        || ip.is_some_and(|ip| networks.iter().any(|network| network.contains(ip)))
    {
        return;
    }
    tracing::warn!(%vendor, ip = ip.map(|ip| ip.to_string()), "a webhook comes from an unknown network");
    let count = Write::Count {
        counter: "webhook_unknown_network",
        by: 1,
    };
    if let Err(error) = receiver.inbox.store.commit(Commit::new(vec![count])).await {
        tracing::warn!(%error, "a webhook from an unknown network could not be counted");
    }
}

/// A body that is too large is read to its end up to this: who is still sending would meet a broken connection
/// instead of the answer.
const DISCARDED_BYTES_MAX: usize = 4 << 20;

/// Reads the whole body. A larger one is 413, before its signature is checked.
async fn bounded(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("a webhook body has at most {BODY_BYTES_MAX} bytes"),
        )
    };
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<usize>().ok());
    if declared.is_some_and(|bytes| bytes > DISCARDED_BYTES_MAX) {
        return Err(too_large());
    }
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut seen) = (
        Vec::with_capacity(declared.unwrap_or(0).min(BODY_BYTES_MAX)),
        0_usize,
    );
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "body_unreadable",
                "the body broke off",
            )
        })?;
        seen = seen.saturating_add(chunk.len());
        if seen > DISCARDED_BYTES_MAX {
            break;
        }
        if seen <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&chunk);
        }
    }
    if seen > BODY_BYTES_MAX {
        Err(too_large())
    } else {
        Ok(Bytes::from(bytes))
    }
}

pub(super) fn problem(vendor: Vendor, error: &ReceiveError) -> Problem {
    match error {
        ReceiveError::RateLimited { retry_after_s } => {
            Problem::too_many("rate_limited", *retry_after_s)
        }
        ReceiveError::NotAuthentic(refusal) => {
            tracing::warn!(%vendor, code = refusal.code(), "webhook refused");
            Problem::new(
                StatusCode::UNAUTHORIZED,
                refusal.code(),
                refusal.to_string(),
            )
        }
        ReceiveError::Storage(_) => Problem::unavailable(format!(
            "a webhook of {vendor} could not be stored: {error}"
        )),
    }
}
