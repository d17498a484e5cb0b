//! `GET /api/raw/{sha256}`: the exact bytes that a vendor sent, for an admin who checks where a number comes from.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bookpath_app::access::audit_write;
use bookpath_app::inbox::delivery;
use bookpath_app::lake::lineage::raw_row;
use bookpath_app::ports::{Commit, ObjectError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

/// Hex characters of a SHA-256.
const SHA256_CHARS: usize = 64;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_raw))
}

/// The body with this SHA-256, byte for byte, so that the caller can hash it again. Each look is a line of the audit.
#[utoipa::path(
    get, path = "/api/raw/{sha256}", tag = "inbox", params(("sha256" = String, Path, pattern = "^[0-9a-f]{64}$")),
    responses(
        (status = 200, description = "the bytes; x-bookpath-vendor, x-bookpath-kind and x-bookpath-received-at say what they are", body = String, content_type = "application/octet-stream"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, description = "no such body, or its person was erased", body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_raw(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("no body with this SHA-256 is kept");
    let is_hash = sha256.len() == SHA256_CHARS && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hash {
        return Err(Problem::invalid("the path names no SHA-256"));
    }
    let store = api.store.as_ref();
    let place = raw_row(store, &sha256).await?.ok_or_else(missing)?;
    let bytes = match api.objects.get(&place.raw_key).await {
        Ok(bytes) => bytes,
        Err(ObjectError::NotFound(_)) => return Err(missing()),
        Err(error) => return Err(Problem::unavailable(error)),
    };
    let (ids, now) = (api.access.ids.as_ref(), api.clock.now());
    let seen = audit_write(ids, now, &caller.user_id, "raw_read", &place.delivery_id)?;
    api.store.commit(Commit::of(vec![seen])).await?;
    let row = delivery::find(store, &place.delivery_id).await?;
    let kind = row.and_then(|(row, _)| row.kind).unwrap_or_default();
    let received = place.received_at.to_string();
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    for (name, value) in [
        ("x-bookpath-vendor", place.vendor.as_str()),
        ("x-bookpath-kind", kind.as_str()),
        ("x-bookpath-received-at", received.as_str()),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    Ok((headers, bytes).into_response())
}
