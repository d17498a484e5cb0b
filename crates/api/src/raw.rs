//! `GET /api/raw/{sha256}`: the exact bytes that a vendor sent, for an admin who checks where a number comes from.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookpath_app::access::{Caller, audit_write};
use bookpath_app::inbox::delivery;
use bookpath_app::lake::lineage::{RawRow, raw_row};
use bookpath_app::ports::{Commit, ObjectError, Store};
use bookpath_domain::DeliveryStatus;
use bookpath_domain::access::Role;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::permission::{Allowed, Read};
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
        (status = 200, description = "the bytes; x-bookpath-vendor, x-bookpath-kind and x-bookpath-received-at say what they are", content((String = "text/plain"), (String = "application/octet-stream"))),
        (status = 401, body = Problem), (status = 403, description = "no admin: `extensions` has vendor, kind and received_at", body = Problem),
        (status = 404, description = "no such body, or its person was erased", body = Problem), (status = 503, body = Problem),
    )
)]
async fn get_raw(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    Path(sha256): Path<String>,
) -> Result<Response, Problem> {
    let store = api.store.as_ref();
    if caller.role != Role::Admin {
        return Err(refused(store, &caller, &sha256).await?);
    }
    let missing = || Problem::not_found("no body with this SHA-256 is kept");
    let is_hash = sha256.len() == SHA256_CHARS && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hash {
        return Err(Problem::invalid("the path names no SHA-256"));
    }
    let place = raw_row(store, &sha256).await?.ok_or_else(missing)?;
    let row = delivery::find(store, &place.delivery_id).await?;
    let row = row.map(|(row, _)| row);
    // The archive holds an empty object in place of this body: its person was erased.
    if row.as_ref().map(|row| row.status) == Some(DeliveryStatus::SkippedErased) {
        return Err(missing());
    }
    let bytes = match api.objects.get(&place.raw_key).await {
        Ok(bytes) => bytes,
        Err(ObjectError::NotFound(_)) => return Err(missing()),
        Err(error) => return Err(Problem::unavailable(error)),
    };
    let (ids, now) = (api.access.ids.as_ref(), api.clock.now());
    let seen = audit_write(ids, now, &caller.user_id, "raw_read", &place.delivery_id)?;
    api.store.commit(Commit::new(vec![seen])).await?;
    let kind = row.and_then(|row| row.kind).unwrap_or_default();
    let received = place.received_at.to_string();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, content_type(&bytes));
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

/// Text goes through API Gateway as it is. Anything else does so only for those who accept this very type; others get it
/// in Base64.
fn content_type(bytes: &[u8]) -> HeaderValue {
    // A byte order mark would get lost on the way.
    let is_text = std::str::from_utf8(bytes).is_ok_and(|text| !text.starts_with('\u{feff}'));
    HeaderValue::from_static(if is_text {
        "text/plain; charset=utf-8"
    } else {
        "application/octet-stream"
    })
}

async fn kind_of(store: &dyn Store, place: &RawRow) -> Result<String, Problem> {
    let row = delivery::find(store, &place.delivery_id).await?;
    Ok(row.and_then(|(row, _)| row.kind).unwrap_or_default())
}

/// What a caller who is no admin is told of a body: what it is and when it came, and nothing of what it says.
async fn refused(store: &dyn Store, caller: &Caller, sha256: &str) -> Result<Problem, Problem> {
    let detail = format!(
        "only an admin reads what a vendor sent; you are {}",
        caller.role.as_str()
    );
    let problem = Problem::new(StatusCode::FORBIDDEN, "forbidden", detail);
    let Some(place) = raw_row(store, sha256).await? else {
        return Ok(problem);
    };
    let extensions = json!({
        "vendor": place.vendor, "kind": kind_of(store, &place).await?, "received_at": place.received_at,
    });
    Ok(Problem {
        extensions: Some(Box::new(extensions)),
        ..problem
    })
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use bookpath_domain::Vendor;
    use bookpath_domain::people::sources::Sources;
    use serde_json::Value;

    use super::*;
    use crate::testing::{NOW, World};

    #[test]
    fn only_text_is_told_as_text() {
        for (bytes, expected) in [
            ("{\"name\":\"Zoë\"}".as_bytes(), "text/plain; charset=utf-8"),
            (b"\xff\x00", "application/octet-stream"),
            ("\u{feff}{}".as_bytes(), "application/octet-stream"),
        ] {
            assert_eq!(content_type(bytes), expected);
        }
    }

    #[tokio::test]
    async fn others_than_admins_are_told_what_it_is_and_not_what_it_says() {
        let world = World::new(Sources::default(), "").await;
        let sha256 = "a".repeat(SHA256_CHARS);
        let row = RawRow {
            delivery_id: "d1".to_owned(),
            vendor: Vendor::Close,
            received_at: NOW.parse().unwrap(),
            raw_key: "raw/close/1.json".to_owned(),
            bronze_key: String::new(),
        };
        let commit = Commit::new(vec![row.write(&sha256).unwrap()]);
        world.api.store.commit(commit).await.unwrap();
        world.api.objects.put(&row.raw_key, b"{}").await.unwrap();
        let path = format!("/api/raw/{sha256}");
        for role in [Role::Sales, Role::Viewer] {
            let (status, problem) = world.call(Some(role), Method::GET, &path, None).await;
            assert_eq!(status, 403, "{problem}");
            let wanted = json!({ "vendor": "close", "kind": "", "received_at": NOW });
            assert_eq!(problem["extensions"], wanted);
            let other = format!("/api/raw/{}", "b".repeat(SHA256_CHARS));
            let (status, problem) = world.call(Some(role), Method::GET, &other, None).await;
            assert_eq!((status, &problem["extensions"]), (403, &Value::Null));
        }
        assert_eq!(world.get(&path).await, json!({}));
        assert_eq!(world.call(None, Method::GET, &path, None).await.0, 401);
    }
}
