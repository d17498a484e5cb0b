//! Layers of every route: a request id, security headers, a time limit, and a problem document instead of a broken connection.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::Problem;

/// API Gateway gives up after 29 s; we answer before.
const TIMEOUT: Duration = Duration::from_secs(28);
/// Names a request, in its answer and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Default headers of answers; a route's own headers stay.
const HEADERS: [(HeaderName, HeaderValue); 8] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    // Within a version fields and routes are only ever added (docs/API.md).
    (
        HeaderName::from_static("api-version"),
        HeaderValue::from_static("1"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Wraps a router. Answers are not cached unless their route says so.
pub fn secured(router: Router) -> Router {
    // One layer of the router: each of its own would box every request's future once more.
    let layers = ServiceBuilder::new()
        .map_response(with_headers)
        .layer(axum::middleware::from_fn(identified))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ));
    router
        .fallback(async || Problem::of_status(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::of_status(StatusCode::METHOD_NOT_ALLOWED))
        .layer(layers)
}

/// Characters of an id that the edge gave.
const ID_CHARS_MAX: usize = 64;

/// The request id of the gateway, else a fresh one. The gateway discards an id that a client sends.
fn request_id(request: &Request) -> String {
    let plain = |id: &&str| {
        (1..=ID_CHARS_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(plain);
    given.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// Puts the request's id into the answer and into every line of the log. An error that a library answered becomes a problem
/// document like any other.
async fn identified(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let span = tracing::info_span!("request", request_id = %id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let told = response.extensions_mut().remove::<Problem>();
        let headers = response.headers().clone();
        let problem = Problem {
            request_id: Some(id.clone()),
            ..told.unwrap_or_else(|| Problem::of_status(status))
        };
        if status.is_server_error() {
            span.in_scope(|| tracing::error!(status = status.as_u16(), "answered with an error"));
        }
        response = problem.into_response();
        for (name, value) in &headers {
            let ours = *name == header::CONTENT_TYPE || *name == header::CONTENT_LENGTH;
            if !ours {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn with_headers<B>(mut response: Response<B>) -> Response<B> {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the panic over"
)]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("?");
    Problem::internal(format!("a handler panicked: {message}")).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request as HttpRequest;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn asked(path: &str) -> (StatusCode, String, serde_json::Value) {
        let arn = "arn:aws:dynamodb:eu-west-1:1:table/x phone#+12223334444";
        let router = Router::new()
            .route(
                "/down",
                get(move || async move { Problem::unavailable(arn) }),
            )
            .route("/bug", get(move || async move { Problem::internal(arn) }))
            .route(
                "/library",
                get(async || (StatusCode::BAD_REQUEST, "expected struct X")),
            );
        let request = HttpRequest::get(path)
            .header(REQUEST_ID, "the client's own")
            .body(Body::empty())
            .unwrap();
        let response = secured(router).oneshot(request).await.unwrap();
        let (status, id) = (
            response.status(),
            response.headers()[REQUEST_ID].to_str().unwrap().to_owned(),
        );
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        let bytes = to_bytes(response.into_body(), 65_536).await.unwrap();
        (status, id, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn an_error_has_an_id_and_nothing_of_the_inside() {
        for (path, status) in [
            ("/down", 503),
            ("/bug", 500),
            ("/library", 400),
            ("/nowhere", 404),
        ] {
            let (got, id, body) = asked(path).await;
            assert_eq!(
                (got.as_u16(), &body["status"]),
                (status, &status.into()),
                "{path}"
            );
            assert_eq!(body["request_id"], id, "{path}");
            assert!(id.parse::<Uuid>().is_ok(), "{id}");
            for inside in ["arn:", "phone#", "struct"] {
                assert!(!body.to_string().contains(inside), "{body}");
            }
        }
    }
}
