//! Routes behind API Gateway: the routers of `bookpath-app` as they are.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue};
use bookpath_api::{CLIENT_IP, REQUEST_ID};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use subtle::ConstantTimeEq as _;
use tower::ServiceBuilder;

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

/// Answers requests of the API until the service ends the process.
///
/// # Errors
/// The runtime's own.
pub async fn serve(router: Router, edge: Edge) -> Result<(), crate::Error> {
    lambda_http::run(
        ServiceBuilder::new()
            .map_request(move |request| note_caller(request, &edge))
            .service(router),
    )
    .await
}

/// Notes who calls, and the gateway's id of the request, whatever a client says about itself.
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
