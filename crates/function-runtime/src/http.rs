//! Routes behind API Gateway: the routers of `bookpath-app` as they are.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bookpath_api::{CLIENT_IP, REQUEST_ID};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _, service_fn};
use subtle::ConstantTimeEq as _;
use tower::ServiceExt as _;

use crate::latencies::Latencies;
use crate::source::Source;

/// The header in which our CloudFront distribution proves itself (`infra/template.yaml`). It replaces what a client sends
/// under this name.
const ORIGIN_PROOF: &str = "x-bookpath-origin";
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Who stands between the callers and the gateway.
#[derive(Clone)]
pub struct Edge(Option<Arc<str>>);

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Edge")
            .field(&self.0.as_ref().map(|_| ".."))
            .finish()
    }
}

impl Edge {
    /// Nobody: the caller is who opened the connection to the gateway.
    #[must_use]
    pub const fn direct() -> Self {
        Self(None)
    }

    /// Whoever proves itself with this secret, and is believed about whom it forwards.
    #[must_use]
    pub fn behind(secret: &str) -> Self {
        Self(Some(secret.into()))
    }

    /// The address of the caller. `connected` is who opened the connection to the gateway.
    fn caller(&self, headers: &mut HeaderMap, connected: IpAddr) -> IpAddr {
        let proof = headers.remove(ORIGIN_PROOF);
        let proven = match (&self.0, proof) {
            (Some(secret), Some(proof)) => bool::from(secret.as_bytes().ct_eq(proof.as_bytes())),
            _ => false,
        };
        if proven {
            forwarded(headers, connected).unwrap_or(connected)
        } else {
            connected
        }
    }
}

/// Whom the distribution forwards. Each hop appends whom it saw, after whatever its client claims: the gateway the
/// distribution, before that the distribution the viewer.
fn forwarded(headers: &HeaderMap, connected: IpAddr) -> Option<IpAddr> {
    let values = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut hops: Vec<&str> = values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    if hops.last().and_then(|hop| hop.parse().ok()) == Some(connected) {
        hops.pop();
    }
    hops.last()?.parse().ok()
}

/// The routes of a function and who stands before them.
#[derive(Clone, Debug)]
pub struct Site {
    pub router: Router,
    pub edge: Edge,
    /// A request that is refused with 401 is tried once more when its settings have just changed: a vendor signs with a
    /// new key from one second to the next.
    pub keys_may_be_older_than_requests: bool,
}

/// Answers requests of the API until the service ends the process.
///
/// # Errors
/// The runtime's own.
pub async fn serve(
    source: Arc<dyn Source<Site>>,
    latencies: Latencies,
) -> Result<(), crate::Error> {
    let (source, latencies) = (&source, &latencies);
    lambda_http::run(service_fn(async move |request: Request| {
        let begun = Instant::now();
        let (answer, ()) =
            futures::join!(answer(source.as_ref(), request), latencies.write_when_due());
        latencies.record(begun.elapsed());
        answer
    }))
    .await
}

/// One request, and once more if the keys were older than its signature.
async fn answer(source: &dyn Source<Site>, request: Request) -> Result<Response, Infallible> {
    let site = source.get().await;
    let again = site
        .keys_may_be_older_than_requests
        .then(|| request.clone());
    let answer = through(&site, request).await?;
    match again {
        Some(request) if answer.status() == StatusCode::UNAUTHORIZED && source.look().await => {
            through(source.get().await.as_ref(), request).await
        }
        _ => Ok(answer),
    }
}

async fn through(site: &Site, request: Request) -> Result<Response, Infallible> {
    site.router
        .clone()
        .oneshot(note_caller(request, &site.edge))
        .await
}

/// Sets the caller's address and the request id from the gateway; headers of the client are ignored for both.
fn note_caller(mut request: Request, edge: &Edge) -> Request {
    let (connected, id) = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => (
            context
                .identity
                .source_ip
                .as_deref()
                .and_then(|ip| ip.parse().ok()),
            context.request_id.clone(),
        ),
        _ => (None, None),
    };
    match id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        Some(id) => request.headers_mut().insert(REQUEST_ID, id),
        None => request.headers_mut().remove(REQUEST_ID),
    };
    let headers = request.headers_mut();
    let caller = connected.map(|connected| edge.caller(headers, connected));
    match caller.and_then(|ip| HeaderValue::from_str(&ip.to_string()).ok()) {
        Some(value) => headers.insert(CLIENT_IP, value),
        None => headers.remove(CLIENT_IP),
    };
    request
}

#[cfg(test)]
mod tests {
    use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyRequestContext;

    use super::*;

    /// A vendor whose key was changed: requests carry the new one.
    struct Rotated {
        key: std::sync::Mutex<&'static str>,
        looks: std::sync::atomic::AtomicUsize,
    }

    #[async_trait::async_trait]
    impl Source<Site> for Rotated {
        async fn get(&self) -> Arc<Site> {
            let key = *self.key.lock().unwrap();
            let check = move |headers: HeaderMap| async move {
                if headers.get("signature").is_some_and(|sent| sent == key) {
                    StatusCode::OK
                } else {
                    StatusCode::UNAUTHORIZED
                }
            };
            Arc::new(Site {
                router: Router::new().fallback(check),
                edge: Edge::direct(),
                keys_may_be_older_than_requests: true,
            })
        }

        async fn look(&self) -> bool {
            self.looks
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::mem::replace(&mut *self.key.lock().unwrap(), "new") != "new"
        }
    }

    #[tokio::test]
    async fn a_signature_with_a_new_key_is_checked_again_with_new_keys() {
        let source = Rotated {
            key: std::sync::Mutex::new("old"),
            looks: 0.into(),
        };
        let signed = |key: &'static str| {
            let mut request = Request::default();
            request
                .headers_mut()
                .insert("signature", HeaderValue::from_static(key));
            request
        };
        let status = async |key| answer(&source, signed(key)).await.unwrap().status();
        assert_eq!(status("old").await, StatusCode::OK);
        assert_eq!(status("new").await, StatusCode::OK);
        assert_eq!(status("forged").await, StatusCode::UNAUTHORIZED);
        assert_eq!(source.looks.load(std::sync::atomic::Ordering::Relaxed), 2);
    }

    const SECRET: &str = "only CloudFront knows";
    const VIEWER: &str = "203.0.113.7";
    const CLOUDFRONT: &str = "130.176.0.1";

    /// Whom the router sees as the caller of a request with these headers.
    fn noted(edge: &Edge, headers: &[(&'static str, &str)]) -> Option<String> {
        let mut context = ApiGatewayProxyRequestContext::default();
        context.identity.source_ip = Some(CLOUDFRONT.to_owned());
        let mut request =
            Request::default().with_request_context(RequestContext::ApiGatewayV1(context));
        for (name, value) in headers {
            request
                .headers_mut()
                .append(*name, HeaderValue::from_str(value).unwrap());
        }
        let request = note_caller(request, edge);
        assert!(
            !request.headers().contains_key(ORIGIN_PROOF),
            "the proof goes no further"
        );
        let ip = request.headers().get(CLIENT_IP)?;
        Some(ip.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_viewer_is_who_our_distribution_saw() {
        let edge = Edge::behind(SECRET);
        let through = format!("{VIEWER}, {CLOUDFRONT}");
        assert_eq!(
            noted(&edge, &[(ORIGIN_PROOF, SECRET), (FORWARDED_FOR, &through)]).as_deref(),
            Some(VIEWER)
        );
        // A client that claims more is found at the same place, also where the header comes in parts.
        let forged = format!("192.0.2.1, 192.0.2.2, {VIEWER}, {CLOUDFRONT}");
        assert_eq!(
            noted(&edge, &[(ORIGIN_PROOF, SECRET), (FORWARDED_FOR, &forged)]).as_deref(),
            Some(VIEWER)
        );
        let parts = [
            (ORIGIN_PROOF, SECRET),
            (FORWARDED_FOR, "192.0.2.1"),
            (FORWARDED_FOR, through.as_str()),
        ];
        assert_eq!(noted(&edge, &parts).as_deref(), Some(VIEWER));
        // Where the gateway appends nothing, the distribution's own entry is the last.
        assert_eq!(
            noted(&edge, &[(ORIGIN_PROOF, SECRET), (FORWARDED_FOR, VIEWER)]).as_deref(),
            Some(VIEWER)
        );
        let v6 = format!("2001:db8::1, {CLOUDFRONT}");
        assert_eq!(
            noted(&edge, &[(ORIGIN_PROOF, SECRET), (FORWARDED_FOR, &v6)]).as_deref(),
            Some("2001:db8::1")
        );
    }

    #[test]
    fn nobody_else_is_believed() {
        let through = format!("{VIEWER}, {CLOUDFRONT}");
        for edge in [Edge::behind(SECRET), Edge::direct()] {
            assert_eq!(
                noted(&edge, &[(FORWARDED_FOR, &through)]).as_deref(),
                Some(CLOUDFRONT)
            );
            assert_eq!(
                noted(
                    &edge,
                    &[(ORIGIN_PROOF, "a guess"), (FORWARDED_FOR, &through)]
                )
                .as_deref(),
                Some(CLOUDFRONT)
            );
            assert_eq!(
                noted(&edge, &[(CLIENT_IP, VIEWER)]).as_deref(),
                Some(CLOUDFRONT)
            );
        }
        assert_eq!(
            noted(
                &Edge::direct(),
                &[(ORIGIN_PROOF, SECRET), (FORWARDED_FOR, &through)]
            )
            .as_deref(),
            Some(CLOUDFRONT)
        );
        let edge = Edge::behind(SECRET);
        for nothing in ["", "unknown", CLOUDFRONT] {
            assert_eq!(
                noted(&edge, &[(ORIGIN_PROOF, SECRET), (FORWARDED_FOR, nothing)]).as_deref(),
                Some(CLOUDFRONT),
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_request_of_no_gateway_has_no_caller() {
        let mut request = Request::default();
        request
            .headers_mut()
            .insert(CLIENT_IP, HeaderValue::from_static(VIEWER));
        assert!(
            !note_caller(request, &Edge::behind(SECRET))
                .headers()
                .contains_key(CLIENT_IP)
        );
        assert!(!format!("{:?}", Edge::behind(SECRET)).contains(SECRET));
    }
}
